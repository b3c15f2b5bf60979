"""A steward's table (CSV, XLSX, ODS or Parquet) → a DuckDB relation, all text, with the spreadsheet's row numbers.

The file is first rewritten in one canonical dialect (UTF-8, comma, every cell quoted, row number in front):
DuckDB then never guesses a delimiter, a newline or a column order, and the count of records it read is
compared with ours. Column `__row` is the spreadsheet row of the record (the header is row 1).
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

import duckdb

from publisher import sql
from publisher.delimited import HEADER_WITHIN, WIDEST, WINDOWS, Dialect, UnreadableError, find_dialect, read_delimited
from publisher.errors import Finding, Severity
from publisher.messages import message, proposals
from publisher.names import fold
from publisher.parquet import is_parquet, read_parquet
from publisher.refusals import refusal_reason
from publisher.workbook import is_workbook, read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.delimited import Record
    from publisher.mapping import Mapping

ROW = "__row"
FINDINGS = {"fr": "Constats de l'annuaire", "en": "Directory findings"}
PROPOSED = {"fr": "Proposé par l'annuaire", "en": "Directory proposal"}
"""The columns that `publisher.annotation` adds to a table; they are passed over when the table comes back."""

_LINE_LIMIT = 64_000_000
_NAME_SHOWN = 100
_NO_FILE = {"fr": "ce n'est pas un fichier", "en": "not a file"}


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
        findings, present, rows = _rewrite(mapping, canonical)
        table = _load(connection, mapping, canonical, present, rows)
    except _Refused as refusal:
        return None, list(refusal.findings)
    except UnreadableError as error:
        return None, [refusal_of(mapping.label, error)]
    finally:
        canonical.unlink(missing_ok=True)
    return table, findings


def open_records(path: Path, sheet: str, is_known: Callable[[str], bool]) -> tuple[Dialect | None, Iterator[Record]]:
    """Return a table's dialect (None where it is no text) and its records, the header first.

    `sheet` is the workbook's sheet to prefer, `is_known` tells the names of columns.

    Raises:
        UnreadableError: the file is absent or cannot be read as a table, now or when the records are drawn.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for, a device is endless
            raise UnreadableError("table-illisible", reason=_NO_FILE)
        if is_workbook(path):
            return None, _from_header(read_workbook(path, sheet, is_known), is_known)
        if is_parquet(path):
            return None, read_parquet(path)
        dialect = find_dialect(path, is_known)
    except FileNotFoundError:
        raise UnreadableError("table-absente") from None
    except OSError as error:
        raise UnreadableError("table-illisible", reason=refusal_reason(error)) from None
    return dialect, _from_header(read_delimited(path, dialect), is_known)


def _from_header(records: Iterator[Record], is_known: Callable[[str], bool]) -> Iterator[Record]:
    """Yield the records, unless the header stands below a title or empty rows.

    Raises:
        UnreadableError: the first row names no column, a later one does.
    """
    first = next(records, None)
    if first is None:
        return
    above = [first]
    if not any(is_known(name) for name in first[1][:WIDEST]):
        for row, cells in islice(records, HEADER_WITHIN - 1):
            if sum(is_known(name) for name in cells[:WIDEST]) > 1:
                raise UnreadableError("entete-plus-bas", 1, found=row)
            above.append((row, cells))
    yield from above
    yield from records


def is_findings_column(name: str) -> bool:
    """Return whether a header is that of the findings' column, which may carry a finding, or of a column proposed."""
    return name.strip().startswith((*FINDINGS.values(), *PROPOSED.values()))


def refusal_of(label: str, error: UnreadableError) -> Finding:
    """Return the finding that says why a table cannot be read."""
    texts = message(error.rule, **error.fields)
    return Finding(label, error.row, None, None, Severity.VIOLATION, error.rule, texts)


def _rewrite(mapping: Mapping, canonical: Path) -> tuple[list[Finding], list[str], int]:
    """Write the table in the canonical dialect; return findings, the columns and the number of records written."""
    if mapping.rivals:
        raise UnreadableError("plusieurs-fichiers", files=", ".join(path.name for path in mapping.rivals))
    dialect, records = open_records(mapping.path, mapping.sheet, lambda name: mapping.recognise(name) is not None)
    windows = dialect is not None and dialect.encoding == WINDOWS
    findings = [_finding(mapping, "encodage-windows", severity=Severity.WARNING)] if windows else []
    _, names = next(records, (0, []))
    while names and not names[-1].strip():  # a spreadsheet often saves empty columns on the right
        names.pop()
    places, notices = _places(names, mapping)
    findings += notices
    unnamed = [] if mapping.lenient else [index for index, name in enumerate(names) if not name.strip()]
    width, rows = len(names), 0
    pick = _picker(list(places.values()))
    with canonical.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row, cells in records:
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
                findings.append(_finding(mapping, "nombre-de-cellules", row, found=len(cells), expected=width))
                continue
            if filled := [index for index in unnamed if cells[index].strip()]:
                findings += [_finding(mapping, "colonne-sans-nom", row, letters=_letters(index)) for index in filled]
                unnamed = [index for index in unnamed if index not in filled]
            chosen = pick(cells)
            if "\r" in "".join(chosen):
                chosen = [_one_newline(cell) for cell in chosen]
            writer.writerow((row, *chosen))
            rows += 1
    return findings, list(places), rows


def _picker(places: list[int]) -> Callable[[list[str]], Sequence[str]]:
    """Return what picks the cells at these places: a lone one as a list too."""
    first, *others = places
    return itemgetter(*places) if others else itemgetter(slice(first, first + 1))


def _load(connection: DuckDBPyConnection, mapping: Mapping, canonical: Path, present: list[str], rows: int) -> Table:
    columns = {ROW: "INTEGER", **dict.fromkeys(present, "VARCHAR")}
    cells = ", ".join(
        name if column.name in present else f"CAST(NULL AS VARCHAR) AS {name}"
        for column in mapping.source_columns
        for name in [sql.name(column.name)]
    )
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {mapping.relation} AS SELECT {ROW}, {cells} FROM read_csv(?, "
            f"auto_detect=false, header=false, delim=',', quote='\"', escape='\"', new_line='\\n', "
            f"max_line_size={_LINE_LIMIT}, columns=?)",
            [str(canonical), columns],
        )
    except duckdb.Error as error:
        raise UnreadableError("table-illisible", reason=str(error).partition("\n")[0]) from None
    (loaded,) = connection.execute(f"SELECT count(*) FROM {mapping.relation}").fetchone() or (0,)
    if loaded != rows:
        raise UnreadableError("table-illisible", reason=f"{loaded} ≠ {rows}")
    return Table(mapping, mapping.relation, rows)


def _letters(index: int) -> str:
    """Return the letters by which a spreadsheet names a column, counted from 0."""
    from xlsxwriter.utility import xl_col_to_name  # noqa: PLC0415 — a twelfth of the time that a command takes to start

    return str(xl_col_to_name(index))


def _places(names: list[str], mapping: Mapping) -> tuple[dict[str, int], list[Finding]]:
    """Return the position in the file of each column that it has, in the mapping's order, and what is to be told.

    Raises:
        _Refused: a column unknown, present twice, or lacking that may not.
    """
    if not any(name.strip() for name in names):
        raise UnreadableError("sans-entete")
    if len(names) > WIDEST:
        raise UnreadableError("trop-de-colonnes", 1, found=len(names), limit=WIDEST)
    found: dict[str, int] = {}
    findings: list[Finding] = []
    for index, name in enumerate(names):
        column = mapping.recognise(name)
        if column and column.name not in found:
            found[column.name] = index
        elif column:
            findings.append(_finding(mapping, "colonne-double", 1, column=name))
        elif name.strip() and not is_findings_column(name):
            findings.append(_unknown(mapping, name))
    findings += _lacking(mapping, [c.name for c in mapping.source_columns if c.name not in found])
    if any(finding.severity is Severity.VIOLATION for finding in findings):
        raise _Refused(*findings)
    places = {column.name: found[column.name] for column in mapping.source_columns if column.name in found}
    if not places:
        raise UnreadableError("sans-entete")
    return places, findings


def _unknown(mapping: Mapping, name: str) -> Finding:
    """Return what is said of a column that nobody described: an error, but in a source made for others."""
    if mapping.lenient:
        return _finding(mapping, "colonne-ignoree", 1, column=name, severity=Severity.WARNING)
    near, known = proposals(_nearest(name, mapping)), mapping.metadata_label
    return _finding(mapping, "colonne-inconnue", 1, column=name, near=near, metadata=known)


def _lacking(mapping: Mapping, names: list[str]) -> list[Finding]:
    """Return what is said of columns that the file lacks; a source made for others need have the key only."""
    unsaid = {column.name for column in mapping.source_columns if mapping.lenient or column.optional}
    optional = [name for name in names if name not in mapping.needed_columns | unsaid]
    return [
        *(_finding(mapping, "colonne-absente", 1, column=name) for name in names if name in mapping.needed_columns),
        *(_finding(mapping, "colonne-facultative", 1, column=name, severity=Severity.WARNING) for name in optional),
    ]


def _nearest(name: str, mapping: Mapping) -> list[str]:
    """Return the name of the column whose name or title looks most like a header's."""
    spellings = {fold(text): column.name for column in mapping.source_columns for text in (column.name, *column.titles)}
    near = difflib.get_close_matches(fold(name[:_NAME_SHOWN]), spellings, n=1)
    return [spellings[each] for each in near]


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
