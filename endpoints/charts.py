"""Charts and maps as figures to place: what is drawn where. The drawing itself is in the templates.

Widths of bars are percentages, so that texts keep their size on a phone. Classes of a map go from light to dark, so
that they are told apart in black and white.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from flask_babel import format_decimal

from endpoints.outlines import HEIGHT, WIDTH, outline_paths, place_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

BARS = 25
"""A longer series is drawn as far as here; the table has all of it."""

BAR_STEP = 44
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000, 1000000)
SHADES = ("#d3e5e0", "#8fc1b6", "#4b9487", "#1f655c", "#0a322e")
"""From light to dark; a place with nothing is white."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a chart draws of one row: a label or code, the value, and the value as it is written."""

    label: str
    value: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value as text, its width in percent and the height where it starts."""

    label: str
    text: str
    percent: float
    top: int


@dataclass(frozen=True, slots=True)
class Place:
    """An outline on a map: its code and name, its path, its value as text and its shade (None when unknown)."""

    code: str
    name: str
    path: str
    text: str
    shade: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A town on a map: its name and where it is drawn."""

    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Map:
    """A map: its outlines, and its legend from light to dark."""

    places: list[Place]
    legend: list[tuple[str, str]]
    width: int = WIDTH
    height: int = HEIGHT


def draw_bars(series: Sequence[Point]) -> list[Bar]:
    """Return the bars of a series; the longest takes the whole width."""
    drawn = series[:BARS]
    most = max((point.value for point in drawn), default=None)
    if not most or most < 0:
        return []
    return [
        Bar(point.label, point.text, max(round(float(point.value / most) * 100, 2), 0.0), place * BAR_STEP)
        for place, point in enumerate(drawn)
    ]


def draw_map(series: Sequence[Point], outlines: Path) -> Map | None:
    """Return the map of a series whose labels are codes of départements; None without outlines."""
    places = outline_paths(outlines)
    values = {point.label: point for point in series}
    bounds = _bounds([point.value for point in series])
    if not places or not bounds:
        return None
    shades = SHADES[-len(bounds) :] if len(bounds) > 1 else SHADES[2:3]

    def shade(code: str) -> str:
        reached = [
            name for low, name in zip(bounds, shades, strict=True) if code in values and values[code].value >= low
        ]
        return reached[-1] if reached else "#ffffff"

    drawn = [
        Place(code, name, path, values[code].text if code in values else "0", shade(code))
        for code, name, path in places
    ]
    return Map(drawn, [("#ffffff", "0"), *zip(shades, _ranges(bounds), strict=True)])


def draw_counts(counts: Mapping[str, int], outlines: Path) -> Map | None:
    """Return the map of whole numbers by code of département; None without outlines."""
    return draw_map([Point(code, Decimal(n), str(format_decimal(n))) for code, n in sorted(counts.items())], outlines)


def draw_points(towns: Iterable[tuple[str, str, float, float]], outlines: Path) -> list[Dot]:
    """Return where a map shows towns, given by name, code of département, longitude and latitude."""
    return [Dot(name, x, y) for name, (x, y) in place_points(towns, outlines)]


def _bounds(values: Sequence[Decimal]) -> list[int]:
    """Return where the classes begin: round numbers, at most five, up to the largest value."""
    most = max(values, default=None)
    below = [step for step in _STEPS if most is not None and step <= most]
    return [1, *below[-(len(SHADES) - 1) :]] if len(below) > len(SHADES) else below


def _ranges(bounds: Sequence[int]) -> Iterator[str]:
    for low, high in zip(bounds, [*bounds[1:], None], strict=True):
        if high is None:
            yield f"≥ {format_decimal(low)}"
        else:
            yield str(format_decimal(low)) if high == low + 1 else f"{format_decimal(low)}–{format_decimal(high - 1)}"
