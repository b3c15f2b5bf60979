"""After a change, judging what changed alone gives the report of the whole; what is not known to allow it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS

from publisher import changed_gate, pieces, validation
from publisher.changed_gate import rejudge
from publisher.comparison import KEPT, side_by_side
from publisher.gate import prepare_judge, run_shapes
from publisher.graphs import read_turtle
from publisher.pipeline import publish
from publisher.portions import mark_targets
from publisher.reach import find_reach
from tests.gate_fixture import AIMED, CONSTRAINTS, EXAMPLES, PREFIXES, STATEMENTS, bend, results
from tests.projects.small import COMPANIES, PROJECTS, SmallProject

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from rdflib.term import Node

    from publisher.gate import Judgement
    from publisher.release import Release


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory that graphs are written in, one after the other."""
    return tmp_path_factory.mktemp("changes")


def lines_of(graph: Graph) -> list[bytes]:
    """Return the lines of a graph as they stand in a file."""
    return sorted(graph.serialize(format="nt").encode().splitlines(keepends=True))


def judged_again(before: Graph, after: Graph, shapes: Graph, place: Path, former: str) -> str | None:
    """Return the report of a graph made from that of the one before."""
    old, new = lines_of(before), lines_of(after)
    (place / "graph.nt").write_bytes(b"".join(new))
    changes = [each for each in side_by_side(iter(old), iter(new)) if each[1] is not KEPT]
    store = ox.Store()
    store.load(b"".join(old), format=ox.RdfFormat.N_TRIPLES)
    groups = find_reach(shapes)
    judge = prepare_judge(mark_targets(shapes, groups))
    return rejudge(place / "graph.nt", changes, lambda: store, groups, judge, former)


def check_same(before: Graph, after: Graph, shapes: Graph, place: Path) -> bool:
    """Compare the report made from the one before to that of the whole; return whether there is one."""
    found = judged_again(before, after, shapes, place, run_shapes(before, shapes).report)
    event(f"judged apart: {found is not None}")
    if found is not None:
        read = Graph().parse(data=found, format="nt")
        whole = Graph().parse(data=run_shapes(after, shapes).report, format="nt")
        assert results(read) == results(whole)
        assert f'#conforms> "{"false" if results(whole) else "true"}"' in found
    return found is not None


@settings(max_examples=12)
@given(data=st.data())
def test_changed_graphs_get_the_report_of_the_whole(shapes: Graph, place: Path, data: st.DataObject) -> None:
    """Whatever is taken away, added or bent among all examples, faulty ones too, the results are those of the whole."""
    before = read_turtle(*data.draw(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=12, unique=True)))
    after = bend(Graph() + before, data)
    assert check_same(before, after, shapes, place) or any(blank_or_class(each) for each in before ^ after)


def blank_or_class(statement: tuple[Node, Node, Node]) -> bool:
    """Return whether a statement holds a blank node, or says which class is below another."""
    return statement[1] == RDFS.subClassOf or any(isinstance(term, BNode) for term in statement)


@settings(max_examples=40)
@given(
    said=st.lists(STATEMENTS, min_size=4, max_size=25),
    gone=st.integers(0, 4),
    came=st.lists(STATEMENTS.filter(lambda said: "_:" not in "".join(said)), max_size=4),
    rules=st.lists(st.tuples(AIMED, CONSTRAINTS), min_size=1, max_size=4),
)
def test_any_shapes_that_are_understood_get_the_report_of_the_whole(
    place: Path,
    said: list[tuple[str, str, str]],
    gone: int,
    came: list[tuple[str, str, str]],
    rules: list[tuple[str, str]],
) -> None:
    """Whatever paths, constraints and targets shapes are made of, what changed is traced back to its focus nodes."""
    before = Graph().parse(data=PREFIXES + "".join(f"{s} {p} {o} .\n" for s, p, o in said))
    after = Graph() + before
    for statement in sorted(before, key=str)[:gone]:
        if not any(isinstance(term, BNode) for term in statement):
            after.remove(statement)
    after.parse(data=PREFIXES + "".join(f"{s} {p} {o} .\n" for s, p, o in came))
    written = (f"ex:S{n} a sh:NodeShape ; {target} ; {rule} .\n" for n, (target, rule) in enumerate(rules))
    check_same(before, after, Graph().parse(data=PREFIXES + "".join(written)), place)


A, B, C, P, Q = (URIRef(f"http://exemple.test/{name}") for name in "abCpq")
TARGETED = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ( ex:p ex:q ) ; sh:minCount 1 ] ."


def test_what_is_far_from_a_change_is_not_judged(place: Path) -> None:
    """A result on another node is kept from the report before, whatever the rules would say of it today."""
    shapes, before = Graph().parse(data=PREFIXES + TARGETED), Graph()
    for node in (A, B):
        before.add((node, RDF.type, C))
    after = (Graph() + before).add((A, P, B)).add((B, Q, Literal("fait")))
    former = run_shapes(before, shapes).report
    kept = former.replace(str(B), "urn:ailleurs")
    found = judged_again(before, after, shapes, place, kept)
    assert found is not None
    assert {str(each[0]) for each in results(Graph().parse(data=found, format="nt"))} == {"urn:ailleurs"}


@pytest.mark.parametrize("statement", [(C, RDFS.subClassOf, A), (A, P, B)])
def test_classes_moved_are_judged_whole(place: Path, statement: tuple[URIRef, URIRef, URIRef]) -> None:
    """What is below a class decides of any node: then all is judged; other changes are judged apart."""
    shapes, before = Graph().parse(data=PREFIXES + TARGETED), Graph().add((A, RDF.type, C))
    found = judged_again(before, (Graph() + before).add(statement), shapes, place, run_shapes(before, shapes).report)
    assert (found is None) is (statement[1] == RDFS.subClassOf)


def test_a_publication_judges_what_changed(small_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edited row is judged apart with the report of a full publication; other rules judge all again."""
    judged: list[Judgement | None] = []

    def note(*given: object) -> Judgement | None:
        judged.append(changed_gate.judge_changes(*given))  # type: ignore[arg-type]
        return judged[-1]

    monkeypatch.setattr(validation, "judge_changes", note)
    monkeypatch.setattr(pieces, "_ONE_IN", 16)
    small_project.keep(COMPANIES, PROJECTS)
    for path in small_project.project.catalog_shape_files():
        path.unlink()
    full, var = small_project.directory / "complet", small_project.var
    publish(small_project.project, var, lambda _: None)
    small_project.set("offre_fr", "Une autre offre fictive")
    release = publish(small_project.project, var, lambda _: None).release
    whole = publish(small_project.project, full, lambda _: None).release
    assert [each is not None for each in judged] == [False, True, False]
    assert release.report == whole.report
    assert told(release) == told(whole)
    rules = small_project.project.shape_files()[0]
    rules.write_text(rules.read_text(encoding="utf-8") + "\n# relu\n", encoding="utf-8")
    publish(small_project.project, var, lambda _: None)
    assert judged[-1] is None


def told(release: Release) -> Counter[tuple[object, ...]]:
    """Return the results that a release tells of."""
    return results(Graph().parse(release.directory / "report.ttl"))
