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
from publisher.gazetteer import Gazetteer
from publisher.mapping import relation_of
from publisher.merging import origins_of
from publisher.messages import message
from publisher.references import Resolver
from publisher.table import ROW
from publisher.withholding import withhold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.errors import Texts
    from publisher.mapping import ForeignKey, Mapping, Reference


_PAIR = 2


@dataclass(frozen=True, slots=True)
class Linker:
    """Links the tables read into `connection`; `mappings` holds those by label (`data/entreprises.csv`)."""

    connection: DuckDBPyConnection
    mappings: dict[str, Mapping]
    resolver: Resolver

    @classmethod
    def over(cls, connection: DuckDBPyConnection, mappings: dict[str, Mapping]) -> Linker:
        """Return the linker of these tables."""
        return cls(connection, mappings, Resolver(connection, mappings, Gazetteer(connection, mappings)))

    def link(self, mapping: Mapping) -> list[Finding]:
        """Make the relation to convert, and return what did not resolve, was replaced or is held back."""
        rows = self._clean(mapping)
        findings = withhold(self.connection, mapping, self.mappings, rows)
        keys = mapping.foreign_keys if rows else ()
        for key in _in_order(keys):
            if self._readable(key.reference):
                findings += self.resolver.resolve(mapping, key)
        for key in keys:
            if len(key.columns) == _PAIR:
                self._infer(mapping, key)
            if len(key.columns) > 1:
                findings += self._compare(mapping, key)
        self._follow(mapping)
        return findings

    def resolve(self, part: Mapping) -> list[Finding]:
        """Make the relation of a source that is to be merged: names and former codes become current codes."""
        self._clean(part)
        findings: list[Finding] = []
        for key in _in_order(part.foreign_keys):
            if self._readable(key.reference):
                findings += self.resolver.resolve(part, key)
        return findings

    def _clean(self, mapping: Mapping) -> int:
        """Make the relation of a table's cleaned cells; return how many rows it has."""
        cells = [
            f"{sql.clean(c.name, null=c.null, default=c.default)} AS {sql.name(c.name)}" for c in mapping.source_columns
        ]
        if mapping.parts:
            cells += [sql.name(origins_of(column.name)) for column in mapping.source_columns]
        made = self.connection.execute(
            f"CREATE OR REPLACE TABLE {mapping.published} AS SELECT {ROW}, {', '.join(cells)} FROM {mapping.relation}"
        ).fetchone()
        return int(made[0]) if made else 0

    def _infer(self, mapping: Mapping, key: ForeignKey) -> None:
        """Fill the empty cells of a pair's second column with what the first implies: a commune is in one département.

        What is not published stays empty, and so does what may have several values. The source that gave the first
        value gave the second.
        """
        (given, name), (code, implied) = key.columns, key.reference.columns
        column, target = mapping.column(name), self.mappings.get(key.reference.resource)
        referred = target.column(implied) if target else None
        if not column or not column.property_iri or column.separator or not referred or referred.separator:
            return
        if not self._readable(key.reference):
            return
        table, cell = mapping.published, sql.name(name)
        origin = f", {sql.name(origins_of(name))} = {table}.{sql.name(origins_of(given))}" if mapping.parts else ""
        self.connection.execute(
            f"UPDATE {table} SET {cell} = {sql.clean(implied, relation='r')}{origin} "
            f"FROM {relation_of(key.reference.resource)} r "
            f"WHERE {table}.{cell} IS NULL AND {sql.clean(code, relation='r')} = {table}.{sql.name(given)}"
        )

    def _compare(self, mapping: Mapping, key: ForeignKey) -> list[Finding]:
        """Check a composite foreign key: the first column is found, the others must agree with it.

        What is not published itself only gets a warning: a postal code beside a commune.
        """
        if not self._readable(key.reference):
            return []
        relation = relation_of(key.reference.resource)
        first, code = sql.name(key.columns[0]), sql.clean(key.reference.columns[0], relation="r")
        findings: list[Finding] = []
        target = self.mappings.get(key.reference.resource)
        for name, expected in zip(key.columns[1:], key.reference.columns[1:], strict=True):
            right_value = sql.clean(expected, relation="r")
            column, referred = mapping.column(name), target.column(expected) if target else None
            differs = f"{right_value} IS DISTINCT FROM p.{sql.name(name)}"
            if referred and referred.separator:
                listed = f"string_split(coalesce({right_value}, ''), {sql.text(referred.separator)})"
                differs = f"NOT list_contains({listed}, p.{sql.name(name)})"
            severity = Severity.VIOLATION if column and column.property_iri else Severity.WARNING
            written = f"coalesce({sql.clean(name, relation='t')}, p.{sql.name(name)})"
            rows = self.connection.execute(
                f"SELECT p.{ROW}, {written}, p.{first}, {right_value} "
                f"FROM {mapping.published} p JOIN {mapping.relation} t ON t.{ROW} = p.{ROW} "
                f"JOIN {relation} r ON {code} = p.{first} "
                f"WHERE p.{sql.name(name)} IS NOT NULL AND {differs} ORDER BY 1"
            ).fetchall()
            findings += [
                Finding(
                    mapping.label, row, name, value, severity, "reference-incoherente",
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


def _said(value: str | None) -> Texts:
    if value is None:
        return {"fr": "« rien »", "en": "'nothing'"}
    return {"fr": f"« {value} »", "en": f"'{value}'"}


def _in_order(keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    """Return the keys of one column: those that help to tell another's namesakes apart come first."""
    helping = {name for key in keys for name in key.columns[1:]}
    return sorted((key for key in keys if len(key.columns) == 1), key=lambda key: key.columns[0] not in helping)
