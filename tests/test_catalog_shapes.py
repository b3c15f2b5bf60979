"""The catalog's own shapes: named, bilingual, each rule shown by an example with the report expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyshacl import validate
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH

from publisher.project import load_project
from tests.projects.small import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

SHAPES = ROOT / "shapes" / "catalogue"
EXAMPLES = ROOT / "shapes" / "examples" / "catalogue"
VALID = sorted(EXAMPLES.glob("*/valid.*.ttl"))
INVALID = sorted(p for p in EXAMPLES.glob("*/invalid.*.ttl") if not p.name.endswith(".report.ttl"))
ASC = "https://w3id.org/annuaire-territorial/def#"

Result = tuple[str, ...]


def example_id(path: Path) -> str:
    """Name an example by its folder and file."""
    return f"{path.parent.name}/{path.stem}"


def results(report: Graph) -> list[Result]:
    """Return what identifies each result; blank nodes have no name of their own."""

    def said(node: Node, predicate: URIRef) -> str:
        values = report.objects(node, predicate)
        return " ".join(sorted("_" if isinstance(v, BNode) else v.n3() for v in values))

    parts = (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape, SH.sourceConstraintComponent, SH.resultMessage)
    return sorted(tuple(said(node, part) for part in parts) for node in report.objects(None, SH.result))


def report_of(path: Path) -> tuple[bool, Graph]:
    """Validate an example against the shapes of its folder's name."""
    shapes = Graph().parse(SHAPES / f"{path.parent.name}.ttl")
    conforms, report, _ = validate(Graph().parse(path), shacl_graph=shapes)
    assert isinstance(report, Graph)
    return bool(conforms), report


@pytest.mark.parametrize("path", VALID, ids=example_id)
def test_a_valid_example_conforms(path: Path) -> None:
    """An example named valid breaks no rule."""
    assert report_of(path)[0]


@pytest.mark.parametrize("path", INVALID, ids=example_id)
def test_an_invalid_example_gives_the_report_expected(path: Path) -> None:
    """An example named invalid gives the results of the report beside it, and no other."""
    conforms, report = report_of(path)
    assert not conforms
    assert results(report) == results(Graph().parse(path.with_suffix(".report.ttl")))


def test_each_rule_is_shown_named_and_said_in_both_languages() -> None:
    """Every property shape is broken by an example, has a name of ours and a message in French and English."""
    graph = Graph()
    for path in sorted(SHAPES.glob("*.ttl")):
        graph.parse(path)
    rules = set(graph.subjects(RDF.type, SH.PropertyShape))
    shown = {
        shape
        for path in INVALID
        for shape in Graph().parse(path.with_suffix(".report.ttl")).objects(None, SH.sourceShape)
    }
    assert rules == shown
    assert all(str(rule).startswith(ASC) for rule in rules)
    for rule in rules:
        messages = [m for m in graph.objects(rule, SH.message) if isinstance(m, Literal)]
        assert sorted(m.language or "" for m in messages) == ["en", "fr"]


def test_the_gate_of_the_data_does_not_load_them() -> None:
    """The shapes of the catalog and those of the data are two sets."""
    project = load_project(ROOT)
    assert project.catalog_shape_files() == sorted(SHAPES.glob("*.ttl"))
    assert set(project.catalog_shape_files()).isdisjoint(project.shape_files())
