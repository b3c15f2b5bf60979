"""The interface is whole in both languages, and data falls back from one to the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from pyoxigraph import Literal

import endpoints
from endpoints.languages import CATALOGUE, best_text

PACKAGE = Path(endpoints.__file__).parent


def test_no_text_is_left_untranslated() -> None:
    """Every text of the templates and the code has its English, and the catalogue holds no other."""
    options = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    methods = [("templates/**.html", "jinja2"), ("**.py", "python")]
    found = extract_from_dir(PACKAGE, methods, options)
    used = {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}
    with CATALOGUE.open("rb") as stream:
        messages = [message for message in read_po(stream, locale="en") if message.id]
    translated = {m.id if isinstance(m.id, str) else m.id[0] for m in messages if m.string}
    assert used
    assert translated == used


@pytest.mark.parametrize(
    ("texts", "wanted", "shown"),
    [
        ({"fr": "velo", "en": "bike"}, "en", "bike"),
        ({"fr": "velo", "de": "rad"}, "en", "velo"),
        ({"de": "rad"}, "en", "rad"),
        ({"en-GB": "bike", "fr": "velo"}, "en", "bike"),
        ({None: "nom", "fr": "velo"}, "en", "nom"),
        ({}, "fr", None),
    ],
)
def test_text_falls_back(texts: dict[str | None, str], wanted: str, shown: str | None) -> None:
    """The wanted language comes first, then a text without language, then French, then any other."""
    literals = [Literal(text, language=tag) if tag else Literal(text) for tag, text in texts.items()]
    best = best_text(literals, wanted)
    assert (best.value if best else None) == shown
