"""The index of the history: where each change lies in the files of its steps, made from these files alone."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING

from pyoxigraph import Literal, RdfFormat, parse
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS

from publisher.changes import ADDED
from publisher.errors import ReleaseError
from publisher.history import History
from publisher.vocabulary import AS, INSEE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyoxigraph import Triple

    from publisher.steps import Step

VOCABULARY = "vocabulaire"
"""The class under which the statements about neither things nor territories are summed up."""

_TYPE, _VERSION_OF, _LABEL = str(RDF.type), str(DCTERMS.isVersionOf), str(RDFS.label)
_END = " ."
_READ = 1 << 20


def index_step(index: sqlite3.Connection, directory: Path, path: Path) -> Step:
    """Add the step that a file holds to an index that knows those before it."""
    members = _members(path)
    start, size, lines = next(members)
    header = _parsed(lines)
    identifier = _value(header[0].subject)
    number = int(identifier.rpartition("/")[2])
    said = {(triple.predicate.value, _value(triple.object)) for triple in header}
    values = dict(said)
    history = History(directory, index, number - 1)
    writer = _StepWriter(index, history, number)
    others_start = start + size
    for start, size, lines in members:
        if writer.add(identifier, start, size, lines):
            others_start = start + size
    release, used = values[str(PROV.generated)], values.get(str(PROV.used))
    index.execute(
        "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            release.rpartition("/")[2],
            used.rpartition("/")[2] if used else None,
            values[str(PROV.endedAtTime)],
            (str(RDF.type), str(AS.Undo)) in said,
            values.get(_LABEL),
            values.get(str(RDFS.comment)),
            writer.added,
            writer.removed,
            json.dumps({kind: dict(found) for kind, found in sorted(writer.others.items())}),
            others_start,
        ),
    )
    index.commit()
    return History(directory, index, number).steps(1)[0]


class _StepWriter:
    """Indexes the members of one step; sums up the statements that came and went."""

    def __init__(self, index: sqlite3.Connection, history: History, number: int) -> None:
        self._index = index
        self._history = history
        self._number = number
        self.added = self.removed = 0
        self.others: dict[str, dict[str, int]] = defaultdict(lambda: {"added": 0, "removed": 0})

    def add(self, step: str, start: int, size: int, lines: list[str]) -> bool:
        """Index one member; return whether it holds things of ours."""
        namespace = f"<{step.rpartition('/')[0]}/"
        about: list[str] = []
        graphs: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            if line.startswith(namespace):
                about.append(line)
            else:  # written out, for a step may have millions: `split_quad` takes three times as long
                triple, _, graph = line.rpartition(" <")
                graphs[graph].append(triple)
        if not about:
            for graph, statements in graphs.items():
                self._count_others(statements, "added" if graph.endswith(f"{ADDED}> .") else "removed")
            return False
        described: dict[str, list[Triple]] = defaultdict(list)
        for said in _parsed(about):
            described[_value(said.subject)].append(said)
        for version, triples in described.items():
            self._add_change(version, triples, graphs.get(f"{version}> .", []), start, size)
        return True

    def _add_change(self, version: str, said: Iterable[Triple], state: list[str], start: int, size: int) -> None:
        """Index a change; the statements of `state` lack their end."""
        values = {triple.predicate.value: _value(triple.object) for triple in said}
        labels = [t.object for t in said if t.predicate.value == _LABEL and isinstance(t.object, Literal)]
        thing = values[_VERSION_OF]
        earlier = self._history.latest(thing) if self._number > 1 else None
        former = {line.removesuffix(_END) for line in self._history.state(earlier)} if earlier else set()
        kept = len(former.intersection(state)) if former else 0
        added, removed = len(state) - kept, len(former) - kept
        self.added, self.removed = self.added + added, self.removed + removed
        kind = version.split("/")[-3]
        texts = json.dumps({label.language or "": label.value for label in labels}, ensure_ascii=False, sort_keys=True)
        action, digest = values[_TYPE], _digest(state)
        row = (self._number, thing, version, kind, action, texts, added, removed, start, size, digest)
        self._index.execute("INSERT INTO change VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _count_others(self, triples: Iterable[str], sense: str) -> None:
        for triple in triples:
            inside = triple.startswith(f"<{INSEE}")
            kind = triple[len(INSEE) + 1 :].partition("/")[0] if inside else VOCABULARY
            self.others[kind][sense] += 1
            self.added, self.removed = self.added + (sense == "added"), self.removed + (sense == "removed")


def _members(path: Path) -> Iterator[tuple[int, int, list[str]]]:
    """Yield where each gzip member of a file starts, its size, and its lines."""
    start, waiting = 0, b""
    with path.open("rb") as raw:
        while waiting := waiting or raw.read(_READ):
            unpacking, parts, size = zlib.decompressobj(wbits=31), [], 0
            while not unpacking.eof:
                waiting = waiting or raw.read(_READ)
                if not waiting:
                    raise ReleaseError(f"{path} : tronqué", f"{path}: truncated")
                parts.append(unpacking.decompress(waiting))
                size += len(waiting) - len(unpacking.unused_data)
                waiting = unpacking.unused_data
            yield start, size, [line for line in b"".join(parts).decode().split("\n") if line]
            start += size


def _digest(state: list[str]) -> str:
    """Return the digest of statements, each without its end, each on a line with its end."""
    return hashlib.sha256((f"{_END}\n".join(sorted(state)) + _END).encode()).hexdigest()[:32] if state else ""


def _parsed(lines: Iterable[str]) -> list[Triple]:
    return [quad.triple for quad in parse(input="\n".join(lines), format=RdfFormat.N_TRIPLES)]


def _value(term: object) -> str:
    return str(getattr(term, "value", ""))
