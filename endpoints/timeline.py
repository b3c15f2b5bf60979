"""Days as a timeline: one column a quarter, the quarters without any included, so that gaps in time are seen.

Places and widths are percentages, so that texts keep their size on a phone; heights are pixels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flask_babel import format_date

if TYPE_CHECKING:
    from collections.abc import Iterable

HEIGHT = 220
"""How high the highest column is, in pixels."""

_QUARTERS, _LABELS = 4, 10
"""Quarters of a year; how many years there is room to write, on a phone."""

_GAP = 0.2
"""The part of a column's place that stays empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """A quarter: its name, year and number; where it starts and how wide it is, in percent; its top and height.

    `labelled` columns begin a year that is written under them.
    """

    name: str
    year: int
    count: int
    left: float
    width: float
    top: int
    height: int
    labelled: bool


def draw_timeline(days: Iterable[str]) -> list[Column]:
    """Return the columns of ISO dates, from the first quarter to the last."""
    counted = Counter(_quarter(day) for day in days)
    if not counted:
        return []
    quarters = range(min(counted), max(counted) + 1)
    share, most = 100 / len(quarters), max(counted.values())
    every = -(-len(quarters) // (_QUARTERS * _LABELS))
    return [
        _column(quarter, counted[quarter], most, place * share, share, every) for place, quarter in enumerate(quarters)
    ]


def _quarter(day: str) -> int:
    """Return the quarter of a day, counted from the year 0."""
    found = date.fromisoformat(day)
    return found.year * _QUARTERS + (found.month - 1) // 3


def _column(number: int, count: int, most: int, left: float, share: float, every: int) -> Column:
    year, quarter = divmod(number, _QUARTERS)
    height = max(round(HEIGHT * count / most), 2) if count else 0
    opens = quarter == 0 or (not left and quarter < _QUARTERS - 1)
    return Column(
        name=str(format_date(date(year, 3 * quarter + 1, 1), "QQQQ y")),
        year=year,
        count=count,
        left=round(left, 2),
        width=round(share * (1 - _GAP), 2),
        top=HEIGHT - height,
        height=height,
        labelled=opens and year % every == 0,
    )
