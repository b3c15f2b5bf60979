"""A validation report (W3C « Shapes Constraint Language », §3.6) as N-Triples, read result by result.

There may be as many results as a directory has cells: no graph is made of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib.namespace import RDF, SH

from publisher.terms import iri_of, read_term, write_term
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from publisher.errors import Texts

    _Said = dict[str, list[str]]

_TYPE, _FIRST, _REST = (f"<{term}>" for term in (RDF.type, RDF.first, RDF.rest))
_RESULT = f"<{SH.ValidationResult}>"
_FOCUS = f"<{SH.focusNode}>"
_JOINED = "_:report"
_FALLBACK = "règle SHACL non respectée / SHACL rule broken"


@dataclass(frozen=True, slots=True)
class Result:
    """One result: `node` is its own in the report; `path` is None where it is no property.

    Of a sequence path, the last step: the one with the value.
    """

    node: str
    focus: str
    path: str | None
    value: str | None
    severity: str
    shape: str
    texts: Texts

    @property
    def sort_key(self) -> tuple[str, str, str]:
        """An order that does not change: of two results in one cell, a list of findings keeps the first."""
        return self.focus, self.shape, str(self.value)


def read_results(report: str) -> list[Result]:
    """Return the results of a report, in order."""
    nodes: dict[str, _Said] = defaultdict(dict)
    for line in report.split("\n"):
        if line:
            subject, predicate, term = line[:-2].split(" ", 2)
            nodes[subject].setdefault(predicate, []).append(term)
    results = (_result(node, said, nodes) for node, said in nodes.items() if _RESULT in said.get(_TYPE, ()))
    return sorted(results, key=lambda result: result.sort_key)


def report_node(report: str) -> str:
    """Return the node of the report itself, as N-Triples write it."""
    typed = f" <{RDF.type}> <{SH.ValidationReport}> ."
    return next(line.removesuffix(typed) for line in report.split("\n") if line.endswith(typed))


def join_reports(reports: Iterable[str]) -> str:
    """Return one report of what several found in portions of a graph, each node of it in one of them."""
    found, conforms = list[str](), True
    for number, report in enumerate(reports):
        head = report_node(report)
        conforms = conforms and f'{head} <{SH.conforms}> "false"' not in report
        found += _renamed(report, head, number)
    typed = f"{_JOINED} <{RDF.type}> <{SH.ValidationReport}> ."
    return "\n".join([typed, f"{_JOINED} <{SH.conforms}> {write_term(conforms)} .", *found]) + "\n"


def keep_results(report: str, changed: Container[str]) -> str:
    """Return a report without the results on some focus nodes, and without what says where results come from.

    What stays gets new blank nodes: a report may be kept from one release to the next for ever.
    """
    head, said = report_node(report), defaultdict(list)
    for line in filter(None, report.split("\n")):
        subject, predicate, term = line[:-2].split(" ", 2)
        if not predicate.startswith(f"<{ASC}"):
            said[subject].append((predicate, term))
    results = [term for predicate, term in said[head] if predicate == f"<{SH.result}>"]
    kept = [node for node in results if not any(p == _FOCUS and term in changed for p, term in said[node])]
    names = {head: "_:report", **{node: f"_:r{number}" for number, node in enumerate(kept)}}
    lines = [f"_:report <{RDF.type}> <{SH.ValidationReport}> ."]
    lines.append(f"_:report <{SH.conforms}> {write_term(not kept)} .")
    lines += (f"_:report <{SH.result}> {names[node]} ." for node in kept)
    waiting = [*kept]
    while waiting:
        node = waiting.pop()
        for predicate, term in said[node]:
            if term.startswith("_:") and term not in names:
                names[term] = f"_:r{len(names)}"
                waiting.append(term)
            lines.append(f"{names[node]} {predicate} {names.get(term, term)} .")
    return "\n".join(lines) + "\n"


def _renamed(report: str, head: str, number: int) -> Iterator[str]:
    """Yield what a report says of its results; shapes without an IRI are the same in all reports."""
    lines = [line[:-2].split(" ", 2) for line in report.split("\n") if line]
    shapes = {term for _, predicate, term in lines if predicate == f"<{SH.sourceShape}>"}

    def name(term: str) -> str:
        return term if not term.startswith("_:") or term in shapes else f"_:p{number}_{term[2:]}"

    for subject, predicate, term in lines:
        if subject != head:
            yield f"{name(subject)} {predicate} {name(term)} ."
        elif predicate == f"<{SH.result}>":
            yield f"{_JOINED} {predicate} {name(term)} ."


def write_report_graph(report: str, prefixes: dict[str, str], target: Path) -> None:
    """Write a report as Turtle, with those of the prefixes that it uses."""
    statements = ox.parse(report, format=ox.RdfFormat.N_TRIPLES)
    used = {name: iri for name, iri in prefixes.items() if f"<{iri}" in report}
    ox.serialize(statements, target, format=ox.RdfFormat.TURTLE, prefixes=used)


def _result(node: str, said: _Said, nodes: dict[str, _Said]) -> Result:
    def one(term: str) -> str | None:
        return next((read_term(each)[0] for each in said.get(f"<{SH}{term}>", ())), None)

    return Result(
        node,
        one("focusNode") or "",
        _path(said, nodes),
        one("value"),
        one("resultSeverity") or "",
        one("sourceShape") or "",
        _texts(tuple(said.get(f"<{SH}resultMessage>", ()))),
    )


def _path(said: _Said, nodes: dict[str, _Said]) -> str | None:
    step = next(iter(said.get(f"<{SH}resultPath>", ())), "")
    listed = nodes.get(step, {})
    while _FIRST in listed:
        (step,), (rest,) = listed[_FIRST], listed[_REST]
        listed = nodes.get(rest, {})
    return iri_of(step) if step.startswith("<") else None


@lru_cache(maxsize=1024)
def _texts(messages: tuple[str, ...]) -> Texts:
    """Return messages by language; one without a language serves both."""
    texts = {language or "": text for text, language in map(read_term, messages)}
    fallback = next(iter(texts.values()), _FALLBACK)
    return {lang: texts.get(lang, texts.get("", fallback)) for lang in ("fr", "en")}
