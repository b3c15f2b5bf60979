"""One foreign key of a table, value by value: what each stands for, what replaces it, what is said of it.

The table is read and written by set queries; only its distinct values that are no current code are looked at one by
one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from publisher import sql
from publisher.errors import Finding, Severity, shown
from publisher.mapping import relation_of
from publisher.messages import candidates, message
from publisher.resolution import explain_unknown, name_of, shown_codes
from publisher.table import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from publisher.errors import Texts
    from publisher.gazetteer import Gazetteer
    from publisher.mapping import Column, ForeignKey, Mapping, Reference
    from publisher.namesakes import Answer

_EXPLAINED = 200
"""How many unknown values get proposals: a whole column of wrong values must not take minutes."""

_OTHER_SEPARATORS = re.compile(r"[,;/|\n\t]")
_MISSES, _FOUND = "reference_misses", "reference_found"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a value becomes (None: it stays) and what is said of it, if anything."""

    current: str | None = None
    rule: str | None = None
    severity: Severity = Severity.VIOLATION
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves references in `connection`; `mappings` are the tables that could be read, by label."""

    connection: DuckDBPyConnection
    mappings: dict[str, Mapping]
    gazetteer: Gazetteer
    explained: dict[tuple[Reference, str], tuple[str, Texts]] = field(default_factory=dict)

    def resolve(self, mapping: Mapping, key: ForeignKey) -> list[Finding]:
        """Replace names and former codes by current codes; return what is to be said, by row."""
        column = mapping.column(key.columns[0])
        assert column is not None  # noqa: S101 — the mapping was checked when it was read
        hints = self._hints(mapping, key)
        told = ["v", *hints.values()]
        misses = _misses(mapping, column, key.reference, hints)
        listed = ", ".join(map(sql.name, told))
        asked = self.connection.execute(f"SELECT DISTINCT {listed} FROM ({misses}) ORDER BY ALL").fetchall()
        if not asked:
            return []
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_MISSES} AS {misses}")
        outcomes = [self._outcome(key.reference, v, zip(hints.values(), cells, strict=True)) for v, *cells in asked]
        if column.separator:
            outcomes = [
                self._or_several(key.reference, column.separator, v, outcome)
                for (v, *_), outcome in zip(asked, outcomes, strict=True)
            ]
        self._note(told, asked, outcomes)
        if any(outcome.current for outcome in outcomes):
            self._replace(mapping, column, hints)
        rows = self.connection.execute(
            f"SELECT m.{ROW}, m.v, number FROM {_MISSES} m JOIN {_FOUND} f ON {_match('m', told)} "
            "WHERE said ORDER BY 1, 2"
        ).fetchall()
        return [
            Finding(
                mapping.label, row, column.name, value, each.severity, each.rule or "", each.texts,
                proposal=None if column.separator else each.current,
            )
            for row, value, each in ((row, value, outcomes[number]) for row, value, number in rows)
        ]  # fmt: skip

    def _hints(self, mapping: Mapping, key: ForeignKey) -> dict[str, str]:
        """Return the columns of the table that help to tell namesakes apart, each with the one that it is told by."""
        target = self.mappings.get(key.reference.resource)
        naming = target.naming if target else None
        if naming is None:
            return {}
        return {
            own: theirs
            for other in mapping.foreign_keys
            if other.columns[0] == key.columns[0] and other.reference.resource == key.reference.resource
            for own, theirs in zip(other.columns[1:], other.reference.columns[1:], strict=True)
            if theirs in naming.apart
        }

    def _note(self, told: Sequence[str], asked: Sequence[tuple[str, ...]], outcomes: Sequence[_Outcome]) -> None:
        """Make the relation of the distinct values with what each becomes."""
        columns = [list(column) for column in zip(*asked, strict=True)]
        given = ", ".join(f"unnest(?::VARCHAR[]) AS {sql.name(name)}" for name in told)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_FOUND} AS SELECT {given}, unnest(?::VARCHAR[]) AS current, "
            "unnest(?::BOOLEAN[]) AS said, unnest(?::INTEGER[]) AS number",
            [
                *columns,
                [outcome.current for outcome in outcomes],
                [outcome.rule is not None for outcome in outcomes],
                list(range(len(outcomes))),
            ],
        )

    def _replace(self, mapping: Mapping, column: Column, hints: dict[str, str]) -> None:
        name, table = sql.name(column.name), mapping.published
        if column.separator:
            items = sql.items(column.name, column.separator)
            self.connection.execute(
                f"UPDATE {table} SET {name} = joined.v FROM (SELECT r, string_agg(coalesce(f.current, i), "
                f"{sql.text(column.separator)} ORDER BY n) AS v FROM (SELECT {ROW} AS r, unnest({items}) AS i, "
                f"generate_subscripts({items}, 1) AS n FROM {table}) LEFT JOIN {_FOUND} f ON f.v = i "
                f"GROUP BY r) joined WHERE joined.r = {ROW}"
            )
            return
        own = "".join(
            f" AND f.{sql.name(theirs)} IS NOT DISTINCT FROM {table}.{sql.name(ours)}" for ours, theirs in hints.items()
        )
        self.connection.execute(
            f"UPDATE {table} SET {name} = f.current FROM {_FOUND} f "
            f"WHERE f.v = {table}.{name}{own} AND f.current IS NOT NULL"
        )

    def _outcome(self, reference: Reference, value: str, hints: Iterable[tuple[str, str | None]]) -> _Outcome:
        register = self.gazetteer.register(reference)
        if register is None:
            return self._unknown(reference, value)
        answer = register.find(value, [(name, hint) for name, hint in hints if hint is not None])
        if not answer.found:
            return self._unknown(reference, value)
        return self._replaced(reference, answer) if answer.one else self._ambiguous(reference, answer)

    def _replaced(self, reference: Reference, answer: Answer) -> _Outcome:
        one = answer.found[0]
        if one.former:
            table = self.mappings[reference.resource].other_codes[one.former.kind]
            label = f" ({one.former.label})" if one.former.label else ""
            fields = {"kind": table.kind, "label": label, "since": _since(one.former.since), "current": one.code}
            return _Outcome(one.code, "code-remplace", Severity.WARNING, message("code-remplace", **fields))
        if answer.mended:
            texts = message("code-complete", current=one.code)
            return _Outcome(one.code, "code-complete", Severity.WARNING, texts)
        if answer.alone:
            named = shown_codes(self.connection, [one.code], reference, self.mappings.get(reference.resource))
            return _Outcome(one.code, "nom-seul", Severity.WARNING, message("nom-seul", current=named[0]))
        return _Outcome(one.code)

    def _ambiguous(self, reference: Reference, answer: Answer) -> _Outcome:
        codes = [each.code for each in answer.found]
        named = shown_codes(self.connection, codes, reference, self.mappings.get(reference.resource))
        texts = message("reference-ambigue", what=name_of(reference), candidates=candidates(named, len(codes)))
        return _Outcome(None, "reference-ambigue", Severity.VIOLATION, texts)

    def _or_several(self, reference: Reference, separator: str, value: str, outcome: _Outcome) -> _Outcome:
        """Return what to say of a value unknown as it is, if it is several that another sign separates."""
        parts = [part.strip() for part in _OTHER_SEPARATORS.split(value)]
        register = self.gazetteer.register(reference)
        if outcome.rule != "reference-inconnue" or len(parts) == 1 or register is None:
            return outcome
        if not any(register.find(part).found for part in parts):
            return outcome
        texts = message("separateur", separator=separator, proposal=shown(separator.join(parts)))
        return replace(outcome, rule="separateur", texts=texts)

    def _unknown(self, reference: Reference, value: str) -> _Outcome:
        target, known = self.mappings.get(reference.resource), (reference, value)
        if known not in self.explained:
            propose = len(self.explained) < _EXPLAINED
            self.explained[known] = explain_unknown(self.connection, value, reference, target, propose=propose)
        rule, texts = self.explained[known]
        return _Outcome(None, rule, Severity.VIOLATION, texts)


def _misses(mapping: Mapping, column: Column, reference: Reference, hints: dict[str, str]) -> str:
    """Return the query of the values that are no current code, with their rows and hints."""
    relation, code = relation_of(reference.resource), sql.clean(reference.columns[0])
    values = sql.items(column.name, column.separator) if column.separator else f"[{sql.name(column.name)}]"
    cells = "".join(f", {sql.name(own)} AS {sql.name(theirs)}" for own, theirs in hints.items())
    return (
        f"SELECT * FROM (SELECT {ROW}, unnest({values}) AS v{cells} FROM {mapping.published}) "
        f"WHERE v IS NOT NULL AND v NOT IN (SELECT {code} FROM {relation} WHERE {code} IS NOT NULL)"
    )


def _match(left: str, columns: Iterable[str]) -> str:
    return " AND ".join(f"{left}.{sql.name(name)} IS NOT DISTINCT FROM f.{sql.name(name)}" for name in columns)


def _since(day: str) -> Texts:
    if not day:
        return {"fr": "", "en": ""}
    return {
        "fr": f", jusqu'au changement du {'/'.join(reversed(day.split('-')))}",
        "en": f", until the change of {day}",
    }
