"""Names are compared without what does not tell them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.names import clean, fold, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Néolithe", "neolithe"),
        ("Éclairage  d’Œuvres & Cie", "eclairage d oeuvres cie"),
        ("vorteX.io", "vortex io"),
        ("¡Hola! ΑΒΓ", "hola αβγ"),
    ],
)
def test_fold_keeps_letters_and_digits(name: str, expected: str) -> None:
    """Case, accents and punctuation go; letters of any script and digits stay."""
    assert fold(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "LANTERNE FICTIVE",
        "Lanterne Fictive SAS",
        "S.A.S. Lanterne Fictive",
        "S A S Lanterne Fictive",
        "Lanterne Fictive, société par actions simplifiée",
        "SARL lanterne-fictive",
        "Société à responsabilité limitée Lanterne fictive",
        "Lanterne Fictive S.C.O.P.",
    ],
)
def test_legal_forms_do_not_count(name: str) -> None:
    """A name is the same with and without its legal form, however that is written."""
    assert words(name) == ("lanterne", "fictive")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SAS", ("sas",)),
        ("S.A.S. K-Imaginaire", ("k", "imaginaire")),
        ("St-Nuage", ("saint", "nuage")),
        ("Sté Nuage", ("societe", "nuage")),
        ("Ste-Nuée", ("sainte", "nuee")),
        ("Communauté de communes du Nuage", ("cc", "du", "nuage")),
        ("Communauté d'agglomération Nuage", ("ca", "nuage")),
        ("!!!", ()),
    ],
)
def test_words_of_a_name(name: str, expected: tuple[str, ...]) -> None:
    """Usual abbreviations are one with what they abbreviate; a lone legal form remains; punctuation is nothing."""
    assert words(name) == expected


@given(st.text())
def test_folding_is_done_once_for_all(name: str) -> None:
    """Folding a folded text changes nothing, whatever the text."""
    folded = fold(name)
    assert fold(folded) == folded
    assert "" not in words(name)


def test_half_characters_are_replaced() -> None:
    """Half a character, which JSON may spell, becomes one that UTF-8 can write."""
    assert clean("a\ud800").encode() == b"a?"
