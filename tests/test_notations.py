"""Numbers, dates, truth and SIREN numbers are read in the ways that people write them, and never guessed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.datatypes import parse_datatype
from publisher.notations import canonical, canonical_siren
from publisher.siren import explain_siren, is_siren
from tests.projects.tiny import ASC, KEY

if TYPE_CHECKING:
    from tests.projects.tiny import TinyProject

REPAIRED = {"siren-espaces", "siren-zero-perdu"}


def read(base: str, *written: str) -> list[str]:
    """Return what each text is read as in a column of a datatype."""
    form = canonical_siren("v") if base == "siren" else canonical(parse_datatype(base), "v")
    query = f"SELECT {form} FROM (SELECT unnest(?::VARCHAR[]) AS v)"  # noqa: S608
    return [value for (value,) in duckdb.execute(query, [list(written)]).fetchall()]


@pytest.mark.parametrize(
    ("base", "written", "value"),
    [
        ("decimal", "1 234,56", "1234.56"),
        ("decimal", "1\u00a0234,56", "1234.56"),
        ("decimal", "1\u202f234\u202f567,8", "1234567.8"),
        ("decimal", "12,5", "12.5"),
        ("decimal", "0,125", "0.125"),
        ("decimal", "1234,567", "1234.567"),
        ("decimal", "−3,50", "-3.50"),
        ("decimal", "1.234,56", "1234.56"),
        ("decimal", "1,234.56", "1234.56"),
        ("decimal", "1,234,567", "1234567"),
        ("decimal", "1.234", "1.234"),
        ("integer", "1 234", "1234"),
        ("integer", "12.0", "12"),
        ("integer", "12,00", "12"),
        ("integer", "1.234.567", "1234567"),
        ("gYear", "2018.0", "2018"),
        ("date", "27/09/2018", "2018-09-27"),
        ("date", "3/4/2024", "2024-04-03"),
        ("date", "27.09.2018", "2018-09-27"),
        ("date", "2018/9/27", "2018-09-27"),
        ("date", "2018-09-27 00:00:00", "2018-09-27"),
        ("date", "2018-09-27T00:00:00", "2018-09-27"),
        ("date", "43370", "2018-09-27"),
        ("date", "43370.0", "2018-09-27"),
        ("boolean", "OUI", "true"),
        ("boolean", "Vrai", "true"),
        ("boolean", "non", "false"),
        ("boolean", "FAUX", "false"),
        ("boolean", "0", "false"),
        ("siren", "999 000 003", "999000003"),
        ("siren", "999.000.003", "999000003"),
        ("siren", "'999000003", "999000003"),
        ("siren", '="999000003"', "999000003"),
        ("siren", "999000003.0", "999000003"),
        ("siren", "5520135", "005520135"),
        ("siren", "5 520 135", "005520135"),
        ("siren", "5520135,0", "005520135"),
    ],
)
def test_what_is_certain_is_read(base: str, written: str, value: str) -> None:
    """A way of writing that can mean one thing only is read as that."""
    assert read(base, written) == [value]


@pytest.mark.parametrize(
    ("base", "written"),
    [
        ("decimal", ["1,234", "-12,345", "1  234", "12 34", "1 2345", "12 €", "5,52E+08", "1,23,4", "1,2.3", "", "1,"]),
        ("integer", ["1,234", "1.234", "12,5", "1 234,5", "0x10"]),
        ("gYear", ["18", "2018-09-27", "2018.5"]),
        ("date", ["31/02/2024", "03/14/2024", "27/09/18", "2018-13-01", "2018-09-27T10:05:00", "2018", "19999", "73051",
                  "43370.5", "99999", "27 sept. 2018"]),
        ("boolean", ["x", "ouais", "2", ""]),
        ("siren", ["999000004", "0", "000000000", "99900000300012", "FR12999000003", "5520136", "12345", "5,52E+08",
                   "999000003x"]),
    ],
)  # fmt: skip
def test_what_is_not_certain_stays_as_it_came(base: str, written: list[str]) -> None:
    """What can be read in two ways, or in none, is left for the checks to refuse."""
    assert read(base, *written) == written


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from([" ", "\u00a0", "\u202f", ""]))
def test_a_french_number_keeps_its_value(number: Decimal, space: str) -> None:
    """A number written as in French, with any space between thousands or none, keeps its value and its digits."""
    written = f"{number:,.2f}".replace(",", space).replace(".", ",")
    (value,) = read("decimal", written)
    assert (Decimal(value), value.count(".")) == (number, 1)


@given(st.dates(dt.date(1954, 10, 4), dt.date(2099, 12, 31)))
def test_a_day_is_the_same_in_every_writing(day: dt.date) -> None:
    """A day is read the same written as in French, as ISO 8601, or as the number that a spreadsheet keeps."""
    serial = (day - dt.date(1899, 12, 30)).days
    written = [day.isoformat(), f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", str(serial)]
    assert read("date", *written) == [day.isoformat()] * 4


@given(st.text("0123456789 .,-'x\u00a0", max_size=14))
def test_a_siren_is_explained_as_it_is_read(written: str) -> None:
    """The number that a warning names is the one that is read; what is not read as a SIREN is refused."""
    trimmed = written.strip()
    (value,) = read("siren", trimmed)
    rule, fields = explain_siren(trimmed)
    if is_siren(value):
        assert value == trimmed or (rule, value) == (rule if rule in REPAIRED else None, fields["proposal"])
    else:
        assert value == trimmed
        assert rule not in REPAIRED


def test_a_repaired_siren_is_told_and_published(tiny_project: TinyProject) -> None:
    """A SIREN without its zeros is published with them, and the warning shows both; so in a cell of several."""
    scheme = {ASC + "identifierScheme": "SIREN"}
    tiny_project.describe(KEY, {"name": "siren", **scheme}, {"name": "autres", "separator": "|", **scheme})
    tiny_project.write("cle,siren,autres\na,5520135,\nb,005520135,999000003|5520135.0\n")
    findings = tiny_project.findings()
    assert [(f.row, f.column, f.value, f.rule, f.severity.value) for f in findings] == [
        (2, "siren", "5520135", "siren-zero-perdu", "warning"),
        (3, "autres", "999000003|5520135.0", "siren-zero-perdu", "warning"),
    ]
    assert all("005520135" in finding.texts["fr"] for finding in findings)
    published = sorted(each.value for each in tiny_project.objects("dct:description"))
    assert published == ["005520135", "005520135", "005520135", "999000003"]


def test_a_cell_that_means_empty_stays_empty(tiny_project: TinyProject) -> None:
    """A text that the description says is empty is not read as a value, though it could be."""
    tiny_project.describe(KEY, {"name": "note", "datatype": "boolean", "null": ["0", ""]})
    tiny_project.write("cle,note\na,0\nb,1\n")
    assert [each.value for each in tiny_project.objects("dct:description")] == ["true"]


def test_a_repaired_key_is_no_second_one(tiny_project: TinyProject) -> None:
    """A key and the same without its zeros are one: the second row is a duplicate."""
    tiny_project.describe(KEY | {ASC + "identifierScheme": "SIREN"}, {"name": "nom"}, primaryKey="cle")
    tiny_project.write("cle,nom\n005520135,un\n5520135,deux\n")
    assert tiny_project.rules() == ["cle-double"]
