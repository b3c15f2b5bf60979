"""Where companies are, as far as is known: those whose place no source gives, and what there is around a territory.

Of a company with few contracts, a list says where the authorities are that notified them.

A filter by place leaves out the companies whose place is not known, of which many are known by their contracts: a
page that filters by place says how many, and names the contracts that authorities of that place notified.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from endpoints.contracts import ContractReader
from endpoints.facets import value_name
from endpoints.languages import language
from endpoints.listing import plain
from endpoints.search_request import CONTRACT_FACETS, FACETS, SearchRequest, facet_of
from endpoints.searches import COMPANIES, CONTRACTS, Searchable, search_for
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from publisher.search_documents import PLACES, band
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_PLACES = frozenset({*PLACES, "population", "acv"})
_WIDEST = "region"
_FEW, _NAMED = 20, 3
"""Contracts of a company that are read for a list, and départements that it names."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What a search by place leaves aside: companies without a known place; contracts notified there."""

    companies: int
    contracts: int
    parameters: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Around:
    """A territory that holds another: its path and name, how many companies and contracts, and its facet and code."""

    thing: str
    name: str
    companies: int
    contracts: int
    facet: str
    code: str


@dataclass(frozen=True, slots=True)
class Alike:
    """The contracts of communes of one size: how many, the size's name, and the search for them."""

    contracts: int
    size: str
    parameters: dict[str, list[str]]


def read_aside(searchable: Searchable, asked: SearchRequest) -> Aside | None:
    """Return what a search for companies leaves aside because it asks for a place; None when it asks for none."""
    if searchable is not COMPANIES or not any(name in _OF_PLACES for name, _ in asked.chosen):
        return None
    anywhere = replace(asked, chosen=tuple(pair for pair in asked.chosen if pair[0] not in _OF_PLACES))
    notified = SearchRequest(asked.text, tuple(pair for pair in asked.chosen if pair[0] in CONTRACT_FACETS))
    companies, contracts = search_for(COMPANIES), search_for(CONTRACTS)
    placed = companies.counts(anywhere, (_WIDEST,))[_WIDEST]
    parameters = {name: list(values) for name, values in notified.chosen}
    parameters |= {"q": [asked.text]} if asked.text else {}
    return Aside(unplaced(companies.total(anywhere), placed), contracts.total(notified), parameters)


def unplaced(total: int, placed: Mapping[str, int]) -> int:
    """Return how many of so many companies are in no région, given how many each région has."""
    return max(0, total - sum(placed.values()))


def read_around(kind: str, key: str) -> list[Around]:
    """Return the territories that hold a territory, the smallest first, with their companies and contracts."""
    record = search_index(serving(), served_release()).thing(serving().minter.thing(kind, key))
    held = record.get("places", {}) if record else {}
    own = facet_of(kind)
    return [_around(facet, held[facet]["code"]) for facet in PLACES if facet in held and facet != own]


def _around(facet: str, code: str) -> Around:
    asked = SearchRequest(chosen=((facet, (code,)),))
    companies, contracts = (search_for(each).total(asked) for each in (COMPANIES, CONTRACTS))
    thing = serving().minter.document_path(FACETS[facet].kind or facet, code)
    return Around(thing, value_name(FACETS[facet], code), companies, contracts, facet, code)


def read_alike(population: int) -> Alike:
    """Return the contracts that communes of the same size as one notified."""
    asked = SearchRequest(chosen=(("population", (band(population),)),))
    number = search_for(CONTRACTS).total(asked)
    return Alike(number, value_name(FACETS["population"], band(population)), {"population": [band(population)]})


def contract_places(company: str, number: int) -> str:
    """Return the départements of those who notified a company its contracts, by name; nothing of many."""
    if not 0 < number <= _FEW:
        return ""
    reader = ContractReader(served_release().store, language())
    contracts = reader.of(NamedNode(company), ASC.entreprise)
    places = {place for contract in contracts for place in reader.iris(contract, ASC.departement)}
    names = sorted((value_name(FACETS["departement"], each.rpartition("/")[2]) for each in places), key=plain)
    return ", ".join([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])
