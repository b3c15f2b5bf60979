"""A table given back with a column of findings: its cells as they came, in CSV, or in XLSX if it came as no text.

A column in which something else is proposed stands there once more, as it should be: to be copied over the one that
came.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import TYPE_CHECKING

from publisher.delimited import WIDEST
from publisher.errors import Finding, Severity
from publisher.representations import CSV, XLSX
from publisher.table import FINDINGS, PROPOSED, is_findings_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from publisher.delimited import Record
    from publisher.mapping import Mapping
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
    records: Sequence[Record], findings: Sequence[Finding], lang: str, delimiter: str | None, mapping: Mapping
) -> tuple[bytes, Representation]:
    """Return the table with its findings, and its format; `delimiter` is None where it did not come as text.

    What no sheet can hold comes back as CSV.
    """
    rows = list(_annotated(records, findings, lang, mapping))
    if delimiter is None and _fits_sheet(records):
        return _as_workbook(rows, findings, mapping.sheet), XLSX
    return _as_csv(rows, delimiter or ","), CSV


def _as_csv(rows: Iterable[Record], delimiter: str) -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, without which Excel would not see that it is UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(cells for _, cells in rows)
    return text.getvalue().encode("utf-8-sig")


def _as_workbook(rows: Sequence[Record], findings: Sequence[Finding], name: str) -> bytes:
    """Return a table as XLSX, every cell as text so that `01` stays `01`; rows with findings are coloured."""
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
        for row, cells in rows:
            form = bold if row == _HEADER else coloured.get(gravest[row]) if row in gravest else plain
            for column, cell in enumerate(cells):
                said = cell if len(cell) <= _SHEET_CELL else cell[: _SHEET_CELL - 1] + "…"
                sheet.write_string(row - 1, column, said, form)
        place = len(rows[0][1]) - 1
        sheet.set_column(place, place, _WIDTH)
    return target.getvalue()


def _fits_sheet(records: Sequence[Record]) -> bool:
    return len(records) <= _SHEET_ROWS and all(len(cell) <= _SHEET_CELL for _, cells in records for cell in cells)


def shown_column(column: str) -> str:
    """Return a column's name; of a property that no column has, the last part of its IRI."""
    return column.rpartition("#")[2].rpartition("/")[2]


def _annotated(records: Sequence[Record], findings: Iterable[Finding], lang: str, mapping: Mapping) -> Iterator[Record]:
    """Yield each row: its cells but what an earlier check added, those of columns proposed, what was found on it."""
    said: dict[int, list[str]] = defaultdict(list)
    proposed: dict[str, dict[int, str]] = defaultdict(dict)
    places = _places(records, mapping)
    for finding in findings:
        place = f"{_headed(finding.column, places, records)}, " if finding.column else ""
        said[finding.row or _HEADER].append(f"{place}{SEVERITIES[finding.severity][lang]} : {finding.texts[lang]}")
        if finding.column and finding.row and finding.proposal is not None:
            proposed[finding.column][finding.row] = finding.proposal
    kept, dropped = _columns(records)
    corrected = {place: proposed[name] for name, place in places.items() if name in proposed}
    for row, cells in records:
        padded = [*cells, *[""] * (len(kept) + len(dropped) - len(cells))]
        found = " | ".join(said.get(row, []))
        others = [rows.get(row, padded[place]) for place, rows in corrected.items()]
        if row == _HEADER:
            found = f"{FINDINGS[lang]} : {found}" if found else FINDINGS[lang]
            others = [f"{PROPOSED[lang]} : {padded[place]}" for place in corrected]
        yield row, [*(cell for place, cell in enumerate(padded) if place not in dropped), *others, found]


def _headed(column: str, places: dict[str, int], records: Sequence[Record]) -> str:
    """Return what the table's own header calls a column, which is how its author knows it."""
    return " ".join(records[0][1][places[column]].split()) if column in places else shown_column(column)


def _places(records: Sequence[Record], mapping: Mapping) -> dict[str, int]:
    """Return where the columns of a table stand, by the names of its description."""
    found: dict[str, int] = {}
    for place, name in enumerate((records[0][1] if records else [])[:WIDEST]):
        if column := mapping.recognise(name):
            found.setdefault(column.name, place)
    return found


def _columns(records: Sequence[Record]) -> tuple[list[int], list[int]]:
    """Return the places of the table's own columns, and of those that an earlier check added."""
    header = records[0][1] if records else []
    width = max((len(cells) for _, cells in records), default=0)
    dropped = [place for place, name in enumerate(header) if is_findings_column(name)]
    return [place for place in range(width) if place not in dropped], dropped
