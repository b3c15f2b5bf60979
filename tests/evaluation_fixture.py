"""A fictitious release, a running evaluation server, and a view of the processes, for the tests of serving."""

from __future__ import annotations

import gzip
import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, Store

from endpoints.evaluation.client import evaluate
from endpoints.evaluation.frames import QueryRequest
from endpoints.evaluation.launch import EvaluationServer, start_evaluation
from publisher.release import Release, activate, new_workspace, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from endpoints.evaluation.limits import Limits

THINGS = 20_000
POINT = "SELECT ?o { <https://example.org/fictif/7> <https://example.org/nom> ?o }"
EVERYTHING = "SELECT ?s ?p ?o { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f && ?f != ?i) }"


def write_release(var: Path, number: int = 1, things: int = THINGS, quads: str = "") -> Release:
    """Write a release of fictitious things with a name each, and make it the current one.

    Further quads (N-Quads) stand in its store on disk only.
    """
    (var / "releases").mkdir(parents=True, exist_ok=True)
    workspace = new_workspace(var)
    lines = "".join(
        f'<https://example.org/fictif/{i}> <https://example.org/nom> "fictif {i}"@fr .\n' for i in range(things)
    )
    mark = f'<https://example.org/version> <https://example.org/numero> "{number}" .\n'
    data, *others = Release(workspace, workspace.name, {}).graph_files
    with gzip.open(data, "wt", encoding="utf-8", compresslevel=1) as stream:
        stream.write(lines)
    for path in others:
        path.write_text(mark, encoding="utf-8")
    for name in ("counts.json", "report.json"):
        (workspace / name).write_text("{}", encoding="utf-8")
    store = Store(str(workspace / "store"))
    store.bulk_load(input=lines + mark, format=RdfFormat.N_TRIPLES)
    store.bulk_load(input=quads, format=RdfFormat.N_QUADS)
    store.flush()
    del store
    release = seal(workspace, var, {"id": "fictif", "number": number, "triples": things + 1})
    activate(release, var)
    return release


@contextmanager
def running(release: Release, directory: Path, limits: Limits) -> Iterator[EvaluationServer]:
    """Run an evaluation server for the time of a block; its workers are gone at the end."""
    server = start_evaluation(release, directory / "evaluation.sock", limits)
    pids = descendants(server.process.pid)
    try:
        yield server
        pids |= descendants(server.process.pid)
    finally:
        server.stop()
    assert eventually(lambda: not any(alive(pid) for pid in pids)), "a query worker outlives its server"


def ask(server: EvaluationServer, query: str = POINT, representation: str = "json") -> bytes:
    """Return the whole answer to a query."""
    return evaluate(server.socket, QueryRequest(query, representation)).read()


def descendants(pid: int) -> set[int]:
    """Return the living descendants of a process."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            state, parent = _stat(int(entry.name))
            if state not in {"", "Z"}:
                parents.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    todo = [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found.update(children)
        todo += children
    return found


def running_command(pid: int, word: str) -> set[int]:
    """Return the living descendants of a process whose command line holds a word."""
    found = set()
    for each in descendants(pid):
        with suppress(OSError):  # it has just ended
            if word in Path(f"/proc/{each}/cmdline").read_text(encoding="utf-8"):
                found.add(each)
    return found


def alive(pid: int) -> bool:
    """Return whether a process runs (a zombie does not)."""
    return _stat(pid)[0] not in {"", "Z"}


def eventually(condition: Callable[[], bool], within: float = 5.0) -> bool:
    """Return whether a condition comes true in time."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def open_descriptors(pid: int) -> int:
    """Return how many descriptors a process holds."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - a count, no path is used


def _stat(pid: int) -> tuple[str, int]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return fields[0], int(fields[1])
