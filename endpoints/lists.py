"""The lists: projects, towns of the plan, solutions, good practices; pages, CSV, GeoJSON and RDF of the same things."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from endpoints.answers import Choice, Link, alternates, answer, choose
from endpoints.collections import indexed, rows_of, search_of
from endpoints.exports import BATCH, Export, described, nodes
from endpoints.geo_features import COLLECTIONS as PLACED
from endpoints.geo_features import features_of, load_features
from endpoints.geojson import write_features
from endpoints.list_index import list_index
from endpoints.list_pages import list_page
from endpoints.list_request import COLLECTIONS, read_list_request
from endpoints.list_tables import BOM_PARAMETER, describe_table, description_link, write_table
from endpoints.problems import NotFoundError
from publisher.representations import CSVW, GEOJSON, HTML, RESULTS_CSV

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from endpoints.list_request import Collection, ListRequest
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

    if choice.representation is HTML:
        return answer(choice, lambda: list_page(asked), path=wanted.path, links=links)
    if choice.representation is CSVW:
        build = partial(describe_table, wanted.name, wanted.table, _terms(wanted, []), dict(asked.chosen))
        return answer(choice, build, path=wanted.path, links=links)
    total = rows_of(wanted).total(asked.chosen)
    return Export(total, partial(_written, asked, choice)).answer(choice, wanted.path, links)


def _written(asked: ListRequest, choice: Choice) -> Iterator[bytes]:
    """Yield all that a list holds, whatever the page, in a representation for programs."""
    wanted, rows = asked.collection, rows_of(asked.collection)
    if choice.representation is RESULTS_CSV:
        batches = (_terms(wanted, iris) for iris in rows.batches(asked, BATCH))
        marked = request.args.get(BOM_PARAMETER) == "1"
        return write_table(wanted.table, batches, marked=marked, key=wanted.table_key)
    if choice.representation is GEOJSON and wanted.kind:
        records = indexed(wanted).search.batches(search_of(asked.chosen, asked.order), BATCH)
        return write_features(features_of(PLACED[wanted.name], batch) for batch in records)
    if wanted.kind:
        return described(rows.batches(asked, BATCH), choice.representation)
    things = list_index(wanted).listed(asked)
    if choice.representation is GEOJSON:
        features = {each.iri: each for each in load_features(PLACED[wanted.name])}
        return write_features([[features[iri] for iri in things if iri in features]])
    return described([things], choice.representation)


def _terms(wanted: Collection, rows: Sequence[str]) -> Terms:
    """Return what the query of a list's table is bound to."""
    return {"class": NamedNode(wanted.class_), wanted.table_row: nodes(rows)}
