"""The registers of the tables and schemes that others refer to, each read once, when a value first needs it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from publisher import sql
from publisher.mapping import relation_of
from publisher.namesakes import Former, Named, Register, distinct
from publisher.spelling import spelt, without_article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.mapping import CodeTable, Mapping, Naming, Reference


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Registers by resource; `mappings` are the tables that could be read, by label."""

    connection: DuckDBPyConnection
    mappings: dict[str, Mapping]
    registers: dict[str, Register | None] = field(default_factory=dict)

    def register(self, reference: Reference) -> Register | None:
        """Return the register of what is referred to, or None if its codes are all that there is."""
        if reference.resource not in self.registers:
            self.registers[reference.resource] = self._read(reference)
        return self.registers[reference.resource]

    def _read(self, reference: Reference) -> Register | None:
        if reference.resource.endswith(".ttl"):
            return Register({}, lambda: (self._concepts(relation_of(reference.resource)), ()))
        target = self.mappings[reference.resource]
        if not (target.naming or target.other_codes) or reference.columns != target.primary_key:
            return None
        own = sql.clean(target.primary_key[0])
        rows = self.connection.execute(f"SELECT {own} FROM {target.relation} WHERE {own} IS NOT NULL").fetchall()
        codes = {code for (code,) in rows}
        former = self._former(target)
        old: dict[str, list[Named]] = {}
        for each in former:
            if each.code in codes and each.former and each.former.code not in codes:
                old.setdefault(each.former.code.upper(), []).append(each)
        first = {code: distinct(found) for code, found in old.items()}
        return Register(first, lambda: self._names(target, former), target.naming.postal if target.naming else None)

    def _names(self, target: Mapping, former: Sequence[Named]) -> tuple[list[Named], list[Named]]:
        current = self._current(target, target.naming) if target.naming else []
        by_code = {each.code: each for each in current}
        spelled = [
            replace(each, names=(spelt(each.former.label),), marks=by_code[each.code].marks)
            for each in former
            if each.former and each.former.label and each.code in by_code
        ]
        return current, spelled

    def _concepts(self, relation: str) -> list[Named]:
        rows = self.connection.execute(
            f"SELECT notation, list(label ORDER BY label) FROM {relation} GROUP BY 1 ORDER BY 1"
        )
        return [Named(code, tuple(map(spelt, labels)), {}) for code, labels in rows.fetchall()]

    def _current(self, target: Mapping, naming: Naming) -> list[Named]:
        code = sql.clean(target.primary_key[0])
        names = ", ".join(sql.clean(name) for name in naming.columns)
        marks = "".join(f", {sql.clean(name)}" for name in naming.apart)
        rows = self.connection.execute(
            f"SELECT {code}, [{names}]{marks} FROM {target.relation} WHERE {code} IS NOT NULL ORDER BY 1"
        ).fetchall()
        spellings = {
            name: self._spellings(target, name, {row[place] for row in rows})
            for place, name in enumerate(naming.apart, 2)
        }
        return [
            Named(
                found,
                tuple(dict.fromkeys(spelt(name) for name in called if name)),
                {name: spellings[name][value] for name, value in zip(naming.apart, values, strict=True)},
            )
            for found, called, *values in rows
        ]

    def _spellings(self, target: Mapping, name: str, values: set[str | None]) -> dict[str | None, frozenset[str]]:
        """Return how each value of a column may be written: the codes that it holds, and the names of these."""
        column, reference = target.column(name), target.reference(name)
        separator = column.separator if column else None
        register = None
        if reference and reference.resource in self.mappings:
            register = self.register(reference)
        called: dict[str, list[str]] = {}
        for each in (*register.current, *register.former) if register else ():
            called.setdefault(each.code, []).extend(each.names)
        found: dict[str | None, frozenset[str]] = {}
        for value in values:
            codes = (value or "").split(separator) if separator else [value or ""]
            written = {word for code in codes for word in (spelt(code), *called.get(code, ()))}
            found[value] = frozenset({*written, *map(without_article, written)} - {""})
        return found

    def _former(self, target: Mapping) -> list[Named]:
        return [
            Named(code, (), {}, Former(former, label or "", kind, since or ""))
            for kind, table in enumerate(target.other_codes)
            for former, leads_to, label, since in self._other_codes(table)
            for code in leads_to
        ]

    def _other_codes(self, table: CodeTable) -> list[tuple[str, list[str], str | None, str | None]]:
        column = self.mappings[table.resource].column(table.current or table.code)
        leads_to = sql.clean(table.current or table.code)
        leads_to = sql.items(column.name, column.separator) if column and column.separator else f"[{leads_to}]"
        since = sql.clean(table.since) if table.since else "NULL"
        code = sql.clean(table.code)
        return self.connection.execute(
            f"SELECT {code}, {leads_to}, {sql.clean(table.label)}, {since} FROM {relation_of(table.resource)} "
            f"WHERE {code} IS NOT NULL ORDER BY ALL"
        ).fetchall()
