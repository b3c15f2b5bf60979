"""Several sources of one table → one relation: by key, field by field, the highest priority first.

A field of one value takes that of the first source that gives one; a field of several values, those of all. Fields that
must agree with one another (a commune and its département) are completed only from sources that do not contradict the
first. The order of rows counts for nothing.

Beside the table's columns, the relation has for each of them `of_…`, the numbers of the sources that say what it holds,
and `__places`, the rows that it was made from. Its row numbers say which source the first of them is in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.messages import message
from publisher.table import ROW, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from publisher.errors import Texts
    from publisher.mapping import Column, Mapping

PLACES = "__places"
_A_PART = 1_000_000_000
"""More than a table has rows: above it, a row number also says which source the row is of."""

_SAID = "said"


def origins_of(column: str) -> str:
    """Return the name of the column with the numbers of the sources of another."""
    return f"of_{column}"


def merge(connection: DuckDBPyConnection, mapping: Mapping, parts: Sequence[Table]) -> tuple[Table, list[Finding]]:
    """Merge the parts of a table, as read; return it, and a warning for each value set aside."""
    union = " UNION ALL ".join(_rows_of(part) for part in parts)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_SAID} AS SELECT * FROM ({union}) WHERE __key IS NOT NULL")
    for group in _groups(mapping):
        _keep_agreed(connection, group)
    columns = mapping.source_columns
    cells = ", ".join(_cell(column) for column in columns)
    lists = ", ".join(_joined(column) for column in columns)
    origins = ", ".join(_origin(column) for column in columns)
    connection.execute(
        f"CREATE OR REPLACE TABLE {mapping.relation} AS "
        f"WITH g AS (SELECT __key, min(__place) AS {ROW}, {cells}, list(__place ORDER BY __place) AS {PLACES} "
        f"FROM {_SAID} GROUP BY __key), "
        f"m AS (SELECT __key, {ROW}, {lists}, {PLACES} FROM g), "
        f"o AS (SELECT s.__key, {origins} FROM {_SAID} s JOIN m ON s.__key = m.__key GROUP BY s.__key) "
        "SELECT m.*, o.* EXCLUDE (__key) FROM m JOIN o ON o.__key = m.__key"
    )
    findings = [each for column in columns if not column.separator for each in _set_aside(connection, mapping, column)]
    connection.execute(f"ALTER TABLE {mapping.relation} DROP __key")
    connection.execute(f"DROP TABLE {_SAID}")
    (rows,) = connection.execute(f"SELECT count(*) FROM {mapping.relation}").fetchone() or (0,)
    return Table(mapping, mapping.relation, int(rows)), findings


def find_missing(connection: DuckDBPyConnection, mapping: Mapping) -> list[Finding]:
    """Return the required cells that no source of a merged table fills."""
    findings = []
    for column in mapping.source_columns:
        if column.required and column.default is None:
            query = f"SELECT {ROW} FROM {mapping.relation} WHERE {sql.name(column.name)} IS NULL ORDER BY 1"
            for (row,) in connection.execute(query).fetchall():
                texts = message("cellule-vide")
                findings.append(
                    Finding(mapping.label, row, column.name, None, Severity.VIOLATION, "cellule-vide", texts)
                )
    return findings


def trace(connection: DuckDBPyConnection, mappings: Iterable[Mapping], findings: Sequence[Finding]) -> list[Finding]:
    """Return findings with those on merged tables at the source and row that their value comes from."""
    traced = list(findings)
    for mapping in (each for each in mappings if each.parts):
        wanted: dict[str | None, list[int]] = {}
        for number, each in enumerate(traced):
            if each.table == mapping.label and (each.row or 0) > _A_PART:
                wanted.setdefault(each.column, []).append(number)
        for column, numbers in wanted.items():
            found = find_sources(connection, mapping, column, {traced[number].row or 0 for number in numbers})
            for number in numbers:
                place = _place_of(connection, mapping, traced[number], found)
                part, row = part_of(mapping, place)
                traced[number] = replace(traced[number], table=part.label, row=row)
    return traced


def find_merged(
    connection: DuckDBPyConnection, mapping: Mapping, rows: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Return the rows of a merged table that rows of its sources, by label and number, went into."""
    numbers = {part.label: part.part.number for part in mapping.parts if part.part}
    known = {numbers[label] * _A_PART + row: (label, row) for label, row in rows if label in numbers}
    found = connection.execute(
        f"SELECT place, {ROW} FROM (SELECT {ROW}, unnest({PLACES}) AS place FROM {mapping.relation}) "
        "WHERE list_contains(?, place)",
        [list(known)],
    ).fetchall()
    return {known[place]: row for place, row in found}


def _rows_of(part: Table) -> str:
    mapping = part.mapping
    number = mapping.part.number if mapping.part else 0
    key = " || chr(31) || ".join(sql.clean(name) for name in mapping.primary_key)
    cells = ", ".join(
        f"{sql.clean(c.name, null=c.null)} AS {sql.name(c.name)}, {sql.clean(c.name, null=c.null)} AS {_raw(c.name)}"
        for c in mapping.source_columns
    )
    return (
        f"SELECT {number} AS __part, {number * _A_PART} + {ROW}::BIGINT AS __place, {key} AS __key, {cells} "
        f"FROM {part.relation}"
    )


def _groups(mapping: Mapping) -> list[list[str]]:
    """Return the columns that must agree with one another: those of references of several columns."""
    return [list(key.columns) for key in mapping.foreign_keys if len(key.columns) > 1]


def _keep_agreed(connection: DuckDBPyConnection, group: list[str]) -> None:
    """Empty the cells of a group in the rows that contradict the first one to say something of it."""
    names = [sql.name(name) for name in group]
    some = " OR ".join(f"{name} IS NOT NULL" for name in names)
    first = {name: f"arg_min_null({name}, __place) FILTER ({some}) OVER (PARTITION BY __key)" for name in names}
    agreed = " AND ".join(f"coalesce({name} = {each}, true)" for name, each in first.items())
    kept = ", ".join(f"CASE WHEN __agreed THEN {name} END AS {name}" for name in names)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_SAID} AS SELECT * EXCLUDE (__agreed) REPLACE ({kept}) "
        f"FROM (SELECT *, {agreed} AS __agreed FROM {_SAID})"
    )


def _cell(column: Column) -> str:
    name = sql.name(column.name)
    if column.separator:
        items = sql.items(column.name, column.separator)
        return f"flatten(list({items} ORDER BY __place) FILTER ({name} IS NOT NULL)) AS {name}"
    return f"arg_min({name}, __place) FILTER ({name} IS NOT NULL) AS {name}"


def _joined(column: Column) -> str:
    name = sql.name(column.name)
    if not column.separator:
        return name
    once = f"list_filter({name}, lambda item, place: list_position({name}, item) = place)"
    return f"nullif(array_to_string({once}, {sql.text(column.separator)}), '') AS {name}"


def _origin(column: Column) -> str:
    name = sql.name(column.name)
    said = f"s.{name} IS NOT NULL" if column.separator else f"s.{name} = m.{name}"
    return f"list(DISTINCT s.__part ORDER BY s.__part) FILTER ({said}) AS {sql.name(origins_of(column.name))}"


def _set_aside(connection: DuckDBPyConnection, mapping: Mapping, column: Column) -> list[Finding]:
    name, raw = sql.name(column.name), _raw(column.name)
    rows = connection.execute(
        f"SELECT s.__place, s.{raw}, m.{name}, coalesce(list_filter(m.{PLACES}, "
        f"lambda place: place // {_A_PART} = m.{sql.name(origins_of(column.name))}[1])[1], m.{ROW}) "
        f"FROM {_SAID} s JOIN {mapping.relation} m ON m.__key = s.__key "
        f"WHERE s.{raw} IS NOT NULL AND s.{raw} IS DISTINCT FROM m.{name} ORDER BY 1"
    ).fetchall()
    findings = []
    for place, value, kept, winner in rows:
        part, row = part_of(mapping, place)
        other, other_row = part_of(mapping, winner)
        texts = message("valeur-ecartee", other=f"{other.label}:{other_row}", value=_said(mapping, column, kept))
        findings.append(Finding(part.label, row, column.name, value, Severity.WARNING, "valeur-ecartee", texts))
    return findings


def _said(mapping: Mapping, column: Column, value: str | None) -> Texts:
    if value is not None:
        return {"fr": f"« {value} »", "en": f"'{value}'"}
    names = " + ".join(next(group for group in _groups(mapping) if column.name in group))
    return {"fr": f"autre chose ({names} vont ensemble)", "en": f"something else ({names} go together)"}


def find_sources(
    connection: DuckDBPyConnection, mapping: Mapping, column: str | None, rows: set[int]
) -> dict[int, list[int]]:
    """Return, by merged row, the rows of the sources that say what a column holds; of all sources for no column."""
    known = any(each.name == column for each in mapping.source_columns)
    numbers = sql.name(origins_of(column)) if known and column else "NULL"
    found = connection.execute(
        f"SELECT {ROW}, {PLACES}, {numbers} FROM {mapping.relation} WHERE list_contains(?, {ROW})", [list(rows)]
    ).fetchall()
    return {row: [place for place in places if not said or place // _A_PART in said] for row, places, said in found}


def _place_of(connection: DuckDBPyConnection, mapping: Mapping, finding: Finding, found: dict[int, list[int]]) -> int:
    """Return the row of a source that a finding on a merged row is about: the first with that value in its cell."""
    row = finding.row or 0
    places = found.get(row, [row])
    column = mapping.column(finding.column or "")
    if column is not None and column.separator and finding.value is not None:
        for place in places:
            part, number = part_of(mapping, place)
            held = f"list_contains({sql.items(column.name, column.separator)}, ?)"
            query = f"SELECT {held} FROM {part.relation} WHERE {ROW} = ?"
            if connection.execute(query, [finding.value, number]).fetchone() == (True,):
                return place
    return places[0]


def part_of(mapping: Mapping, place: int) -> tuple[Mapping, int]:
    """Return the source that a row number of a merged table names, and the row in it."""
    return mapping.parts[place // _A_PART - 1], place % _A_PART


def _raw(column: str) -> str:
    return sql.name(f"raw_{column}")
