"""What a format of the CSVW subset, a regular expression, expects of a cell: in words, for who fills in the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.errors import Texts

_DIGITS = re.compile(r"(?P<before>[\w-]*)\[0-9\]\{(?P<count>[0-9]+)\}")
_WORDS = re.compile(r"\w+(?:\|\w+)+")
_LETTERS = re.compile(r"\[(\w+)\]")
_SLUG = "[a-z0-9]+(-[a-z0-9]+)*"


def describe_format(expression: str) -> Texts:
    """Return what a format expects in words; one that is none of the usual kinds, as it is written."""
    if found := _DIGITS.fullmatch(expression):
        before, count = found["before"], found["count"]
        if before:
            return {"fr": f"{before} puis {count} chiffres", "en": f"{before} then {count} digits"}
        return {"fr": f"{count} chiffres", "en": f"{count} digits"}
    if _WORDS.fullmatch(expression) or (found := _LETTERS.fullmatch(expression)):
        *others, last = expression.split("|") if "|" in expression else list(expression[1:-1])
        first = ", ".join(others)
        return {"fr": f"{first} ou {last}", "en": f"{first} or {last}"}
    if expression == _SLUG:
        fr = "minuscules sans accent et chiffres, séparés par des traits d'union"
        return {"fr": fr, "en": "lower case letters without accents and digits, separated by hyphens"}
    return {"fr": expression, "en": expression}
