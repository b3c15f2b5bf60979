"""What SIRENE lets nobody publish, taken out of a table as soon as it is read: `[ND]` cells, units that asked for it.

Its rows with a partial diffusion (statutDiffusion P) are left out and counted, never listed. A steward's own record of
the same company is another table's: it stays. The natural persons met on the way (legal category 1xxx) are remembered
by number alone, for `publisher.withholding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.diffusion import NATURAL_PERSON, NOT_DISCLOSED, OPEN
from publisher.errors import Finding, Severity
from publisher.messages import message

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping

NATURAL_PERSONS = "natural_persons"
"""The relation (table, code, category) of the companies that are one person."""


def keep_secret(connection: DuckDBPyConnection, mapping: Mapping) -> list[Finding]:
    """Take out of a table as read what may not be published; return how much it was."""
    _remember_persons(connection, mapping)
    return [*_empty_cells(connection, mapping), *_drop_rows(connection, mapping)]


def forget_persons(connection: DuckDBPyConnection) -> None:
    """Make the relation of natural persons anew, with nobody in it."""
    connection.execute(f"CREATE OR REPLACE TABLE {NATURAL_PERSONS} (origin VARCHAR, code VARCHAR, category VARCHAR)")


def _remember_persons(connection: DuckDBPyConnection, mapping: Mapping) -> None:
    category = mapping.column_of("legalCategory")
    if category and len(mapping.primary_key) == 1:
        code, kind = sql.clean(mapping.primary_key[0]), sql.clean(category.name)
        connection.execute(
            f"INSERT INTO {NATURAL_PERSONS} SELECT {sql.text(mapping.label)}, {code}, {kind} "
            f"FROM {mapping.relation} WHERE {code} IS NOT NULL AND starts_with({kind}, {sql.text(NATURAL_PERSON)})"
        )


def _empty_cells(connection: DuckDBPyConnection, mapping: Mapping) -> list[Finding]:
    """Empty the cells that say « not disclosed »; a row that cannot do without goes whole."""
    columns = mapping.source_columns
    row = f"concat_ws('|', {', '.join(sql.name(column.name) for column in columns)})"
    held = connection.execute(
        f"SELECT bool_or(contains(upper({row}), {sql.text(NOT_DISCLOSED)})) FROM {mapping.relation}"
    )
    if held.fetchone() != (True,):
        return []
    hidden = {column.name: f"upper({sql.clean(column.name)}) = {sql.text(NOT_DISCLOSED)}" for column in columns}
    counted = ", ".join(f"count(*) FILTER ({condition})" for condition in hidden.values())
    counts = connection.execute(f"SELECT {counted} FROM {mapping.relation}").fetchone() or ()
    met = {name: count for name, count in zip(hidden, counts, strict=True) if count}
    if not met:
        return []
    needed = [hidden[column.name] for column in columns if column.required and column.name in met]
    dropped = _delete(connection, mapping, " OR ".join(needed)) if needed else 0
    emptied = ", ".join(
        f"{sql.name(name)} = CASE WHEN {hidden[name]} THEN NULL ELSE {sql.name(name)} END" for name in met
    )
    connection.execute(f"UPDATE {mapping.relation} SET {emptied}")
    texts = message("non-diffuse", cells=sum(met.values()), rows=dropped)
    return [Finding(mapping.label, None, None, None, Severity.WITHHELD, "non-diffuse", texts)]


def _drop_rows(connection: DuckDBPyConnection, mapping: Mapping) -> list[Finding]:
    status = mapping.column_of("diffusion")
    if status is None:
        return []
    value = sql.clean(status.name)
    dropped = _delete(connection, mapping, f"{value} IS NOT NULL AND upper({value}) <> {sql.text(OPEN)}")
    if not dropped:
        return []
    texts = message("diffusion-partielle", count=dropped)
    return [Finding(mapping.label, None, status.name, None, Severity.WITHHELD, "diffusion-partielle", texts)]


def _delete(connection: DuckDBPyConnection, mapping: Mapping, condition: str) -> int:
    found = connection.execute(f"DELETE FROM {mapping.relation} WHERE {condition}").fetchone()
    return int(found[0]) if found else 0
