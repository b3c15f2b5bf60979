"""What tells a sorted file from that of the release before, found in the pieces that they do not share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.comparison import KEPT, side_by_side
from publisher.datasets import WHOLE
from publisher.inventory import conditions, former_dumps
from publisher.pieces import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.comparison import Fate
    from publisher.inventory import FormerDump
    from publisher.pieces import Piece
    from publisher.project import Project
    from publisher.release import Release

Revise = Callable[[Path], "Revision"]
"""Gives what tells a sorted N-Triples file from that of the release before."""

_MOST = 4
"""Where more than one piece in so many is new, all is read and made: little would be spared."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A sorted file in pieces, and the dump of the release before, if there is one to take from."""

    graph: Path
    pieces: Sequence[Piece]
    release: Release | None
    former: FormerDump | None

    @property
    def is_small(self) -> bool:
        """Whether there is a release before, and most of it stays."""
        if self.release is None or self.former is None:
            return False
        gone, came = self._changed()
        return _MOST * max(len(gone), len(came)) <= len(self.pieces)

    def lines(self) -> Iterator[tuple[bytes, Fate]]:
        """Yield, in order, the lines that went and those that came.

        Raises:
            ReleaseError: the dump of the release before is no longer what it was.
        """
        gone, came = self._changed()
        with self.graph.open("rb") as file:
            old = (line for number in gone for line in self._former_lines(number))
            new = (line for piece in came for line in piece.read(file).splitlines(keepends=True))
            yield from ((line, fate) for line, fate in side_by_side(old, new) if fate is not KEPT)

    def _former_lines(self, number: int) -> list[bytes]:
        return self.former.lines(number).splitlines(keepends=True) if self.former else []

    def _changed(self) -> tuple[list[int], list[Piece]]:
        """Return the former pieces, by number, that are no more, and those that are new."""
        former = self.former.pieces if self.former else []
        old, new = {each.digest for each in former}, {each.digest for each in self.pieces}
        gone = [number for number, each in enumerate(former) if each.digest not in new]
        return gone, [each for each in self.pieces if each.digest not in old]


def revise_since(release: Release | None, project: Project) -> Revise:
    """Return what tells the graph of a project from that of a release."""
    return lambda graph: revise(release, project, WHOLE.key, graph)


def revise(release: Release | None, project: Project, key: str, graph: Path) -> Revision:
    """Cut a dataset's sorted file, and find its dumps in the release before to take from them."""
    former = former_dumps(release, key, conditions(project, key)) if release else None
    return Revision(graph, cut(graph), release, former)
