"""The gate for a graph of any size: a small one is judged at once, a large one in portions, with the same results.

A portion holds some focus nodes and all that decides of them (see `publisher.reach`). Shapes of which that is not known
are judged over the whole graph, if it fits into memory.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher.errors import ShapesError
from publisher.gate import REFERENCE, Judgement, prepare_judge
from publisher.portions import FOCUS_NODES, STATEMENTS, mark_targets, write_portions
from publisher.reach import find_reach
from publisher.shacl_report import join_reports
from publisher.shape_language import check_shapes
from publisher.statements import keep_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from rdflib import Graph

    from publisher.gate import Judge

AT_ONCE = 1 << 30
"""Up to this size in bytes a file of statements is judged at once; in memory it takes about as much."""

_REFERENCE_TAKES = 10
"""How many times its file a graph takes in the engine of reference; the other one holds it in the size of its file."""

_GIB = 1 << 30


def judge_file(
    triples: Path,
    shapes: Graph,
    *,
    at_once: int = AT_ONCE,
    focus_nodes: int = FOCUS_NODES,
    limit: int = STATEMENTS,
    abandoned: Event | None = None,
) -> Judgement:
    """Validate an N-Triples file, whose statements stand each once on a line, against shapes.

    Once `abandoned` is set, no further portion is judged.

    Raises:
        ShapesError: the shapes say something that the gate does not understand, or that wants a graph in memory that is
            too large for it.
        ProjectError: no engine takes the shapes.
    """
    check_shapes(shapes)
    size = triples.stat().st_size
    if size <= at_once:
        return _judge_whole(prepare_judge(shapes), triples)
    try:
        groups = find_reach(shapes)
    except ShapesError as error:
        _refuse_too_large(judge := prepare_judge(shapes), size, error)
        return _judge_whole(judge, triples)
    judge = prepare_judge(mark_targets(shapes, groups))
    with keep_statements(triples) as statements, TemporaryDirectory(dir=triples.parent) as place:
        portions = write_portions(statements, groups, Path(place), focus_nodes=focus_nodes, limit=limit)
        return Judgement(join_reports(_judge_each(judge, portions, abandoned)), judge.engine)


def _judge_whole(judge: Judge, triples: Path) -> Judgement:
    return Judgement(judge.report(triples), judge.engine)


def _judge_each(judge: Judge, portions: Iterator[Path], abandoned: Event | None) -> Iterator[str]:
    """Yield the report of each portion; while one is judged, the next is written."""
    with ThreadPoolExecutor(1) as thread:
        path = next(portions, None)
        while path and not (abandoned and abandoned.is_set()):
            judged = thread.submit(judge.report, path)
            following = next(portions, None)
            yield judged.result()
            path.unlink()
            path = following


def _refuse_too_large(judge: Judge, size: int, error: ShapesError) -> None:
    """Refuse to hold a graph that is larger than the memory of this machine."""
    wanted = size * (_REFERENCE_TAKES if judge.engine == REFERENCE else 1) / _GIB
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB
    if wanted > there:
        raise ShapesError(
            f"{error.why['fr']} : il prendrait {wanted:.1f} Gio de mémoire, cette machine en a {there:.1f}",
            f"{error.why['en']}: it would take {wanted:.1f} GiB of memory, this machine has {there:.1f}",
            shape=error.shape,
        ) from error
