"""CSV files of the derivations: read whole, written with LF and the columns in a fixed order."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from publisher.errors import SourceError
from publisher.refusals import unreadable_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Row = dict[str, str]
ANSWER = "reponse_entreprise"
"""What a company answers to its record, which a person writes into the table."""


class _Told(dict[str, str]):
    """A row that says which column it lacks, and of which file."""

    def __init__(self, cells: Row, path: Path) -> None:
        super().__init__(cells)
        self.path = path

    def __missing__(self, column: str) -> str:
        raise SourceError(f"colonne absente : {column}", f"missing column: {column}", path=self.path, row=1)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a UTF-8 table; what a row lacks at its end is empty.

    Raises:
        SourceError: it is no such table; or, once its cell is asked for, a column is absent.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_Told(row, path) for row in csv.DictReader(file, restval="")]
    except (UnicodeDecodeError, csv.Error) as error:
        why = unreadable_reason(error)
        raise SourceError(f"illisible : {why['fr']}", f"unreadable: {why['en']}", path=path) from error


def read_source(path: Path) -> list[Row]:
    """Return the rows of a table that another is made from.

    Raises:
        SourceError: it has no row: what is made from it would lose every one of its own.
    """
    if rows := read_rows(path):
        return rows
    raise SourceError("aucune ligne", "no row", path=path)


def with_answers(rows: Iterable[Row], path: Path) -> list[Row]:
    """Return companies with their answers of the table as it stands: no source could tell them again."""
    answers = {row["siren"]: row.get(ANSWER, "") for row in read_rows(path)} if path.exists() else {}
    return [{**row, ANSWER: answers.get(row["siren"], "")} for row in rows]


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a table anew: same rows, same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
