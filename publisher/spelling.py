"""Names of territories as people write them: accents, case, hyphens, articles, a number before or after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_CEDEX = re.compile(r"[\s,-]*\bcedex\b(?:\s*[0-9]{1,2})?", re.IGNORECASE)
_RIVER = re.compile(r"\bs(s?)/\s*", re.IGNORECASE)
_ABBREVIATIONS = (
    (re.compile(r"\bst\b"), "saint"),
    (re.compile(r"\bste\b"), "sainte"),
    (re.compile(r"\blez\b"), "les"),
    (re.compile(r"\b([0-9]+) ?(?:er|e|eme|ere|nd|nde)\b"), r"\1"),
    (re.compile(r"\b0+([1-9])"), r"\1"),
    (re.compile(r"\b(?:arrondissement|arrdt|arrt|arr)\b"), ""),
)
_ABBREVIATED = re.compile(r"[0-9]|\b(?:ste?|lez|arr(?:ondissement|dt|t)?)\b")
_KIND = re.compile(r"^(?:departement|dep|dept|dpt|region|reg|commune|ville|mairie)\b ?")
_ARTICLE = re.compile(r"^(?:de la|de l|de les|du|des|de|d|le|la|les|l) ")
_ENCLOSED = re.compile(r"(.+?)\s*[(\[]([^()\[\]]+)[)\]]")
_NUMBER_FIRST = re.compile(r"([0-9][0-9AaBb]?[0-9]{0,3}[DMR]?)\s*[-–—:,/.]?\s*([^\W\d_].*)")
_NUMBER_LAST = re.compile(r"(.*[^\W\d_])['’.]?[\s,:/–—-]+([0-9][0-9AaBb]?[0-9]{0,3})")
_APART = re.compile(r"(.+?)\s*(?:[,;/]|\s[-–—])\s*(.+)")
_BETWEEN = re.compile(r"[,;/]")
_DEPTH = 3
_LONGEST = 200
"""A longer text names no territory, and is not worth taking apart."""

_FAR = ("97", "98")


def spelt(name: str) -> str:
    """Return a name as it is compared: folded, usual abbreviations in full, `3e` and `3ème` as 3."""
    text = fold(_RIVER.sub(lambda found: "sous " if found[1] else "sur ", name) if "/" in name else name)
    if _ABBREVIATED.search(text) is None:
        return text
    for pattern, full in _ABBREVIATIONS:
        text = pattern.sub(full, text)
    return " ".join(text.split())


def without_article(text: str) -> str:
    """Return a name already spelt without the article before it."""
    return _ARTICLE.sub("", text) or text


def forms(name: str) -> tuple[str, ...]:
    """Return the spellings to look a name up by, the nearest first: whole, then without article, then without kind."""
    text = spelt(name)
    return tuple(dict.fromkeys((text, without_article(text), without_article(_KIND.sub("", text)))))


def readings(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each way to read a text as a name with marks that tell it apart, the plainest first.

    `38000 Grenoble (Isère)` may be Grenoble, told apart by 38000 and by Isère.
    """
    shortened = _CEDEX.sub("", text[: _LONGEST + 1]).strip()
    if shortened and len(shortened) <= _LONGEST:
        yield from _readings(shortened, (), _DEPTH)


def _readings(text: str, marks: tuple[str, ...], depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield text, marks
    if not depth:
        return
    for pattern, name, mark in ((_ENCLOSED, 1, 2), (_NUMBER_FIRST, 2, 1), (_NUMBER_LAST, 1, 2), (_APART, 1, 2)):
        if found := pattern.fullmatch(text):
            more = (part.strip() for part in _BETWEEN.split(found[mark]))
            yield from _readings(found[name].strip(), (*marks, *more), depth - 1)


def postal_area(code: str) -> str:
    """Return what tells in which part of the country a postal code is: `38` of 38000, `974` of 97400."""
    return code[:3] if code.startswith(_FAR) else code[:2]
