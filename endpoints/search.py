"""The searches, `/entreprises` and `/marches`: a page with facets or a map; what is found as CSV, GeoJSON and RDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from endpoints.answers import Choice, Link, alternates, answer, choose
from endpoints.geo_features import COLLECTIONS, load_features
from endpoints.geojson import write_features
from endpoints.list_tables import BOM_PARAMETER, describe_table, description_link, write_table
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.search_pages import search_page
from endpoints.searches import OFFERED, SEARCHABLE, asked_of, search_for
from endpoints.serving import served_release, serving
from publisher.representations import CSVW, GEOJSON, HTML, RESULTS_CSV

if TYPE_CHECKING:
    from endpoints.search_request import SearchRequest
    from endpoints.searches import Searchable

blueprint = Blueprint("search", __name__)

_NAMES = f"<any({', '.join(SEARCHABLE)}):name>"


@blueprint.get(f"/{_NAMES}")
def search(name: str) -> Response:
    """Answer with what is found, in the representation asked for."""
    searchable = SEARCHABLE[name]
    return _answer(searchable, choose(searchable.path, OFFERED))


@blueprint.get(f"/{_NAMES}.<extension>")
def search_as(name: str, extension: str) -> Response:
    """Answer with what is found, or the description of its table, as the extension names it."""
    searchable = SEARCHABLE[name]
    found = next((each for each in (*OFFERED, CSVW) if each.extension == extension), None)
    if found is None:
        raise NotFoundError.at(request.path)
    return _answer(searchable, Choice(found, fixed=True))


def _answer(searchable: Searchable, choice: Choice) -> Response:
    asked = asked_of(searchable)
    links = alternates(searchable.path, OFFERED)
    if choice.representation is RESULTS_CSV:
        links.append(description_link(searchable.name, asked.parameters))
    if choice.representation is GEOJSON:
        links.append(Link(f"/ogc/collections/{searchable.name}", "collection", "application/json"))

    def build() -> str | bytes:
        if choice.representation is HTML:
            return search_page(searchable, asked)
        return _data(searchable, asked, choice)

    return answer(choice, build, path=searchable.path, links=links)


def _data(searchable: Searchable, asked: SearchRequest, choice: Choice) -> str | bytes:
    """Return all that is found, whatever the page, in a representation for programs."""
    iris = search_for(searchable).iris(asked)
    things = [NamedNode(iri) for iri in iris]
    if choice.representation is CSVW:
        return describe_table(searchable.name, searchable.table, {"adresse": things}, asked.parameters)
    if choice.representation is RESULTS_CSV:
        return write_table(searchable.table, {"adresse": things}, marked=request.args.get(BOM_PARAMETER) == "1")
    if choice.representation is GEOJSON:
        found = set(iris)
        return write_features(each for each in load_features(COLLECTIONS[searchable.name]) if each.iri in found)
    triples = Queries(serving().project, served_release().store).construct("described", {"thing": things})
    return serving().serialiser.write(sorted(triples, key=str), choice.representation)
