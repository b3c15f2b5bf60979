"""A table given back with a column of findings: its cells as they came, in CSV, or in XLSX if it came as no text."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import TYPE_CHECKING

from publisher.errors import Finding, Severity
from publisher.representations import CSV, XLSX
from publisher.table import FINDINGS, is_findings_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from publisher.delimited import Record
    from publisher.representations import Representation

SEVERITIES = {
    Severity.VIOLATION: {"fr": "erreur", "en": "error"},
    Severity.WARNING: {"fr": "avertissement", "en": "warning"},
    Severity.WITHHELD: {"fr": "retenu", "en": "withheld"},
}
_COLOURS = {Severity.VIOLATION: "#F8D3CF", Severity.WITHHELD: "#E3DDF3", Severity.WARNING: "#FBF1DC"}
_HEADER = 1
_WIDTH = 60
_SHEET_NAME, _SHEET_ROWS, _SHEET_CELL = 31, 1_048_576, 32_767
"""What Excel allows: characters of a sheet's name, rows, characters of a cell."""


def annotate(
    records: Sequence[Record], findings: Sequence[Finding], lang: str, delimiter: str | None, name: str
) -> tuple[bytes, Representation]:
    """Return the table with its findings, and its format; `delimiter` is None where it did not come as text.

    `name` is that of the sheet. What no sheet can hold comes back as CSV.
    """
    if delimiter is None and _fits_sheet(records):
        return annotate_workbook(records, findings, lang, name), XLSX
    return annotate_csv(records, findings, lang, delimiter or ","), CSV


def annotate_csv(records: Sequence[Record], findings: Iterable[Finding], lang: str, delimiter: str) -> bytes:
    """Return the table as CSV: UTF-8 with a byte order mark, without which Excel would not see that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for _, cells, found in _annotated(records, findings, lang):
        writer.writerow([*cells, found])
    return text.getvalue().encode("utf-8-sig")


def annotate_workbook(records: Sequence[Record], findings: Sequence[Finding], lang: str, name: str) -> bytes:
    """Return the table as XLSX, every cell as text so that `01` stays `01`; rows with findings are coloured."""
    from xlsxwriter import Workbook  # noqa: PLC0415 — a twelfth of the time that a command takes to start

    gravest: dict[int | None, Severity] = {}
    for finding in reversed(findings):  # they come with the gravest first
        gravest[finding.row] = finding.severity
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as workbook:
        text = {"num_format": "@", "valign": "top"}
        plain, bold = workbook.add_format(text), workbook.add_format({**text, "bold": True})
        coloured = {each: workbook.add_format({**text, "bg_color": colour}) for each, colour in _COLOURS.items()}
        sheet = workbook.add_worksheet(name[:_SHEET_NAME])
        sheet.freeze_panes(1, 0)
        for row, cells, found in _annotated(records, findings, lang):
            said = found if len(found) <= _SHEET_CELL else found[: _SHEET_CELL - 1] + "…"
            form = bold if row == _HEADER else coloured.get(gravest[row]) if row in gravest else plain
            for column, cell in enumerate([*cells, said]):
                sheet.write_string(row - 1, column, cell, form)
        width = len(_columns(records)[0])
        sheet.set_column(width, width, _WIDTH)
    return target.getvalue()


def _fits_sheet(records: Sequence[Record]) -> bool:
    return len(records) <= _SHEET_ROWS and all(len(cell) <= _SHEET_CELL for _, cells in records for cell in cells)


def shown_column(column: str) -> str:
    """Return a column's name; of a property that no column has, the last part of its IRI."""
    return column.rpartition("#")[2].rpartition("/")[2]


def _annotated(
    records: Sequence[Record], findings: Iterable[Finding], lang: str
) -> Iterator[tuple[int, list[str], str]]:
    """Yield each row, its cells but an earlier column of findings, and what was found on it."""
    said: dict[int, list[str]] = defaultdict(list)
    for finding in findings:
        place = f"{shown_column(finding.column)}, " if finding.column else ""
        said[finding.row or _HEADER].append(f"{place}{SEVERITIES[finding.severity][lang]} : {finding.texts[lang]}")
    kept, dropped = _columns(records)
    for row, cells in records:
        padded = [*cells, *[""] * (len(kept) + len(dropped) - len(cells))]
        found = " | ".join(said.get(row, []))
        if row == _HEADER:
            found = f"{FINDINGS[lang]} : {found}" if found else FINDINGS[lang]
        yield row, [cell for place, cell in enumerate(padded) if place not in dropped], found


def _columns(records: Sequence[Record]) -> tuple[list[int], list[int]]:
    """Return the places of the table's own columns, and of the findings' columns that it has from before."""
    header = records[0][1] if records else []
    width = max((len(cells) for _, cells in records), default=0)
    dropped = [place for place, name in enumerate(header) if is_findings_column(name)]
    return [place for place in range(width) if place not in dropped], dropped
