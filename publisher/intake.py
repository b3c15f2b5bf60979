"""Every table and scheme of a project, read into one DuckDB connection, checked and linked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from publisher.cells import rewrite_cells
from publisher.checks import check_table
from publisher.concepts import load_scheme
from publisher.discretion import forget_persons, keep_secret
from publisher.errors import Finding
from publisher.linking import Linker
from publisher.local_ids import Entry, read_register
from publisher.local_keys import follow_moves, give_ids, record_moves
from publisher.mapping import relation_of
from publisher.merging import find_merged, find_missing, merge, trace
from publisher.report import has_violation
from publisher.review import review_records
from publisher.rows import find_subjects
from publisher.table import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from publisher.mapping import Mapping
    from publisher.project import Project

_MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Intake:
    """The tables that could be read, in `connection`; `parts` are those that merged ones were made from.

    `register` holds the local ids that rows have, those that they have just been given among them.
    """

    connection: duckdb.DuckDBPyConnection
    tables: tuple[Table, ...]
    parts: tuple[Table, ...] = ()
    register: tuple[Entry, ...] = ()

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """The mappings of the tables that could be read."""
        return tuple(table.mapping for table in self.tables)


def connect(workspace: Path) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB in memory that spills into `workspace` and reaches no network."""
    return duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(workspace),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def read_tables(
    connection: duckdb.DuckDBPyConnection, project: Project, mappings: Sequence[Mapping], workspace: Path
) -> tuple[Intake, list[Finding]]:
    """Read the tables, and the SKOS schemes that their columns refer to; return what could not be read too."""
    tables, findings = list[Table](), list[Finding]()
    fed: dict[str, list[Table]] = {}
    register = read_register(project.directory)
    forget_persons(connection)
    for mapping in mappings:
        read = [_read(connection, each, workspace) for each in mapping.parts or (mapping,)]
        whole = [table for table, _ in read if table]
        findings += [finding for _, found in read for finding in found]
        for table in whole if mapping.local else ():
            register, found = give_ids(connection, table, register)
            findings += found
        if mapping.local:
            record_moves(connection, mapping, register)
        if not mapping.parts:
            tables += whole
        elif len(whole) == len(read):
            fed[mapping.label] = whole
    for table in (*tables, *(part for each in fed.values() for part in each)):
        follow_moves(connection, table, {mapping.label: mapping for mapping in mappings})
    resources = {key.reference.resource for mapping in mappings for key in mapping.foreign_keys}
    for resource in sorted(each for each in resources if each.endswith(".ttl")):
        load_scheme(connection, project.directory / resource, relation_of(resource))
    known = {table.mapping.label: table.mapping for table in tables}
    for mapping in (each for each in mappings if each.label in fed):
        table, found = merge_parts(connection, mapping, fed[mapping.label], known)
        tables.append(table)
        findings += found
    parts = tuple(part for each in fed.values() for part in each)
    order = {mapping.label: number for number, mapping in enumerate(mappings)}
    tables.sort(key=lambda table: order[table.mapping.label])
    return Intake(connection, tuple(tables), parts, register), findings


def merge_parts(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, parts: Sequence[Table], known: dict[str, Mapping]
) -> tuple[Table, list[Finding]]:
    """Merge the sources of a table once their references are resolved: a commune's name agrees with its code.

    `known` are the tables that references may lead to, by label; merged ones are not among them.
    """
    linker = Linker.over(connection, known)
    findings = [finding for part in parts for finding in linker.resolve(part.mapping)]
    table, set_aside = merge(connection, mapping, [replace(each, relation=each.mapping.published) for each in parts])
    return table, findings + set_aside


def _read(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, workspace: Path
) -> tuple[Table | None, list[Finding]]:
    if has_violation(mapping.notices):
        return None, list(mapping.notices)
    table, findings = read_table(connection, mapping, workspace)
    if table is None:
        return None, [*mapping.notices, *findings]
    if not table.rows:
        return table, [*mapping.notices, *findings]
    hidden = keep_secret(connection, mapping)
    return table, [*mapping.notices, *findings, *hidden, *rewrite_cells(connection, table)]


def check_tables(intake: Intake) -> list[Finding]:
    """Return what is wrong with the tables, each taken alone."""
    readable = {table.mapping.label for table in intake.tables}
    findings: list[Finding] = []
    for table in (*intake.tables, *intake.parts):
        if table.mapping.parts:
            findings += trace(intake.connection, [table.mapping], find_missing(intake.connection, table.mapping))
        else:
            findings += check_table(intake.connection, table, readable)
    return findings


def name_records(intake: Intake, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with what their rows describe, where that is published."""
    listed = trace(intake.connection, intake.mappings, list(findings))
    rows = {(finding.table, finding.row) for finding in listed if finding.row is not None}
    merged = {
        each: (mapping.label, row)
        for mapping in intake.mappings
        if mapping.parts
        for each, row in find_merged(intake.connection, mapping, rows).items()
    }
    subjects = find_subjects(intake.connection, intake.mappings, sorted({merged.get(each, each) for each in rows}))
    subjects |= {each: subjects[place] for each, place in merged.items() if place in subjects}
    return [replace(each, record=subjects.get((each.table, each.row or 0))) for each in listed]


def link_tables(intake: Intake, project: Project) -> list[Finding]:
    """Make the relations to convert; return what refers to nothing, was replaced, is held back or due for review."""
    linker = Linker.over(intake.connection, {mapping.label: mapping for mapping in intake.mappings})
    findings = [finding for mapping in intake.mappings for finding in linker.link(mapping)]
    findings += review_records(intake.connection, project, intake.mappings, datetime.now(tz=UTC).date())
    return trace(intake.connection, intake.mappings, findings)
