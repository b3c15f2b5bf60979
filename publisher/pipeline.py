"""The whole flow: read → check → link → convert → validate → release → load. Start here."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher.assembly import write_graph
from publisher.changes import UNSIGNED
from publisher.errors import NotConformantError
from publisher.extracts import write_extracts
from publisher.fingerprint import release_id
from publisher.intake import check_tables, connect, link_tables, name_records, read_tables
from publisher.lock import publication_lock
from publisher.publication import Order, Publication, is_same, put_online, write_release, write_report
from publisher.release import SCRATCH, find_current
from publisher.report import findings_of, has_violation, in_order, summarise
from publisher.revision import revise_since
from publisher.rows import locate
from publisher.stopwatch import Say, Stopwatch
from publisher.supply import notices_of, supply
from publisher.validation import Conformant, GateThread, locate_results

if TYPE_CHECKING:
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.revision import Revise
    from publisher.signature import Signature
    from publisher.store.remote import RemoteStore


def check(project: Project, mappings: tuple[Mapping, ...], place: Path, say: Say, revise: Revise | None) -> Conformant:
    """Take the tables through the gate, or raise `NotConformantError` with every finding; a release wants `revise`."""
    with connect(place) as connection, GateThread(project.shape_files(), revise) as gate:
        say("read")
        intake, findings = read_tables(connection, project, mappings, place)
        say("check")
        findings += check_tables(intake)
        say("link")
        findings += link_tables(intake, project)
        if has_violation(findings):  # a graph made from wrong cells would tell the steward nothing more
            raise NotConformantError(in_order(findings), summarise(findings, intake.tables, gate=None))
        say("convert")
        size = write_graph(connection, project, intake.mappings, triples := place / "graphe.nt")
        judgement = gate.judge(triples)  # wants neither tables nor interpreter
        extracts = write_extracts(intake, project, place, say) if revise else ()
        say("validate")
        verdict = locate_results(judgement.result(), lambda pairs: locate(connection, intake.mappings, pairs))
        report = summarise(name_records(intake, [*findings, *verdict.findings]), intake.tables, gate=verdict.gate)
        if has_violation(verdict.findings):
            raise NotConformantError(findings_of(report), report)
        return Conformant(triples, size, verdict.shacl_report, report, extracts, intake.register, gate.revision)


def publish(
    project: Project,
    var: Path,
    say: Say,
    *,
    force: bool = False,
    store: RemoteStore | None = None,
    signature: Signature = UNSIGNED,
) -> Publication:
    """Publish into `var`, and into `store` if given; the active release changes only once the new one is complete."""
    with publication_lock(var), TemporaryDirectory(prefix=SCRATCH, dir=var) as workspace:
        mappings = supply(project, var, Path(workspace), watch := Stopwatch(say))
        order = Order(release_id(project, mappings), store, signature)
        if (active := find_current(var)) and not force and is_same(active, order):
            return Publication(active, fresh=False, notices=notices_of(mappings))
        try:
            revise = revise_since(None if force else active, project)
            conformant = check(project, mappings, Path(workspace), watch, revise)
            release = write_release(conformant, project, mappings, order, var, watch)
        except NotConformantError as refusal:
            write_report(refusal.report, var)
            raise
        put_online(release, conformant.report, var)
        return Publication(release, fresh=True, notices=notices_of(mappings))
