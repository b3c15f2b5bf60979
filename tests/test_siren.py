"""A SIREN is judged as the registry does, and a wrong one is explained."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

from publisher.messages import message
from publisher.notations import canonical_siren
from publisher.notations import is_siren as right_siren
from publisher.siren import explain_siren, is_siren

DIGITS = st.text("0123456789", min_size=9, max_size=9)


def explained(value: str) -> tuple[str, str]:
    """Return the rule that a value breaks, and what the steward reads."""
    rule, fields = explain_siren(value)
    return rule, message(rule, **fields)["fr"]


@pytest.mark.parametrize(
    ("value", "rule", "told"),
    [
        ("999000004", "siren-cle", "clé SIREN invalide"),
        ("000000000", "siren-zeros", "000000000"),
        ("0", "siren-zeros", "000000000"),
        ("00000000000000", "siren-zeros", "000000000"),
        ("5520554", "siren-autre-registre", "RIDET"),
        ("999 000 003", "siren-espaces", "999000003"),
        ("999\u00a0000\u00a0003", "siren-espaces", "999000003"),
        ("999.000.003", "siren-espaces", "999000003"),
        ("999-000-003", "siren-espaces", "999000003"),
        ("999000 003", "siren-espaces", "999000003"),
        (" 999000003", "siren-espaces", "999000003"),
        ("99900000300015", "siren-siret", "999000003"),
        ("999 000 003 00015", "siren-siret", "999000003"),
        ("99900000300012", "siren-siret-cle", "999000003"),
        ("35600000000048", "siren-siret", "356000000"),
        ("35600000049837", "siren-siret", "356000000"),
        ("35600000049838", "siren-siret-cle", "356000000"),
        ("FR12999000003", "siren-tva", "999000003"),
        ("fr 12 999 000 003", "siren-tva", "999000003"),
        ("123456.001", "siren-autre-registre", "RIDET"),
        ("1234567 001", "siren-autre-registre", "RIDET"),
        ("1234567001", "siren-autre-registre", "RIDET"),
        ("A12345", "siren-autre-registre", "Tahiti"),
        ("A12345-001", "siren-autre-registre", "Tahiti"),
        ("12S03456", "siren-autre-registre", "Monaco"),
        ("99900000", "siren-longueur", "neuf chiffres"),
        ("Exemple", "siren-longueur", "neuf chiffres"),
        ("٩٩٩٠٠٠٠٠٣", "siren-longueur", "neuf chiffres"),
        ("", "siren-longueur", "neuf chiffres"),
    ],
)
def test_a_wrong_siren_is_explained(value: str, rule: str, told: str) -> None:
    """What was probably meant is told, with the number to write when it can be known."""
    assert explained(value)[0] == rule
    assert told in explained(value)[1]


@given(st.integers(100_000, 99_999_999).map(str))
def test_a_lost_leading_zero_is_proposed(digits: str) -> None:
    """Six to eight digits that make a SIREN once padded are taken for one whose zeros a spreadsheet dropped."""
    rule, fields = explain_siren(digits)
    padded = digits.zfill(9)
    if is_siren(padded):
        assert (rule, fields["proposal"]) == ("siren-zero-perdu", padded)
    else:
        assert rule in {"siren-longueur", "siren-autre-registre"}


@given(st.lists(DIGITS | st.text(max_size=12), max_size=30))
@example(["000000000", "999000003", "999000004", "٩٩٩٠٠٠٠٠٣", "999000003\n", ""])
def test_the_query_judges_as_the_library_does(values: list[str]) -> None:
    """The set query and python-stdnum agree on every text, but for 000000000, which is refused."""
    with duckdb.connect() as connection:
        query = f"SELECT v, {right_siren('v')} FROM (SELECT unnest(?::VARCHAR[]) AS v)"  # noqa: S608
        for value, right in connection.execute(query, [values]).fetchall():
            assert bool(right) == is_siren(value)
            if re.fullmatch("[0-9]{9}", value):
                assert is_siren(value) == (stdnum_siren.is_valid(value) and value != "000000000")


@given(st.lists(st.integers(0, 99_999), max_size=30))
@example([48, 49, 49_837])
def test_the_query_reads_a_siret_as_the_library_does(establishments: list[int]) -> None:
    """A SIRET is read as its SIREN when python-stdnum finds its key right, La Poste's by a rule of their own."""
    values = [f"{siren}{n:05d}" for n in establishments for siren in ("356000000", "999000003", "000000018")]
    with duckdb.connect() as connection:
        query = f"SELECT v, {canonical_siren('v')} FROM (SELECT unnest(?::VARCHAR[]) AS v)"  # noqa: S608
        for value, read in connection.execute(query, [values]).fetchall():
            right = stdnum_siret.is_valid(value)
            assert read == (value[:9] if right else value)
            assert explained(value)[0] == ("siren-siret" if right else "siren-siret-cle")


@given(st.text(max_size=20))
def test_any_text_is_explained(value: str) -> None:
    """No text is beyond explanation."""
    rule, told = explained(value)
    assert rule.startswith("siren-")
    assert told
