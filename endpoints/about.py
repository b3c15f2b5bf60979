"""Who runs the directory and on what terms: about, sources, legal notice, accessibility statement."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template
from rdflib.namespace import DCTERMS

from endpoints.answers import Choice, answer, page
from endpoints.languages import language
from endpoints.serving import served_release, serving
from endpoints.statements import Statements
from publisher.extracts import OUTLINES
from publisher.notes import date_of, link_of, texts_of
from publisher.representations import HTML

if TYPE_CHECKING:
    from pyoxigraph import Store

blueprint = Blueprint("about", __name__)

OUTLINES_NOTES = f"{OUTLINES}-metadata.json"
"""The notes of the outlines, with the same names as those of a table's CSVW description."""


class _Sources(Statements):
    """Reads the source nodes of a release, in one language."""

    __slots__ = ("lang", "store")

    def __init__(self, store: Store, lang: str) -> None:
        self.store = store
        self.lang = lang

    def row(self, table: str, rows: int) -> dict[str, Any]:
        """Return what the release says of where a table comes from."""
        name = table.removeprefix("data/").rpartition(".")[0]
        node = serving().minter.source(name)
        producers = [*self.iris(node, DCTERMS.publisher)]
        return {
            "table": table,
            "id": name.replace("/", "-"),
            "rows": rows,
            "path": serving().minter.path_of(node) if self.objects(node, DCTERMS.title) else None,
            "title": self.text(node, DCTERMS.title) or name,
            "description": self.text(node, DCTERMS.description),
            "producers": [name_ for each in producers if (name_ := self.text(each, "http://xmlns.com/foaf/0.1/name"))],
            "source": next(iter(self.iris(node, DCTERMS.source)), None),
            "licence": next(iter(self.iris(node, DCTERMS.license)), None),
            "modified": self.first(node, DCTERMS.modified),
        }


@blueprint.get("/a-propos")
def about() -> Response:
    """Answer with what this is, who is listed and why, and how to propose."""
    return page(lambda: render_template("a-propos.html"))


@blueprint.get("/sources")
def sources() -> Response:
    """Answer with the producer, licence and date of each table, outlines included."""
    return page(lambda: render_template("sources.html", sources=_sources(), outlines=_outlines()))


@blueprint.get("/mentions-legales")
def legal() -> Response:
    """Answer with who answers for this instance, as its settings say."""
    return _of_settings("mentions-legales.html")


@blueprint.get("/accessibilite")
def accessibility() -> Response:
    """Answer with the accessibility statement: not conformant as long as the settings name no audit."""
    return _of_settings("accessibilite.html")


def _of_settings(template: str) -> Response:
    """Return a page that changes with the settings, which no release depends on."""
    settings = serving().project.legal
    digest = hashlib.sha256(settings.state.encode()).hexdigest()[:10]
    state = f"{served_release().name}-{digest}"
    choice = Choice(HTML, fixed=True)
    return answer(choice, lambda: render_template(template, settings=settings), state=state)


def _sources() -> list[dict[str, Any]]:
    reader = _Sources(served_release().store, language())
    return [reader.row(table, rows) for table, rows in served_release().release.report.get("tables", {}).items()]


def _outlines() -> dict[str, Any] | None:
    """Return what the project says of its outlines, if it has any."""
    path = serving().project.directory / OUTLINES_NOTES
    if not path.is_file():
        return None
    notes = json.loads(path.read_text(encoding="utf-8"))
    said = {key: texts_of(notes, f"dc:{key}") for key in ("title", "description", "publisher")}
    return {
        **{key: texts.get(language()) or texts.get("fr") for key, texts in said.items()},
        "source": link_of(notes, "dc:source"),
        "licence": link_of(notes, "dc:license"),
        "modified": date_of(notes, "dc:modified"),
    }
