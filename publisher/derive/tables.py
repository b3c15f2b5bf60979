"""CSV files of the derivations: read whole, written with LF and the columns in a fixed order."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Row = dict[str, str]
ANSWER = "reponse_entreprise"
"""What a company answers to its record, which a person writes into the table."""


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a UTF-8 table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
