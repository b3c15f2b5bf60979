"""A large graph is indexed by a process of its own, with the same answers; nothing hangs on that process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from endpoints.searching import open_index
from publisher import indexing_apart
from publisher.indexing_apart import index_apart
from publisher.pipeline import publish
from publisher.release import SEARCH
from publisher.search_index import build_search_index
from publisher.statements import keep_statements
from publisher.verification import verify_release
from tests.projects.small import COMPANIES, PROJECTS, SmallProject
from tests.release_fixture import COMPANY

if TYPE_CHECKING:
    from pathlib import Path

THING = f"https://annuaire.example/id/entreprise/{COMPANY}"
GRAPH = f"""<{THING}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/legal#LegalEntity> .
<{THING}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Lampadaires Imaginaires"@fr .
"""


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Give a graph of one fictitious company."""
    (path := tmp_path / "graphe.nt").write_text(GRAPH, encoding="utf-8")
    return path


@pytest.mark.parametrize(("python", "here"), [(sys.executable, []), ("/bin/false", [1])])
def test_an_index_is_made_apart_or_here(
    graph: Path, monkeypatch: pytest.MonkeyPatch, python: str, here: list[int]
) -> None:
    """The process makes the index; where it fails, or cannot begin its work, this one does."""
    built = []
    monkeypatch.setattr(sys, "executable", python)
    monkeypatch.setattr(indexing_apart, "build_search_index", lambda *given: built.append(build_search_index(*given)))
    with keep_statements(graph):
        pass
    index_apart(graph, graph.parent / "index", graph.parent / "rien.geojson")
    found = open_index(graph.parent / "index", graph.parent).thing(THING)
    assert found is not None
    assert found["labels"] == {"fr": "Lampadaires Imaginaires"}
    assert built == here


def test_it_ends_with_the_process_that_started_it() -> None:
    """Nobody at the other end of the pipe: it does not go on alone."""
    command = [sys.executable, "-c", "from publisher import indexing_apart as i\ni._end_with_parent()"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 1


def test_a_release_of_a_large_graph_is_indexed_apart(
    small_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a size on, the index of a release is the other process's; it finds what it always finds."""
    monkeypatch.setattr(indexing_apart, "LARGE", 0)
    monkeypatch.setattr(indexing_apart, "build_search_index", None)  # this process must not need it
    small_project.keep(COMPANIES, PROJECTS)
    small_project.skip_gate()
    release = publish(small_project.project, small_project.var, lambda _: None).release
    (runtime := small_project.directory / "liens").mkdir()
    row = small_project.rows()[0]
    found = open_index(release.directory / SEARCH, runtime).coded([row["siren"]], ["entreprise"])
    assert [each["code"] for each in found] == [row["siren"]]
    assert not list(verify_release(release))
