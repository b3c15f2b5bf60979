"""References of a table → current codes and what they lead to; and what did not resolve.

For every table a relation `p_…` is made: cells cleaned, codes replaced by the current ones, a column
`commune.departement` for each dotted variable the mapping uses, rows held back left out. Conversion reads
only that relation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.mapping import relation_of
from publisher.merging import origins_of
from publisher.messages import message
from publisher.resolution import explain_unknown
from publisher.table import ROW
from publisher.withholding import withhold

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.errors import Texts
    from publisher.mapping import Column, ForeignKey, Mapping, Reference

_EXPLAINED = 200
"""How many unknown values get proposals: a whole column of wrong values must not take minutes."""


@dataclass(frozen=True, slots=True)
class Linker:
    """Links the tables read into `connection`; `mappings` holds those by label (`data/entreprises.csv`)."""

    connection: DuckDBPyConnection
    mappings: dict[str, Mapping]
    explained: dict[tuple[Reference, str], tuple[str, Texts]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Create, for each table with other codes, the relation `o_…` (code, current, label, kind number)."""
        for mapping in self.mappings.values():
            if mapping.other_codes and self._complete(mapping):
                own = f"SELECT {sql.clean(mapping.primary_key[0])} FROM {mapping.relation}"
                parts = [
                    f"SELECT {sql.clean(each.code)} AS code, {sql.clean(each.current or each.code)} AS current, "
                    f"{sql.clean(each.label)} AS label, {number} AS kind FROM {relation_of(each.resource)}"
                    for number, each in enumerate(mapping.other_codes)
                ]
                union = " UNION ALL ".join(parts)
                self.connection.execute(
                    f"CREATE OR REPLACE TABLE {_other(mapping)} AS SELECT code, first(current ORDER BY kind) AS "
                    f"current, first(label ORDER BY kind) AS label, min(kind) AS kind FROM ({union}) "
                    f"WHERE code NOT IN ({own}) GROUP BY code"
                )

    def link(self, mapping: Mapping) -> list[Finding]:
        """Make the relation to convert, and return what did not resolve, was replaced or is held back."""
        self._clean(mapping)
        findings = withhold(self.connection, mapping, self.mappings)
        for key in mapping.foreign_keys:
            if len(key.columns) == 1:
                findings += self._resolve(mapping, key)
        for key in mapping.foreign_keys:
            if len(key.columns) > 1:
                findings += self._compare(mapping, key)
        self._follow(mapping)
        return findings

    def _clean(self, mapping: Mapping) -> None:
        cells = [
            f"{sql.clean(c.name, null=c.null, default=c.default)} AS {sql.name(c.name)}" for c in mapping.source_columns
        ]
        if mapping.parts:
            cells += [sql.name(origins_of(column.name)) for column in mapping.source_columns]
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {mapping.published} AS SELECT {ROW}, {', '.join(cells)} FROM {mapping.relation}"
        )

    def _resolve(self, mapping: Mapping, key: ForeignKey) -> list[Finding]:
        """Check one foreign key, value by value; replace other codes by the current ones."""
        if not self._readable(key.reference):
            return []
        column = _column(mapping, key.columns[0])
        target = self.mappings.get(key.reference.resource)
        relation, code = relation_of(key.reference.resource), sql.clean(key.reference.columns[0])
        values = sql.items(column.name, column.separator) if column.separator else f"[{sql.name(column.name)}]"
        other = _other(target) if target and target.other_codes else None
        joined = f"LEFT JOIN {other} o ON o.code = v" if other else ""
        chosen = "o.current, o.label, o.kind" if other else "NULL, NULL, NULL"
        misses = self.connection.execute(
            f"SELECT {ROW}, v, {chosen} FROM (SELECT {ROW}, unnest({values}) AS v FROM {mapping.published}) "
            f"{joined} WHERE v IS NOT NULL AND v NOT IN (SELECT {code} FROM {relation} WHERE {code} IS NOT NULL) "
            f"ORDER BY {ROW}, v"
        ).fetchall()
        findings = [
            _replaced(mapping, column, (row, value, current), label, target.other_codes[kind].kind)
            if current is not None and target is not None
            else self._unknown(mapping, column, key.reference, row, value)
            for row, value, current, label, kind in misses
        ]
        if other:
            self._replace(mapping, column, other)
        return findings

    def _replace(self, mapping: Mapping, column: Column, other: str) -> None:
        name = sql.name(column.name)
        if column.separator:
            items = sql.items(column.name, column.separator)
            self.connection.execute(
                f"UPDATE {mapping.published} SET {name} = joined.v FROM (SELECT r, string_agg(coalesce(o.current, i), "
                f"{sql.text(column.separator)} ORDER BY n) AS v FROM (SELECT {ROW} AS r, unnest({items}) AS i, "
                f"generate_subscripts({items}, 1) AS n FROM {mapping.published}) LEFT JOIN {other} o ON o.code = i "
                f"GROUP BY r) joined WHERE joined.r = {ROW}"
            )
        else:
            self.connection.execute(
                f"UPDATE {mapping.published} SET {name} = o.current FROM {other} o "
                f"WHERE o.code = {mapping.published}.{name}"
            )

    def _compare(self, mapping: Mapping, key: ForeignKey) -> list[Finding]:
        """Check a composite foreign key: the first column is found, the others must agree with it."""
        if not self._readable(key.reference):
            return []
        relation = relation_of(key.reference.resource)
        first, code = sql.name(key.columns[0]), sql.clean(key.reference.columns[0], relation="r")
        findings: list[Finding] = []
        for name, expected in zip(key.columns[1:], key.reference.columns[1:], strict=True):
            right_value = sql.clean(expected, relation="r")
            rows = self.connection.execute(
                f"SELECT p.{ROW}, p.{sql.name(name)}, p.{first}, {right_value} "
                f"FROM {mapping.published} p JOIN {relation} r ON {code} = p.{first} "
                f"WHERE p.{sql.name(name)} IS NOT NULL AND {right_value} IS DISTINCT FROM p.{sql.name(name)} ORDER BY 1"
            ).fetchall()
            findings += [
                Finding(
                    mapping.label, row, name, value, Severity.VIOLATION, "reference-incoherente",
                    message("reference-incoherente", other=key.columns[0], value=found, expected=_said(right)),
                )
                for row, value, found, right in rows
            ]  # fmt: skip
        return findings

    def _follow(self, mapping: Mapping) -> None:
        """Add the column `a.b` for each dotted variable: column b of the row that a refers to."""
        for variable in sorted({v.name for v in mapping.variables if "." in v.name}):
            name, _, wanted = variable.partition(".")
            reference = mapping.reference(name)
            if reference is None or not self._readable(reference):
                continue
            relation, code = relation_of(reference.resource), sql.clean(reference.columns[0], relation="r")
            table = mapping.published
            self.connection.execute(f"ALTER TABLE {table} ADD COLUMN {sql.name(variable)} VARCHAR")
            self.connection.execute(
                f"UPDATE {table} SET {sql.name(variable)} = {sql.clean(wanted, relation='r')} "
                f"FROM {relation} r WHERE {code} = {table}.{sql.name(name)}"
            )

    def _readable(self, reference: Reference) -> bool:
        target = self.mappings.get(reference.resource)
        return self._complete(target) if target else reference.resource.endswith(".ttl")

    def _complete(self, target: Mapping) -> bool:
        """Return whether the tables that say more about a reference's codes could be read too."""
        return all(each.resource in self.mappings for each in (*target.other_codes, *target.not_to_confuse))

    def _unknown(self, mapping: Mapping, column: Column, reference: Reference, row: int, value: str) -> Finding:
        target = self.mappings.get(reference.resource)
        known = (reference, value)
        if known not in self.explained:
            propose = len(self.explained) < _EXPLAINED
            self.explained[known] = explain_unknown(self.connection, value, reference, target, propose=propose)
        rule, texts = self.explained[known]
        return Finding(mapping.label, row, column.name, value, Severity.VIOLATION, rule, texts)


def _replaced(mapping: Mapping, column: Column, cell: tuple[int, str, str], label: str | None, kind: Texts) -> Finding:
    row, value, current = cell
    name = f" ({label})" if label else ""
    texts = message("code-remplace", current=current, label=name, kind=kind)
    return Finding(mapping.label, row, column.name, value, Severity.WARNING, "code-remplace", texts)


def _said(value: str | None) -> Texts:
    if value is None:
        return {"fr": "« rien »", "en": "'nothing'"}
    return {"fr": f"« {value} »", "en": f"'{value}'"}


def _other(mapping: Mapping) -> str:
    return "o_" + mapping.relation.removeprefix("t_")


def _column(mapping: Mapping, name: str) -> Column:
    column = mapping.column(name)
    assert column is not None  # noqa: S101 — the mapping was checked when it was read
    return column
