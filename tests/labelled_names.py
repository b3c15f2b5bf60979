"""A labelled set for reconciliation: the real names of companies, perturbed by rule, each with the company meant.

Every rule is applied to every name that it can change; the draws are seeded by the name itself, so that a name
keeps its perturbations when others come or go. A name that two companies bear labels nothing.
"""

from __future__ import annotations

import string
import unicodedata
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from publisher.names import WEAK_WORDS, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from endpoints.searching import Record

_FORMS = ("SAS", "SARL", "SA", "EURL", "SASU", "SCOP", "S.A.S.", "Société par actions simplifiée")
_SHORTEST_TYPED = 5


class Labelled(NamedTuple):
    """A perturbed name, the rule that made it, and the SIREN of the company that is meant."""

    text: str
    rule: str
    siren: str


def label_names(companies: Iterable[Record]) -> list[Labelled]:
    """Return the labelled set made from the companies of a release, as its index keeps them."""
    listed = sorted(companies, key=lambda company: str(company["code"]))
    bearers: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for company in listed:
        for name in (company["labels"]["fr"], *company.get("others", ())):
            bearers[words(name)].add(company["code"])
    labelled: dict[tuple[str, str], Labelled] = {}
    for name, siren in ((company["labels"]["fr"], company["code"]) for company in listed):
        if len(bearers[words(name)]) > 1:
            continue
        for rule, perturb in RULES.items():
            text = perturb(name, Random(f"{rule} {name}"))  # noqa: S311 — a draw, not a secret
            if text and text != name and _labels_one(text, bearers):
                labelled.setdefault((text, siren), Labelled(text, rule, siren))
    return list(labelled.values())


def _labels_one(text: str, bearers: dict[tuple[str, ...], set[str]]) -> bool:
    """Return whether what is left of a name is not just as well part of another company's."""
    left = set(words(text)) - WEAK_WORDS
    having = {siren for name, sirens in bearers.items() if left <= set(name) for siren in sirens}
    return bool(left) and len(having) <= 1


def _case(name: str, draw: Random) -> str:
    return draw.choice([name.upper(), name.lower(), name.title(), name.swapcase()])


def _accents(name: str, _draw: Random) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).replace("’", "'")


def _legal_form(name: str, draw: Random) -> str:
    form = draw.choice(_FORMS)
    return draw.choice([f"{name} {form}", f"{form} {name}"])


def _typo(name: str, draw: Random) -> str:
    """Change, drop, double or swap one letter, not in the first place, of the longest word."""
    longest = max(name.split(), key=len)
    places = [i for i in range(1, len(longest) - 1) if longest[i].isalpha() and longest[i + 1].isalpha()]
    if len("".join(words(name))) < _SHORTEST_TYPED or not places:
        return ""
    place = draw.choice(places)
    letter = draw.choice(string.ascii_lowercase)
    slips = (
        longest[:place] + letter + longest[place + 1 :],
        longest[:place] + longest[place + 1 :],
        longest[:place] + longest[place] + longest[place:],
        longest[:place] + longest[place + 1] + longest[place] + longest[place + 2 :],
    )
    return name.replace(longest, draw.choice(slips), 1)


def _order(name: str, draw: Random) -> str:
    parts = name.split()
    draw.shuffle(parts)
    return " ".join(parts)


def _dropped(name: str, draw: Random) -> str:
    """Drop one word of those that remain once the legal form is gone."""
    parts = name.split()
    if len(words(name)) < 2:
        return ""
    parts.pop(draw.randrange(len(parts)))
    return " ".join(parts) if words(" ".join(parts)) != words(name) else ""


def _punctuation(name: str, draw: Random) -> str:
    return draw.choice([name.replace(" ", "-"), name.replace(" ", "  "), f"« {name} »", name.replace("-", " ")])


def _typo_and_form(name: str, draw: Random) -> str:
    typed = _typo(name.lower(), draw)
    return f"{typed} {draw.choice(_FORMS)}" if typed else ""


RULES: dict[str, Callable[[str, Random], str]] = {
    "case": _case,
    "accents": _accents,
    "legal form": _legal_form,
    "typo": _typo,
    "word order": _order,
    "dropped word": _dropped,
    "punctuation": _punctuation,
    "typo, case and legal form": _typo_and_form,
}
