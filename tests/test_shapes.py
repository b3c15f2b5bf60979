"""The SHACL shapes: well formed, named, bilingual, and each rule shown by examples with the report expected."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from pyshacl import validate
from rdflib import BNode, Graph, Literal, Node, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH

ROOT = Path(__file__).parents[1]
SHAPES = ROOT / "shapes"
EXAMPLES = SHAPES / "examples"
ASC = "https://w3id.org/annuaire-territorial/def#"
SHARED = "communs"
# Evaluated through asc:DomaineDuSchema only: its results surface as those of the shape that refers to it.
NESTED = URIRef(ASC + "DomaineDuSchema-schema")
TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)

VALID = sorted(EXAMPLES.glob("*/valid.*.ttl"))
INVALID = sorted(p for p in EXAMPLES.glob("*/invalid.*.ttl") if not p.name.endswith(".report.ttl"))
SHAPE_FILES = sorted(SHAPES.glob("*.ttl"))


class Result(NamedTuple):
    """What identifies a validation result, in comparable words."""

    focus: str
    path: str
    value: str
    shape: str
    component: str
    severity: str
    messages: frozenset[str]


def example_id(path: Path) -> str:
    """Name an example by its folder and file."""
    return f"{path.parent.name}/{path.stem}"


@cache
def shapes_of(name: str) -> Graph:
    """Read one shape file with the shapes that all share."""
    graph = Graph()
    for stem in {SHARED, name}:
        graph.parse(SHAPES / f"{stem}.ttl")
    return graph


@cache
def all_shapes() -> Graph:
    """Read every shape file into one graph."""
    graph = Graph()
    for path in SHAPE_FILES:
        graph.parse(path)
    return graph


def report_of(path: Path) -> tuple[bool, Graph]:
    """Validate an example against the shapes of its folder's name."""
    conforms, report, _ = validate(Graph().parse(path), shacl_graph=shapes_of(path.parent.name), inference="none")
    assert isinstance(report, Graph)
    return bool(conforms), report


def path_text(graph: Graph, node: Node | None) -> str:
    """Write a property path as text, whatever blank nodes carry it."""
    if not isinstance(node, BNode):
        return str(node)
    if (node, RDF.first, None) in graph:
        return "/".join(path_text(graph, step) for step in Collection(graph, node))
    inverse = graph.value(node, SH.inversePath)
    if inverse is not None:
        return f"^{path_text(graph, inverse)}"
    options = graph.value(node, SH.alternativePath)
    assert options is not None
    return "|".join(path_text(graph, option) for option in Collection(graph, options))


def results(report: Graph) -> Counter[Result]:
    """Return the results of a validation report as a comparable multiset."""
    found: Counter[Result] = Counter()
    for node in report.objects(None, SH.result):
        value = report.value(node, SH.value)
        found[
            Result(
                focus=str(report.value(node, SH.focusNode)),
                path=path_text(report, report.value(node, SH.resultPath)),
                value=value.n3() if isinstance(value, Literal | URIRef) else str(value),
                shape=str(report.value(node, SH.sourceShape)),
                component=str(report.value(node, SH.sourceConstraintComponent)),
                severity=str(report.value(node, SH.resultSeverity)),
                messages=frozenset(m.n3() for m in report.objects(node, SH.resultMessage)),
            )
        ] += 1
    return found


def languages(graph: Graph, subject: Node, predicate: URIRef) -> list[str | None]:
    """Return the languages of a property's values, sorted."""
    return sorted(
        (o.language for o in graph.objects(subject, predicate) if isinstance(o, Literal)), key=str, reverse=True
    )


def property_shapes() -> list[Node]:
    """Return every property shape of every file."""
    return sorted(all_shapes().subjects(RDF.type, SH.PropertyShape), key=str)


@pytest.mark.parametrize("path", VALID, ids=example_id)
def test_a_valid_example_has_no_result(path: Path) -> None:
    """An example named valid gives neither a violation nor a warning."""
    conforms, report = report_of(path)
    assert conforms
    assert not results(report)


@pytest.mark.parametrize("path", INVALID, ids=example_id)
def test_an_invalid_example_gives_the_report_expected(path: Path) -> None:
    """An example named invalid gives the results of the report beside it, and no other."""
    conforms, report = report_of(path)
    expected = Graph().parse(path.with_suffix(".report.ttl"))
    assert not conforms
    assert results(report) == results(expected)


def test_each_invalid_example_has_a_report_and_each_report_an_example() -> None:
    """Reports and invalid examples come in pairs."""
    reports = {p.name.removesuffix(".report.ttl") for p in EXAMPLES.glob("*/*.report.ttl")}
    assert reports == {p.name.removesuffix(".ttl") for p in INVALID}
    assert [p for p in INVALID if not p.with_suffix(".report.ttl").exists()] == []


def test_each_shape_file_has_examples_of_both_kinds() -> None:
    """A shape file without a valid and an invalid example is incomplete; so is a folder without a shape file."""
    named = {p.stem for p in SHAPE_FILES} - {SHARED}
    assert {p.parent.name for p in VALID} == named
    assert {p.parent.name for p in INVALID} == named


def test_each_property_shape_is_shown_by_an_invalid_example() -> None:
    """Every rule is broken by at least one example."""
    shown = {r.shape for p in INVALID for r in results(Graph().parse(p.with_suffix(".report.ttl")))}
    assert {str(s) for s in property_shapes() if s != NESTED} == shown


def test_each_valid_example_has_a_target_of_its_shapes() -> None:
    """A target of the shape file occurs in each of its valid examples, so that a pass means something."""
    for path in VALID:
        shapes, data = shapes_of(path.parent.name), Graph().parse(path)
        classes = set(shapes.objects(None, SH.targetClass))
        sources = set(shapes.objects(None, SH.targetObjectsOf | SH.targetSubjectsOf))
        assert any((None, RDF.type, c) in data for c in classes) or any((None, s, None) in data for s in sources), path


@pytest.mark.parametrize("path", SHAPE_FILES, ids=lambda p: p.stem)
def test_a_shape_file_is_well_formed(path: Path) -> None:
    """Each file passes the shapes of SHACL itself."""
    conforms, _, text = validate(Graph(), shacl_graph=shapes_of(path.stem), meta_shacl=True, inference="none")
    assert conforms, text


def test_the_shapes_use_only_terms_of_shacl_core() -> None:
    """No misspelt sh: term (it would silently check nothing) and no SPARQL (too slow for the communes)."""
    used = {t for triple in all_shapes() for t in triple if isinstance(t, URIRef) and str(t).startswith(str(SH))}
    assert [t for t in sorted(used) if t not in SH] == []
    assert used.isdisjoint({SH.sparql, SH.SPARQLTarget, SH.target, SH.js, SH.rule})


def test_each_shape_is_named_in_our_namespace() -> None:
    """A finding names its rule by an IRI; no shape is a blank node."""
    graph = all_shapes()
    shapes = set(property_shapes()) | set(graph.subjects(RDF.type, SH.NodeShape))
    shapes |= {o for p in (SH.property, SH.node, SH["not"], SH.qualifiedValueShape) for o in graph.objects(None, p)}
    shapes |= {m for o in graph.objects(None, SH["or"]) for m in Collection(graph, o)}
    assert [s for s in shapes if not str(s).startswith(ASC) or isinstance(s, BNode)] == []
    assert [s for s in shapes if (s, RDF.type, None) not in graph] == []


@pytest.mark.parametrize("shape", property_shapes(), ids=lambda s: str(s).removeprefix(ASC))
def test_a_property_shape_has_its_name_message_and_severity(shape: Node) -> None:
    """A rule has one name and one message in French and English, and says whether it blocks or reports."""
    graph = all_shapes()
    assert languages(graph, shape, SH.name) == ["fr", "en"]
    assert languages(graph, shape, SH.message) == ["fr", "en"]
    assert list(graph.objects(shape, SH.severity)) in ([SH.Violation], [SH.Warning])
    assert len(list(graph.objects(shape, SH.path))) == 1


def test_a_property_shape_is_reached_from_a_target() -> None:
    """No rule lies idle: each has a target or hangs on a node shape."""
    graph = all_shapes()
    idle = [
        s
        for s in property_shapes()
        if (None, SH.property, s) not in graph and not any((s, t, None) in graph for t in TARGETS)
    ]
    assert idle == []


def test_a_node_shape_is_labelled_in_both_languages() -> None:
    """Each node shape says in French and English what it describes."""
    graph = all_shapes()
    shapes = list(graph.subjects(RDF.type, SH.NodeShape))
    assert shapes
    for shape in shapes:
        assert languages(graph, shape, RDFS.label) == ["fr", "en"], shape


def test_a_shape_is_defined_in_one_file() -> None:
    """Two files never define the same shape."""
    owners: Counter[Node] = Counter()
    for path in SHAPE_FILES:
        graph = Graph().parse(path)
        owners.update(set(graph.subjects(RDF.type, SH.PropertyShape)) | set(graph.subjects(RDF.type, SH.NodeShape)))
    assert [s for s, count in owners.items() if count > 1] == []


def test_the_shared_shapes_have_no_target() -> None:
    """The shapes that others reuse check nothing by themselves."""
    graph = Graph().parse(SHAPES / f"{SHARED}.ttl")
    assert not any((None, t, None) in graph for t in TARGETS)


def test_the_domain_scheme_conforms() -> None:
    """The published scheme of domains passes its own shapes."""
    scheme = Graph().parse(ROOT / "ontology" / "schemes" / "domaines.ttl")
    conforms, _, text = validate(scheme, shacl_graph=shapes_of("domaine"), inference="none")
    assert conforms, text
