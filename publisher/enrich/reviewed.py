"""A proposal that a person has reviewed, as a spreadsheet saves it: rows with a decision each."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from publisher.delimited import find_delimiter
from publisher.errors import SourceError, UsageError
from publisher.names import fold

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from publisher.derive.tables import Row

DECISION, REASON = "decision", "motif"
KEEP, DROP = "garder", "ecarter"


def read_reviewed(reviewed: Path, columns: Collection[str]) -> list[tuple[int, Row]]:
    """Return the rows of a reviewed proposal with their numbers: comma or semicolon, UTF-8 with or without BOM.

    Raises:
        UsageError: no such file.
        SourceError: it is no UTF-8 or lacks a column, or a decision is unknown.
    """
    try:
        text = reviewed.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{reviewed} : fichier introuvable", f"{reviewed}: no such file") from error
    except UnicodeDecodeError as error:
        raise SourceError("l'enregistrer en UTF-8", "save it as UTF-8", path=reviewed) from error
    lines = io.StringIO(text, newline="")
    delimiter = find_delimiter(lines.readline(), frozenset(columns).__contains__)
    lines.seek(0)
    reader = csv.DictReader(lines, delimiter=delimiter)
    if absent := ", ".join(column for column in columns if column not in (reader.fieldnames or ())):
        raise SourceError(
            f"pas une proposition relue : il manque {absent}",
            f"no reviewed proposal: missing {absent}",
            path=reviewed,
            row=1,
        )
    return [(number, _decided(row, columns, reviewed, number)) for number, row in enumerate(reader, start=2)]


def _decided(row: Row, columns: Collection[str], reviewed: Path, number: int) -> Row:
    cells = {column: (row[column] or "").strip() for column in columns}
    cells[DECISION] = fold(cells[DECISION])
    if cells[DECISION] not in {"", KEEP, DROP}:
        raise SourceError(
            f"décision « {row[DECISION]} » inconnue : {KEEP}, {DROP} ou rien",
            f"unknown decision '{row[DECISION]}': {KEEP}, {DROP} or nothing",
            path=reviewed,
            row=number,
        )
    return cells
