"""A proposal on its way to a person and back: a workbook to decide in, and the decisions as they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.delimited import UnreadableError
from publisher.errors import SourceError, UsageError
from publisher.messages import message
from publisher.names import fold
from publisher.proposal import write_proposal
from publisher.table import open_records

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from publisher.derive.tables import Row

DECISION, REASON = "decision", "motif"
KEEP, DROP = "garder", "ecarter"
_SHEET = "proposition"
_MOST = 20_000
"""Rows beyond which there is no workbook: nobody reads them one by one."""

_WIDTHS = {DECISION: 10, "nom": 30, "libelle": 40, "signalement": 50}


def write_review(folder: Path, table: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Path:
    """Write a proposal as CSV and, for whoever decides in a spreadsheet, as a workbook; return the CSV file.

    A workbook that is there already is left as it is: somebody may be deciding in it.
    """
    path = write_proposal(folder, table, columns, rows)
    workbook = path.with_suffix(".xlsx")
    if len(rows) <= _MOST and not workbook.exists():
        _write_workbook(workbook, columns, rows)
    return path


def _write_workbook(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a workbook of text cells, so that `01` stays `01`, with the decisions to choose from."""
    from xlsxwriter import Workbook  # noqa: PLC0415 — a twelfth of the time that a command takes to start

    with Workbook(path) as workbook:
        text = {"num_format": "@", "valign": "top"}
        plain, bold = workbook.add_format(text), workbook.add_format({**text, "bold": True})
        sheet = workbook.add_worksheet(_SHEET)
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name, bold)
            sheet.set_column(place, place, _WIDTHS.get(name, 16), plain)
            for number, row in enumerate(rows, start=1):
                sheet.write_string(number, place, row[name], plain)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        decision = columns.index(DECISION)
        sheet.data_validation(1, decision, len(rows), decision, {"validate": "list", "source": [KEEP, DROP]})


def read_reviewed(reviewed: Path, columns: Collection[str]) -> list[tuple[int, Row]]:
    """Return the rows of a reviewed proposal with their numbers, in whatever format and encoding tables are read.

    Raises:
        UsageError: no such file.
        SourceError: it cannot be read or lacks a column, or a decision is unknown.
    """
    if not reviewed.is_file():
        raise UsageError(f"{reviewed} : fichier introuvable", f"{reviewed}: no such file")
    try:
        _, source = open_records(reviewed, _SHEET, frozenset(columns).__contains__)
        (_, header), *records = [*source] or [(1, [])]
    except UnreadableError as error:
        texts = message(error.rule, **error.fields)
        raise SourceError(texts["fr"], texts["en"], path=reviewed, row=error.row) from None
    places = {name.strip(): place for place, name in enumerate(header)}
    if absent := ", ".join(column for column in columns if column not in places):
        raise SourceError(
            f"pas une proposition relue : il manque {absent}",
            f"no reviewed proposal: missing {absent}",
            path=reviewed,
            row=1,
        )
    last = max(places[column] for column in columns)
    rows = ((number, [*cells, *[""] * (last + 1 - len(cells))]) for number, cells in records if any(cells))
    return [
        (number, _decided({name: cells[places[name]] for name in columns}, reviewed, number)) for number, cells in rows
    ]


def _decided(row: Row, reviewed: Path, number: int) -> Row:
    cells = {name: text.strip() for name, text in row.items()}
    cells[DECISION] = fold(cells[DECISION])
    if cells[DECISION] not in {"", KEEP, DROP}:
        raise SourceError(
            f"décision « {row[DECISION]} » inconnue : {KEEP}, {DROP} ou rien",
            f"unknown decision '{row[DECISION]}': {KEEP}, {DROP} or nothing",
            path=reviewed,
            row=number,
        )
    return cells
