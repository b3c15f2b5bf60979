"""The comparison of two graphs: things with their parts, everything else by statement, the same bytes each time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from publisher.changes import THINGS_A_MEMBER, Occasion, Passage, write_step
from publisher.identifiers import Minter
from tests.history_fixture import BASE, START, company, town

if TYPE_CHECKING:
    from pathlib import Path

VERSION = f"{BASE}/history/entreprise/999000001/7"


def compare(directory: Path, before: list[str] | None, after: list[str]) -> list[str]:
    """Return the lines of the step between two graphs."""
    files = []
    for name, lines in (("avant", before), ("après", after)):
        path = directory / f"{name} d'été.nt"
        if lines is not None:
            path.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
        files.append(None if lines is None else path)
    target = directory / "étape.nq.gz"
    passage = Passage(7, "x-6" if before else None, "y-7", Occasion(START))
    write_step(Minter(BASE), passage, files[0], files[1] or directory, target)
    return gzip.decompress(target.read_bytes()).decode().splitlines()


def changed(lines: list[str]) -> list[str]:
    """Return what is said of things, without the step itself and without their state."""
    return [
        line for line in lines if line.startswith(f"<{BASE}/history/") and not line.startswith(f"<{BASE}/history/7>")
    ]


@pytest.mark.parametrize(
    "line",
    [
        f'<{BASE}/id/entreprise/999000001> <https://schema.org/name> "autre" .',
        f'<{BASE}/id/entreprise/999000001#siren> <https://schema.org/name> "autre" .',
        f'<{BASE}/doc/entreprise/999000001> <https://schema.org/name> "autre" .',
        f'<{BASE}/doc/entreprise/999000001#classement> <https://schema.org/name> "autre" .',
    ],
)
def test_a_thing_changes_with_its_parts(tmp_path: Path, line: str) -> None:
    """A statement about a thing, a sub-node, its record or a part of it is a change of that thing."""
    one = company("999000001", "Alpha")
    step = compare(tmp_path, one, [*one, line])
    assert f"<{VERSION}> <http://purl.org/dc/terms/isVersionOf> <{BASE}/id/entreprise/999000001> ." in step
    assert sorted(step[-6:]) == sorted(f"{each[:-1]}<{VERSION}> ." for each in [*one, line])


def test_documents_about_others_things_belong_to_them(tmp_path: Path) -> None:
    """A record of a commune counts with INSEE's commune, that of a domain with the domain."""
    step = compare(
        tmp_path,
        [],
        [
            f'<{BASE}/doc/commune/69123> <https://schema.org/name> "x" .',
            f'<{BASE}/doc/domaine/velo> <https://schema.org/name> "x" .',
        ],
    )
    assert changed(step)[1].endswith("isVersionOf> <https://w3id.org/annuaire-territorial/domaine/velo> .")
    assert step[-1].endswith(f"<{BASE}/history/7#added> .")


def test_what_is_no_thing_of_ours_is_told_by_statement(tmp_path: Path) -> None:
    """Territories, vocabulary and blank nodes are told by the statements that came and went."""
    before = [*town("69123", "Lyon"), '_:b0 <https://schema.org/name> "x" .']
    step = compare(tmp_path, before, [*town("69123", "Lyon !"), '_:b0 <https://schema.org/name> "x" .'])
    assert changed(step) == []
    assert [line.rpartition("#")[2] for line in step[-2:]] == ["removed> .", "added> ."]


def test_the_same_graph_is_no_change(tmp_path: Path) -> None:
    """Nothing came or went: the step says only that it took place."""
    step = compare(tmp_path, town("1", "x"), town("1", "x"))
    assert {line.partition(" ")[0] for line in step} == {f"<{BASE}/history/7>"}


def test_texts_of_any_kind_survive(tmp_path: Path) -> None:
    """Quotes, commas, escapes, graph-like texts and several labels are kept to the letter; the file is N-Quads."""
    texts = ['a,b;"c"', r"\\ \n <g> .", "<http://x> .", "été ’", "日本", " "]
    name = NamedNode("https://schema.org/name")
    lines = [f"{Triple(NamedNode(f'{BASE}/id/entreprise/999000001'), name, Literal(text))} ." for text in texts]
    step = compare(tmp_path, None, lines)
    quads = list(parse(input="\n".join(step), format=RdfFormat.N_QUADS))
    held = {getattr(quad.object, "value", "") for quad in quads if quad.predicate.value == "https://schema.org/name"}
    assert held == set(texts)


def test_members_are_bounded(tmp_path: Path) -> None:
    """Many things are spread over several gzip members, so that one can be read without the others."""
    number = THINGS_A_MEMBER * 2 + 1
    compare(tmp_path, None, [line for n in range(number) for line in company(f"{n:09}", str(n))])
    assert (tmp_path / "étape.nq.gz").read_bytes().count(b"\x1f\x8b\x08\x00\x00\x00\x00\x00") == 4


PLACES = [
    f"{BASE}/{kind}/projet/{key}{part}" for kind in ("id", "doc") for key in ("a", "a-b", "ab") for part in ("", "#x")
]
GRAPHS = st.sets(st.tuples(st.sampled_from([*PLACES, f"{BASE}/def"]), st.sampled_from("12")))


@given(before=GRAPHS, after=GRAPHS)
def test_a_step_holds_the_whole_state_of_what_changed(
    tmp_path: Path, before: set[tuple[str, str]], after: set[tuple[str, str]]
) -> None:
    """Keys that begin other keys do not mix: each thing that changed has all that is said of it, the others nothing."""

    def said_of(thing: str, graph: set[tuple[str, str]]) -> set[str]:
        record = thing.replace("/id/", "/doc/")
        return {
            f'<{subject}> <{BASE}/p> "{value}" .'
            for subject, value in graph
            if subject.partition("#")[0] in {thing, record}
        }

    graphs = [[f'<{subject}> <{BASE}/p> "{value}" .' for subject, value in graph] for graph in (before, after)]
    step = compare(tmp_path, *graphs)
    for key in ("a", "a-b", "ab"):
        thing, version = f"{BASE}/id/projet/{key}", f" <{BASE}/history/projet/{key}/7> ."
        was, now = said_of(thing, before), said_of(thing, after)
        held = {line.removesuffix(version) + " ." for line in step if line.endswith(version)}
        assert held == (now if was != now else set())
        action = "Delete" if not now else "Update" if was else "Create"
        told = [line for line in step if line.startswith(version[1:-2]) and "#type>" in line]
        assert [line.endswith(f"#{action}> .") for line in told] == ([True] if was != now else [])
