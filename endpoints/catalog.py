"""The catalog of what is published (DCAT), and the dumps it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request, send_file
from pyoxigraph import RdfFormat, parse
from rdflib.namespace import DCAT

from endpoints.answers import Choice, alternates, answer, choose
from endpoints.languages import language
from endpoints.pages import PageWriter
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.dumps import DUMP_NAME
from publisher.release import CATALOG, DUMPS
from publisher.representations import DOCUMENTS, GRAPH_DOCUMENTS, HTML, by_extension

if TYPE_CHECKING:
    from pathlib import Path

    from pyoxigraph import Triple

    from endpoints.views import NodeView

blueprint = Blueprint("catalog", __name__)

PATH = "/catalog"
_SHOWN = tuple(str(DCAT[name]) for name in ("Catalog", "Dataset", "DataService", "Distribution"))


@blueprint.get(PATH)
def catalog() -> Response:
    """Answer with the catalog: 200 without redirection, Turtle unless something else is preferred."""
    return _answer(choose(PATH, DOCUMENTS))


@blueprint.get(f"{PATH}.<extension>")
def catalog_as(extension: str) -> Response:
    """Answer with the catalog in the representation that the extension names."""
    found = by_extension(extension)
    if found is None:
        raise NotFoundError.at(request.path)
    return _answer(Choice(found, fixed=True))


@blueprint.get(f"/dumps/{DUMP_NAME}.<extension>.gz")
def dump(extension: str) -> Response:
    """Send a whole dump: conditional, resumable (Range), cacheable."""
    form = by_extension(extension)
    path = served_release().release.directory / DUMPS / f"{DUMP_NAME}.{extension}.gz"
    if form not in GRAPH_DOCUMENTS or not path.is_file():
        raise NotFoundError.at(request.path)
    response = send_file(
        path,
        mimetype="application/gzip",
        conditional=True,
        etag=f"{served_release().name}-{path.name}",
        download_name=path.name,
        as_attachment=True,
        last_modified=path.stat().st_mtime,
    )
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _answer(choice: Choice) -> Response:
    path = served_release().release.directory / CATALOG

    def build() -> str | bytes:
        if choice.representation is not HTML:
            return serving().serialiser.write(_triples(path), choice.representation)
        return render_template("catalogue.html", nodes=_described(_triples(path)))

    return answer(choice, build, path=PATH, links=alternates(PATH, DOCUMENTS))


def _triples(path: Path) -> list[Triple]:
    return [quad.triple for quad in parse(path=str(path), format=RdfFormat.N_TRIPLES)]


def _described(triples: list[Triple]) -> list[NodeView]:
    """Return the catalog, then its datasets, services and distributions, each with what is said of it."""
    nodes = PageWriter(served_release().store, serving().minter, language()).nodes(triples)
    shown = [node for node in nodes if set(node.types) & set(_SHOWN)]
    return sorted(shown, key=lambda node: (min(map(_rank, node.types)), node.iri))


def _rank(type_: str) -> int:
    return _SHOWN.index(type_) if type_ in _SHOWN else len(_SHOWN)
