"""The SHACL gate: a graph → `Conformant`, the only thing a release is made of, or findings that stop it.

What gives the SHACL report is `publisher.gate`'s; here each result finds its table, row and column. Violations stop a
publication, warnings are reported.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

from rdflib.namespace import SH

from publisher.changed_gate import join_rules, judge_changes
from publisher.errors import Finding, Severity
from publisher.graphs import read_turtle
from publisher.large_gate import judge_file
from publisher.shacl_report import read_results, report_node
from publisher.terms import write_term
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    from publisher.extracts import Extract
    from publisher.gate import Judgement
    from publisher.local_ids import Entry
    from publisher.revision import Revise, Revision
    from publisher.rows import Place
    from publisher.shacl_report import Result

_SEVERITIES = {str(SH.Violation): Severity.VIOLATION}
"""Warnings and what is only told are warnings of ours."""


@dataclass(frozen=True, slots=True)
class Conformant:
    """A graph that passed the gate: its N-Triples file, its size in triples, the SHACL report, all findings.

    The SHACL report is N-Triples, as that of `Verdict`.
    `extracts` are the CSV and GeoJSON files made from the same tables, `register` the local ids of their rows,
    `revision` what tells the file from that of the release before; only a release wants the first and the last.
    """

    triples: Path
    size: int
    shacl_report: str
    report: dict[str, Any]
    extracts: tuple[Extract, ...] = ()
    register: tuple[Entry, ...] = ()
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a graph: the SHACL report, its results as located findings, the engine that judged."""

    shacl_report: str
    findings: tuple[Finding, ...]
    gate: str


def validate(
    triples: Path,
    shapes: Sequence[Path],
    locate: Callable[[list[tuple[str, str | None]]], dict[tuple[str, str | None], Place]],
    focus: Container[str] | None = None,
) -> Verdict:
    """Validate an N-Triples file against shape files; see `judge` and `locate_results`."""
    return locate_results(judge(triples, shapes), locate, focus)


class GateThread(ThreadPoolExecutor):
    """A thread for the gate, beside other work; where that fails or is interrupted, no further portion is judged.

    `revision` tells what is judged from the release before, once it is, if there is `revise`.
    """

    def __init__(self, shapes: Sequence[Path], revise: Revise | None = None) -> None:
        super().__init__(1)
        self._shapes = shapes
        self._revise = revise
        self._abandoned = Event()
        self.revision: Revision | None = None

    def judge(self, triples: Path) -> Future[Judgement]:
        """Begin to judge; see the function of this name."""
        return self.submit(self._judge, triples)

    def _judge(self, triples: Path) -> Judgement:
        self.revision = self._revise(triples) if self._revise else None
        return judge(triples, self._shapes, self.revision, self._abandoned)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Wait for what is being judged."""
        if kind is not None:
            self._abandoned.set()
        return super().__exit__(kind, error, trace)


def judge(
    triples: Path, shapes: Sequence[Path], revision: Revision | None = None, abandoned: Event | None = None
) -> Judgement:
    """Return what the gate says of an N-Triples file; of no more than a part of it, once it is abandoned.

    Raises:
        ProjectError: a shapes file is not Turtle, or says what the gate does not understand.
    """
    graph = read_turtle(*shapes)
    if revision and (judgement := judge_changes(revision, graph, join_rules(shapes))):
        return judgement
    return judge_file(triples, graph, abandoned=abandoned)


def locate_results(
    judgement: Judgement,
    locate: Callable[[list[tuple[str, str | None]]], dict[tuple[str, str | None], Place]],
    focus: Container[str] | None = None,
) -> Verdict:
    """Return what the gate said as findings, in the report too.

    `locate` gives the table, row and column of (focus node, property) pairs; see `publisher.rows`. Of a graph that
    is only part of a whole, results are wanted on the nodes of `focus` alone.
    """
    report = judgement.report
    results = [result for result in read_results(report) if focus is None or result.focus in focus]
    places = locate(sorted({(result.focus, result.path) for result in results}, key=str))
    findings = [_finding(result, places.get((result.focus, result.path))) for result in results]
    lines = [line for result in results for line in _located(result, places.get((result.focus, result.path)))]
    lines.append(f"{report_node(report)} <{ASC.gate}> {write_term(judgement.engine)} .\n")
    return Verdict(report + "".join(lines), tuple(findings), judgement.engine)


def finding_of(result: Result) -> Finding:
    """Return a result as a finding that no table gave rise to; its column is the focus node."""
    return _finding(result, None)


def _finding(result: Result, place: Place | None) -> Finding:
    severity = _SEVERITIES.get(result.severity, Severity.WARNING)
    if place is None:
        return Finding("graphe", None, result.focus, result.value, severity, result.shape, result.texts)
    mapping, row, column = place
    return Finding(mapping.label, row, column or result.path, result.value, severity, result.shape, result.texts)


def _located(result: Result, place: Place | None) -> Iterator[str]:
    """Yield the statements that say where a result comes from."""
    if place is None:
        return
    mapping, row, column = place
    yield f"{result.node} <{ASC.table}> {write_term(mapping.label)} .\n"
    yield f"{result.node} <{ASC.ligne}> {write_term(row)} .\n"
    if column:
        yield f"{result.node} <{ASC.colonne}> {write_term(column)} .\n"
