"""A chronicle: releases of a few fictitious statements, published one after another without tables or gate."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Quad, RdfFormat, parse

from endpoints.app import create_app
from publisher.changes import Occasion
from publisher.history import History, open_history
from publisher.lock import publication_lock
from publisher.project import load_project
from publisher.publication import make_current
from publisher.recording import draft
from publisher.release import SEARCH, current_release, new_workspace, next_number, seal
from publisher.search_index import build_search_index
from publisher.statements import open_statements
from publisher.store.oxigraph import build_store, finish_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.testing import FlaskClient

    from publisher.release import Release

ROOT = Path(__file__).parents[1]
BASE = "https://annuaire.example"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def company(siren: str, name: str, *more: str) -> list[str]:
    """Return the statements about a company, with a sub-node and a record."""
    thing = f"{BASE}/id/entreprise/{siren}"
    record = f"{BASE}/doc/entreprise/{siren}"
    return [
        f'<{thing}> <{LABEL}> "{name}"@fr .',
        f"<{thing}> <{TYPE}> <http://www.w3.org/ns/legal#LegalEntity> .",
        f"<{thing}> <http://www.w3.org/ns/legal#legalIdentifier> <{thing}#siren> .",
        f'<{thing}#siren> <http://www.w3.org/2004/02/skos/core#notation> "{siren}" .',
        f"<{record}> <http://xmlns.com/foaf/0.1/primaryTopic> <{thing}> .",
        *(f'<{thing}> <http://purl.org/dc/terms/description> "{text}"@fr .' for text in more),
    ]


def town(code: str, name: str) -> list[str]:
    """Return the statements about a commune."""
    return [f'<http://id.insee.fr/geo/commune/{code}> <{LABEL}> "{name}"@fr .']


FIRST = [*company("999000001", "Alpha fictive"), *company("999000002", "Bêta fictive"), *town("69123", "Lyon")]
SECOND = [*company("999000001", "Alpha fictive", "change"), *company("999000003", "Gamma"), *town("69123", "Lyon")]
"""Two releases: one thing changed, one gone, one new."""


@dataclass
class Chronicle:
    """A directory of releases that a test fills; only those that are served need a search index."""

    var: Path
    searchable: bool = False

    def publish(self, lines: Iterable[str], now: datetime = START, *, activate: bool = True) -> Release:
        """Publish statements as the next release; not activated, the publication was killed just before."""
        text = "".join(f"{line}\n" for line in sorted(set(lines)))
        with publication_lock(self.var):
            workspace = new_workspace(self.var)
            number = next_number(self.var)
            (workspace / "dumps" / "annuaire.nt.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
            triples = workspace / "graphe.nt"
            triples.write_text(text, encoding="utf-8")
            build_store(workspace / "store", [triples])
            finish_store(workspace / "store", [])
            if self.searchable:
                with open_statements(triples, workspace) as statements:
                    build_search_index(statements, workspace / SEARCH)
            triples.unlink()
            for name in ("catalog.nt", "void.nt"):
                (workspace / name).touch()
            counts = {"classes": {"http://www.w3.org/ns/legal#LegalEntity": text.count("legal#LegalEntity>")}}
            (workspace / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
            name = f"essai-{number}"
            step = draft(BASE, self.var, name, workspace / "dumps" / "annuaire.nt.gz", Occasion(now))
            manifest = {
                "id": "essai",
                "number": number,
                "published": now.isoformat(),
                "software": "essai",
                "gate": "essai",
                "cog_year": 2026,
                "base_uri": BASE,
                "step": step.number,
                "previous": step.previous,
                "triples": text.count("\n"),
                "counts": counts["classes"],
            }
            release = seal(workspace, self.var, manifest)
            if activate:
                make_current(release, self.var)
        return release

    def history(self) -> History:
        """Open the history as the active release shows it."""
        return open_history(self.var, current_release(self.var).name)


class Site:
    """A chronicle and the application that serves its active release, as `annuaire serve` would."""

    def __init__(self, directory: Path) -> None:
        self.chronicle = Chronicle(directory / "var", searchable=True)
        self._runtime = directory / "runtime"
        self._runtime.mkdir()
        self.app = create_app(load_project(ROOT), self._runtime)

    @property
    def client(self) -> FlaskClient:
        """A client without cookies."""
        return self.app.test_client(use_cookies=False)

    def publish(self, lines: list[str]) -> None:
        """Publish and serve."""
        self.chronicle.publish(lines)
        self.serve()

    def serve(self) -> None:
        """Serve what is current."""
        link = self._runtime / "lien"
        link.symlink_to((self.chronicle.var / "current").resolve())
        link.replace(self._runtime / "served")

    def quads(self, path: str, form: RdfFormat = RdfFormat.TRIG) -> list[Quad]:
        """Return what an address answers, its relative addresses taken as the base's."""
        response = self.client.get(path)
        assert response.status_code == 200
        return list(parse(input=response.data, format=form, base_iri=f"{BASE}{path}"))
