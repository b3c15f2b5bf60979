"""Every table and scheme of a project, read into one DuckDB connection, checked and linked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb

from publisher.checks import check_table
from publisher.concepts import load_scheme
from publisher.linking import Linker
from publisher.mapping import relation_of
from publisher.rows import find_subjects
from publisher.table import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.table import Table

_MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Intake:
    """The tables that could be read, in `connection`."""

    connection: duckdb.DuckDBPyConnection
    tables: tuple[Table, ...]

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
    tables, findings = [], []
    for mapping in mappings:
        table, found = read_table(connection, mapping, workspace)
        findings += found
        if table:
            tables.append(table)
    resources = {key.reference.resource for mapping in mappings for key in mapping.foreign_keys}
    for resource in sorted(each for each in resources if each.endswith(".ttl")):
        load_scheme(connection, project.directory / resource, relation_of(resource))
    return Intake(connection, tuple(tables)), findings


def check_tables(intake: Intake) -> list[Finding]:
    """Return what is wrong with the tables, each taken alone."""
    readable = {table.mapping.label for table in intake.tables}
    return [finding for table in intake.tables for finding in check_table(intake.connection, table, readable)]


def name_records(intake: Intake, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with what their rows describe, where that is published."""
    listed = list(findings)
    rows = {(finding.table, finding.row) for finding in listed if finding.row is not None}
    subjects = find_subjects(intake.connection, intake.mappings, sorted(rows))
    return [replace(each, record=subjects.get((each.table, each.row or 0))) for each in listed]


def link_tables(intake: Intake) -> list[Finding]:
    """Make the relations to convert; return what refers to nothing, was replaced, or is held back."""
    linker = Linker(intake.connection, {mapping.label: mapping for mapping in intake.mappings})
    linker.prepare()
    return [finding for mapping in intake.mappings for finding in linker.link(mapping)]
