"""A steward's table (CSV, XLSX or ODS) → a DuckDB relation, all text, with the row number the spreadsheet shows.

The file is first rewritten in one canonical dialect (UTF-8, comma, every cell quoted, row number in front):
DuckDB then never guesses a delimiter, a newline or a column order, and the count of records it read is
compared with ours. Column `__row` is the spreadsheet row of the record (the header is row 1).
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from publisher.delimited import WIDEST, WINDOWS, Dialect, UnreadableError, find_dialect, read_delimited
from publisher.errors import Finding, Severity
from publisher.messages import message, proposals
from publisher.workbook import is_workbook, read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.delimited import Record
    from publisher.mapping import Mapping

ROW = "__row"
FINDINGS = {"fr": "Constats de l'annuaire", "en": "Directory findings"}
"""The column that `publisher.annotation` adds to a table; it is passed over when the table comes back."""

_LINE_LIMIT = 64_000_000
_NAME_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Table:
    """A table read into DuckDB: relation `relation` with `__row` and the mapping's columns, all VARCHAR."""

    mapping: Mapping
    relation: str
    rows: int


class _Refused(Exception):  # noqa: N818 — never leaves this module
    """A table that cannot be read, with its findings."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__()
        self.findings = findings


def read_table(connection: DuckDBPyConnection, mapping: Mapping, workspace: Path) -> tuple[Table | None, list[Finding]]:
    """Read the mapping's table; return it (None when it cannot be read at all) and what was found."""
    canonical = workspace / f"{mapping.relation}.csv"
    try:
        findings, rows = _rewrite(mapping, canonical)
        table = _load(connection, mapping, canonical, rows)
    except _Refused as refusal:
        return None, list(refusal.findings)
    except UnreadableError as error:
        return None, [refusal_of(mapping.label, error)]
    finally:
        canonical.unlink(missing_ok=True)
    return table, findings


def open_records(path: Path, sheet: str, is_known: Callable[[str], bool]) -> tuple[Dialect | None, Iterator[Record]]:
    """Return a table's dialect (None for a workbook) and its records, the header first.

    `sheet` is the workbook's sheet to prefer, `is_known` tells the names of columns.

    Raises:
        UnreadableError: the file is absent or cannot be read as a table, now or when the records are drawn.
    """
    try:
        if is_workbook(path):
            return None, read_workbook(path, sheet)
        dialect = find_dialect(path, is_known)
    except FileNotFoundError:
        raise UnreadableError("table-absente") from None
    except OSError as error:
        raise UnreadableError("table-illisible", reason=error.strerror or str(error)) from None
    return dialect, read_delimited(path, dialect)


def is_findings_column(name: str) -> bool:
    """Return whether a header is that of the findings' column, which may carry a finding of its own."""
    return name.strip().startswith(tuple(FINDINGS.values()))


def refusal_of(label: str, error: UnreadableError) -> Finding:
    """Return the finding that says why a table cannot be read."""
    texts = message(error.rule, **error.fields)
    return Finding(label, error.row, None, None, Severity.VIOLATION, error.rule, texts)


def _rewrite(mapping: Mapping, canonical: Path) -> tuple[list[Finding], int]:
    """Write the table in the canonical dialect; return findings and the number of records written."""
    dialect, records = open_records(mapping.path, mapping.sheet, lambda name: mapping.recognise(name) is not None)
    windows = dialect is not None and dialect.encoding == WINDOWS
    findings = [_finding(mapping, "encodage-windows", severity=Severity.WARNING)] if windows else []
    _, names = next(records, (0, []))
    while names and not names[-1].strip():  # a spreadsheet often saves empty columns on the right
        names.pop()
    order, passed_over = _column_order(names, mapping)
    findings += passed_over
    width, rows = len(names), 0
    with canonical.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([ROW, *(column.name for column in mapping.source_columns)])
        for row, cells in records:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                findings.append(_finding(mapping, "nombre-de-cellules", row, found=len(cells), expected=width))
                continue
            writer.writerow([row, *("" if index is None else _one_newline(cells[index]) for index in order)])
            rows += 1
    return findings, rows


def _load(connection: DuckDBPyConnection, mapping: Mapping, canonical: Path, rows: int) -> Table:
    columns = {ROW: "INTEGER", **{column.name: "VARCHAR" for column in mapping.source_columns}}
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {mapping.relation} AS SELECT * FROM read_csv(?, auto_detect=false, header=true, "
            f"delim=',', quote='\"', escape='\"', new_line='\\n', max_line_size={_LINE_LIMIT}, columns=?)",
            [str(canonical), columns],
        )
    except duckdb.Error as error:
        raise UnreadableError("table-illisible", reason=str(error).partition("\n")[0]) from None
    (loaded,) = connection.execute(f"SELECT count(*) FROM {mapping.relation}").fetchone() or (0,)
    if loaded != rows:
        raise UnreadableError("table-illisible", reason=f"{loaded} ≠ {rows}")
    return Table(mapping, mapping.relation, rows)


def _column_order(names: list[str], mapping: Mapping) -> tuple[list[int | None], list[Finding]]:
    """Return the position in the file of each column of the mapping, and what is passed over; refuse other headers."""
    if not any(name.strip() for name in names):
        raise UnreadableError("sans-entete")
    if len(names) > WIDEST:
        raise UnreadableError("trop-de-colonnes", 1, found=len(names), limit=WIDEST)
    findings: list[Finding] = []
    passed_over: list[Finding] = []
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        column = mapping.recognise(name)
        if is_findings_column(name):
            continue
        if column is None and mapping.lenient:
            if name.strip():
                passed_over.append(_finding(mapping, "colonne-ignoree", 1, column=name, severity=Severity.WARNING))
        elif column is None:
            near = difflib.get_close_matches(name.strip()[:_NAME_SHOWN], [c.name for c in mapping.source_columns], n=1)
            findings.append(
                _finding(
                    mapping,
                    "colonne-inconnue",
                    1,
                    column=name,
                    near=proposals(near),
                    metadata=mapping.metadata_label,
                )
            )
        elif column.name in places:
            findings.append(_finding(mapping, "colonne-double", 1, column=name))
        else:
            places[column.name] = index
    findings += [
        _finding(mapping, "colonne-absente", 1, column=column.name)
        for column in mapping.source_columns
        if column.name not in places and (column.name in mapping.primary_key or not mapping.lenient)
    ]
    if findings:
        raise _Refused(*findings)
    return [places.get(column.name) for column in mapping.source_columns], passed_over


def _one_newline(cell: str) -> str:
    """Return a cell with LF only: CR would not survive RDF/XML, and Windows saves the same text with CR LF."""
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _finding(
    mapping: Mapping,
    rule: str,
    row: int | None = None,
    *,
    column: str | None = None,
    severity: Severity = Severity.VIOLATION,
    **fields: object,
) -> Finding:
    return Finding(mapping.label, row, column, None, severity, rule, message(rule, **fields))
