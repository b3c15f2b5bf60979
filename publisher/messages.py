"""What findings say: the texts of `messages.toml`, one entry a rule, with their fields filled in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from publisher.errors import texts

if TYPE_CHECKING:
    from publisher.errors import Texts


@cache
def read_messages() -> dict[str, Texts]:
    """Return the texts of each rule, with their fields in braces."""
    found: dict[str, Texts] = tomllib.loads(files("publisher").joinpath("messages.toml").read_text(encoding="utf-8"))
    return found


def message(rule: str, **fields: object) -> Texts:
    """Return the texts of a rule with its fields filled in.

    A field may itself be a text by language: pass a dict and each language takes its own.
    """
    filled = read_messages()[rule]
    per_language = {
        lang: {key: value[lang] if isinstance(value, dict) else value for key, value in fields.items()}
        for lang in filled
    }
    return {lang: texts({lang: template}, **per_language[lang])[lang] for lang, template in filled.items()}


def proposals(values: list[str]) -> Texts:
    """Return the tail that proposes the nearest real values, or nothing when there is none."""
    if not values:
        return {"fr": "", "en": ""}
    listed = _listed(values)
    return {"fr": f" ; le plus proche : {listed['fr']}", "en": f"; nearest: {listed['en']}"}


def candidates(values: list[str], count: int) -> Texts:
    """Return the real values among which to choose; `count` is how many there are."""
    more, listed = count - len(values), _listed(values)
    if more <= 0:
        return listed
    return {"fr": f"{listed['fr']} et {more} autres", "en": f"{listed['en']} and {more} more"}


def _listed(values: list[str]) -> Texts:
    return {"fr": ", ".join(f"« {value} »" for value in values), "en": ", ".join(f"'{value}'" for value in values)}
