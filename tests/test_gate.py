"""The gate's engine gives pySHACL's report, and refuses aloud what it would not understand."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph

from publisher.errors import ProjectError, ShapesError
from publisher.gate import ENGINE, REFERENCE, run_reference, run_shapes
from publisher.graphs import read_turtle
from publisher.shape_language import check_shapes
from tests.gate_fixture import EXAMPLES, PREFIXES, corrupt, results

TARGETED = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; "
DATA = Graph().parse(data=f"""{PREFIXES} ex:a a ex:C ; ex:p "abc", "x"@fr ; ex:q 3 ; ex:r ex:b . ex:b ex:p "z" .""")


def test_examples_get_the_report_of_the_reference(shapes: Graph) -> None:
    """All examples as one graph, right and wrong ones, get the same results from both engines."""
    graph = read_turtle(*EXAMPLES)
    judged = run_shapes(graph, shapes)
    assert judged.engine == ENGINE
    found = results(Graph().parse(data=judged.report, format="nt"))
    assert len(found) > len(EXAMPLES) / 2
    assert found == results(run_reference(graph, shapes))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_corrupted_graphs_get_the_report_of_the_reference(shapes: Graph, data: st.DataObject) -> None:
    """Statements taken away, added, bent to another value: the results stay those of the reference."""
    graph = corrupt(data)
    judged = run_shapes(graph, shapes)
    assert judged.engine == ENGINE
    assert results(Graph().parse(data=judged.report, format="nt")) == results(run_reference(graph, shapes))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sh:property [ sh:path ex:z ; sh:minCout 1 ] .", "sh:minCout n'existe pas"),
        ("sh:targetClas ex:D .", "sh:targetClas n'existe pas"),
        ("sh:property [ sh:path ex:r ; sh:nodeKind sh:IRY ] .", "sh:IRY n'existe pas"),
        ("sh:js [ ] .", "sh:js n'est pas géré"),
        ("sh:expression ex:z .", "sh:expression n'est pas géré"),
        ("sh:rule [ ] .", "sh:rule n'est pas géré"),
        ("sh:property [ sh:path ex:p ; sh:qualifiedValueShape [ ] ; sh:qualifiedMinCout 2 ] .", "sh:qualifiedMinCout"),
        ("sh:property [ sh:path [ sh:zeroOrMorPath ex:r ] ; sh:minCount 1 ] .", "sh:zeroOrMorPath"),
        ('sh:property [ sh:path ex:p ; sh:pattern "(" ] .', 'sh:pattern "("'),
        ('sh:property [ sh:path ex:p ; sh:pattern "[a-z-[c]]" ] .', "ambiguë"),
        ('sh:property [ sh:path ex:p ; sh:pattern "a" ; sh:flags "z" ] .', "sh:flags : « z »"),
        ('sh:property [ sh:path ex:z ; sh:minCount "one" ] .', "shacl#minCount"),
        ("sh:property [ sh:path ex:z ; sh:minCount 1, 2 ] .", "mal formée"),
        ("sh:property [ sh:path ex:z ; sh:minCount -1 ] .", "minCount"),
        ("sh:property [ sh:minCount 1 ] .", "shacl#path"),
        ("sh:property [ sh:path ex:z, ex:p ; sh:minCount 1 ] .", "shacl#path"),
        ('sh:property [ sh:path ex:p ; sh:in "abc" ] .', "shacl#in"),
        ('sh:property [ sh:path ex:r ; sh:class "D" ] .', "shacl#class"),
        ("sh:property ex:Absente .", "Absente"),
        ("sh:property [ sh:path ex:r ; sh:node ex:Absente ] .", "Absente n'est définie nulle part"),
        ("sh:or ( ex:Absente [ sh:nodeKind sh:IRI ] ) .", "Absente n'est définie nulle part"),
        ("sh:property [ sh:path ex:r ; sh:node ex:S ] .", "récursive"),
        ('sh:property [ sh:path ex:p ; sh:uniqueLang "true" ] .', "uniqueLang"),
        ('sh:deactivated "yes" .', "deactivated"),
        ('sh:sparql [ sh:select "SELECT $this WHERE {{{{" ] .', "refusée (http://exemple.test/S)"),
        ('sh:sparql [ sh:select "SELECT $this { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ] .', "SERVICE"),
    ],
)  # fmt: skip
def test_what_would_check_nothing_is_refused(text: str, told: str) -> None:
    """A misspelt or unsupported term, a bad pattern, a reference to nowhere: an error, which names what is wrong."""
    with pytest.raises(ProjectError) as caught:
        run_shapes(DATA, Graph().parse(data=PREFIXES + TARGETED + text))
    assert told in caught.value.texts["fr"]
    assert caught.value.texts["en"] != caught.value.texts["fr"]


def test_every_core_constraint_is_understood(shapes: Graph) -> None:
    """Shapes of the repository, and W3C's own shapes for shapes, are taken as they are."""
    check_shapes(shapes)
    check_shapes(read_turtle(Path(str(distribution("pyshacl").locate_file("pyshacl/assets/shacl-shacl.ttl")))))


def test_a_refusal_names_the_shape() -> None:
    """However deep the term stands, the error names the nearest shape that has an IRI."""
    text = "sh:property [ sh:path ex:r ; sh:node [ sh:property [ sh:path ex:p ; sh:minLenght 3 ] ] ] ."
    with pytest.raises(ShapesError) as caught:
        check_shapes(Graph().parse(data=PREFIXES + TARGETED + text))
    assert caught.value.shape == "http://exemple.test/S"
    assert str(caught.value) == "forme SHACL refusée (http://exemple.test/S) : sh:minLenght n'existe pas dans SHACL"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('sh:property [ sh:path ex:p ; sh:pattern "^(?!abc)" ] .', 1),
        ('sh:sparql [ sh:select "SELECT $this WHERE { { SELECT $this WHERE { $this <urn:x> ?o } } }" ] .', 0),
    ],
)
def test_what_only_the_reference_reads_goes_to_it(text: str, count: int) -> None:
    """A look-ahead, a query within a query: pySHACL judges, and is named."""
    judged = run_shapes(DATA, Graph().parse(data=PREFIXES + TARGETED + text))
    assert (judged.engine, sum(results(Graph().parse(data=judged.report, format="nt")).values())) == (REFERENCE, count)


@pytest.mark.parametrize("name", ["ENGINE", "REFERENCE"])
def test_engines_are_named_with_their_version(name: str) -> None:
    """A report says which program judged."""
    engine, number = {"ENGINE": ENGINE, "REFERENCE": REFERENCE}[name].split(" ")
    assert engine.casefold().endswith("shacl")
    assert number[0].isdigit()
