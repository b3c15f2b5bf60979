"""The gate after a small change: only what changed is judged, all else keeps the results of the release before.

That is done where it is known to give the report of the whole: the same rules, the same engine, shapes of which it is
known what they reach (see `publisher.reach`). Everywhere else, all is judged.
"""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher.changed_focus import SUBCLASS, find_changed, keep_focus
from publisher.errors import ShapesError
from publisher.gate import Judgement, prepare_judge
from publisher.inventory import is_as_sealed
from publisher.neighbourhood import Neighbourhood, UntraceableError, read_line, write_line
from publisher.pieces import SortedLines
from publisher.portions import MARK, mark_targets
from publisher.reach import find_reach
from publisher.release import DUMPS, REPORT_TURTLE, STORE
from publisher.shacl_report import join_reports, keep_results
from publisher.shape_language import check_shapes
from publisher.store.lines import holds_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdflib import Graph

    from publisher.comparison import Fate
    from publisher.gate import Judge
    from publisher.reach import Group
    from publisher.release import Release
    from publisher.revision import Revision

SHAPES = "shapes.ttl"
"""The rules that a release conforms to, among its dumps."""

_LINES = 50_000
_NODES = 20_000
"""Where more changed, all is judged sooner."""


def join_rules(files: Sequence[Path]) -> str:
    """Return the texts of shape files as one."""
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def judge_changes(revision: Revision, shapes: Graph, texts: str) -> Judgement | None:
    """Judge what changed since the release before; None where all has to be judged.

    `texts` are the rules as files hold them.

    Raises:
        ShapesError: the shapes say something that the gate does not understand.
    """
    release = revision.release
    if release is None or not revision.is_small or not _judged_alike(release, texts):
        return None
    check_shapes(shapes)
    try:
        groups = find_reach(shapes)
    except ShapesError:
        return None
    judge = prepare_judge(mark_targets(shapes, groups))
    if release.manifest.get("gate") != judge.engine:
        return None
    changes = list(islice(revision.lines(), _LINES + 1))
    report = (release.directory / REPORT_TURTLE).read_bytes()
    former = ox.serialize(ox.parse(report, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES) or b""
    judged = rejudge(revision.graph, changes, lambda: _open_store(release), groups, judge, former.decode())
    return Judgement(judged, judge.engine) if judged else None


def rejudge(
    graph: Path,
    changes: Sequence[tuple[bytes, Fate]],
    former: Callable[[], ox.Store],
    groups: Sequence[Group],
    judge: Judge,
    report: str,
) -> str | None:
    """Return the report of a graph from that of what it was before changes; None where all has to be judged.

    `former` gives the store of what it was; the judge has the targets of portions.
    """
    if len(changes) > _LINES or any(holds_blank(line) or read_line(line)[1] == SUBCLASS for line, _ in changes):
        return None
    with closing(SortedLines(graph)) as lines, TemporaryDirectory(dir=graph.parent) as place:
        around = Neighbourhood(lines, changes, former)
        try:
            changed = sorted(find_changed(around, groups))
            if len(changed) > _NODES:
                return None
            written = _write_portion(around, lines, groups, changed, portion := Path(place, "portion.nt"))
        except UntraceableError:
            return None
        kept = keep_results(report, set(changed))
        return join_reports([kept, judge.report(portion)] if written else [kept])


def _write_portion(
    around: Neighbourhood, lines: SortedLines, groups: Sequence[Group], changed: Sequence[str], path: Path
) -> bool:
    """Write what decides of the focus nodes among the nodes that changed; tell whether there are any."""
    classes = [read_line(line) for line in lines.holding(f" {SUBCLASS} ".encode())]
    found = set(classes)
    marked = False
    for number, group in enumerate(groups):
        focus = keep_focus(around, group, changed, classes)
        found |= {(f"<{MARK}>", f"<{MARK}:{number}>", node) for node in focus}
        found |= around.gather(focus, group.reach)
        marked = marked or bool(focus)
    path.write_text("".join(map(write_line, sorted(found))), encoding="utf-8")
    return marked


def _judged_alike(release: Release, texts: str) -> bool:
    """Return whether a release went through the same rules, and what it tells of that is as it was sealed."""
    rules, report = release.directory / DUMPS / SHAPES, release.directory / REPORT_TURTLE
    sealed = is_as_sealed(release, rules) and is_as_sealed(release, report)
    return sealed and rules.read_text(encoding="utf-8") == texts


def _open_store(release: Release) -> ox.Store:
    """Open the store of a release, if it is as it was sealed."""
    files = [name for name in release.manifest.get("files", {}) if name.startswith(f"{STORE}/")]
    if not all(is_as_sealed(release, release.directory / name) for name in files):
        raise UntraceableError(STORE)
    return ox.Store.read_only(str(release.store))
