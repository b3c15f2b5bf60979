"""Datatypes accept what XML Schema accepts, and descriptions may only ask for what is known."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.datatypes import is_web_address, parse_datatype


def matches(base: str, value: str) -> bool:
    """Return whether DuckDB takes a value for a lexical form of a datatype."""
    pattern = parse_datatype(base).pattern
    (found,) = duckdb.execute("SELECT regexp_full_match(?, ?)", [value, pattern]).fetchone() or (None,)
    return bool(found)


@pytest.mark.parametrize(
    ("base", "right", "wrong"),
    [
        ("integer", ["0", "-12", "+7", "007"], ["1.0", "1 000", "", "12a", "١"]),
        ("decimal", ["1", "1.50", "-0.5", ".5"], ["1,5", "1.", "1 000.0", "1e3", "NaN", "12 €"]),
        ("date", ["2018-09-27", "2020-02-29"], ["27/09/2018", "2018-9-27", "0000-01-01", "2018-09-27T00:00"]),
        ("gYear", ["2018", "0001"], ["18", "0000", "20181", "2018-01-01"]),
        ("boolean", ["true", "false"], ["True", "oui", "1"]),
    ],
)
def test_lexical_forms_are_those_of_xml_schema(base: str, right: list[str], wrong: list[str]) -> None:
    """A number, a date, a year or a boolean is written one way."""
    assert [value for value in right if not matches(base, value)] == []
    assert [value for value in wrong if matches(base, value)] == []


@pytest.mark.parametrize(
    "address",
    [
        "https://exemple.fr",
        "http://exemple.fr:8080/a/b?c=d&e=%20#f",
        "HTTPS://Exemple.FR/",
        "https://préfecture.fr/é(1)",
        "http://localhost:8000/",
    ],
)
def test_complete_web_addresses_are_accepted(address: str) -> None:
    """A complete http or https address is accepted, accents included."""
    assert is_web_address(address)
    assert matches("anyURI", address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "exemple.fr",
        "www.exemple.fr",
        "ftp://exemple.fr",
        "https:/exemple.fr",
        "https://",
        "https://exemple",
        "https:///page",
        "https://exemple.fr/a b",
        "https://exemple.fr/[a]",
        "https://exemple.fr/%zz",
        "https://exemple.fr/<b>",
        "https://exemple.fr/a#b#c",
        "https://exemple.fr:port/",
        "https://nom:secret@exemple.fr/",
        "https://exemple.fr/a|b",
        'https://exemple.fr/"',
        "https://exemple.fr\n",
        "javascript:alert(1)",
        "voir https://exemple.fr",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    """What is no complete http address, or what no IRI may hold, is refused."""
    assert not is_web_address(address)
    assert not matches("anyURI", address)


@given(st.text(max_size=15), st.sampled_from(["/", "?", "#", "", ":", "."]))
def test_an_accepted_address_is_an_iri(tail: str, separator: str) -> None:
    """Whatever is accepted as an address is an IRI for a parser, and the database and Python agree on it."""
    address = f"https://exemple.fr{separator}{tail}"
    assume("\n" not in address)
    assert is_web_address(address) == matches("anyURI", address)
    if is_web_address(address):
        assert ox.NamedNode(address).value == address


@pytest.mark.parametrize(
    "value",
    [
        "number",
        "dateTime",
        5,
        [],
        None,
        {"base": "integer", "pattern": "x"},
        {"base": "string", "format": "(a"},
        {"base": "string", "format": "(?=a)"},
        {"base": "date", "format": "dd/MM/yyyy"},
        {"base": "integer", "minimum": "un"},
        {"base": "integer", "minimum": True},
        {"base": "date", "maximum": "2018-02-30"},
        {"base": "string", "maxLength": "10"},
        {"base": "integer", "maxLength": 3},
        {"base": "string", "minimum": 3},
        {"base": []},
    ],
)
def test_an_unknown_datatype_or_facet_is_refused(value: Any) -> None:
    """A datatype, a facet or a limit that cannot be checked is refused when the description is read."""
    with pytest.raises(ValueError, match=re.compile(".")):
        parse_datatype(value)
