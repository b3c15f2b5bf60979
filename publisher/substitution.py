"""One table tried in the place of the project's own: the findings that `annuaire check` would have on it.

Only what the table touches is done again: its cells, its references, the tables that refer to it, and the SHACL gate on
what it describes, with what that leads to in the graph.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from publisher.backdrop import WORLD, open_backdrop, readable_mappings, statements_of
from publisher.cells import rewrite_cells
from publisher.checks import check_table
from publisher.discretion import NATURAL_PERSONS, keep_secret
from publisher.errors import Severity
from publisher.intake import merge_parts
from publisher.line_files import copy_lines
from publisher.linking import Linker
from publisher.local_ids import Entry, read_register
from publisher.local_keys import give_ids
from publisher.merging import find_missing, trace
from publisher.report import has_violation, in_order
from publisher.review import review_records
from publisher.rows import locate
from publisher.sql import text
from publisher.table import Table, read_table
from publisher.validation import validate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.validation import Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found: on the table itself, and what it would break in others.

    `gate` is None when the SHACL gate did not run, as on a table with errors.
    """

    mapping: Mapping
    rows: int
    findings: tuple[Finding, ...]
    elsewhere: tuple[Finding, ...]
    gate: str | None


def try_table(
    project: Project, mappings: Sequence[Mapping], mapping: Mapping, backdrop: Path, workspace: Path
) -> Trial:
    """Try a table; `mapping` is one of the project's, but that its `path` is the table to try."""
    with open_backdrop(backdrop, workspace) as connection:
        known = {each.label: each for each in readable_mappings(connection, mappings)}
        known[mapping.label] = mapping = _with_own(mapping)
        table, findings = _read(connection, mapping, read_register(project.directory), known, workspace)
        if table is None:
            return _trial(mapping, 0, findings, gate=None)
        linker = Linker.over(connection, known)
        present = [known[each.label] for each in mappings if each.label in known]
        redone = [mapping, *(each for each in present if each is not mapping and _depends(each, mapping, known))]
        today = datetime.now(tz=UTC).date()
        for each in redone:
            findings += trace(connection, [each], linker.link(each))
            findings += trace(connection, [each], review_records(connection, project, [each], today))
        trial = _trial(mapping, table.rows, findings, gate=None)
        if has_violation(trial.findings):
            return trial
        verdict = _pass_gate(connection, project, present, redone, workspace)
        return _trial(mapping, table.rows, [*findings, *verdict.findings], gate=verdict.gate)


def _with_own(mapping: Mapping) -> Mapping:
    """Return a mapping that reads the table tried in the place of the table's own file, beside its other sources."""
    parts = tuple(each if each.lenient else replace(each, path=mapping.path) for each in mapping.parts)
    return replace(mapping, parts=parts if any(not each.lenient for each in parts) else ())


def _read(
    connection: DuckDBPyConnection,
    mapping: Mapping,
    register: Sequence[Entry],
    known: dict[str, Mapping],
    workspace: Path,
) -> tuple[Table | None, list[Finding]]:
    """Read and check the table tried, and merge it with the other sources of its table, if it has any."""
    own = next((each for each in mapping.parts if not each.lenient), mapping)
    table, findings = read_table(connection, own, workspace)
    if table is None:
        return None, findings
    connection.execute(
        f"CREATE TABLE memory.{NATURAL_PERSONS} AS SELECT * FROM backdrop.{NATURAL_PERSONS} WHERE origin <> ?",
        [own.label],
    )
    findings += [*keep_secret(connection, own), *rewrite_cells(connection, table)]
    if mapping.local:
        findings += give_ids(connection, table, register)[1]
    findings += check_table(connection, table, set(known))
    if not mapping.parts:
        return table, findings
    there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    parts = [Table(each, each.relation, 0) for each in mapping.parts if each.relation in there]
    others = {label: each for label, each in known.items() if not each.parts}
    merged, set_aside = merge_parts(connection, mapping, parts, others)
    findings += [*set_aside, *trace(connection, [mapping], find_missing(connection, mapping))]
    return replace(merged, rows=table.rows), findings


def _trial(mapping: Mapping, rows: int, findings: Sequence[Finding], gate: str | None) -> Trial:
    listed = in_order(findings)
    own = tuple(each for each in listed if each.table == mapping.label)
    others = (each for each in listed if each.table != mapping.label)
    return Trial(mapping, rows, own, tuple(each for each in others if each.severity is Severity.VIOLATION), gate)


def _depends(each: Mapping, tried: Mapping, known: dict[str, Mapping]) -> bool:
    """Return whether linking a table reads the one that is tried."""
    targets = [known[key.reference.resource] for key in each.foreign_keys if key.reference.resource in known]
    resources = {key.reference.resource for key in each.foreign_keys}
    for one in (each, *targets):
        resources |= {table.resource for table in (*one.other_codes, *one.not_to_confuse)}
        resources |= {one.withheld.resource} if one.withheld else set()
    companies = tried.is_of_companies and any(one.is_of_companies for one in (each, *targets))
    return companies or tried.label in resources


def _pass_gate(
    connection: DuckDBPyConnection,
    project: Project,
    mappings: Sequence[Mapping],
    redone: Sequence[Mapping],
    workspace: Path,
) -> Verdict:
    """Return the gate's verdict on the things described by the table tried, the first of those linked anew."""
    connection.execute(f"CREATE TABLE memory.fresh AS {statements_of(redone)}")
    stale = ", ".join(text(each.label) for each in redone)
    connection.execute(
        f"CREATE VIEW memory.present AS SELECT * FROM memory.fresh "
        f"UNION ALL SELECT * FROM backdrop.{WORLD} WHERE origin NOT IN ({stale})"
    )
    connection.execute(
        f"CREATE TABLE memory.touched AS SELECT DISTINCT subject FROM fresh WHERE origin = {text(redone[0].label)}"
    )
    # All that a path can lead to from the things touched, and one step back: what refers to them.
    connection.execute(
        "CREATE TABLE memory.near AS WITH RECURSIVE reached(iri) AS ((SELECT subject FROM touched "
        "UNION SELECT subject FROM present WHERE object IN (SELECT subject FROM touched)) "
        "UNION SELECT object FROM reached JOIN present ON subject = iri WHERE object IS NOT NULL) "
        "SELECT iri FROM reached"
    )
    part = workspace / "partie.nt"
    copy_lines(connection, "SELECT line FROM present WHERE subject IN (SELECT iri FROM near)", part)
    touched = {iri[1:-1] for (iri,) in connection.execute("SELECT subject FROM touched").fetchall()}
    origins = connection.execute("SELECT DISTINCT origin FROM present SEMI JOIN touched USING (subject)").fetchall()
    describing = [mapping for mapping in mappings if (mapping.label,) in origins]
    return validate(part, project.shape_files(), partial(locate, connection, describing), touched)
