"""The notified contracts of a company, a buyer, a convention: the latest as rows, all of them by kind of buyer.

A contract has one record per holder, so that a company's contracts, and a buyer's, are counted by their identifiers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode
from rdflib.namespace import DCTERMS, RDF

from endpoints.contract_rows import contract_rows
from endpoints.facets import value_name
from endpoints.readings import said_of
from endpoints.search_request import BUYERS, FACETS
from endpoints.statements import Statements
from publisher.search_documents import BANDS, band
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Store

    from endpoints.listing import Row
    from endpoints.serving import OpenRelease

SHOWN = 20
"""How many contracts a page lists, the latest first; `/marches` has all."""

MOST_READ = 1000
"""A page reads no more contracts than this to sum them up."""

_CONTRACT = NamedNode(str(ASC.Marche))
_TYPE = NamedNode(str(RDF.type))
_ORDER = (*(band(low) for low in (0, *BANDS)), "")


@dataclass(frozen=True, slots=True)
class Group:
    """Contracts with one kind of buyer: their number, how many with towns of the plan, and the search for more."""

    buyer: str
    population: str
    number: int
    towns: int
    search: dict[str, str]


@dataclass(frozen=True, slots=True)
class Contracts:
    """Some contracts: the latest as rows, their number, and the groups they fall in."""

    rows: list[Row] = field(default_factory=list)
    number: int = 0
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ContractReader(Statements):
    """Reads the contracts of one release."""

    store: Store
    lang: str

    def of(self, thing: NamedNode, property_: str, *, without: NamedNode | None = None) -> list[str]:
        """Return the contracts that a property leads to a thing from, the latest first."""
        quads = self.store.quads_for_pattern(None, NamedNode(str(property_)), thing)
        found = (quad.subject for quad in quads if quad.subject != without)
        contracts = [node.value for node in found if isinstance(node, NamedNode) and self._is_contract(node)]
        return sorted(sorted(contracts), key=self._day, reverse=True)[:MOST_READ]

    def number(self, contracts: Iterable[str]) -> int:
        """Return how many contracts these records are of."""
        return len({(*self.iris(each, ASC.acheteur), self.first(each, DCTERMS.identifier)) for each in contracts})

    def groups(self, contracts: Iterable[str]) -> list[Group]:
        """Return the contracts by kind of buyer and size of the commune that bought."""
        numbers: Counter[tuple[str, str]] = Counter()
        towns: Counter[tuple[str, str]] = Counter()
        for contract in contracts:
            key = self._kind_of_buyer(contract), self._size(contract)
            numbers[key] += 1
            towns[key] += bool(self.iris(contract, ASC.convention))
        ordered = sorted(numbers, key=lambda key: (*BUYERS, "").index(key[0]) * len(_ORDER) + _ORDER.index(key[1]))
        return [_group(*key, numbers[key], towns[key]) for key in ordered]

    def _is_contract(self, node: NamedNode) -> bool:
        return _CONTRACT in said_of(self.store, node).get(_TYPE, ())

    def _day(self, contract: str) -> str:
        return self.first(contract, ASC.dateNotification) or ""

    def _kind_of_buyer(self, contract: str) -> str:
        kinds = (self.first(buyer, ASC.typeCollectivite) for buyer in self.iris(contract, ASC.acheteur))
        return next((kind for kind in kinds if kind in BUYERS), "")

    def _size(self, contract: str) -> str:
        populations = (self.first(commune, ASC.population) for commune in self.iris(contract, ASC.commune))
        return next((band(int(population)) for population in populations if population), "")


def _group(buyer: str, size: str, number: int, towns: int) -> Group:
    return Group(
        buyer=value_name(FACETS["acheteur"], buyer) if buyer else "",
        population=value_name(FACETS["population"], size) if size else "",
        number=number,
        towns=towns,
        search={name: value for name, value in (("acheteur", buyer), ("population", size)) if value},
    )


def read_contracts(release: OpenRelease, lang: str, thing: NamedNode, property_: str) -> Contracts:
    """Return the contracts of a thing: a company by asc:entreprise, a buyer by asc:acheteur."""
    reader = ContractReader(release.store, lang)
    found = reader.of(thing, property_)
    return Contracts(sized_rows(found[:SHOWN]), reader.number(found), reader.groups(found))


def sized_rows(contracts: Iterable[str]) -> list[Row]:
    """Return contracts as rows, in their order, with the size of their commune."""
    return [{**row, "size": _size_name(row.get("population"))} for row in contract_rows(contracts)]


def _size_name(population: str | None) -> str:
    return value_name(FACETS["population"], band(int(population))) if population else ""
