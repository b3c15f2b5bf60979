"""The searches, `/entreprises` and `/marches`: a page with facets or a map; what is found as CSV, GeoJSON and RDF."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from endpoints.answers import Choice, Link, alternates, answer, choose
from endpoints.exports import BATCH, Export, described, iris_of, nodes
from endpoints.geo_features import COLLECTIONS, features_of
from endpoints.geojson import write_features
from endpoints.list_tables import BOM_PARAMETER, describe_table, description_link, write_table
from endpoints.problems import NotFoundError
from endpoints.search_pages import search_page
from endpoints.searches import OFFERED, SEARCHABLE, asked_of, search_for
from publisher.representations import CSVW, GEOJSON, HTML, RESULTS_CSV

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    if choice.representation is HTML:
        return answer(choice, lambda: search_page(searchable, asked), path=searchable.path, links=links)
    if choice.representation is CSVW:
        build = partial(describe_table, searchable.name, searchable.table, {"adresse": []}, asked.parameters)
        return answer(choice, build, path=searchable.path, links=links)
    write = partial(_written, searchable, asked, choice)
    return Export(search_for(searchable).total(asked), write).answer(choice, searchable.path, links)


def _written(searchable: Searchable, asked: SearchRequest, choice: Choice) -> Iterator[bytes]:
    """Yield all that is found, whatever the page, in a representation for programs."""
    batches = search_for(searchable).batches(asked, BATCH)
    if choice.representation is RESULTS_CSV:
        terms = ({"adresse": nodes(iris_of(records))} for records in batches)
        return write_table(searchable.table, terms, marked=request.args.get(BOM_PARAMETER) == "1")
    if choice.representation is GEOJSON:
        return write_features(features_of(COLLECTIONS[searchable.name], records) for records in batches)
    return described(map(iris_of, batches), choice.representation)
