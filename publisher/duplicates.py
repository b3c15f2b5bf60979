"""Uniqueness of keys: one row a key, but for those that are held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.mapping import relation_of
from publisher.messages import message
from publisher.table import ROW

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.table import Table


def find_duplicates(connection: DuckDBPyConnection, table: Table, readable: set[str]) -> list[Finding]:
    """Find rows whose primary key an earlier row already has; keys held back elsewhere do not count."""
    mapping = table.mapping
    if not mapping.primary_key:
        return []
    key = " || ' + ' || ".join(sql.clean(name) for name in mapping.primary_key)
    counted = connection.execute(f"SELECT count(k) = count(DISTINCT k) FROM (SELECT {key} AS k FROM {table.relation})")
    if counted.fetchone() == (True,):
        return []
    held = ""
    if mapping.withheld and mapping.withheld.resource in readable:
        codes = f"SELECT {sql.clean(mapping.withheld.code)} FROM {relation_of(mapping.withheld.resource)}"
        held = f"AND k NOT IN ({codes})"
    query = (
        f"SELECT row, k, first FROM (SELECT {ROW} AS row, {key} AS k, "
        f"min({ROW}) OVER (PARTITION BY {key}) AS first FROM {table.relation}) "
        f"WHERE k IS NOT NULL AND row <> first {held} ORDER BY row"
    )
    column = "+".join(mapping.primary_key)
    return [
        Finding(mapping.label, row, column, value, Severity.VIOLATION, "cle-double", message("cle-double", first=first))
        for row, value, first in connection.execute(query).fetchall()
    ]
