"""The lists: projects, towns of the plan, solutions, good practices; pages, CSV, GeoJSON and RDF of the same things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from endpoints.answers import Choice, Link, alternates, answer, choose
from endpoints.geo_features import COLLECTIONS as PLACED
from endpoints.geo_features import load_features
from endpoints.geojson import write_features
from endpoints.list_index import list_index
from endpoints.list_pages import list_page
from endpoints.list_request import COLLECTIONS, read_list_request
from endpoints.list_tables import BOM_PARAMETER, describe_table, description_link, write_table
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.representations import CSVW, GEOJSON, HTML, RESULTS_CSV

if TYPE_CHECKING:
    from endpoints.list_request import ListRequest
    from endpoints.queries import Terms

blueprint = Blueprint("lists", __name__)

_NAMES = f"<any({', '.join(COLLECTIONS)}):name>"


@blueprint.get(f"/{_NAMES}")
def collection(name: str) -> Response:
    """Answer with a list in the representation asked for; a page unless the client prefers data."""
    return _answer(name, choose(f"/{name}", COLLECTIONS[name].offered))


@blueprint.get(f"/{_NAMES}.<extension>")
def collection_as(name: str, extension: str) -> Response:
    """Answer with a list, or the description of its table, in the representation that the extension names."""
    offered = (*COLLECTIONS[name].offered, CSVW)
    found = next((each for each in offered if each.extension == extension), None)
    if found is None:
        raise NotFoundError.at(request.path)
    return _answer(name, Choice(found, fixed=True))


def _answer(name: str, choice: Choice) -> Response:
    wanted = COLLECTIONS[name]
    asked = read_list_request(wanted, request.args)
    links = alternates(wanted.path, wanted.offered)
    if choice.representation is RESULTS_CSV:
        links.append(description_link(name, dict(asked.chosen)))
    if choice.representation is GEOJSON:
        links.append(Link(f"/ogc/collections/{name}", "collection", "application/json"))

    def build() -> str | bytes:
        return list_page(asked) if choice.representation is HTML else _data(asked, choice)

    return answer(choice, build, path=wanted.path, links=links)


def _data(asked: ListRequest, choice: Choice) -> str | bytes:
    """Return all that a list holds, whatever the page, in a representation for programs."""
    wanted, index = asked.collection, list_index(asked.collection)
    found = sorted(index.find(asked.chosen))
    things = list(dict.fromkeys(index.things[place] for place in found))
    if choice.representation is GEOJSON:
        listed = set(things)
        return write_features(each for each in load_features(PLACED[wanted.name]) if each.iri in listed)
    if choice.representation in (CSVW, RESULTS_CSV):
        rows = [NamedNode(index.rows[place]) for place in found]
        terms: Terms = {"class": NamedNode(wanted.class_), wanted.table_row: rows}
        if choice.representation is CSVW:
            return describe_table(wanted.name, wanted.table, terms, dict(asked.chosen))
        return write_table(wanted.table, terms, marked=request.args.get(BOM_PARAMETER) == "1")
    named = {"thing": [NamedNode(iri) for iri in things]}
    triples = Queries(serving().project, served_release().store).construct("described", named)
    return serving().serialiser.write(sorted(triples, key=str), choice.representation)
