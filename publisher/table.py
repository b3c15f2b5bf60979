"""A steward's CSV → a DuckDB relation, all text, with the row number the spreadsheet shows.

The file is first rewritten in one canonical dialect (UTF-8, comma, every cell quoted, row number in front):
DuckDB then never guesses a delimiter, a newline or a column order, and the count of records it read is
compared with ours. Column `__row` is the spreadsheet row of the record (the header is row 1).
"""

from __future__ import annotations

import codecs
import csv
import difflib
import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from publisher.errors import Finding, Severity
from publisher.messages import message, proposals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Column, Mapping

ROW = "__row"
_DELIMITERS = ",;\t|"
_CELL_LIMIT = 1_000_000
_LINE_LIMIT = 64_000_000
# What UTF-8's « é », « ’ », surrogates (CESU-8) and emoji look like in Windows-1252: no French text holds them.
_CONTINUATIONS = re.escape(bytes(range(0x80, 0xC0)).decode("cp1252", "ignore"))
_MOJIBAKE = re.compile(f"Ã[{_CONTINUATIONS}]|(â€|[íð][{_CONTINUATIONS}])[{_CONTINUATIONS}]")
_FOREIGN_BOMS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_DAMAGED = {"fr": "UTF-8 abîmé", "en": "damaged UTF-8"}


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
    csv.field_size_limit(_CELL_LIMIT)
    canonical = workspace / f"{mapping.relation}.csv"
    try:
        findings, rows = _rewrite(mapping, canonical)
        table = _load(connection, mapping, canonical, rows)
    except _Refused as refusal:
        return None, list(refusal.findings)
    finally:
        canonical.unlink(missing_ok=True)
    return table, findings


def _rewrite(mapping: Mapping, canonical: Path) -> tuple[list[Finding], int]:
    """Write the table in the canonical dialect; return findings and the number of records written."""
    encoding, findings = _encoding(mapping)
    with mapping.path.open(encoding=encoding, newline="") as source:
        header = source.readline()
        delimiter = _delimiter(header, mapping)
        source.seek(0)
        records = _records(source, delimiter, mapping)
        _, names = next(records, (0, []))
        while names and not names[-1].strip():  # a spreadsheet often saves empty columns on the right
            names.pop()
        order = _column_order(names, mapping)
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
                writer.writerow([row, *(_one_newline(cells[index]) for index in order)])
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
        raise _Refused(_finding(mapping, "table-illisible", reason=str(error).partition("\n")[0])) from None
    (loaded,) = connection.execute(f"SELECT count(*) FROM {mapping.relation}").fetchone() or (0,)
    if loaded != rows:
        reason = f"{loaded} ≠ {rows}"
        raise _Refused(_finding(mapping, "table-illisible", reason=reason))
    return Table(mapping, mapping.relation, rows)


def _encoding(mapping: Mapping) -> tuple[str, list[Finding]]:
    """Decide between UTF-8 (with or without BOM) and Windows-1252; refuse others by name."""
    try:
        with mapping.path.open("rb") as stream:
            start = stream.read(4)
    except FileNotFoundError:
        raise _Refused(_finding(mapping, "table-absente")) from None
    except OSError as error:
        raise _Refused(_finding(mapping, "table-illisible", reason=error.strerror or str(error))) from None
    for mark, name in _FOREIGN_BOMS.items():
        if start.startswith(mark):
            raise _Refused(_finding(mapping, "encodage", encoding=name))
    if start.startswith(b"PK"):
        reason = {"fr": "classeur XLSX ou ODS", "en": "XLSX or ODS workbook"}
        raise _Refused(_finding(mapping, "table-illisible", reason=reason))
    if _decodes(mapping, "utf-8-sig"):
        return "utf-8-sig", []
    if start.startswith(codecs.BOM_UTF8):
        raise _Refused(_finding(mapping, "encodage", encoding=_DAMAGED))
    if not _decodes(mapping, "cp1252"):
        raise _Refused(_finding(mapping, "encodage", encoding={"fr": "inconnu", "en": "unknown"}))
    return "cp1252", [_finding(mapping, "encodage-windows", severity=Severity.WARNING)]


def _decodes(mapping: Mapping, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with mapping.path.open("rb") as stream:
        try:
            while chunk := stream.read(1 << 20):
                text = decoder.decode(chunk)
                if "\0" in text:
                    binary = {"fr": "UTF-16 ou binaire", "en": "UTF-16 or binary"}
                    raise _Refused(_finding(mapping, "encodage", encoding=binary))
                if encoding == "cp1252" and _MOJIBAKE.search(text):
                    raise _Refused(_finding(mapping, "encodage", encoding=_DAMAGED))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(header: str, mapping: Mapping) -> str:
    """Choose the delimiter that finds most known columns in the header line; the comma wins ties."""

    def recognised(delimiter: str) -> int:
        try:
            names = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:  # said again, with its row, when the records are read
            return 0
        return sum(_match(name, mapping.source_columns) is not None for name in names)

    return max(_DELIMITERS, key=recognised)


def _records(source: Iterator[str], delimiter: str, mapping: Mapping) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            yield row, cells
    except csv.Error as error:
        # Far the most common reason of an endless cell is a quote that was opened and never closed.
        rule = "cellule-sans-fin" if "limit" in str(error) else "guillemets"
        raise _Refused(_finding(mapping, rule, row + 1, limit=_CELL_LIMIT)) from None


def _column_order(names: list[str], mapping: Mapping) -> list[int]:
    """Return, for each column of the mapping, its position in the file; refuse a header that does not fit."""
    if not any(name.strip() for name in names):
        raise _Refused(_finding(mapping, "sans-entete"))
    findings: list[Finding] = []
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        column = _match(name, mapping.source_columns)
        if column is None:
            near = difflib.get_close_matches(name.strip(), [c.name for c in mapping.source_columns], n=1)
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
        if column.name not in places
    ]
    if findings:
        raise _Refused(*findings)
    return [places[column.name] for column in mapping.source_columns]


def _match(name: str, columns: Sequence[Column]) -> Column | None:
    wanted = name.strip("\ufeff" + string.whitespace + "\xa0").casefold()
    return next((column for column in columns if wanted in column.recognised_names), None)


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
