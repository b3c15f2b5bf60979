"""A graph judged in portions gets the report of the whole; what is not known to allow portions is judged whole."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph

from publisher.errors import ShapesError
from publisher.gate import ENGINE, REFERENCE, run_shapes
from publisher.graphs import read_turtle
from publisher.large_gate import judge_file
from publisher.reach import find_reach
from publisher.validation import GateThread
from tests.gate_fixture import AIMED, CONSTRAINTS, EXAMPLES, PREFIXES, STATEMENTS, corrupt, results

if TYPE_CHECKING:
    from collections import Counter
    from concurrent.futures import Future
    from pathlib import Path

    from publisher.gate import Judgement

KEPT = [HealthCheck.function_scoped_fixture]
TARGETED = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; "


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory that graphs are written in, one after the other."""
    return tmp_path_factory.mktemp("portions")


def judged_in_portions(
    graph: Graph, shapes: Graph, place: Path, focus_nodes: int, limit: int = 1 << 30
) -> Counter[tuple[object, ...]]:
    """Return the results that a graph has when it is judged in portions."""
    path = place / "graph.nt"
    path.write_text("".join(sorted(graph.serialize(format="nt").splitlines(keepends=True))), encoding="utf-8")
    path.with_suffix(".duckdb").unlink(missing_ok=True)
    report = judge_file(path, shapes, at_once=-1, focus_nodes=focus_nodes, limit=limit).report
    read = Graph().parse(data=report, format="nt")
    told = "true" if not results(read) else "false"
    assert f'#conforms> "{told}"' in report
    return results(read)


def judged_at_once(graph: Graph, shapes: Graph) -> Counter[tuple[object, ...]]:
    """Return the results that a graph has when it is judged at once."""
    return results(Graph().parse(data=run_shapes(graph, shapes).report, format="nt"))


@pytest.mark.parametrize(("focus_nodes", "limit"), [(1_000_000, 1 << 30), (37, 1 << 30), (200, 400)])
def test_examples_get_the_report_of_the_whole(shapes: Graph, place: Path, focus_nodes: int, limit: int) -> None:
    """All examples as one graph have the same results, however many focus nodes or statements a portion may hold."""
    graph = read_turtle(*EXAMPLES)
    found = judged_in_portions(graph, shapes, place, focus_nodes, limit)
    assert len(found) > len(EXAMPLES) / 2
    assert found == judged_at_once(graph, shapes)


@settings(max_examples=8, deadline=None, suppress_health_check=KEPT)
@given(data=st.data())
def test_corrupted_graphs_get_the_report_of_the_whole(shapes: Graph, place: Path, data: st.DataObject) -> None:
    """Whatever is taken away, added or bent, the results do not hang on the size of portions."""
    graph = corrupt(data)
    found = judged_in_portions(graph, shapes, place, data.draw(st.integers(1, 12)))
    assert found == judged_at_once(graph, shapes)


@settings(max_examples=20, deadline=None, suppress_health_check=KEPT)
@given(
    said=st.lists(STATEMENTS, min_size=4, max_size=25),
    rules=st.lists(st.tuples(AIMED, CONSTRAINTS), min_size=1, max_size=4),
    focus_nodes=st.integers(1, 6),
)
def test_any_shapes_that_are_understood_get_the_report_of_the_whole(
    place: Path, said: list[tuple[str, str, str]], rules: list[tuple[str, str]], focus_nodes: int
) -> None:
    """Whatever paths, constraints and targets shapes are made of, portions hold all that their results hang on."""
    graph = Graph().parse(data=PREFIXES + "".join(f"{s} {p} {o} .\n" for s, p, o in said))
    written = (f"ex:S{n} a sh:NodeShape ; {target} ; {rule} .\n" for n, (target, rule) in enumerate(rules))
    shapes = Graph().parse(data=PREFIXES + "".join(written))
    assert judged_in_portions(graph, shapes, place, focus_nodes) == judged_at_once(graph, shapes)


WHOLE = [
    ('sh:sparql [ sh:select "SELECT $this WHERE { ?other <urn:p> $this }" ] .', "sh:sparql"),
    ("sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:nodeKind sh:IRI ] .", "sh:zeroOrMorePath"),
    ("sh:property [ sh:path ( ex:p [ sh:oneOrMorePath ex:p ] ) ; sh:maxCount 1 ] .", "sh:oneOrMorePath"),
    ("sh:property [ sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:maxCount 1 ] .", "sh:inversePath"),
    ("sh:targetNode [] .", "sh:targetNode"),
    ("a rdfs:Class ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .", "rdfs:Class"),
    ("sh:property [ sh:path ex:p ; sh:closed true ] .", "sh:closed"),
    (
        "sh:property [ sh:path ex:p ; sh:qualifiedValueShape [] ; sh:qualifiedValueShapesDisjoint true ] .",
        "sh:qualifiedValueShapesDisjoint",
    ),
]


@pytest.mark.parametrize(("text", "told"), WHOLE)
def test_what_may_read_all_of_a_graph_is_named(text: str, told: str) -> None:
    """A query, a path of any length, targets unsaid: an error names the shape, and what is not understood."""
    with pytest.raises(ShapesError) as refused:
        find_reach(Graph().parse(data=PREFIXES + TARGETED + text))
    assert refused.value.shape == "http://exemple.test/S"
    assert told in refused.value.texts["fr"]
    assert refused.value.texts["en"] != refused.value.texts["fr"]


CHAIN = "ex:a a ex:C ; ex:p ex:b . ex:b ex:p ex:c . ex:c ex:p 3 ."
LOOKING_AHEAD = 'sh:property [ sh:path ex:p ; sh:pattern "^(?!http)" ] .'


def test_what_may_read_all_of_a_graph_is_judged_whole(place: Path) -> None:
    """A path of any length gets the results that it has in the whole, though the graph is large."""
    shapes = Graph().parse(data=PREFIXES + TARGETED + WHOLE[1][0])
    found = judged_in_portions(graph := Graph().parse(data=PREFIXES + CHAIN), shapes, place, focus_nodes=1)
    assert sum(found.values()) == 1
    assert found == judged_at_once(graph, shapes)


@pytest.mark.parametrize(("more", "takes"), [("", "0.1"), (LOOKING_AHEAD, "1.0")])
def test_a_graph_that_memory_does_not_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, takes: str
) -> None:
    """Shapes that want all of a graph at once are refused when it is too large for the engine that would judge."""
    with (tmp_path / "g.nt").open("wb") as file:
        file.truncate(100 << 20)  # of no matter what: it is never read
    monkeypatch.setattr("publisher.large_gate.os.sysconf", lambda _: 1 << 12)
    shapes = Graph().parse(data=PREFIXES + TARGETED + WHOLE[1][0].rstrip(".") + f"; {more or '.'}")
    with pytest.raises(ShapesError) as refused:
        judge_file(tmp_path / "g.nt", shapes, at_once=0)
    assert f"sh:zeroOrMorePath lit peut-être tout le graphe : il prendrait {takes} Gio" in refused.value.texts["fr"]


def test_each_engine_judges_portions(place: Path) -> None:
    """What only the reference reads is judged by it, in portions too, and it is named."""
    graph = Graph().parse(data=PREFIXES + "ex:a a ex:C ; ex:p ex:b . ex:b a ex:C ; ex:p 3 .")
    shapes = Graph().parse(data=PREFIXES + TARGETED + LOOKING_AHEAD)
    assert sum(judged_in_portions(graph, shapes, place, focus_nodes=1).values()) == 1
    assert judge_file(place / "graph.nt", shapes, at_once=-1).engine == REFERENCE
    plain = Graph().parse(data=PREFIXES + TARGETED + "sh:nodeKind sh:BlankNode .")
    assert judge_file(place / "graph.nt", plain, at_once=-1).engine == ENGINE


def test_an_abandoned_graph_is_not_judged_to_its_end(tmp_path: Path) -> None:
    """When what goes on beside it fails, the gate judges no further portion, and the error comes through."""
    (tmp_path / "graph.nt").write_text('<urn:a> <urn:p> "1" .\n<urn:b> <urn:p> "2" .\n', encoding="utf-8")
    literals = "ex:S a sh:NodeShape ; sh:targetSubjectsOf <urn:p> ; sh:nodeKind sh:Literal ."
    shapes = Graph().parse(data=PREFIXES + literals)
    (abandoned := Event()).set()
    assert "ValidationResult" in judge_file(tmp_path / "graph.nt", shapes, at_once=-1).report
    assert "ValidationResult" not in judge_file(tmp_path / "graph.nt", shapes, at_once=-1, abandoned=abandoned).report
    shapes.serialize(tmp_path / "shapes.ttl")
    with pytest.raises(FileNotFoundError), GateThread([tmp_path / "shapes.ttl"]) as gate:
        fail_beside(begun := gate.judge(tmp_path / "graph.nt"), tmp_path)
    assert begun.done()


def fail_beside(begun: Future[Judgement], place: Path) -> None:
    """Fail while something else has begun."""
    (place / f"{id(begun)}.csv").read_bytes()
