"""From a node back to its table, row and column, and from a row to what it describes: joins of compiled subjects."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from publisher.convert import subject_expression
from publisher.merging import find_sources, part_of
from publisher.table import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping

Place = tuple["Mapping", int, str | None]
"""A mapping, a row, and the column whose property is the result's path (None when no column has it)."""


def locate(
    connection: DuckDBPyConnection, mappings: Sequence[Mapping], results: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Place]:
    """Return the place of each (focus node, property IRI or None) that a table gave rise to."""
    wanted = list(results)
    connection.execute("CREATE OR REPLACE TEMP TABLE focus (iri VARCHAR)")
    focus = sorted({node for node, _ in wanted})
    connection.execute("INSERT INTO focus SELECT unnest(?)", [focus])
    rows: dict[str, tuple[Mapping, int, frozenset[str]]] = {}
    for mapping in mappings:
        for subject in _subjects(mapping):
            found = connection.execute(
                f"SELECT f.iri, min(p.{ROW}) FROM focus f JOIN {mapping.published} p ON f.iri = {subject} "
                "GROUP BY f.iri"
            ).fetchall()
            for iri, row in found:
                rows.setdefault(iri, (mapping, row, frozenset({subject})))
    places = {(node, path): (*rows[node][:2], _column(rows[node][0], path)) for node, path in wanted if node in rows}
    return _at_sources(connection, places)


def find_subjects(
    connection: DuckDBPyConnection, mappings: Sequence[Mapping], rows: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """Return the IRI of what each (table, row) describes; a row held back describes nothing."""
    wanted = defaultdict(list)
    for label, row in rows:
        wanted[label].append(row)
    found = {}
    for mapping in mappings:
        subjects = _subjects(mapping)
        if not subjects or mapping.label not in wanted:
            continue
        listed = connection.execute(
            f"SELECT {ROW}, {subjects[0]} FROM {mapping.published} WHERE list_contains(?, {ROW})",
            [wanted[mapping.label]],
        ).fetchall()
        found.update({(mapping.label, row): iri for row, iri in listed})
    return found


def _at_sources(
    connection: DuckDBPyConnection, places: dict[tuple[str, str | None], Place]
) -> dict[tuple[str, str | None], Place]:
    """Return places with those in merged tables at the source that the value comes from."""
    merged = defaultdict(set)
    for mapping, row, column in places.values():
        if mapping.parts:
            merged[mapping.label, column].add(row)
    mappings = {mapping.label: mapping for mapping, _, _ in places.values()}
    found = {
        (label, column): find_sources(connection, mappings[label], column, rows)
        for (label, column), rows in merged.items()
    }
    return {
        key: (*part_of(mapping, found[mapping.label, column][row][0]), column) if mapping.parts else place
        for key, place in places.items()
        for mapping, row, column in [place]
    }


def _subjects(mapping: Mapping) -> list[str]:
    """Return the distinct subject expressions of a mapping; the table's own comes first."""
    usable = (c for c in mapping.columns if c.property_iri and all(v.name != c.name for v in c.about.variables))
    others = (c for c in mapping.columns if c.property_iri)
    return list(dict.fromkeys(subject_expression(column) for column in (*usable, *others)))


def _column(mapping: Mapping, path: str | None) -> str | None:
    columns = [column for column in mapping.columns if path and column.property_iri == path]
    source = next((column.name for column in columns if not column.virtual), None)
    if source:
        return source
    for column in columns:
        variables = column.value.variables if column.value else ()
        if variables:
            return variables[0].name.partition(".")[0]
    return None
