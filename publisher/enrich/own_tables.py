"""The project's own tables as whoever keeps them saved them: any format and encoding that `publish` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.delimited import UnreadableError
from publisher.delivery import find_delivery
from publisher.errors import SourceError
from publisher.messages import message
from publisher.table import is_findings_column, open_records

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from publisher.derive.tables import Row


def read_own(path: Path, columns: Collection[str]) -> list[Row]:
    """Return the rows of a table, found in whatever format it was delivered; those of one that is absent are none.

    `columns` are those that it must have, under these names; it may have others.

    Raises:
        SourceError: it cannot be read, or lacks a column.
    """
    found = find_delivery(path)
    try:
        _, records = open_records(found, path.stem, frozenset(columns).__contains__)
        _, header = next(records, (1, []))
        places = {
            name.strip(): place for place, name in enumerate(header) if name.strip() and not is_findings_column(name)
        }
        if absent := ", ".join(column for column in columns if column not in places):
            raise SourceError(
                f"colonnes attendues sous ces noms : {absent}", f"columns expected under these names: {absent}",
                path=found, row=1,
            )  # fmt: skip
        return [
            {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
            for _, cells in records
            if any(map(str.strip, cells))
        ]
    except UnreadableError as error:
        if error.rule == "table-absente":
            return []
        texts = message(error.rule, **error.fields)
        raise SourceError(texts["fr"], texts["en"], path=found, row=error.row) from None
