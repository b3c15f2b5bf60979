"""The profile of a territory or a domain: its companies, how they compare with the country's, its notified contracts.

Read from the search index and the counts of the release, so that a région costs no more than a village.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from endpoints.contract_rows import contract_rows
from endpoints.facets import value_name
from endpoints.search_pages import company_row, departement_map
from endpoints.search_request import FACETS, RECENT, SearchRequest, facet_of
from endpoints.searches import COMPANIES, CONTRACTS, search_for
from endpoints.vocabulary import domain_tree
from endpoints.whereabouts import read_alike, read_around, unplaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHOWN = 12
"""How many companies and contracts a profile shows; the searches have them all."""


@dataclass(frozen=True, slots=True)
class Share:
    """A domain among the companies of a territory: how many, their share here and in the whole directory."""

    slug: str
    name: str
    count: int
    here: float
    country: float


@dataclass(frozen=True, slots=True)
class Place:
    """A territory where companies of a domain are: its path, name and number of companies."""

    value: str
    name: str
    count: int


def profile(kind: str, key: str, *, population: int | None = None) -> dict[str, Any]:
    """Return what a page shows of a territory or domain: companies, contracts, shares, places, and the way to more."""
    facet = facet_of(kind)
    asked = SearchRequest(chosen=((facet, (key,)),))
    companies, contracts = search_for(COMPANIES), search_for(CONTRACTS)
    total, records = companies.page(asked, SHOWN)
    contracts_total, notified = contracts.page(SearchRequest(chosen=asked.chosen, order=RECENT), SHOWN)
    shown: dict[str, Any] = {
        "facet": facet,
        "companies": [company_row(record) for record in records],
        "total": total,
        "contracts": contract_rows(each["iri"] for each in notified),
        "contracts_total": contracts_total,
    }
    if kind == "domaine":
        counts = companies.counts(asked, ("region", "departement"))
        places = _places("region", counts["region"])
        shown |= {"places": places, "unplaced": unplaced(total, counts["region"])}
        return shown | departement_map(COMPANIES, asked, counts["departement"])
    shown["around"] = read_around(kind, key)
    everything = SearchRequest()
    here, country = (companies.counts(each, ("domaine",))["domaine"] for each in (asked, everything))
    shown["shares"] = list(_shares(here, total, country, companies.page(everything, 1)[0]))
    if population is not None:
        shown["alike"] = read_alike(population)
    return shown


def _shares(here: Mapping[str, int], total: int, country: Mapping[str, int], in_all: int) -> Iterable[Share]:
    """Yield the top domains that the companies of a territory are in, the most frequent first."""
    tops = [(row["thing"].rpartition("/")[2], row["name"]) for row, _ in domain_tree()]
    for slug, name in sorted(tops, key=lambda top: (-here.get(top[0], 0), top[1])):
        if count := here.get(slug, 0):
            yield Share(slug, name, count, count / total, country.get(slug, 0) / in_all)


def _places(facet: str, counts: Mapping[str, int]) -> list[Place]:
    found = [Place(value, value_name(FACETS[facet], value), count) for value, count in counts.items()]
    return sorted(found, key=lambda place: (-place.count, place.name))
