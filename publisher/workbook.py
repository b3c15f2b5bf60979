"""A sheet of a workbook (XLSX, XLSM, ODS) → records of text cells, as the spreadsheet numbers its rows.

A number is written without exponent nor a useless `.0`, with the 15 significant digits that spreadsheets keep; a date
as people write it, `27/09/2018`: a finding quotes what they see. A formula counts for the value last computed; the
error of one that failed (`#N/A`) is its text, and so is one that was never computed (`=A1`), for checks to refuse: as
empty cells they would pass unseen.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from publisher.delimited import CUT, HEADER_WITHIN, WIDEST, UnreadableError
from publisher.error_cells import find_hidden
from publisher.unpacking import UNKNOWN, look_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from publisher.delimited import Record
    from publisher.error_cells import Range

_MAGIC = b"PK\x03\x04"
_OLD_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of the containers of Excel 97-2003, and of later workbooks with a password."""

_TOLD = 5
"""How many of the ranges of merged cells are named."""


def is_workbook(path: Path) -> bool:
    """Return whether a file is a ZIP archive, as workbooks are, whatever its name.

    Raises:
        UnreadableError: a workbook of the kind before ZIP archives, or one with a password.
    """
    with path.open("rb") as stream:
        start = stream.read(len(_OLD_MAGIC))
    if start == _OLD_MAGIC:
        raise UnreadableError("classeur-ancien")
    return start.startswith(_MAGIC)


def read_workbook(path: Path, sheet: str, is_known: Callable[[str], bool]) -> Iterator[Record]:
    """Yield the records of the sheet of this name, else of the first that names columns, else of the first.

    `is_known` tells the names of columns.

    Raises:
        UnreadableError: no workbook, one with a password, or one too large to be unpacked.
    """
    hides = look_through(path)
    try:
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as workbook:
            chosen = _choose(workbook, sheet, is_known)
            rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise UnreadableError("classeur-illisible", reason=UNKNOWN if "detect" in str(error) else CUT) from None
    if hides:
        with ZipFile(path) as archive:
            hidden = find_hidden(archive, chosen)
        _refuse_merged(hidden.merged, rows)
        for (row, column), shown in hidden.errors.items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = shown
    for number, cells in enumerate(rows, start=1):
        yield number, [_text(cell) for cell in cells]


def _refuse_merged(ranges: Sequence[Range], rows: Sequence[Sequence[object]]) -> None:
    """Refuse cells merged below the header: a value that its author sees in several is in the first one only."""
    below = (each for each in sorted(ranges) if each[2] and each[0] < len(rows) and each[1] < len(rows[each[0]]))
    told = [each for each in below if rows[each[0]][each[1]] != ""]
    if told:
        from xlsxwriter.utility import xl_range  # noqa: PLC0415 — a twelfth of the time that a command takes to start

        named = [xl_range(*each) for each in told[:_TOLD]]
        ranges_told = ", ".join([*named, "…"] if len(told) > _TOLD else named)
        raise UnreadableError("cellules-fusionnees", told[0][0] + 1, ranges=ranges_told)


def _choose(workbook: CalamineWorkbook, wanted: str, is_known: Callable[[str], bool]) -> str:
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    if not names:
        raise UnreadableError("classeur-illisible", reason={"fr": "aucune feuille", "en": "no sheet"})
    named = (name for name in names if name.strip().casefold() == wanted.casefold())
    like = (name for name in names if len(names) > 1 and _names_columns(workbook, name, is_known))
    return next(chain(named, like), names[0])


def _names_columns(workbook: CalamineWorkbook, name: str, is_known: Callable[[str], bool]) -> bool:
    """Return whether one of a sheet's first rows is a header: notices and lists for menus have none."""
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=HEADER_WITHIN)
    return any(sum(is_known(str(cell)) for cell in cells[:WIDEST]) > 1 for cells in rows)


def _text(cell: float | str | bool | date | time | timedelta) -> str:  # noqa: FBT001 — what a cell holds
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | int):
        return format(Decimal(f"{cell:.15g}"), "f")
    if isinstance(cell, date):
        day = f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
        return day if not isinstance(cell, datetime) or cell.time() == time.min else f"{day} {cell.time().isoformat()}"
    return cell.isoformat() if isinstance(cell, time) else str(cell)
