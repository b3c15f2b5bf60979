"""The engine behind the SHACL gate: a graph and shapes → W3C's validation report.

PyPI's `shacl` does the work, in a twentieth of pySHACL's time and memory; pySHACL is the reference that tests compare
it with, and takes over where shapes say what only it reads as the standard means it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import shacl
from rdflib import Graph
from rdflib.namespace import RDF, RDFS, SH

from publisher.errors import ProjectError
from publisher.graphs import read_ntriples
from publisher.reach import TARGETS
from publisher.shape_language import check_shapes, needs_reference

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINE = f"shacl {version('shacl')}"
REFERENCE = f"pySHACL {version('pyshacl')}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The validation report (SHACL §3.6) as N-Triples, and the engine that gave it, with its version."""

    report: str
    engine: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Shapes made ready for any number of graphs: an N-Triples file, or a small graph, to its report."""

    engine: str
    report: Callable[[Path | Graph], str]


def run_shapes(data: Path | Graph, shapes: Graph) -> Judgement:
    """Validate an N-Triples file, or a small graph, against shapes, all of it at once.

    Raises:
        ShapesError: the shapes say something that the gate does not understand.
        ProjectError: neither engine takes the shapes.
    """
    check_shapes(shapes)
    judge = prepare_judge(shapes)
    return Judgement(judge.report(data), judge.engine)


def prepare_judge(shapes: Graph) -> Judge:
    """Return the engine that reads shapes as the standard means them; they have been checked."""
    compiled = None if needs_reference(shapes) else _compile(shapes)
    if compiled is None:
        return Judge(REFERENCE, lambda data: run_reference(data, shapes).serialize(format="nt"))

    def report(data: Path | Graph) -> str:
        try:
            return _run(compiled, data)
        except ValueError as error:  # a query that does not run
            raise _refused(shapes, error) from error

    return Judge(ENGINE, report)


def run_reference(data: Path | Graph, shapes: Graph) -> Graph:
    """Return the report that pySHACL gives.

    Raises:
        ProjectError: a shape is not well formed.
    """
    import pyshacl  # noqa: PLC0415 — a third of the time that a command takes to start, and hardly ever needed

    graph = read_ntriples(data) if isinstance(data, Path) else Graph() + data  # it writes into what it is given
    try:
        outcome = pyshacl.validate(graph, shacl_graph=_spread(shapes), inplace=True, meta_shacl=False)
    except Exception as error:  # pySHACL raises many types on a shape that is not well formed
        raise _refused(shapes, error) from error
    _, report, text = outcome
    if not isinstance(report, Graph):
        raise ProjectError(f"le contrôle SHACL a échoué : {text}", f"the SHACL gate failed: {text}")
    return report


def _compile(shapes: Graph) -> shacl.Shapes | None:
    """Return the shapes compiled; None where a regular expression is one that Python alone reads."""
    try:
        return shacl.Shapes.from_text(shapes.serialize(format="nt"), "ntriples")
    except ValueError:
        return None


def _run(compiled: shacl.Shapes, data: Path | Graph) -> str:
    if isinstance(data, Path):
        report = compiled.validate_file(str(data))
    else:
        report = compiled.validate_text(data.serialize(format="nt"), "ntriples")
    return report.serialize("ntriples")


def _refused(shapes: Graph, error: Exception) -> ProjectError:
    """Return the error of shapes that are well formed, but whose queries are not: an engine does not say which."""
    queried = ", ".join(sorted(str(shape) for shape in shapes.subjects(SH.sparql)))
    return ProjectError(
        f"forme SHACL refusée ({queried or 'contrôle'}) : {error}",
        f"SHACL shape refused ({queried or 'gate'}): {error}",
    )


def _spread(shapes: Graph) -> Graph:
    """Give the property shapes of a node shape its targets, in the place of the link to them.

    They give the same results (SHACL §4.7.1), in a third of the time: pySHACL takes a shape that has targets through
    all its focus nodes at once, and one that it comes to by `sh:property` through one focus node at a time. A node
    shape that others refer to stays as it is.
    """
    spread = Graph() + shapes
    for node in set(shapes.subjects(RDF.type, SH.NodeShape)):
        targets = [(term, value) for term in TARGETS for value in shapes.objects(node, term)]
        alone = not any(shapes.subjects(None, node)) and (node, SH.deactivated, None) not in shapes
        if targets and alone and (node, RDF.type, RDFS.Class) not in shapes:
            for shape in shapes.objects(node, SH.property):
                spread.remove((node, SH.property, shape))
                for term, value in targets:
                    spread.add((shape, term, value))
    return spread
