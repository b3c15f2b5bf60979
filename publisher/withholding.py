"""Rows held back, and those of other tables that refer to them: doubtful keys, natural persons, drafts, archives.

What is held back of a company is so in every table of companies: its record is published nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.discretion import NATURAL_PERSONS
from publisher.errors import Finding, Severity
from publisher.messages import message
from publisher.record_states import UNPUBLISHED, state_of
from publisher.table import ROW

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping, Withheld

_LISTED, _REFERRED, _REFERRED_PERSON = "identifiant-retenu", "reference-retenue", "reference-personne"
_PERSON, _PERSON_IN_SIRENE = "personne-physique", "personne-physique-sirene"
_OF_PERSONS = (_PERSON, _PERSON_IN_SIRENE)
"""The rules about people: the report, which is published, says their rows and not their numbers."""


def withhold(
    connection: DuckDBPyConnection, mapping: Mapping, mappings: dict[str, Mapping], rows: int
) -> list[Finding]:
    """Leave some of so many rows out of the relation to convert; `mappings` are the tables read, by label."""
    findings = []
    if (held := mapping.withheld) and held.resource in mappings and _is_first(mapping, held, mappings):
        findings += _unused(connection, mapping, held, mappings[held.resource])
    if not rows:
        return findings
    if codes := _held_codes(mapping, mappings):
        key = mapping.primary_key[0]
        for row, value, rule, reason in _delete(connection, mapping, key, codes):
            texts, shown = message(rule, reason=reason or ""), None if rule in _OF_PERSONS else value
            findings.append(Finding(mapping.label, row, key, shown, Severity.WITHHELD, rule, texts))
    for foreign_key in mapping.foreign_keys:
        target = mappings.get(foreign_key.reference.resource)
        codes = _held_codes(target, mappings) if target and len(foreign_key.columns) == 1 else ""
        if codes:
            name = foreign_key.columns[0]
            for row, value, rule, _ in _delete(connection, mapping, name, codes):
                referred = _REFERRED_PERSON if rule in _OF_PERSONS else _REFERRED
                texts, shown = message(referred, value=value), None if rule in _OF_PERSONS else value
                findings.append(Finding(mapping.label, row, name, shown, Severity.WITHHELD, referred, texts))
    return findings


def _held_codes(mapping: Mapping, mappings: dict[str, Mapping]) -> str:
    """Return the query of the keys held back (code, rule, reason) in a table, or an empty text."""
    selects = []
    if (held := mapping.withheld) and held.resource in mappings:
        code, reason = sql.clean(held.code), sql.clean(held.reason)
        relation = mappings[held.resource].relation
        selects.append(
            f"SELECT {code} AS code, 1 AS rank, {sql.text(_LISTED)} AS rule, {reason} AS reason FROM {relation}"
        )
    alike = [mapping]
    if mapping.is_of_companies:
        alike = [each for each in mappings.values() if each.is_of_companies]
        selects.append(_persons(mapping, alike))
    selects += [select for each in alike for select in _unpublished(each)]
    union = " UNION ALL ".join(selects)
    first = "arg_min(rule, rank) AS rule, arg_min(reason, rank) AS reason"
    return f"SELECT code, {first} FROM ({union}) WHERE code IS NOT NULL GROUP BY code" if selects else ""


def _persons(mapping: Mapping, companies: list[Mapping]) -> str:
    """Return the query of the natural persons for whom no table records on what basis they are published.

    The table that tells their legal category gives what a register says of them: none of it is published.
    """
    if mapping.column_of("legalCategory"):
        return _of_persons(_PERSON_IN_SIRENE, "")
    grounded = [
        f"SELECT {sql.clean(each.primary_key[0])} FROM {each.relation} WHERE {sql.clean(basis.name)} IS NOT NULL"
        for each in companies
        if (basis := each.column_of("legalBasis"))
    ]
    return _of_persons(_PERSON, f"WHERE code NOT IN ({' UNION ALL '.join(grounded)})" if grounded else "")


def _of_persons(rule: str, condition: str) -> str:
    columns = f"code, 2 AS rank, {sql.text(rule)} AS rule, min(category) AS reason"
    return f"SELECT {columns} FROM {NATURAL_PERSONS} {condition} GROUP BY code"


def _unpublished(mapping: Mapping) -> list[str]:
    """Return the queries of the records that are drafts or archived."""
    status = mapping.column_of("recordStatus")
    if status is None or len(mapping.primary_key) != 1:
        return []
    state, code = state_of(status.name), sql.clean(mapping.primary_key[0])
    return [
        f"SELECT {code} AS code, 3 AS rank, {sql.text(rule)} AS rule, NULL AS reason FROM {mapping.relation} "
        f"WHERE {state} = {sql.text(name)}"
        for name, rule in UNPUBLISHED.items()
    ]


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
    return [
        Finding(table.label, row, held.code, value, Severity.WITHHELD, _LISTED, message(_LISTED, reason=reason))
        for row, value, reason in rows
    ]


def _delete(
    connection: DuckDBPyConnection, mapping: Mapping, name: str, codes: str
) -> list[tuple[int, str, str, str | None]]:
    """Take away the rows that name a key held back; return (row, key, rule, reason) of each."""
    column = mapping.column(name)
    values = f"[{sql.name(name)}]" if column is None or not column.separator else sql.items(name, column.separator)
    hits = connection.execute(
        f"SELECT {ROW}, v, rule, reason FROM (SELECT {ROW}, unnest({values}) AS v FROM {mapping.published}) "
        f"JOIN ({codes}) ON code = v ORDER BY {ROW}, v"
    ).fetchall()
    if hits:
        connection.execute(
            f"DELETE FROM {mapping.published} WHERE {ROW} IN (SELECT unnest(?))", [[row for row, *_ in hits]]
        )
    return hits
