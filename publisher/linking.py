"""References of a table → current codes and what they lead to; and what did not resolve.

For every table a relation `p_…` is made: cells cleaned, codes replaced by the current ones, a column
`commune.departement` for each dotted variable the mapping uses, rows held back left out. Conversion reads
only that relation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity
from publisher.mapping import relation_of
from publisher.messages import message
from publisher.resolution import explain_unknown
from publisher.table import ROW

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.mapping import Column, ForeignKey, Mapping, Reference, Withheld


@dataclass(frozen=True, slots=True)
class Linker:
    """Links the tables read into `connection`; `mappings` holds those by label (`data/entreprises.csv`)."""

    connection: DuckDBPyConnection
    mappings: dict[str, Mapping]

    def prepare(self) -> None:
        """Create, for each table with other codes, the relation `o_…` (code, current, label, kind number)."""
        for mapping in self.mappings.values():
            if mapping.other_codes:
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
        findings = self._withhold(mapping)
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
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {published(mapping)} AS SELECT {ROW}, {', '.join(cells)} FROM {mapping.relation}"
        )

    def _withhold(self, mapping: Mapping) -> list[Finding]:
        """Leave out rows whose key is held back, and rows that refer to such a key."""
        findings = []
        if (held := mapping.withheld) and held.resource in self.mappings:
            key = mapping.primary_key[0]
            findings += self._unused(mapping, held)
            for row, value, reason in self._delete(mapping, key, held):
                texts = message("identifiant-retenu", reason=reason)
                findings.append(Finding(mapping.label, row, key, value, Severity.WITHHELD, "identifiant-retenu", texts))
        for key_ in mapping.foreign_keys:
            target = self.mappings.get(key_.reference.resource)
            held = target.withheld if target and len(key_.columns) == 1 else None
            if held and held.resource in self.mappings:
                name = key_.columns[0]
                for row, value, _ in self._delete(mapping, name, held):
                    texts = message("reference-retenue", value=value)
                    findings.append(
                        Finding(mapping.label, row, name, value, Severity.WITHHELD, "reference-retenue", texts)
                    )
        return findings

    def _unused(self, mapping: Mapping, held: Withheld) -> list[Finding]:
        """List the keys held back that no row has: the report names every one."""
        table = self.mappings[held.resource]
        rows = self.connection.execute(
            f"SELECT {ROW}, {sql.clean(held.code)}, {sql.clean(held.reason)} FROM {table.relation} WHERE "
            f"{sql.clean(held.code)} NOT IN (SELECT {sql.name(mapping.primary_key[0])} FROM {published(mapping)}) "
            f"ORDER BY {ROW}"
        ).fetchall()
        rule = "identifiant-retenu"
        return [
            Finding(table.label, row, held.code, value, Severity.WITHHELD, rule, message(rule, reason=reason))
            for row, value, reason in rows
        ]

    def _delete(self, mapping: Mapping, name: str, held: Withheld) -> list[tuple[int, str, str]]:
        codes = (
            f"SELECT {sql.clean(held.code)} AS code, {sql.clean(held.reason)} AS reason "
            f"FROM {relation_of(held.resource)}"
        )
        column = mapping.column(name)
        values = f"[{sql.name(name)}]" if column is None or not column.separator else sql.items(name, column.separator)
        hits = self.connection.execute(
            f"SELECT {ROW}, code, reason FROM {published(mapping)} p, ({codes}) h "
            f"WHERE list_contains({values}, h.code) ORDER BY {ROW}"
        ).fetchall()
        if hits:
            self.connection.execute(
                f"DELETE FROM {published(mapping)} WHERE {ROW} IN (SELECT unnest(?))",
                [[row for row, _, _ in hits]],
            )
        return hits

    def _resolve(self, mapping: Mapping, key: ForeignKey) -> list[Finding]:
        """Check one foreign key, value by value; replace other codes by the current ones."""
        if not self._readable(key.reference):
            return []
        column = _column(mapping, key.columns[0])
        target = self.mappings.get(key.reference.resource)
        relation, code = relation_of(key.reference.resource), sql.name(key.reference.columns[0])
        values = sql.items(column.name, column.separator) if column.separator else f"[{sql.name(column.name)}]"
        other = _other(target) if target and target.other_codes else None
        joined = f"LEFT JOIN {other} o ON o.code = v" if other else ""
        chosen = "o.current, o.label, o.kind" if other else "NULL, NULL, NULL"
        misses = self.connection.execute(
            f"SELECT {ROW}, v, {chosen} FROM (SELECT {ROW}, unnest({values}) AS v FROM {published(mapping)}) "
            f"{joined} WHERE v IS NOT NULL AND v NOT IN (SELECT {code} FROM {relation} WHERE {code} IS NOT NULL) "
            f"ORDER BY {ROW}, v"
        ).fetchall()
        findings = [
            _replaced(mapping, column, (row, value, current), {"label": label, "kind": target.other_codes[kind].kind})
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
                f"UPDATE {published(mapping)} SET {name} = joined.v FROM (SELECT r, string_agg(coalesce(o.current, i), "
                f"{sql.text(column.separator)} ORDER BY n) AS v FROM (SELECT {ROW} AS r, unnest({items}) AS i, "
                f"generate_subscripts({items}, 1) AS n FROM {published(mapping)}) LEFT JOIN {other} o ON o.code = i "
                f"GROUP BY r) joined WHERE joined.r = {ROW}"
            )
        else:
            self.connection.execute(
                f"UPDATE {published(mapping)} SET {name} = o.current FROM {other} o WHERE o.code = {name}"
            )

    def _compare(self, mapping: Mapping, key: ForeignKey) -> list[Finding]:
        """Check a composite foreign key: the first column is found, the others must agree with it."""
        if not self._readable(key.reference):
            return []
        relation = relation_of(key.reference.resource)
        first, code = sql.name(key.columns[0]), sql.name(key.reference.columns[0])
        findings: list[Finding] = []
        for name, expected in zip(key.columns[1:], key.reference.columns[1:], strict=True):
            rows = self.connection.execute(
                f"SELECT p.{ROW}, p.{sql.name(name)}, p.{first}, r.{sql.name(expected)} "
                f"FROM {published(mapping)} p JOIN {relation} r ON r.{code} = p.{first} "
                f"WHERE r.{sql.name(expected)} <> p.{sql.name(name)} ORDER BY 1"
            ).fetchall()
            findings += [
                Finding(
                    mapping.label, row, name, value, Severity.VIOLATION, "reference-incoherente",
                    message("reference-incoherente", other=key.columns[0], value=found, expected=right),
                )
                for row, value, found, right in rows
            ]  # fmt: skip
        return findings

    def _follow(self, mapping: Mapping) -> None:
        """Add the column `a.b` for each dotted variable: column b of the row that a refers to."""
        templates = [t for c in mapping.columns for t in (c.about, c.value) if t]
        dotted = {v.name for t in templates for v in t.variables if "." in v.name}
        for variable in sorted(dotted):
            name, _, wanted = variable.partition(".")
            reference = mapping.reference(name)
            if reference is None or not self._readable(reference):
                continue
            relation, code = relation_of(reference.resource), sql.name(reference.columns[0])
            table = published(mapping)
            self.connection.execute(f"ALTER TABLE {table} ADD COLUMN {sql.name(variable)} VARCHAR")
            self.connection.execute(
                f"UPDATE {table} SET {sql.name(variable)} = {sql.clean(wanted, relation='r')} "
                f"FROM {relation} r WHERE r.{code} = {table}.{sql.name(name)}"
            )

    def _readable(self, reference: Reference) -> bool:
        return reference.resource in self.mappings or reference.resource.endswith(".ttl")

    def _unknown(self, mapping: Mapping, column: Column, reference: Reference, row: int, value: str) -> Finding:
        target = self.mappings.get(reference.resource)
        rule, texts = explain_unknown(self.connection, value, reference, target)
        return Finding(mapping.label, row, column.name, value, Severity.VIOLATION, rule, texts)


def published(mapping: Mapping) -> str:
    """Return the name of the relation that conversion reads."""
    return "p_" + mapping.relation.removeprefix("t_")


def _replaced(mapping: Mapping, column: Column, cell: tuple[int, str, str], fields: dict[str, object]) -> Finding:
    row, value, current = cell
    texts = message("code-remplace", current=current, **fields)
    return Finding(mapping.label, row, column.name, value, Severity.WARNING, "code-remplace", texts)


def _other(mapping: Mapping) -> str:
    return "o_" + mapping.relation.removeprefix("t_")


def _column(mapping: Mapping, name: str) -> Column:
    column = mapping.column(name)
    assert column is not None  # noqa: S101 — the mapping was checked when it was read
    return column
