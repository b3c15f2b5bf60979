"""The query parameters of OGC API – Features items (OGC 17-069r4, §7.15): read, checked, refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.geo_features import WORLD, meets
from endpoints.languages import PARAMETER
from endpoints.problems import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from endpoints.geo_features import Box, Feature, GeoCollection

DEFAULT_LIMIT = 100
MOST = 1000
"""How many features an answer holds at most; a larger limit is taken as this one (§7.15.2)."""

_FORMAT = "f"
_DIGITS = 9
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?")
_OPEN = frozenset({"", ".."})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request for items asks for; `start` and `end` are days, empty when open."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    box: Box | None = None
    start: str = ""
    end: str = ""

    def admits(self, feature: Feature, date: str | None) -> bool:
        """Return whether a feature meets the box and the time asked for; one without a date is of any time."""
        if self.box is not None and not meets(feature, self.box):
            return False
        value = feature.properties.get(date) if date else None
        if value is None or not (self.start or self.end):
            return True
        first, last = (f"{value}-01-01"[:10], f"{value}-12-31"[:10]) if isinstance(value, int) else (value, value)
        return (not self.start or last >= self.start) and (not self.end or first <= self.end)


def read_wish(arguments: Mapping[str, str], collection: GeoCollection) -> Wish:
    """Return what a request for items asks for.

    Raises:
        BadRequestError: a parameter is unknown or wrong (§7.15.8, requirements 8 and 9).
    """
    known = {"limit", "offset", "bbox", "datetime", *collection.filters}
    refuse_unknown(arguments, known)
    limit = _number(arguments, "limit", DEFAULT_LIMIT)
    if limit < 1:
        raise _wrong("limit", arguments["limit"])
    start, end = _interval(arguments.get("datetime"))
    box = _box(arguments["bbox"]) if "bbox" in arguments else None
    return Wish(min(limit, MOST), _number(arguments, "offset", 0), box, start, end)


def refuse_unknown(arguments: Mapping[str, str], known: set[str] | frozenset[str] = frozenset()) -> None:
    """Refuse parameters that the API's definition does not list.

    Raises:
        BadRequestError: names the first one.
    """
    for name in arguments:
        if name not in known | {_FORMAT, PARAMETER}:
            listed = ", ".join(sorted(known)) or "–"
            raise BadRequestError(
                f"paramètre inconnu : {name} ; il y a : {listed}", f"unknown parameter: {name}; there are: {listed}"
            )


def _number(arguments: Mapping[str, str], name: str, default: int) -> int:
    text = arguments.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise _wrong(name, text)
    return int(text)


def _box(text: str) -> Box:
    """Return a bounding box of 4 numbers, or of 6 whose heights do not count."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise _wrong("bbox", text) from error
    if len(numbers) == 6:  # noqa: PLR2004 — §7.15.3: with heights
        del numbers[5], numbers[2]
    fits = len(numbers) == len(WORLD) and all(abs(n) <= limit for n, limit in zip(numbers, WORLD[2:] * 2, strict=True))
    if not fits or numbers[1] > numbers[3]:
        raise _wrong("bbox", text)
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def _interval(text: str | None) -> tuple[str, str]:
    if text is None:
        return "", ""
    parts = text.split("/")
    if len(parts) > 2 or all(part in _OPEN for part in parts):  # noqa: PLR2004 — an instant or an interval
        raise _wrong("datetime", text)
    if not all(part in _OPEN or _INSTANT.fullmatch(part) for part in parts):
        raise _wrong("datetime", text)
    days = ["" if part in _OPEN else part[:10] for part in parts]
    return days[0], days[-1]


def _wrong(name: str, text: str) -> BadRequestError:
    return BadRequestError(f"{name} : « {text} » n'est pas une valeur admise", f"{name}: '{text}' is not a valid value")
