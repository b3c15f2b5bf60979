"""What is like a thing: shared domains first, then the same territory, then alphabetical order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from endpoints.searching import open_index
from endpoints.similar import contracts_nearby, similar_companies, similar_contracts
from publisher.search_documents import Reference, SearchDocument
from publisher.search_index import write_index

if TYPE_CHECKING:
    from endpoints.searching import Record, SearchIndex


def thing(name: str, domains: str, place: str = "", population: int | None = None, year: int = 2019) -> SearchDocument:
    """Return an imaginary company, or the contract of a commune of this population; `place` is its département."""
    kind = "entreprise" if population is None else "marche"
    places = {"departement": refer(place), "region": refer(place[0])} if place else {}
    iri = f"https://annuaire.example/id/{kind}/{name}"
    about = {"places": places, "domains": [refer(each) for each in domains], "population": population, "latest": year}
    return SearchDocument(iri, kind, {"fr": name}, **about)  # type: ignore[arg-type]


def refer(code: str) -> Reference:
    """Return a reference to an imaginary place or domain."""
    return Reference(f"https://annuaire.example/{code}", code, {"fr": code})


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Return an index of imaginary companies and contracts."""
    directory = tmp_path_factory.mktemp("index")
    things = [
        thing("ailleurs", "ab", "11"),
        thing("autre", "c", "22"),
        thing("ici", "ab", "22"),
        thing("region", "ab", "23"),
        thing("sans-lieu", "a"),
        thing("une", "ab", "22"),
        thing("voisine", "a", "22"),
        thing("petit", "a", "22", 3_000, 2018),
        thing("petit-bis", "a", "11", 4_000),
        thing("grand", "a", "22", 300_000, 2020),
    ]
    write_index(things, directory / "search")
    return open_index(directory / "search", directory)


def names(records: list[Record]) -> list[str]:
    """Return the names of what was found."""
    return [record["labels"]["fr"] for record in records]


def of(index: SearchIndex, kind: str, name: str) -> Record:
    """Return a document of the index."""
    found = index.thing(f"https://annuaire.example/id/{kind}/{name}")
    assert found
    return found


def test_shared_domains_come_before_nearness(index: SearchIndex) -> None:
    """More shared domains win over nearness; among equals the département, the région, then the alphabet decide."""
    found = names(similar_companies(index, of(index, "entreprise", "une")))
    assert found == ["ici", "region", "ailleurs", "voisine", "sans-lieu"]


def test_a_company_without_a_place_has_similar_ones(index: SearchIndex) -> None:
    """Without a territory, shared domains and the alphabet are enough."""
    found = names(similar_companies(index, of(index, "entreprise", "sans-lieu")))
    assert found == ["ailleurs", "ici", "region", "une", "voisine"]


def test_similar_contracts_are_of_communes_alike(index: SearchIndex) -> None:
    """A contract is like those of its domain that communes of its population band notified."""
    assert names(similar_contracts(index, of(index, "marche", "petit"))) == ["petit-bis"]
    assert names(similar_contracts(index, of(index, "marche", "grand"))) == []


def test_contracts_nearby_come_latest_first(index: SearchIndex) -> None:
    """The contracts of the same département, the latest first; none without a place."""
    assert names(contracts_nearby(index, of(index, "marche", "petit"), 9)) == ["grand", "petit"]
    assert contracts_nearby(index, of(index, "entreprise", "sans-lieu"), 9) == []
