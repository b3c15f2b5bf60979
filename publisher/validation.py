"""The SHACL gate: a graph → `Conformant`, the only thing a release is made of, or findings that stop it.

What gives the SHACL report is `publisher.gate`'s; here each result finds its table, row and column. Violations stop a
publication, warnings are reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

from publisher.errors import Finding, Severity, Texts
from publisher.gate import run_shapes
from publisher.graphs import read_turtle
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from pathlib import Path

    from rdflib.term import Node

    from publisher.extracts import Extract
    from publisher.local_ids import Entry
    from publisher.rows import Place

_SEVERITIES = {SH.Violation: Severity.VIOLATION, SH.Warning: Severity.WARNING, SH.Info: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Conformant:
    """A graph that passed the gate: its N-Triples file, its size in triples, the SHACL report, all findings.

    `extracts` are the CSV and GeoJSON files made from the same tables, `register` the local ids of their rows.
    """

    triples: Path
    size: int
    shacl_report: Graph
    report: dict[str, Any]
    extracts: tuple[Extract, ...] = ()
    register: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a graph: the SHACL report, its results as located findings, the engine that judged."""

    shacl_report: Graph
    findings: tuple[Finding, ...]
    gate: str


def validate(
    triples: Path,
    shapes: Sequence[Path],
    locate: Callable[[list[tuple[str, str | None]]], dict[tuple[str, str | None], Place]],
    focus: Container[str] | None = None,
) -> Verdict:
    """Validate an N-Triples file against shape files.

    `locate` gives the table, row and column of (focus node, property) pairs; see `publisher.rows`. Of a graph that
    is only part of a whole, results are wanted on the nodes of `focus` alone.

    Raises:
        ProjectError: a shapes file is not Turtle, or says what the gate does not understand.
    """
    judgement = run_shapes(triples, read_turtle(*shapes))
    report = judgement.report
    keys = {node: (str(report.value(node, SH.focusNode)), _path(report, node)) for node in _results(report)}
    results = [node for node, (iri, _) in keys.items() if focus is None or iri in focus]
    keys = {node: keys[node] for node in results}
    places = locate(sorted(set(keys.values()), key=str))
    for node in results:
        _add_place(report, node, places.get(keys[node]))
    findings = [_finding(report, node, *keys[node], places.get(keys[node])) for node in results]
    report.add((next(report.subjects(RDF.type, SH.ValidationReport)), ASC.gate, Literal(judgement.engine)))
    return Verdict(report, tuple(findings), judgement.engine)


def _results(report: Graph) -> list[Node]:
    """Return the results in an order that does not change: of two in one cell, a report keeps the first."""
    terms = (SH.focusNode, SH.sourceShape, SH.value)
    return sorted(
        report.subjects(RDF.type, SH.ValidationResult),
        key=lambda node: [str(report.value(node, term)) for term in terms],
    )


def finding_of(report: Graph, node: Node) -> Finding:
    """Return a result as a finding that no table gave rise to; its column is the focus node."""
    return _finding(report, node, str(report.value(node, SH.focusNode)), _path(report, node), None)


def _path(report: Graph, node: Node) -> str | None:
    """Return the property that a result is about; of a sequence path, the last step: the one with the value."""
    path = report.value(node, SH.resultPath)
    if isinstance(path, BNode) and (path, RDF.first, None) in report:
        path = list(Collection(report, path))[-1]
    return str(path) if isinstance(path, URIRef) else None


def _finding(report: Graph, node: Node, focus: str, path: str | None, place: Place | None) -> Finding:
    value = report.value(node, SH.value)
    severity = _SEVERITIES.get(URIRef(str(report.value(node, SH.resultSeverity))), Severity.WARNING)
    shape = str(report.value(node, SH.sourceShape))
    texts = _texts(report, node)
    if place is None:
        return Finding("graphe", None, focus, None if value is None else str(value), severity, shape, texts)
    mapping, row, column = place
    return Finding(mapping.label, row, column or path, None if value is None else str(value), severity, shape, texts)


def _texts(report: Graph, node: Node) -> Texts:
    """Return the result's messages by language; a message without one serves both."""
    messages = {m.language or "": str(m) for m in report.objects(node, SH.resultMessage) if isinstance(m, Literal)}
    fallback = next(iter(messages.values()), "règle SHACL non respectée / SHACL rule broken")
    return {lang: messages.get(lang, messages.get("", fallback)) for lang in ("fr", "en")}


def _add_place(report: Graph, node: Node, place: Place | None) -> None:
    if place is None:
        return
    mapping, row, column = place
    report.add((node, ASC.table, Literal(mapping.label)))
    report.add((node, ASC.ligne, Literal(row)))
    if column:
        report.add((node, ASC.colonne, Literal(column)))
