"""A graph too large for memory → portions of it, each with some focus nodes and all that their shapes can reach.

What to take is `publisher.reach`'s; here it is taken from the table of statements. In a portion the focus nodes of a
group of shapes are those that a property of ours leads to: a class there may have members whose statements are
elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS, SH

from publisher import sql
from publisher.line_files import copy_unsorted
from publisher.queries import read_sql
from publisher.reach import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from rdflib.term import Node

    from publisher.reach import Group, Reach

FOCUS_NODES = 200_000
STATEMENTS = 4_000_000
"""What a portion holds at most, unless one node alone reaches more."""

MARK = "urn:x-annuaire:portion"
_LINE = "s || ' ' || p || ' ' || o || ' .'"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Focus nodes of one group, by their places in its table."""

    group: int
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


def mark_targets(shapes: Graph, groups: Sequence[Group]) -> Graph:
    """Return the shapes with those of portions for targets: what the mark of their group leads to."""
    marked = Graph() + shapes
    for term in TARGETS:
        marked.remove((None, term, None))
    for number, group in enumerate(groups):
        for shape in group.shapes:
            marked.add((shape, SH.targetObjectsOf, URIRef(f"{MARK}:{number}")))
    return marked


def write_portions(
    statements: DuckDBPyConnection,
    groups: Sequence[Group],
    directory: Path,
    *,
    focus_nodes: int = FOCUS_NODES,
    limit: int = STATEMENTS,
) -> Iterator[Path]:
    """Write one portion after the other as N-Triples; each focus node of each group is in one of them."""
    numbers = count()
    for pieces in _fill(_find_focus(statements, groups), focus_nodes):
        waiting = [pieces]
        while waiting:
            taken = waiting.pop()
            path = directory / f"portion-{next(numbers)}.nt"
            size = _write(statements, groups, taken, path)
            if size > limit and sum(piece.size for piece in taken) > 1:
                path.unlink()
                waiting += reversed(_halve(taken))
            else:
                yield path


def _find_focus(statements: DuckDBPyConnection, groups: Sequence[Group]) -> list[_Piece]:
    """Make a table of the focus nodes of each group, in order; return all of them."""
    pieces = []
    for number, group in enumerate(groups):
        found = " UNION ALL ".join(_target(term, node) for term, node in group.targets)
        statements.execute(
            f"CREATE OR REPLACE TEMP TABLE focus_{number} AS "
            f"SELECT node, row_number() OVER (ORDER BY node) - 1 AS place FROM (SELECT DISTINCT node FROM ({found}))"
        )
        (size,) = statements.execute(f"SELECT count(*) FROM focus_{number}").fetchone() or (0,)
        pieces.append(_Piece(number, 0, size))
    return pieces


def _target(term: URIRef, node: Node) -> str:
    """Return the SQL of the nodes that a target declaration means (§2.1.3)."""
    value = sql.text(written(node))
    if term == SH.targetNode:
        return f"SELECT {value} AS node"
    if term == SH.targetClass:
        return read_sql("members").format(class_=value)
    return f"SELECT {'s' if term == SH.targetSubjectsOf else 'o'} AS node FROM said WHERE p = {value}"


def written(node: Node) -> str:
    """Return a node as N-Triples write it."""
    if not isinstance(node, Literal):
        return f"<{node}>"
    datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
    return str(ox.Literal(str(node), language=node.language, datatype=datatype))


def _fill(pieces: Sequence[_Piece], size: int) -> Iterator[list[_Piece]]:
    """Cut and gather pieces so that each list has `size` focus nodes, the last one what is left."""
    filled, room = list[_Piece](), size
    for piece in pieces:
        start = piece.start
        while start < piece.end:
            end = min(piece.end, start + room)
            filled.append(_Piece(piece.group, start, end))
            room -= end - start
            start = end
            if not room:
                yield filled
                filled, room = [], size
    if filled:
        yield filled


def _halve(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    return list(_fill(pieces, (sum(piece.size for piece in pieces) + 1) // 2))


def _write(statements: DuckDBPyConnection, groups: Sequence[Group], pieces: Sequence[_Piece], path: Path) -> int:
    """Write a portion; return how many statements it holds."""
    subclass = sql.text(f"<{RDFS.subClassOf}>")
    statements.execute(f"CREATE OR REPLACE TEMP TABLE portion AS SELECT {_LINE} AS line FROM said WHERE p = {subclass}")
    for piece in pieces:
        nodes = f"(SELECT node FROM focus_{piece.group} WHERE place >= {piece.start} AND place < {piece.end})"
        mark = sql.text(f"<{MARK}> <{MARK}:{piece.group}> ")
        statements.execute(f"INSERT INTO portion SELECT {mark} || node || ' .' FROM {nodes}")
        _take(statements, groups[piece.group].reach, nodes, 0)
    return copy_unsorted(statements, "SELECT line FROM portion", path)


def _take(statements: DuckDBPyConnection, reach: Reach, nodes: str, depth: int) -> None:
    """Add what is read of some nodes, then of those that this leads to."""
    for backwards in (False, True):
        steps = [step for step in reach.steps if step.backwards is backwards]
        every = reach.every and not backwards
        if not steps and not every:
            continue
        here, there = ("o", "s") if backwards else ("s", "o")
        said = f"reached_{depth}"
        read = ", ".join(sql.text(f"<{step.predicate}>") for step in steps)
        condition = "" if every else f" WHERE p IN ({read})"
        statements.execute(
            f"CREATE OR REPLACE TEMP TABLE {said} AS "
            f"SELECT s, p, o FROM said SEMI JOIN {nodes} AS wanted ON {here} = node{condition}"
        )
        statements.execute(f"INSERT INTO portion SELECT {_LINE} FROM {said}")
        for step in steps:
            further = reach.steps[step]
            if further.steps or further.every:
                p = sql.text(f"<{step.predicate}>")
                _take(statements, further, f"(SELECT DISTINCT {there} AS node FROM {said} WHERE p = {p})", depth + 1)
