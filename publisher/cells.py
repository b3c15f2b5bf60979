"""The cells of a table in the one form that is checked, linked and published, whatever way they were written in.

What is certain is rewritten in silence, such as `1 234,56` and `27/09/2018`; what a spreadsheet did to a value and a
check digit or a calendar undoes is told, with what was read instead. The rest stays as it came, for checks to refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import notations, sql
from publisher.errors import Finding, Severity
from publisher.messages import message
from publisher.siren import explain_siren, is_siren
from publisher.table import ROW

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.mapping import Column
    from publisher.table import Table


def rewrite_cells(connection: DuckDBPyConnection, table: Table) -> list[Finding]:
    """Rewrite the cells of a table's relation; return what the steward should know about it."""
    columns = [column for column in table.mapping.source_columns if _item_form(column, "i")]
    unusual = [column for column in columns if _holds(connection, table, column)]
    findings = [finding for column in unusual for finding in _tell(connection, table, column)]
    if unusual:
        replaced = ", ".join(f"{_form(column)} AS {sql.name(column.name)}" for column in unusual)
        connection.execute(
            f"CREATE OR REPLACE TABLE {table.relation} AS SELECT * REPLACE ({replaced}) FROM {table.relation}"
        )
    return findings


def _holds(connection: DuckDBPyConnection, table: Table, column: Column) -> bool:
    """Return whether a column holds anything else than canonical values: most tables hold nothing else."""
    cell = sql.name(column.name)
    usual = notations.is_siren("i") if column.scheme else f"regexp_full_match(i, {sql.text(column.datatype.pattern)})"
    each = f"string_split({cell}, {sql.text(column.separator)})" if column.separator else f"[{cell}]"
    found = connection.execute(
        f"SELECT 1 FROM {table.relation} WHERE {cell} <> '' AND NOT "
        f"list_bool_and(list_transform({each}, lambda i: {usual})) LIMIT 1"
    )
    return found.fetchone() is not None


def _form(column: Column) -> str:
    """Return the SQL of a column's cells as they are to be read; those that say « empty » stay as they came."""
    cell, separator = sql.name(column.name), column.separator
    split = f"string_split({cell}, {sql.text(separator)})" if separator else f"[{cell}]"
    items = f"list_transform({split}, lambda i: {sql.trim('i')})"
    forms = f"list_transform({items}, lambda i: {_item_form(column, 'i')})"
    whole = f"array_to_string({forms}, {sql.text(separator or '')})"
    kept = ", ".join(sql.text(each) for each in sorted({"", *column.null}))
    return f"CASE WHEN {sql.trim(cell)} IN ({kept}) OR {forms} = {items} THEN {cell} ELSE {whole} END"


def _item_form(column: Column, v: str) -> str | None:
    return notations.canonical_siren(v) if column.scheme else notations.canonical(column.datatype, v)


def _tell(connection: DuckDBPyConnection, table: Table, column: Column) -> list[Finding]:
    """Return a warning for each cell that a spreadsheet had changed and that is read as it was before."""
    if not column.scheme and column.datatype.base != "date":
        return []
    cell = sql.name(column.name)
    of_spreadsheets = "" if column.scheme else f" AND regexp_matches({cell}, {sql.text(notations.SERIAL)})"
    rows = connection.execute(
        f"SELECT {ROW}, {cell}, {_form(column)} AS form FROM {table.relation} "
        f"WHERE form <> {cell}{of_spreadsheets} ORDER BY {ROW}"
    ).fetchall()
    return [_finding(table, column, row, written, read) for row, written, read in rows]


def _finding(table: Table, column: Column, row: int, written: str, read: str) -> Finding:
    rule, fields = "date-serie", dict[str, object](proposal=read)
    if column.scheme:
        items = written.split(column.separator) if column.separator else [written]
        rule, fields = explain_siren(next((each for each in items if not is_siren(each.strip())), written))
    texts = message(rule, **fields)
    return Finding(table.mapping.label, row, column.name, written, Severity.WARNING, rule, texts, proposal=read)
