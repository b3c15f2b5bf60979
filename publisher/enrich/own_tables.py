"""The project's own tables as whoever keeps them saved them: any format and encoding that `publish` reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher.csvw import SUFFIX as DESCRIPTION
from publisher.delimited import UnreadableError
from publisher.delivery import find_delivery
from publisher.errors import SourceError
from publisher.mapping import compared, names_of
from publisher.messages import message
from publisher.table import is_findings_column, open_records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from publisher.derive.tables import Row


@dataclass(frozen=True, slots=True)
class OwnTable:
    """The rows of a table by the names of its columns, and what its header calls each of these."""

    headers: dict[str, str]
    rows: list[Row]


def read_own(path: Path, columns: Collection[str]) -> list[Row]:
    """Return the rows of a table; see `open_own`."""
    return open_own(path, columns).rows


def open_own(path: Path, columns: Collection[str]) -> OwnTable:
    """Return a table, found in whatever format it was delivered; one that is absent has no rows.

    `columns` are those that it must have, under these names or the titles of its description; it may have others.

    Raises:
        SourceError: it cannot be read, or lacks a column.
    """
    found, names = find_delivery(path), {compared(name): name for name in columns} | _titles(path)
    try:
        _, records = open_records(found, path.stem, lambda header: compared(header) in names)
        _, header = next(records, (1, []))
        places: dict[str, int] = {}
        for place, text in enumerate(header):
            if text.strip() and not is_findings_column(text):
                places.setdefault(names.get(compared(text), text.strip()), place)
        if absent := ", ".join(column for column in columns if column not in places):
            raise SourceError(f"colonnes absentes : {absent}", f"missing columns: {absent}", path=found, row=1)
        rows = [
            {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
            for _, cells in records
            if any(map(str.strip, cells))
        ]
        return OwnTable({name: header[place].strip() for name, place in places.items()}, rows)
    except UnreadableError as error:
        if error.rule == "table-absente":
            return OwnTable({}, [])
        texts = message(error.rule, **error.fields)
        raise SourceError(texts["fr"], texts["en"], path=found, row=error.row) from None


def _titles(path: Path) -> dict[str, str]:
    """Return the names of columns by what their description says they may be called; without one there are none.

    Raises:
        SourceError: the description is no description of columns.
    """
    description = path.with_suffix(DESCRIPTION)
    if not description.is_file():
        return {}
    try:
        columns = json.loads(description.read_bytes())["tableSchema"]["columns"]
        described = [
            (each["name"], frozenset(_texts(each.get("titles")))) for each in columns if not each.get("virtual")
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError("description de table illisible", "unreadable table description", path=description) from error
    return {text: name for name, titles in reversed(described) for text in names_of(name, titles)}


def _texts(titles: Any) -> Iterator[str]:
    """Yield the texts of a CSVW natural language property: a text, a list of them, or either by language."""
    if isinstance(titles, str):
        yield titles
    elif titles:
        for each in titles.values() if isinstance(titles, dict) else titles:
            yield from _texts(each)
