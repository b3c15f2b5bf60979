"""What a territory or a domain holds: its communes; the first projects, solutions, practices, and where the rest is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import NamedNode
from rdflib.namespace import RDF

from endpoints.collections import rows_of
from endpoints.faceted_search import FacetedSearch
from endpoints.languages import language, text_in
from endpoints.list_request import COLLECTIONS, TABLE, ListRequest
from endpoints.listing import Rows
from endpoints.search_request import SearchRequest, facet_of
from endpoints.searching import search_index
from endpoints.serving import served_release, serving

if TYPE_CHECKING:
    from endpoints.listing import Row
    from endpoints.searching import Record
    from endpoints.serving import OpenRelease

SHOWN = 50
"""How many lines a list on a document's page shows; the whole list has an address of its own."""


class ListedThings(NamedTuple):
    """How many things there are, the first of them, and the list that holds all."""

    total: int
    rows: list[Row]
    request: ListRequest


def listed_things(release: OpenRelease, kind: str, key: str) -> dict[str, ListedThings]:
    """Return what there is of each list that can be narrowed to a territory or a domain, by the list's name."""
    collections = (each for each in COLLECTIONS.values() if each.kind and kind in each.filters)
    found = (
        (each.name, _listed(release, ListRequest(each, ((kind, key),), each.orders[0], TABLE))) for each in collections
    )
    return {name: listed for name, listed in found if listed.total}


def communes_of(kind: str, key: str) -> list[Row]:
    """Return all communes of a département or an inter-municipal body, by name.

    The search index knows them apart from the companies there, which the store would read.
    """
    search = FacetedSearch(search_index(serving(), served_release()), "commune", ())
    asked = SearchRequest(chosen=((facet_of(kind), (key,)),))
    return [_commune(record) for batch in search.batches(asked, SHOWN) for record in batch]


def _commune(record: Record) -> Row:
    path = serving().minter.document_path("commune", record["code"])
    return {"thing": path, "iri": record["iri"], "name": text_in(record["labels"], language())}


def _listed(release: OpenRelease, request: ListRequest) -> ListedThings:
    collection = request.collection
    total, iris = rows_of(collection).page(request, SHOWN)
    if not iris:
        return ListedThings(total, [], request)
    class_ = NamedNode(collection.class_)
    terms = {"class": class_, "property": NamedNode(str(RDF.type)), "topic": class_}
    rows = Rows(release).select(collection.rows, {**terms, collection.row: [NamedNode(iri) for iri in iris]})
    return ListedThings(total, sorted(rows, key=lambda row: iris.index(row["iri"])), request)
