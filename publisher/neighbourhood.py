"""What is said near some nodes of a sorted graph, looked up without reading the graph; and what was said before.

Statements are found by their subject in the sorted file, and by their object in the store of the release before, which
differs from the graph by the lines that came and went. Terms are texts, as N-Triples write them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher.comparison import CAME, GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from publisher.comparison import Fate
    from publisher.pieces import SortedLines
    from publisher.reach import Reach, Step

Statement = tuple[str, str, str]
"""Subject, predicate and object."""


class UntraceableError(LookupError):
    """What leads to a node cannot be told: a store names its blank nodes otherwise, or is no longer what was sealed."""


class Neighbourhood:
    """A graph around what changed in it; `former` gives the store of what it was, if that is needed."""

    def __init__(
        self, graph: SortedLines, changes: Iterable[tuple[bytes, Fate]], former: Callable[[], ox.Store]
    ) -> None:
        self._graph = graph
        self._former = former
        self._store: ox.Store | None = None
        self._said: dict[str, dict[str, list[Statement]]] = {}
        self.changes: dict[str, list[Statement]] = defaultdict(list)
        self._gone: dict[str, list[Statement]] = defaultdict(list)
        self._came: dict[str, list[Statement]] = defaultdict(list)
        for line, fate in changes:
            statement = read_line(line)
            self.changes[statement[1]].append(statement)
            for kind, found, term in ((GONE, self._gone, statement[0]), (CAME, self._came, statement[2])):
                if fate is kind:
                    found[term].append(statement)

    def said(self, node: str, predicate: str | None = None) -> list[Statement]:
        """Return what a node says in the graph, with a predicate or with any."""
        if node not in self._said:
            said: dict[str, list[Statement]] = {}
            for line in self._graph.read(f"{node} ".encode()).splitlines():
                statement = read_line(line)
                said.setdefault(statement[1], []).append(statement)
            self._said[node] = said
        if predicate is None:
            return [each for found in self._said[node].values() for each in found]
        return self._said[node].get(predicate, [])

    def leads_to(self, node: str, predicate: str) -> list[Statement]:
        """Return the statements of the graph that lead to a node.

        Raises:
            UntraceableError: one of them comes from a blank node.
        """
        subjects = sorted(self._ever_leading(node, predicate))
        return [each for subject in subjects for each in self.said(subject, predicate) if each[2] == node]

    def before(self, step: Step, node: str) -> set[str]:
        """Return the nodes from which a step leads to a node, or led there.

        Raises:
            UntraceableError: a blank node is among them.
        """
        predicate = f"<{step.predicate}>"
        if not step.backwards:
            return self._ever_leading(node, predicate)
        once = (each for each in self._gone[node] if each[1] == predicate)
        return {object_ for _, _, object_ in (*self.said(node, predicate), *once)}

    def gather(self, nodes: Iterable[str], reach: Reach) -> set[Statement]:
        """Return what is read of some nodes, then of those that this leads to.

        Raises:
            UntraceableError: what leads to one of them comes from a blank node.
        """
        found = set[Statement]()
        waiting = [(node, reach) for node in nodes]
        done = set[tuple[str, int]]()
        while waiting:
            node, place = waiting.pop()
            if (node, id(place)) in done:
                continue
            done.add((node, id(place)))
            if place.every:
                found.update(self.said(node))
            for step, further in place.steps.items():
                predicate = f"<{step.predicate}>"
                read = self.leads_to(node, predicate) if step.backwards else self.said(node, predicate)
                found.update(read)
                waiting += [(each[0] if step.backwards else each[2], further) for each in read]
        return found

    def _ever_leading(self, node: str, predicate: str) -> set[str]:
        """Return what leads to a node, or led there; of a number, what leads to it written another way too."""
        if node.startswith("_:"):
            raise UntraceableError(node)
        found = {subject for subject, said, _ in self._came[node] if said == predicate}
        self._store = self._store or self._former()
        (probe,) = ox.parse(f"<x:s> {predicate} {node} .", format=ox.RdfFormat.N_TRIPLES)
        for quad in self._store.quads_for_pattern(None, probe.predicate, probe.object):
            if isinstance(quad.subject, ox.BlankNode):
                raise UntraceableError(predicate)
            found.add(str(quad.subject))
        return found


def read_line(line: bytes) -> Statement:
    """Return the terms of a line of N-Triples."""
    subject, predicate, rest = line.decode().rstrip("\n").split(" ", 2)
    return subject, predicate, rest.removesuffix(" .")


def write_line(statement: Statement) -> str:
    """Return a statement as a line of N-Triples."""
    return f"{' '.join(statement)} .\n"
