"""Rows held back: those whose key is listed as doubtful, and those that refer to such a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.messages import message
from publisher.table import ROW

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping, Withheld


def withhold(connection: DuckDBPyConnection, mapping: Mapping, mappings: dict[str, Mapping]) -> list[Finding]:
    """Leave rows out of the relation to convert; `mappings` are the tables that could be read, by label."""
    findings = []
    if (held := mapping.withheld) and held.resource in mappings:
        rule, key = "identifiant-retenu", mapping.primary_key[0]
        if _is_first(mapping, held, mappings):
            findings += _unused(connection, mapping, held, mappings[held.resource])
        for row, value, reason in _delete(connection, mapping, key, held, mappings):
            texts = message(rule, reason=reason)
            findings.append(Finding(mapping.label, row, key, value, Severity.WITHHELD, rule, texts))
    for foreign_key in mapping.foreign_keys:
        target = mappings.get(foreign_key.reference.resource)
        held = target.withheld if target and len(foreign_key.columns) == 1 else None
        if held and held.resource in mappings:
            rule, name = "reference-retenue", foreign_key.columns[0]
            for row, value, _ in _delete(connection, mapping, name, held, mappings):
                texts = message(rule, value=value)
                findings.append(Finding(mapping.label, row, name, value, Severity.WITHHELD, rule, texts))
    return findings


def _is_first(mapping: Mapping, held: Withheld, mappings: dict[str, Mapping]) -> bool:
    """Return whether no table before this one is held back by the same list: a key unused is named once."""
    tables = (each for each in mappings.values() if each.withheld and each.withheld.resource == held.resource)
    return next(tables, mapping) is mapping


def _unused(connection: DuckDBPyConnection, mapping: Mapping, held: Withheld, table: Mapping) -> list[Finding]:
    """List the keys held back that no row has: the report names every one."""
    code = sql.clean(held.code)
    rows = connection.execute(
        f"SELECT {ROW}, {code}, {sql.clean(held.reason)} FROM {table.relation} WHERE {code} NOT IN "
        f"(SELECT {sql.name(mapping.primary_key[0])} FROM {mapping.published} "
        f"WHERE {sql.name(mapping.primary_key[0])} IS NOT NULL) ORDER BY {ROW}"
    ).fetchall()
    rule = "identifiant-retenu"
    return [
        Finding(table.label, row, held.code, value, Severity.WITHHELD, rule, message(rule, reason=reason))
        for row, value, reason in rows
    ]


def _delete(
    connection: DuckDBPyConnection, mapping: Mapping, name: str, held: Withheld, mappings: dict[str, Mapping]
) -> list[tuple[int, str, str]]:
    """Take away the rows that name a key held back; return (row, key, reason) of each."""
    table = mappings[held.resource]
    codes = f"SELECT {sql.clean(held.code)} AS __held, {sql.clean(held.reason)} AS __reason FROM {table.relation}"
    column = mapping.column(name)
    values = f"[{sql.name(name)}]" if column is None or not column.separator else sql.items(name, column.separator)
    hits = connection.execute(
        f"SELECT {ROW}, __held, __reason FROM {mapping.published}, ({codes}) "
        f"WHERE list_contains({values}, __held) ORDER BY {ROW}, __held"
    ).fetchall()
    if hits:
        connection.execute(
            f"DELETE FROM {mapping.published} WHERE {ROW} IN (SELECT unnest(?))", [[row for row, _, _ in hits]]
        )
    return hits
