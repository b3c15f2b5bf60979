"""On real names perturbed by rule, the right company comes first, and no wrong one is called a match."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from endpoints.likeness import compare, slip_distance
from endpoints.matching import Candidate, Question, find_candidates
from endpoints.searching import Record, SearchIndex, open_index
from publisher.release import SEARCH
from publisher.search_documents import SearchDocument, read_documents
from publisher.search_index import write_index
from publisher.statements import open_statements
from tests.labelled_names import RULES, Labelled, label_names

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project
    from publisher.release import Release

COMPANY = frozenset({"entreprise"})
pytestmark = pytest.mark.xdist_group("matching")


@pytest.fixture(scope="module")
def index(real_release: tuple[Project, Path, Release], tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Give the index of the real release."""
    return open_index(real_release[2].directory / SEARCH, tmp_path_factory.mktemp("vrai"))


@pytest.fixture(scope="module")
def names(index: SearchIndex) -> list[Labelled]:
    """Give the labelled set of the real release."""
    return label_names(index.ask(index.among("kind", COMPANY), 100_000))


@pytest.fixture(scope="module")
def companies(
    real_release: tuple[Project, Path, Release], tmp_path_factory: pytest.TempPathFactory
) -> list[SearchDocument]:
    """Give the companies of the real release as documents to index; communes that nothing names are passed over."""
    with open_statements(real_release[2].graph_files[0], tmp_path_factory.mktemp("enonces")) as statements:
        statements.execute(
            "DELETE FROM said WHERE starts_with(s, '<http://id.insee.fr/geo/commune/') "
            "AND s NOT IN (SELECT o FROM said WHERE contains(s, '/id/'))"
        )
        return [each for each in read_documents(statements) if each.kind == "entreprise"]


def find(index: SearchIndex, text: str, kinds: frozenset[str] = COMPANY) -> list[Candidate]:
    """Return the candidates for a name."""
    return find_candidates(index, Question(text, kinds, frozenset(), 10, ()))


def code(found: list[Candidate]) -> str:
    """Return the code of the best candidate."""
    return str(found[0].record["code"]) if found else ""


def find_match(index: SearchIndex, company: Record, after: str) -> bool:
    """Return whether a company's name followed by a text is called a match, and of that company."""
    found = find(index, f"{company['labels']['fr']} {after}")
    return bool(found) and found[0].match and code(found) == company["code"]


def test_the_labelled_set_is_large(names: list[Labelled]) -> None:
    """At least a hundred real names are perturbed, by every rule."""
    assert len({each.siren for each in names}) >= 100
    assert {each.rule for each in names} == set(RULES)


def test_precision_at_one_among_everything(index: SearchIndex, names: list[Labelled]) -> None:
    """The company that is meant comes first in 95 of 100 cases, though nobody says that a company is meant."""
    right = [code(find(index, each.text, frozenset())) == each.siren for each in names[::3]]
    assert sum(right) / len(right) >= 0.95


def test_precision_among_companies(index: SearchIndex, names: list[Labelled]) -> None:
    """The company that is meant comes first in 98 of 100 cases; three quarters are called a match, none wrongly."""
    found = [(each, find(index, each.text)) for each in names]
    right = [each for each, candidates in found if code(candidates) == each.siren]
    assert len(right) / len(found) >= 0.98
    matched = [(each, code(candidates)) for each, candidates in found if candidates and candidates[0].match]
    assert [each for each, siren in matched if siren != each.siren] == []
    assert len(matched) / len(found) >= 0.7


def test_the_place_after_the_name_is_no_part_of_it(index: SearchIndex) -> None:
    """A name followed by the company's own commune, with or without the département's code, matches; another's not."""
    companies = [each for each in index.ask(index.among("kind", COMPANY), 120) if "commune" in each.get("places", {})]
    alone = [each for each in companies if find_match(index, each, "")]
    assert len(alone) > 40
    for each in alone:
        commune, departement = (each["places"][kind] for kind in ("commune", "departement"))
        assert find_match(index, each, commune["labels"]["fr"])
        assert find_match(index, each, f"- {commune['labels']['fr']} ({departement['iri'].rpartition('/')[2]})")
        assert not find_match(index, each, "Trifouillis")


def test_names_that_two_companies_bear_are_no_match(companies: list[SearchDocument], tmp_path: Path) -> None:
    """A name that a company and its fictitious twin bear shows both and leaves the choice to a person."""
    one = companies[0]
    twin = replace(one, iri=f"{one.iri}-jumeau", code=f"{one.code}-jumeau")
    write_index([*companies, twin], tmp_path / "jumeaux")
    found = find(open_index(tmp_path / "jumeaux", tmp_path), one.labels["fr"])
    assert {each.record["code"] for each in found[:2]} == {one.code, twin.code}
    assert not found[0].match


@pytest.mark.parametrize("half", [0, 1])
def test_companies_that_are_not_listed_are_no_match(
    companies: list[SearchDocument], names: list[Labelled], tmp_path: Path, half: int
) -> None:
    """With half of the companies left out of the index, none of their perturbed names matches another one."""
    absent = {each.siren for each in names if int(each.siren[:8]) % 2 == half}
    write_index([each for each in companies if each.code not in absent], tmp_path / "reste")
    index = open_index(tmp_path / "reste", tmp_path)
    asked = [each for each in names if each.siren in absent]
    assert len(asked) > 100
    assert [each for each in asked if any(found.match for found in find(index, each.text))] == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("lanterne", "lanterne", 0),
        ("lanterne", "lanterme", 1),
        ("lanterne", "lantrene", 1),
        ("lanterne", "lamterme", 2),
        ("lanterne", "citerne", None),
        ("abc", "abd", None),
        ("pando2", "pando3", None),
        ("lanterne1", "lanterne", None),
        ("l0terie", "loterie", 1),
        ("g1obe", "globe", 1),
    ],
)
def test_slips(one: str, other: str, expected: int | None) -> None:
    """A long word may have two slips, a short one none; a digit is none, but a 0 or 1 amid letters may be a letter."""
    assert slip_distance(one, other) == expected


def test_weak_words_do_not_make_another_name() -> None:
    """An article or « ville de » leaves the name the same; another word does not."""
    assert compare(("ville", "de", "lyon"), ("lyon",), lambda _: 1.0).is_same
    assert not compare(("grand", "lyon"), ("lyon",), lambda _: 1.0).is_same


def test_numbers_make_another_name() -> None:
    """A number set apart is part of the name, glued to a word or not."""
    assert compare(("lanterne1sud",), ("lanterne", "1", "sud"), lambda _: 1.0).is_same
    assert not compare(("lanterne", "0", "sud"), ("lanterne", "1", "sud"), lambda _: 1.0).is_slip


def test_another_short_word_makes_another_name() -> None:
    """Two short words before the same long one name two companies, however few letters set them apart."""
    assert not compare(("o2d", "environnement"), ("g2c", "environnement"), lambda _: 1.0).is_slip
    assert not compare(("abc", "conseil", "urbain"), ("abd", "conseil", "urbain"), lambda _: 1.0).is_slip
    assert compare(("lanterme", "conseil"), ("lanterne", "conseil"), lambda _: 1.0).is_slip
