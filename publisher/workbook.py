"""A sheet of a workbook (XLSX, XLSM, ODS) → records of text cells, as the spreadsheet numbers its rows.

A number is written without exponent nor a useless `.0`, with the 15 significant digits that spreadsheets keep; a date
as ISO 8601. A formula counts for the value last computed, an error value (`#N/A`) for an empty cell.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from publisher.delimited import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.delimited import Record

_MAGIC = b"PK\x03\x04"
_OLD_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of the containers of Excel 97-2003, and of later workbooks with a password."""

_UNPACKED = 64 << 20
"""Bytes that the parts of a workbook may hold once unpacked: a few kilobytes can become gigabytes."""

_PARTS = 2_000
_CELLS = 4_000_000
"""Cells from A1 to the last one that is filled: the library makes room for all of them."""

_REFERENCE = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_CHUNK, _OVERLAP = 1 << 20, 256


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


def read_workbook(path: Path, sheet: str) -> Iterator[Record]:
    """Yield the records of the sheet of this name, else of the first sheet.

    Raises:
        UnreadableError: no workbook, one with a password, or one too large to be unpacked.
    """
    _refuse_oversized(path)
    try:
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as workbook:
            rows = workbook.get_sheet_by_name(_choose(workbook, sheet)).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise UnreadableError("classeur-illisible", reason=str(error)) from None
    for number, cells in enumerate(rows, start=1):
        yield number, [_text(cell) for cell in cells]


def _choose(workbook: CalamineWorkbook, wanted: str) -> str:
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    if not names:
        raise UnreadableError("classeur-illisible", reason={"fr": "aucune feuille", "en": "no sheet"})
    return next((name for name in names if name.strip().casefold() == wanted.casefold()), names[0])


def _text(cell: float | str | bool | date | time | timedelta) -> str:  # noqa: FBT001 — what a cell holds
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | int):
        return format(Decimal(f"{cell:.15g}"), "f")
    if isinstance(cell, datetime) and cell.time() == time.min:
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _refuse_oversized(path: Path) -> None:
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                raise UnreadableError("classeur-trop-grand", limit=_UNPACKED >> 20)
            for part in parts:
                if part.filename.endswith(".xml"):
                    _refuse_far_cells(archive, part.filename)
    except (BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise UnreadableError("classeur-illisible", reason=str(error)) from None


def _refuse_far_cells(archive: ZipFile, name: str) -> None:
    """Refuse a sheet whose filled cells lie so far apart that the room between them would not fit in memory."""
    rows = columns = 1
    kept = b""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            window = kept + chunk
            for letters, digits in _REFERENCE.findall(window):
                rows, columns = max(rows, int(digits)), max(columns, _column_number(letters))
            kept = window[-_OVERLAP:]
    if rows * columns > _CELLS:
        raise UnreadableError("cellule-eloignee", rows=rows, columns=columns)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
