"""The search index holds each thing with its names, codes, places and domains, and answers from a read-only release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tantivy

from endpoints.searching import SearchIndex, open_index
from publisher.errors import ReleaseError
from publisher.names import words
from publisher.release import SEARCH
from publisher.search_documents import SearchDocument, band, read_documents
from publisher.search_index import write_index
from publisher.statements import open_statements
from tests.release_fixture import COMPANY, write_release

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project
    from publisher.release import Release

LYON = "http://id.insee.fr/geo/commune/69123"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of the small release."""
    runtime = tmp_path_factory.mktemp("recherche")
    write_release(runtime)
    return (runtime / "served").resolve()


@pytest.fixture(scope="module")
def documents(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, SearchDocument]:
    """Give the documents of the small release by IRI."""
    with open_statements(directory / "dumps/annuaire.nt.gz", tmp_path_factory.mktemp("enonces")) as statements:
        return {each.iri: each for each in read_documents(statements)}


@pytest.fixture(scope="module")
def index(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Give the index of the small release, opened."""
    return open_index(directory / SEARCH, tmp_path_factory.mktemp("liens"))


def test_a_company_is_found_with_all_that_is_said_of_it(documents: dict[str, SearchDocument]) -> None:
    """A document joins what the company, its commune and its domains say."""
    found = documents[f"https://annuaire.example/id/entreprise/{COMPANY}"]
    assert found.kind == "entreprise"
    assert found.names == ["Lampadaires Imaginaires", "L'Imaginaire <éclairé>"]
    assert found.description["en"] == "Lights streets that do not exist."
    assert {name: place.code for name, place in found.places.items()} == {
        "commune": "69123",
        "departement": "69",
        "region": "84",
    }
    assert [each.code for each in found.domains] == ["eclairage", "videoprotection"]
    assert [each.code for each in found.ancestors] == ["securite"]
    assert found.years == [2018, 2020]
    assert found.population == 520774
    assert found.acv
    assert found.projects == ["Lanterne fictive"]


def test_territories_and_domains_are_there(documents: dict[str, SearchDocument]) -> None:
    """Régions, départements, communes, domains, contracts and projects have documents; arrondissements have none."""
    kinds = {each.kind for each in documents.values()}
    assert kinds == {"entreprise", "marche", "projet", "region", "departement", "commune", "domaine"}
    assert documents[LYON].places["commune"].iri == LYON
    assert "http://id.insee.fr/geo/arrondissement/691" not in documents


def test_documents_are_in_alphabetical_order(documents: dict[str, SearchDocument]) -> None:
    """Accents and case do not count in the order of documents."""
    keys = [each.sort_key for each in documents.values()]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("population", "expected"),
    [(None, ""), (0, "0-1999"), (1999, "0-1999"), (2000, "2000-9999"), (99_999, "50000-99999"), (100_000, "100000-")],
)
def test_population_bands(population: int | None, expected: str) -> None:
    """A band holds its lower bound and not its upper one."""
    assert band(population) == expected


@pytest.mark.parametrize(
    "name",
    [
        "lampadaires imaginaires",
        "IMAGINAIRES LAMPADAIRES",
        "Lampadaires Imaginaires SARL",
        "Lampadaire Imaginaires",
        "lampadairesimaginaires",
        "Lampadiares imaginaire",
        "imaginaire eclaire",
    ],
)
def test_names_are_found_however_they_are_written(index: SearchIndex, name: str) -> None:
    """Accents, case, legal form, word order, spaces and typing errors do not hide a company."""
    assert index.named(words(name), [], 5)[0]["code"] == COMPANY


def test_filters(index: SearchIndex) -> None:
    """A question limited to a kind, a domain or a place gets nothing else."""
    assert {each["kind"] for each in index.named(("lyon",), ["commune"], 10)} == {"commune"}
    asked = [*index.among("kind", ["entreprise"]), *index.among("domaine", ["securite"])]
    assert [each["code"] for each in index.ask(asked, 10)] == [COMPANY]
    assert index.ask([*index.among("domaine", ["alimentation"]), *index.among("kind", ["entreprise"])], 10) == []


def test_codes_and_prefixes(index: SearchIndex) -> None:
    """A thing is found by its code, its IRI, or the start of its name."""
    assert [each["iri"] for each in index.coded(["69123"], ["commune"])] == [LYON]
    assert (index.thing(LYON) or {})["code"] == "69123"
    assert index.thing("http://id.insee.fr/geo/commune/00000") is None
    assert [each["code"] for each in index.starting(("lampadaires", "imag"), [], 5)] == [COMPANY]


def test_facets_can_be_counted(index: SearchIndex) -> None:
    """The fields of the facets are counted by tantivy itself."""
    query = tantivy.Query.boolean_query(index.among("kind", ["entreprise"]))
    found = index.searcher.aggregate(query, {"d": {"terms": {"field": "departement"}}})
    assert [(each["key"], each["doc_count"]) for each in found["d"]["buckets"]] == [("69", 2)]


def test_nothing_is_written_into_the_release(directory: Path, index: SearchIndex) -> None:
    """Opening and asking leave no lock in the release, whose files stay those that were summed."""
    assert index.searcher.num_docs
    assert not list((directory / SEARCH).glob("*.lock"))


def test_a_release_without_an_index_says_so(tmp_path: Path) -> None:
    """An absent index is an error of the release, not a crash."""
    with pytest.raises(ReleaseError):
        open_index(tmp_path / "absent", tmp_path)


def test_the_same_documents_give_the_same_answers(documents: dict[str, SearchDocument], tmp_path: Path) -> None:
    """Two builds differ in the names of their files only."""
    found = []
    for name in ("un", "deux"):
        write_index(documents.values(), tmp_path / name)
        opened = open_index(tmp_path / name, tmp_path)
        found.append([each["iri"] for each in opened.named(("imaginaire",), [], 50)])
    assert found[0] == found[1] != []


def test_the_manifest_covers_the_index(real_release: tuple[Project, Path, Release]) -> None:
    """A published release names every file of its index with its sum, and has one document a thing."""
    release = real_release[2]
    files = {path.relative_to(release.directory).as_posix() for path in (release.directory / SEARCH).iterdir()}
    assert files
    assert files <= release.manifest["files"].keys()
