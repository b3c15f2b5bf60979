"""What can be searched: companies and notified contracts, each with its address, facets, orders and table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request
from pyoxigraph import NamedNode

from endpoints.documents import exists
from endpoints.faceted_search import FacetedSearch
from endpoints.problems import NotFoundError
from endpoints.readings import kept_while_served
from endpoints.search_request import COMPANY_FACETS, CONTRACT_FACETS, FACETS, NAME, RECENT, read_request
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from publisher.representations import GEOJSON, GRAPH_DOCUMENTS, HTML, RESULTS_CSV
from publisher.search_documents import CONTRACT

if TYPE_CHECKING:
    from endpoints.search_request import SearchRequest
    from endpoints.searching import SearchIndex


OFFERED = (HTML, RESULTS_CSV, GEOJSON, *GRAPH_DOCUMENTS)


@dataclass(frozen=True, slots=True)
class Searchable:
    """Things of one kind: their address, kind in the index, facets, orders (default first), query of their table."""

    name: str
    kind: str
    facets: tuple[str, ...]
    orders: tuple[str, ...]
    table: str

    @property
    def path(self) -> str:
        """The address of the search."""
        return f"/{self.name}"


COMPANIES = Searchable(
    "entreprises",
    "entreprise",
    COMPANY_FACETS,
    (NAME, RECENT),
    "companies_csv",
)
CONTRACTS = Searchable("marches", CONTRACT, CONTRACT_FACETS, (RECENT, NAME), "contracts_csv")
SEARCHABLE = {each.name: each for each in (COMPANIES, CONTRACTS)}


def asked_of(searchable: Searchable) -> SearchRequest:
    """Return the search that this request asks for.

    Raises:
        BadRequestError: a value is not of its kind.
        NotFoundError: a value names nothing that is published.
    """
    asked = read_request(request.args, searchable.facets, searchable.orders)
    for name, values in asked.chosen:
        for value in values if (kind := FACETS[name].kind) else ():
            if not exists(served_release().store, NamedNode(serving().minter.thing(str(kind), value))):
                raise NotFoundError.of_filter(name, value)
    return asked


def search_for(searchable: Searchable) -> FacetedSearch:
    """Return the search over the release served."""
    return _over(search_index(serving(), served_release()), searchable)


@kept_while_served(4)
def _over(index: SearchIndex, searchable: Searchable) -> FacetedSearch:
    return FacetedSearch(index, searchable.kind, searchable.facets)
