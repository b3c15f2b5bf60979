"""The history of an instance, read: steps, what each changed, the state of a thing at any of them.

    var/history/<n>.nq.gz       what step n changed (see `publisher.changes`); append-only, never pruned
    var/history/index-3.sqlite  where each change lies in them; replaced whole by rename(2), made again from them
                                by the next publication when it is not there (the number is that of its format)

A step is a move of `current` to another release, by publication or by rollback. It is written before `current`
moves, so the last one may never have taken effect: whoever reads the history of a release reads up to the last
step that led to that release, and ignores what follows.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import threading
from collections import OrderedDict, defaultdict
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from publisher.changes import ADDED, CREATE, DELETE, UPDATE
from publisher.errors import ReleaseError
from publisher.steps import Change, Step, read_member, split_quad, step_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HISTORY = "history"
INDEX = "index-3.sqlite"
SCHEMA = """
CREATE TABLE step (number INTEGER PRIMARY KEY, release TEXT NOT NULL, previous TEXT, instant TEXT NOT NULL,
    undone INTEGER NOT NULL, signed TEXT, reason TEXT, added INTEGER NOT NULL, removed INTEGER NOT NULL,
    others TEXT NOT NULL, others_start INTEGER NOT NULL);
CREATE TABLE change (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, thing TEXT NOT NULL, version TEXT NOT NULL,
    kind TEXT NOT NULL, action TEXT NOT NULL, labels TEXT NOT NULL, added INTEGER NOT NULL, removed INTEGER NOT NULL,
    start INTEGER NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE INDEX change_by_thing ON change (thing, number, digest);
CREATE INDEX change_by_step ON change (number, action, kind);
"""
_MEMBERS_KEPT = 16
_STATE = (
    "(SELECT digest FROM change AS each WHERE each.thing = touched.thing AND number <= {} ORDER BY number DESC LIMIT 1)"
)
_DIFFERENT = f"""
SELECT thing, iif(old = '', :create, iif(new = '', :delete, :update)) AS action FROM (
    SELECT thing, coalesce({_STATE.format(":before")}, '') AS old, coalesce({_STATE.format(":after")}, '') AS new
    FROM (SELECT DISTINCT thing FROM change WHERE number > min(:before, :after) AND number <= max(:before, :after))
        AS touched)
WHERE old <> new
"""
_STANDING = (
    "(thing, number) IN (SELECT thing, max(number) FROM change WHERE number <= ? GROUP BY thing) AND digest <> ''"
    " ORDER BY number, start"
)
_CHANGE = "SELECT change.*, step.instant, step.release FROM change JOIN step USING (number)"


class History:
    """The history up to step `number`. Safe to share between threads."""

    def __init__(self, directory: Path, connection: sqlite3.Connection, number: int) -> None:
        self.directory = directory
        self.number = number
        self._connection = connection
        connection.row_factory = sqlite3.Row
        self._kept: OrderedDict[tuple[int, int], dict[str, list[str]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        """The number of changes: their ids are 1 to `total`."""
        row = self._connection.execute("SELECT max(id) FROM change WHERE number <= ?", (self.number,)).fetchone()
        return int(row[0] or 0)

    def step(self, number: int) -> Step | None:
        """Return a step by its number."""
        rows = self._steps("number = ?", number) if number <= self.number else []
        return rows[0] if rows else None

    def steps(self, limit: int = -1) -> list[Step]:
        """Return the steps, newest first."""
        return self._steps("true", limit=limit)

    def step_of(self, release: str) -> Step | None:
        """Return the last step that led to a release."""
        rows = self._steps("release = ?", release, limit=1)
        return rows[0] if rows else None

    def changes(self, first: int, last: int) -> list[Change]:
        """Return the changes by their ids, both included."""
        return self._changes("id BETWEEN ? AND ? ORDER BY id", first, last)

    def changes_of(self, number: int, action: str, limit: int = -1, kind: str | None = None) -> list[Change]:
        """Return what a step did to things, or to those of one class, by one action."""
        chosen, values = ("", ()) if kind is None else (" AND kind = ?", (kind,))
        condition = f"number = ? AND action = ?{chosen} ORDER BY kind, thing LIMIT ?"
        return self._changes(condition, number, action, *values, limit)

    def counts(self, number: int) -> dict[str, dict[str, int]]:
        """Return how many things of each class a step touched: class → action → number."""
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        query = (
            "SELECT kind, action, count(*) FROM change WHERE number = ? GROUP BY action, kind"  # as the index has them
        )
        for kind, action, number_ in sorted(map(tuple, self._connection.execute(query, (number,)))):
            counts[kind][action] = number_
        return dict(counts)

    def versions(self, thing: str, limit: int = -1) -> list[Change]:
        """Return what happened to a thing, newest first."""
        return self._changes("thing = ? ORDER BY number DESC LIMIT ?", thing, limit)

    def latest(self, thing: str, number: int | None = None) -> Change | None:
        """Return the last change of a thing up to a step."""
        bound = self.number if number is None else min(number, self.number)
        found = self._changes("thing = ? AND number <= ? ORDER BY number DESC LIMIT 1", thing, bound)
        return found[0] if found else None

    def different(self, before: int, after: int, limit: int = -1, offset: int = 0) -> Iterator[tuple[str, str]]:
        """Yield the things whose states after two steps differ, by IRI, and what leads from one to the other."""
        query = f"{_DIFFERENT} ORDER BY thing LIMIT :limit OFFSET :offset"
        values = {"limit": limit, "offset": offset, **_between(before, after)}
        yield from map(tuple, self._connection.execute(query, values))

    def count_different(self, before: int, after: int) -> dict[str, int]:
        """Return how many things differ between two steps: action → number."""
        query = f"SELECT action, count(*) FROM ({_DIFFERENT}) GROUP BY action"
        return dict(tuple(row) for row in self._connection.execute(query, _between(before, after)))

    def state(self, change: Change) -> list[str]:
        """Return what was said about a thing after a change: N-Triples lines, sorted; none after a withdrawal."""
        return self._member(change.number, change.start, change.size).get(change.version, [])

    def others(self, number: int) -> Iterator[tuple[bool, str]]:
        """Yield the statements about anything else that a step added (True) or removed (False)."""
        step = self.step(number)
        if step is None:
            return
        with step_file(self.directory, number).open("rb") as raw:
            raw.seek(step.others_start)
            with gzip.open(raw, "rt", encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    triple, graph = split_quad(line.rstrip("\n"))
                    yield graph.endswith(ADDED), triple

    def lines(self) -> Iterator[tuple[bool, str]]:
        """Yield all that the steps so far add up to: statements that came (True), and those that went again (False)."""
        for change in self._changes(_STANDING, self.number):
            for line in self.state(change):
                yield True, line
        for number in range(1, self.number + 1):
            yield from self.others(number)

    def statements(self) -> set[str]:
        """Return what the steps so far lead to, N-Triples lines: what the dump of the last release holds."""
        held: set[str] = set()
        for added, line in self.lines():
            (held.add if added else held.discard)(line)
        return held

    def close(self) -> None:
        """Close the index."""
        self._connection.close()

    def _steps(self, condition: str, *values: Any, limit: int = -1) -> list[Step]:
        query = f"SELECT * FROM step WHERE number <= ? AND {condition} ORDER BY number DESC LIMIT ?"
        rows = self._connection.execute(query, (self.number, *values, limit)).fetchall()
        return [
            Step(**{**dict(row), "undone": bool(row["undone"]), "others": json.loads(row["others"])}) for row in rows
        ]

    def _changes(self, condition: str, *values: Any) -> list[Change]:
        rows = self._connection.execute(f"{_CHANGE} WHERE number <= ? AND {condition}", (self.number, *values))
        return [Change(**{**dict(row), "labels": json.loads(row["labels"])}) for row in rows.fetchall()]

    def _member(self, number: int, start: int, size: int) -> dict[str, list[str]]:
        """Return the statements of one gzip member by graph; the last ones read are kept."""
        with self._lock:
            found = self._kept.get((number, start))
            if found is None:
                found = read_member(step_file(self.directory, number), start, size)
                self._kept[number, start] = found
                if len(self._kept) > _MEMBERS_KEPT:
                    self._kept.popitem(last=False)
            return found


def _between(before: int, after: int) -> dict[str, Any]:
    return {"before": before, "after": after, "create": CREATE, "update": UPDATE, "delete": DELETE}


def open_history(var: Path, release: str) -> History:
    """Open the history of `var` up to the last step that led to a release; an empty one if there is none.

    Raises:
        ReleaseError: its index is damaged.
    """
    directory = var / HISTORY
    path = directory / INDEX
    if not path.is_file():
        return empty_history(var)
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"  # the file is replaced, never written to
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    try:
        row = connection.execute("SELECT max(number) FROM step WHERE release = ?", (release,)).fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ReleaseError(
            f"{path} : illisible ({error}) ; la prochaine publication le refait",
            f"{path}: unreadable ({error}); the next publication makes it again",
        ) from error
    return History(directory, connection, int(row[0] or 0))


def empty_history(var: Path) -> History:
    """Return a history of `var` without a step."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(SCHEMA)
    return History(var / HISTORY, connection, 0)


def releases_known(var: Path) -> set[str]:
    """Return the names of the releases that the steps lead to, whether they took effect or not."""
    path = var / HISTORY / INDEX
    if not path.is_file():
        return set()
    with (
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as index,
        suppress(sqlite3.DatabaseError),  # it is made again from the steps
    ):
        return {name for (name,) in index.execute("SELECT DISTINCT release FROM step")}
    return set()
