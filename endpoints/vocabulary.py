"""The domains `/domaines`: their page, their graph, and the tree that other pages show."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.languages import language
from endpoints.listing import Row, Rows, alphabetical, with_counts
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from endpoints.structured_data import site_signposts
from publisher.representations import GRAPH_DOCUMENTS, HTML
from publisher.vocabulary import DOMAINS

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from endpoints.queries import Term

blueprint = Blueprint("vocabulary", __name__)

PATH = "/domaines"
OFFERED = (HTML, *GRAPH_DOCUMENTS)


@blueprint.get(PATH)
@blueprint.get(PATH + forms(OFFERED))
def domains(extension: str | None = None) -> Response:
    """Answer with the domains in the representation asked for."""
    choice = choose_as(PATH, OFFERED, extension)

    def build() -> str | bytes:
        if choice.representation is HTML:
            return render_template("domaines.html", domains=domain_tree())
        return serving().serialiser.write(select_graph("scheme", {"scheme": NamedNode(DOMAINS)}), choice.representation)

    signposts = site_signposts(PATH, "DefinedTermSet", DOMAINS) if choice.representation is HTML else []
    return answer(choice, build, path=PATH, links=[*signposts, *alternates(PATH, OFFERED)])


def select_graph(query: str, terms: dict[str, Term]) -> list[Triple]:
    """Return the triples of a query's graph, in a stable order."""
    return sorted(Queries(serving().project, served_release().store).construct(query, terms), key=str)


def domain_tree() -> list[tuple[Row, list[Row]]]:
    """Return the top domains with their narrower ones, each with its number of companies."""
    return _domain_tree(served_release().name, language())


@lru_cache(maxsize=8)
def _domain_tree(_release: str, _lang: str) -> list[tuple[Row, list[Row]]]:
    """Return the tree of the release served, whose name and language keep what is remembered apart."""
    release = served_release()
    rows = alphabetical(with_counts(Rows(release).select("domains"), release.counts.get("domaines", {})))
    below: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        below[row.get("broader")].append(row)
    return [(row, below[row["thing"]]) for row in below[None]]
