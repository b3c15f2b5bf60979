"""The store of a release made from a copy of the one before, less what went, plus what came."""

from __future__ import annotations

import shutil
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from publisher.comparison import GONE
from publisher.fingerprint import file_digest
from publisher.inventory import is_as_sealed
from publisher.pieces import SortedLines
from publisher.release import STORE
from publisher.store.lines import holds_blank, part
from publisher.store.oxigraph import change_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.release import Release
    from publisher.revision import Revision

_BLANK = b"_:"
_MOST = 100_000
"""More lines than these are sooner loaded anew than changed one by one, and are not held in memory."""


def renew_store(directory: Path, revision: Revision) -> bool:
    """Make, in `directory`, the store of the release before that of a new graph; tell whether it could be.

    What that release said of itself (catalog, statistics) is taken out. It cannot be done where much changed, where the
    former store is not what its manifest says, or where blank nodes are concerned that nothing tells from others.
    """
    if not revision.is_small or revision.release is None:
        return False
    _, *files = revision.release.graph_files
    if not all(is_as_sealed(revision.release, path) for path in files):
        return False
    described = [line for path in files for line in path.read_bytes().splitlines(keepends=True)]
    gone: list[bytes] = []
    came: list[bytes] = []
    for line, fate in revision.lines():
        if holds_blank(line) or len(gone) + len(came) == _MOST:
            return False
        (gone if fate is GONE else came).append(line)
    with closing(SortedLines(revision.graph)) as graph:
        if not _are_told_apart(described, graph) or not _copied(revision.release, directory):
            return False
        change_store(directory, gone := [*gone, *described], [*came, *_staying(gone, graph)])
    return True


def _are_told_apart(described: list[bytes], graph: SortedLines) -> bool:
    """Tell whether each blank node of a description is found from a thing and a property, and leads to no further one.

    A store gives them names of its own.
    """
    found, speaking = set(), set()
    for line in filter(holds_blank, described):
        subject, predicate, rest = line.split(b" ", 2)
        if subject.startswith(_BLANK):
            speaking.add(subject)
            if rest.startswith(_BLANK):
                return False
        else:
            found.add(rest.split(b" ")[0])
            if part(graph.read(subject + b" " + predicate + b" "))[1]:
                return False
    return speaking <= found


def _staying(gone: list[bytes], graph: SortedLines) -> Iterator[bytes]:
    """Yield what stays of subjects of which something goes: a store takes `1.50` and `1.5` for one statement."""
    for subject in sorted({line[: line.index(b" ") + 1] for line in gone}):
        yield part(graph.read(subject))[0]


def _copied(release: Release, directory: Path) -> bool:
    """Copy a release's store; tell whether each file is what the manifest says."""
    said = {name: each for name, each in release.manifest.get("files", {}).items() if name.startswith(f"{STORE}/")}
    directory.mkdir()
    for name, each in said.items():
        with suppress(FileNotFoundError):
            shutil.copyfile(release.directory / name, directory.parent / name)
        if not (directory.parent / name).is_file() or file_digest(directory.parent / name) != each["sha512"]:
            shutil.rmtree(directory)
            return False
    return bool(said)
