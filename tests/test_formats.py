"""A format is told in words, not as the regular expression that it is."""

from __future__ import annotations

import pytest

from publisher.formats import describe_format


@pytest.mark.parametrize(
    ("expression", "fr", "en"),
    [
        ("[0-9]{5}", "5 chiffres", "5 digits"),
        ("acv-[0-9]{3}", "acv- puis 3 chiffres", "acv- then 3 digits"),
        ("explicite|theme", "explicite ou theme", "explicite or theme"),
        ("[ONP]", "O, N ou P", "O, N or P"),
        ("[a-c]+|x", "[a-c]+|x", "[a-c]+|x"),
    ],
)
def test_a_format_is_told_in_words(expression: str, fr: str, en: str) -> None:
    """Digits, lists of words and of letters are told in words; other expressions as they are."""
    assert describe_format(expression) == {"fr": fr, "en": en}
