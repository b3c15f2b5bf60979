"""From when to when a dataset speaks, and when its sources last changed: from the tables and their descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.datasets import DATASETS, WHOLE, Dataset
from publisher.notes import date_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from publisher.extracts import Extract
    from publisher.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Coverage:
    """The first and last day that a dataset speaks of, and the day when it last changed."""

    start: str
    end: str
    modified: str


def coverage_of(mappings: Sequence[Mapping], files: Sequence[Extract], published: datetime) -> dict[str, Coverage]:
    """Return the coverage of each dataset; one that holds no date has that of the whole.

    No date lies after the day of publication: udata drops a dataset's future `dct:modified`.
    """
    today = published.date().isoformat()
    whole = _coverage(WHOLE, mappings, files, Coverage(today, today, today))
    return {dataset.key: _coverage(dataset, mappings, files, whole) for dataset in DATASETS}


def _coverage(dataset: Dataset, mappings: Sequence[Mapping], files: Sequence[Extract], otherwise: Coverage) -> Coverage:
    tables = dataset.mappings(mappings)
    periods = [file.period for file in files if file.table in dataset.tables and file.period]
    periods += [(f"{m.cog_year}-01-01", f"{m.cog_year}-01-01") for m in tables if m.cog_year is not None]
    filled = {file.table for file in files if file.rows}
    changes = [_day(date) for m in tables if m.name in filled and (date := date_of(m.notes, "dc:modified"))]
    modified = max(changes, default=otherwise.modified)
    start = min((first for first, _ in periods), default=otherwise.start)
    end = max((last for _, last in periods), default=otherwise.end)
    return Coverage(start, end, modified)


def _day(date: str) -> str:
    """Return the first day of the year or month of a source that says no more.

    udata reads `2024-09` as the day of the harvest in that month.
    """
    return f"{date}-01-01"[:10]
