"""Territories are found under the names and codes that people write for them, and never under a doubtful one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.csvw import load_mappings
from publisher.gazetteer import Gazetteer
from publisher.intake import connect
from publisher.mapping import Reference
from publisher.namesakes import Named, Register
from publisher.project import load_project
from publisher.spelling import readings, spelt
from publisher.table import read_table
from tests.projects.small import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

Registers = dict[str, Register]


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registers]:
    """Give the registers of the repository's own territory tables."""
    workspace = tmp_path_factory.mktemp("registres")
    mappings = {mapping.label: mapping for mapping in load_mappings(load_project(ROOT))}
    with connect(workspace) as connection:
        for mapping in mappings.values():
            if mapping.name.startswith("territoires/"):
                read_table(connection, mapping, workspace)
        gazetteer, found = Gazetteer(connection, mappings), {}
        for name in ("communes", "departements", "regions"):
            register = gazetteer.register(Reference(f"data/territoires/{name}.csv", ("code",)))
            assert register is not None
            found[name] = register
        yield found


def codes(register: Register, text: str, **hints: str) -> list[str]:
    """Return the codes that a text may stand for, beside other cells of its row."""
    return [each.code for each in register.find(text, hints.items()).found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'Isère", "38"),
        ("Département de l'Isère", "38"),
        ("cotes darmor", ""),
        ("Côte d’Or", "21"),
        ("CORSE DU SUD", "2A"),
        ("2a", "2A"),
        ("1", "01"),
        ("069", "69"),
        ("69 - Rhône", "69"),
        ("Rhône (69)", "69"),
        ("69 (Rhône)", "69"),
        ("Isère (69)", ""),
        ("Val d Oise", "95"),
        ("Seine St Denis", "93"),
        ("Réunion", "974"),
        ("Territoire-de-Belfort", "90"),
        ("Côtes-du-Nord", "22"),
        ("loire inferieure", "44"),
        ("20", "2A 2B"),
        ("Corse", "2A 2B"),
        ("Seine", "75 92 93 94"),
        ("Seine-et-Oise", "78 91 92 93 94 95"),
        ("69M", ""),
        ("99", ""),
        ("0", ""),
    ],
)
def test_departements(registers: Registers, text: str, expected: str) -> None:
    """A département is known by its code, its name, its former name; one that was divided leads to all its parts."""
    assert codes(registers["departements"], text) == expected.split()


@pytest.mark.parametrize(
    ("text", "code", "since"),
    [
        ("Rhône-Alpes", "84", "2016-01-01"),
        ("82", "84", "2016-01-01"),
        ("région Picardie", "32", "2016-01-01"),
        ("Centre", "24", "2015-01-17"),
        ("Île de France", "11", None),
        ("Grand-Est", "44", None),
        ("Corse", "94", None),
        ("53", "53", None),
    ],
)
def test_regions(registers: Registers, text: str, code: str, since: str | None) -> None:
    """A région is known by its code or name, and a former one leads to the current one with the day of the change."""
    (found,) = registers["regions"].find(text).found
    assert found.code == code
    assert (found.former.since if found.former else None) == since


@pytest.mark.parametrize(
    ("text", "hints", "expected"),
    [
        ("38000 Grenoble", {}, "38185"),
        ("GRENOBLE CEDEX 9", {}, "38185"),
        ("Grenoble (Isère)", {}, "38185"),
        ("38000 Lyon", {}, ""),
        ("35000 Rennes Cedex", {}, "35238"),
        ("L Hay les Roses", {}, "94038"),
        ("Havre", {}, "76351"),
        ("1001", {}, "01001"),
        ("Saint-Denis", {}, "11339 30247 93066 97411"),
        ("Saint-Denis", {"departement": "93"}, "93066"),
        ("Saint-Denis", {"codes_postaux": "97400"}, "97411"),
        ("Saint-Denis (Réunion)", {}, "97411"),
        ("St Denis", {"departement": "38"}, "11339 30247 93066 97411"),
        ("Saint-Brieuc (Côtes-du-Nord)", {}, "22278"),
        ("Sceaux", {}, "89197 92071"),
        ("Sceaux", {"departement": "89"}, "89197"),
        ("Sceaux", {"codes_postaux": "92330"}, "92071"),
        ("Sceaux (Hauts-de-Seine)", {}, "92071"),
        ("75112", {}, "75056"),
        ("75001", {}, "75056 94002"),
        ("75001", {"departement": "94"}, "94002"),
        ("75001", {"departement": "75"}, "75056"),
        ("Lyon 3e", {}, "69123"),
        ("Marseille 8ème arrondissement", {}, "13055"),
        ("75012 Paris", {}, "75056"),
        ("Annecy-le-Vieux", {}, "74010"),
        ("69007 Lyon", {}, "69123"),
        ("Nouméa", {}, "98818"),
        ("nulle part", {}, ""),
    ],
)
def test_communes(registers: Registers, text: str, hints: dict[str, str], expected: str) -> None:
    """A commune is known by its code, or by its name with what tells it from its namesakes; else all are candidates."""
    assert codes(registers["communes"], text, **hints) == expected.split()


def test_a_postal_code_names_no_commune(registers: Registers) -> None:
    """A postal code alone leads to candidates, be there only one."""
    answer = registers["communes"].find("38000")
    assert [each.code for each in answer.found] == ["38185"]
    assert answer.one is None


@given(st.data())
def test_every_current_name_leads_back_to_its_code(registers: Registers, data: st.DataObject) -> None:
    """Any commune is found by its name and département however spelt; namesakes there stay doubtful."""
    communes = registers["communes"]
    one = data.draw(st.sampled_from(list(communes.current)))
    name = data.draw(st.sampled_from(one.names))
    departement = data.draw(st.sampled_from(sorted(one.marks["departement"] or {""})))
    case = data.draw(st.sampled_from([str.upper, str.title, str.lower]))
    written = case(name.replace(" ", data.draw(st.sampled_from([" ", "-", "  "]))))
    text = (
        data.draw(st.sampled_from([f"{written} ({departement})", f"{written}, {departement}"]))
        if departement
        else written
    )
    assert one.code in codes(communes, text)


@given(st.text(max_size=60))
def test_any_text_is_answered(registers: Registers, text: str) -> None:
    """Whatever is typed gets an answer, and a certain one only for codes that exist."""
    for register in registers.values():
        known = {each.code for each in register.current}
        assert {each.code for each in register.find(text, [("departement", text)]).found} <= known


@given(st.text(max_size=300))
def test_a_spelling_is_settled_and_readings_are_few(text: str) -> None:
    """A name spelt twice is the same, and no text can be taken apart without end."""
    assert spelt(spelt(text)) == spelt(text)
    assert len(list(readings(text))) <= 200


def test_a_name_whole_comes_before_one_without_its_article() -> None:
    """`Mans` is the place so called, not « Le Mans »."""
    listed = [Named("1", ("mans",), {}), Named("2", ("le mans",), {})]
    register = Register({}, lambda: (listed, ()))
    assert codes(register, "Mans") == ["1"]
    assert codes(register, "le mans") == ["2"]
