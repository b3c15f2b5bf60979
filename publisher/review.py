"""Reviews of records: their state, the day they were checked, the organisation that did; those to be checked again.

Someone's name is no organisation's: only the publisher and the organisations of the settings may be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.messages import message
from publisher.names import fold
from publisher.record_states import STATES, TO_REVIEW, state_of
from publisher.table import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Column, Mapping
    from publisher.project import Project

Row = tuple[int, str]


def review_records(
    connection: DuckDBPyConnection, project: Project, mappings: Iterable[Mapping], today: date
) -> list[Finding]:
    """Put states and organisations in the one form that is published; return what is wrong, and what is due by `today`.

    `mappings` are those of tables that were linked: drafts and archived records are no longer among the rows.
    """
    findings: list[Finding] = []
    for mapping in mappings:
        if state := mapping.column_of("recordStatus"):
            findings += _settle_states(connection, mapping, state)
        if author := mapping.column_of("verifiedBy"):
            findings += _settle_authors(connection, mapping, author, project)
        if day := mapping.column_of("verifiedOn"):
            findings += _due(connection, mapping, day, project.review.months, today)
    return findings


def _settle_states(connection: DuckDBPyConnection, mapping: Mapping, column: Column) -> list[Finding]:
    name, known = sql.name(column.name), ", ".join(map(sql.text, STATES))
    wrong = _rows(
        connection, mapping, column, f"{state_of(column.name)} IS NULL OR {state_of(column.name)} NOT IN ({known})"
    )
    connection.execute(f"UPDATE {mapping.published} SET {name} = {state_of(column.name)} WHERE {name} IS NOT NULL")
    flagged = _rows(connection, mapping, column, f"{name} = {sql.text(TO_REVIEW)}")
    refused = [_finding(mapping, column, row, value, "etat-inconnu") for row, value in wrong]
    return [*refused, *(_finding(mapping, column, row, value, "fiche-a-revoir") for row, value in flagged)]


def _settle_authors(
    connection: DuckDBPyConnection, mapping: Mapping, column: Column, project: Project
) -> list[Finding]:
    name = sql.name(column.name)
    known = {fold(each): each for each in (*project.review.organisations, project.publisher_name)}
    written = connection.execute(
        f"SELECT DISTINCT {name} FROM {mapping.published} WHERE {name} IS NOT NULL ORDER BY 1"
    ).fetchall()
    for (value,) in written:
        if value != known.get(fold(value), value):
            connection.execute(
                f"UPDATE {mapping.published} SET {name} = ? WHERE {name} = ?", [known[fold(value)], value]
            )
    unknown = [value for (value,) in written if fold(value) not in known]
    rows = connection.execute(
        f"SELECT {ROW}, {name} FROM {mapping.published} WHERE list_contains(?, {name}) ORDER BY {ROW}", [unknown]
    ).fetchall()
    listed = ", ".join(f"« {each} »" for each in known.values())
    # It may be someone's name: the report does not repeat it.
    return [_finding(mapping, column, row, None, "verificateur-inconnu", listed=listed) for row, _ in rows]


def _due(connection: DuckDBPyConnection, mapping: Mapping, column: Column, months: int, today: date) -> list[Finding]:
    day = f"try_cast({sql.name(column.name)} AS DATE)"
    now = f"CAST({sql.text(today.isoformat())} AS DATE)"
    late = _rows(connection, mapping, column, f"{day} + INTERVAL {int(months)} MONTH <= {now}")
    early = _rows(connection, mapping, column, f"{day} > {now}")
    due = [_finding(mapping, column, row, value, "verification-ancienne", months=months) for row, value in late]
    return [*due, *(_finding(mapping, column, row, value, "verification-future") for row, value in early)]


def _rows(connection: DuckDBPyConnection, mapping: Mapping, column: Column, condition: str) -> list[Row]:
    name = sql.name(column.name)
    return connection.execute(
        f"SELECT {ROW}, {name} FROM {mapping.published} WHERE {name} IS NOT NULL AND ({condition}) ORDER BY {ROW}"
    ).fetchall()


_REFUSED = frozenset({"etat-inconnu", "verificateur-inconnu"})


def _finding(mapping: Mapping, column: Column, row: int, value: str | None, rule: str, **fields: object) -> Finding:
    severity = Severity.VIOLATION if rule in _REFUSED else Severity.WARNING
    return Finding(mapping.label, row, column.name, value, severity, rule, message(rule, **fields))
