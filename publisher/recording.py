"""The history of an instance, written: a step is drafted, takes its number, and then `current` moves.

Under the publication lock only. A draft has a fixed name and is overwritten by the next one; a step that was
numbered but never took effect (the process was killed before `current` moved) is overwritten by the next step.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import duckdb

from publisher.changes import Passage, write_step
from publisher.errors import ReleaseError
from publisher.history import HISTORY, INDEX, SCHEMA, History, step_file
from publisher.identifiers import Minter
from publisher.indexing import index_step
from publisher.release import RELEASES, find_current, open_release

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.history import Step

DRAFT = ".brouillon.nq.gz"
DRAFT_INDEX = ".brouillon.sqlite"
_MEMORY = "1GB"
_TICK = timedelta(seconds=1)


def draft(base_uri: str, var: Path, release: str, dump: Path, now: datetime, *, undone: bool = False) -> Step:
    """Draft the step from the last release of the history to one whose data dump (N-Triples) is given.

    Instants only grow: a clock that goes backwards is not followed.
    """
    directory = var / HISTORY
    directory.mkdir(exist_ok=True)
    minter = Minter(base_uri)
    with closing(_copy_index(directory)) as index:
        last = _last_step(index, directory, var)
        instant = max(now, datetime.fromisoformat(last.instant) + _TICK) if last else now
        before = _dump_of(last, var)
        known = last.release if last and before else None
        passage = Passage(last.number + 1 if last else 1, known, release, instant, undone=undone)
        with duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(directory / ".duckdb")}) as engine:
            write_step(engine, minter, passage, before, dump, directory / DRAFT)
        step = index_step(index, directory, directory / DRAFT)
    for name in (DRAFT, DRAFT_INDEX):
        _flush(directory / name)
    return step


def open_draft(var: Path, step: Step) -> History:
    """Open the history up to a step that is only drafted."""
    directory = var / HISTORY
    return History(directory, sqlite3.connect(directory / DRAFT_INDEX), step.number)


def adopt_draft(var: Path, release: str) -> None:
    """Give the draft its number, just before `current` moves to its release.

    Raises:
        ReleaseError: there is no draft for that release.
    """
    directory = var / HISTORY
    with closing(sqlite3.connect(directory / DRAFT_INDEX)) as index:
        row = index.execute("SELECT number FROM step WHERE release = ? ORDER BY number DESC", (release,)).fetchone()
    if row is None or not (directory / DRAFT).is_file():
        raise ReleaseError(f"historique : pas d'étape pour {release}", f"history: no step for {release}")
    (directory / DRAFT).replace(step_file(directory, row[0]))
    (directory / DRAFT_INDEX).replace(directory / INDEX)
    _flush(directory)


def rebuild_index(var: Path) -> int:
    """Make the index again from the steps; return their number. Under the publication lock."""
    directory = var / HISTORY
    (directory / DRAFT_INDEX).unlink(missing_ok=True)
    number = 0
    with closing(_new_index(directory)) as index:
        while step_file(directory, number + 1).is_file():
            number += 1
            index_step(index, directory, step_file(directory, number))
    _flush(directory / DRAFT_INDEX)
    (directory / DRAFT_INDEX).replace(directory / INDEX)
    return number


def _copy_index(directory: Path) -> sqlite3.Connection:
    if not (directory / INDEX).is_file():
        if step_file(directory, 1).is_file():
            rebuild_index(directory.parent)
            return _copy_index(directory)
        (directory / DRAFT_INDEX).unlink(missing_ok=True)
        return _new_index(directory)
    shutil.copyfile(directory / INDEX, directory / DRAFT_INDEX)
    return sqlite3.connect(directory / DRAFT_INDEX)


def _new_index(directory: Path) -> sqlite3.Connection:
    index = sqlite3.connect(directory / DRAFT_INDEX)
    index.executescript(SCHEMA)
    return index


def _last_step(index: sqlite3.Connection, directory: Path, var: Path) -> Step | None:
    """Return the last step that took effect, and forget those after it."""
    current = find_current(var)
    query = "SELECT max(number) FROM step"
    newest = int(index.execute(query).fetchone()[0] or 0)
    if current is None:
        number = newest if newest > 1 else 0  # one step and no release: the first publication was killed
    else:
        number = int(index.execute(f"{query} WHERE release = ?", (current.name,)).fetchone()[0] or newest)
    index.execute("DELETE FROM step WHERE number > ?", (number,))
    index.execute("DELETE FROM change WHERE number > ?", (number,))
    index.commit()
    return History(directory, index, number).step(number)


def _dump_of(step: Step | None, var: Path) -> Path | None:
    """Return the data dump of a step's release, or None when it is there no more."""
    directory = var / RELEASES / step.release if step else None
    if directory is None or not directory.is_dir():
        return None
    return open_release(directory).graph_files[0]


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
