"""Local ids in tables as read: rows without the key are given theirs, and what ids have become is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.local_ids import PREFIX, REGISTER, Keyless, allot
from publisher.messages import message
from publisher.table import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.local_ids import Entry
    from publisher.mapping import Mapping
    from publisher.table import Table


def moves_of(mapping: Mapping) -> str:
    """Return the name of the relation of a table's local ids whose key is known: `id`, `now`."""
    return "l_" + mapping.relation.removeprefix("t_")


def record_moves(connection: DuckDBPyConnection, mapping: Mapping, register: Sequence[Entry]) -> None:
    """Make the relation of `moves_of`."""
    moved = [entry for entry in register if entry.table == mapping.name and entry.key]
    connection.execute(
        f"CREATE OR REPLACE TABLE {moves_of(mapping)} AS "
        "SELECT unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS now",
        [[entry.id for entry in moved], [entry.now for entry in moved]],
    )


def follow_moves(connection: DuckDBPyConnection, table: Table, mappings: dict[str, Mapping]) -> None:
    """Put the keys now known in the place of local ids that a table refers to; `mappings` are all tables, by label."""
    for key in table.mapping.foreign_keys:
        target = mappings.get(key.reference.resource)
        if target and target.local and len(key.columns) == 1:
            connection.execute(
                f"UPDATE {table.relation} SET {sql.name(key.columns[0])} = moved.now FROM {moves_of(target)} moved "
                f"WHERE {sql.clean(key.columns[0], relation=table.relation)} = moved.id"
            )


def give_ids(
    connection: DuckDBPyConnection, table: Table, register: Sequence[Entry]
) -> tuple[tuple[Entry, ...], list[Finding]]:
    """Write the ids of rows without the key into a table; return the register after that, and what is to be told."""
    mapping, local = table.mapping, table.mapping.local
    if local is None:
        return tuple(register), []
    key = sql.name(mapping.primary_key[0])
    cells = ", ".join(f"coalesce({sql.clean(each)}, '')" for each in (local.name, local.apart, mapping.primary_key[0]))
    found = connection.execute(f"SELECT {ROW}, {cells} FROM {table.relation} ORDER BY {ROW}").fetchall()
    rows = [Keyless(*each) for each in found]
    source = mapping.part.name if mapping.part else mapping.name.replace("/", "-")
    given = allot(register, mapping.name, source, rows)
    connection.execute(
        f"UPDATE {table.relation} SET {key} = given.k "
        "FROM (SELECT unnest(?::INTEGER[]) AS r, unnest(?::VARCHAR[]) AS k) given "
        f"WHERE {table.relation}.{ROW} = given.r",
        [list(given.keys), list(given.keys.values())],
    )
    return given.register, [*_tell(mapping, given.told), *_unknown(mapping, rows, given.keys)]


def _tell(mapping: Mapping, told: Sequence[tuple[int, str, Entry]]) -> list[Finding]:
    column = mapping.primary_key[0]
    return [
        Finding(
            mapping.label, row, column, entry.key or None, Severity.WARNING, rule,
            message(rule, id=entry.id, now=entry.now, register=REGISTER),
        )
        for row, rule, entry in told
    ]  # fmt: skip


def _unknown(mapping: Mapping, rows: Sequence[Keyless], keys: dict[int, str]) -> list[Finding]:
    """Return the ids written in cells that the register has not given, and namesakes that nothing tells apart."""
    column = mapping.primary_key[0]
    findings = []
    first: dict[str, int] = {}
    for each in rows:
        if each.key.startswith(PREFIX) and each.row not in keys:
            rule, texts = "identifiant-local-inconnu", message("identifiant-local-inconnu", register=REGISTER)
            findings.append(Finding(mapping.label, each.row, column, each.key, Severity.VIOLATION, rule, texts))
        elif not each.key and each.row in keys and first.setdefault(keys[each.row], each.row) != each.row:
            apart = mapping.local.apart if mapping.local else ""
            texts = message("homonymes-sans-cle", apart=apart, first=first[keys[each.row]])
            findings.append(
                Finding(mapping.label, each.row, column, None, Severity.VIOLATION, "homonymes-sans-cle", texts)
            )
    return findings
