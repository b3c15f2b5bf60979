"""The history of an instance, written: a step is drafted, takes its number, and then `current` moves.

Under the publication lock only. A draft has a fixed name and is overwritten by the next one; a step that was
numbered but never took effect (the process was killed before `current` moved) is overwritten by the next step.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from publisher.changes import Passage, write_step
from publisher.errors import ReleaseError
from publisher.fingerprint import file_digest
from publisher.history import HISTORY, INDEX, SCHEMA, History
from publisher.identifiers import Minter
from publisher.indexing import index_step
from publisher.release import DUMPS, RELEASES, current_name, flush, open_release
from publisher.steps import step_file

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.changes import Occasion
    from publisher.comparison import Before
    from publisher.revision import Revision
    from publisher.steps import Step

DRAFT = ".brouillon.nq.gz"
DRAFT_INDEX = ".brouillon.sqlite"
DRAFT_BEFORE, DRAFT_AFTER = ".brouillon-avant.nt", ".brouillon.nt"
_TICK = timedelta(seconds=1)
_CHUNK = 1 << 20


def draft(
    base_uri: str, var: Path, release: str, dump: Path, occasion: Occasion, revision: Revision | None = None
) -> Step:
    """Draft the step from the last release of the history to one whose data dump (N-Triples) is given.

    Instants only grow: a clock that goes backwards is not followed. What `revision` knows of the change is not sought
    again, if it starts from that last release.
    """
    directory = var / HISTORY
    directory.mkdir(exist_ok=True)
    minter = Minter(base_uri)
    with closing(_copy_index(directory)) as index:
        last = _last_step(index, directory, var)
        if last and (next_instant := datetime.fromisoformat(last.instant) + _TICK) > occasion.instant:
            occasion = replace(occasion, instant=next_instant)
        before = _known(revision, last) or _dump_of(last, index, var)
        passage = Passage(last.number + 1 if last else 1, last.release if last else None, release, occasion)
        after = _unpacked(dump, directory / DRAFT_AFTER) if dump.suffix == ".gz" else dump
        write_step(minter, passage, before, after, directory / DRAFT)
        for unpacked in (DRAFT_BEFORE, DRAFT_AFTER):
            (directory / unpacked).unlink(missing_ok=True)
        step = index_step(index, directory, directory / DRAFT)
    for name in (DRAFT, DRAFT_INDEX):
        flush(directory / name)
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
    flush(directory)
    for former in set(directory.glob("index-*.sqlite")) - {directory / INDEX}:
        former.unlink()


def rebuild_index(var: Path) -> int:
    """Make the index again from the steps; return their number. Under the publication lock."""
    directory = var / HISTORY
    (directory / DRAFT_INDEX).unlink(missing_ok=True)
    with closing(_new_index(directory)) as index:
        number = _catch_up(index, directory)
    flush(directory / DRAFT_INDEX)
    (directory / DRAFT_INDEX).replace(directory / INDEX)
    return number


def _unpacked(dump: Path, target: Path) -> Path:
    """Unpack a file in which places are to be looked up."""
    with gzip.open(dump, "rb") as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain, _CHUNK)
    return target


def _copy_index(directory: Path) -> sqlite3.Connection:
    """Return a copy of the index to write in, made again from the steps when it is lost or damaged.

    A step that is there and not in it is added: a copy of `var` may hold the one without the other.
    """
    if (directory / INDEX).is_file():
        shutil.copyfile(directory / INDEX, directory / DRAFT_INDEX)
    else:
        (directory / DRAFT_INDEX).unlink(missing_ok=True)
    index = sqlite3.connect(directory / DRAFT_INDEX)
    if not _is_sound(index):
        index.close()
        (directory / DRAFT_INDEX).unlink(missing_ok=True)
        index = _new_index(directory)
    _catch_up(index, directory)
    return index


def _is_sound(index: sqlite3.Connection) -> bool:
    with suppress(sqlite3.DatabaseError):
        has_tables = index.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()[0]
        return bool(has_tables) and index.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    return False


def _catch_up(index: sqlite3.Connection, directory: Path) -> int:
    """Add the steps that follow those of an index; return the number of the last one."""
    number = int(index.execute("SELECT max(number) FROM step").fetchone()[0] or 0)
    while step_file(directory, number + 1).is_file():
        number += 1
        index_step(index, directory, step_file(directory, number))
    return number


def _new_index(directory: Path) -> sqlite3.Connection:
    index = sqlite3.connect(directory / DRAFT_INDEX)
    index.executescript(SCHEMA)
    return index


def _last_step(index: sqlite3.Connection, directory: Path, var: Path) -> Step | None:
    """Return the last step that took effect, and forget those after it.

    What `current` named counts, though it be lost; where it names nothing, all steps count.
    """
    query = "SELECT max(number) FROM step"
    newest = int(index.execute(query).fetchone()[0] or 0)
    number = int(index.execute(f"{query} WHERE release = ?", (current_name(var),)).fetchone()[0] or newest)
    index.execute("DELETE FROM step WHERE number > ?", (number,))
    index.execute("DELETE FROM change WHERE number > ?", (number,))
    index.commit()
    return History(directory, index, number).step(number)


def _known(revision: Revision | None, last: Step | None) -> Before:
    """Return the lines that tell a release from the last one, if few do."""
    if revision is None or revision.release is None or last is None or revision.release.name != last.release:
        return None
    return revision.lines() if revision.is_small else None


def _dump_of(step: Step | None, index: sqlite3.Connection, var: Path) -> Path | None:
    """Return the data dump of a step's release; one that is lost or damaged is made again from the history."""
    if step is None:
        return None
    with suppress(ReleaseError, OSError):
        release = open_release(var / RELEASES / step.release)
        dump = release.graph_files[0]
        said = release.manifest["files"][f"{DUMPS}/{dump.name}"]["sha512"]
        if file_digest(dump) == said:
            return dump
    directory = var / HISTORY
    with (directory / DRAFT_BEFORE).open("w", encoding="utf-8", newline="\n") as lines:
        lines.writelines(f"{line}\n" for line in sorted(History(directory, index, step.number).statements()))
    return directory / DRAFT_BEFORE
