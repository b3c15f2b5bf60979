"""What a web process counts, where the supervisor can read it: a small file shared in memory, one a process.

A process locks its file as long as it lives;
the counts of one that has died are kept by the reader, so that totals only grow.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from bisect import bisect_left
from struct import unpack
from typing import TYPE_CHECKING

from endpoints.runtime import TALLIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_KIND_OF = {
    "id": "thing",
    "doc": "document",
    "sparql": "query",
    "questions": "question",
    "catalog": "catalog",
    ".well-known": "catalog",
    "dumps": "dump",
    "ldes": "changes",
    "changes": "changes",
    "history": "changes",
    "releases": "changes",
    "ogc": "geo",
    "reconcile": "match",
    "verifier": "check",
    "static": "static",
    "health": "health",
    "entreprises": "list",
    "marches": "list",
    "projets": "list",
    "conventions": "list",
    "solutions": "list",
    "pratiques": "list",
}
KINDS = (*dict.fromkeys(_KIND_OF.values()), "page")
STATUSES = (
    0, 200, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 410, 413, 415, 416, 429, 499, 500,
    502, 503, 504, 507,
)  # fmt: skip
"""0 stands for all others."""

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the classes of durations, in seconds; a last class has none."""

OUTCOMES = (
    "answered", "failed", "syntax", "refused", "complex", "too-long", "update", "timeout", "memory", "federation",
    "too-large", "unsupported", "crashed", "busy", "client-busy", "unavailable", "cut", "left",
)  # fmt: skip
"""How evaluations end: an answer, an error's reason, or the client's leaving."""

LOOKUPS = ("hit", "miss")
_FIGURES = ("under_way", "bytes", "limited", "lost_lines")
_KIND = {name: number for number, name in enumerate(KINDS)}
_STATUS = {status: number for number, status in enumerate(STATUSES)}
_OUTCOME = {name: number for number, name in enumerate(OUTCOMES)}
_CLASSES = len(BOUNDS) + 2
"""The classes of durations, and their sum."""

_DURATIONS = len(KINDS) * len(STATUSES)
_EVALUATIONS = _DURATIONS + len(KINDS) * _CLASSES
_CACHE = _EVALUATIONS + len(OUTCOMES)
_PLAIN = _CACHE + len(LOOKUPS)
_SLOTS = _PLAIN + len(_FIGURES)
_BYTES = 8 * _SLOTS


class Tally:
    """The counts of one web process."""

    def __init__(self, runtime: Path) -> None:
        directory = runtime / TALLIES
        directory.mkdir(exist_ok=True)
        self._file = os.open(directory / str(os.getpid()), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        os.ftruncate(self._file, _BYTES)
        self._slots = memoryview(mmap.mmap(self._file, _BYTES)).cast("d")

    def requests(self, kind: str, status: int, count: int, sent: int) -> None:
        """Note answered requests of one kind and status, and the bytes sent."""
        self._slots[_KIND[kind] * len(STATUSES) + _STATUS.get(status, 0)] += count
        self._slots[_PLAIN + 1] += sent

    def durations(self, kind: str, durations: Sequence[float]) -> None:
        """Note how long requests of a kind took, in seconds."""
        slots, first = self._slots, _DURATIONS + _KIND[kind] * _CLASSES
        for seconds in durations:
            slots[first + bisect_left(BOUNDS, seconds)] += 1
        slots[first + _CLASSES - 1] += sum(durations)

    def under_way(self, count: int) -> None:
        """Note how many requests are under way."""
        self._slots[_PLAIN] = count

    def evaluation(self, outcome: str) -> None:
        """Note how an evaluation ended."""
        self._slots[_EVALUATIONS + _OUTCOME.get(outcome, 1)] += 1

    def lookups(self, *, found: int = 0, missed: int = 0) -> None:
        """Note how many answers were kept, and how many not."""
        self._slots[_CACHE] += found
        self._slots[_CACHE + 1] += missed

    def limited(self) -> None:
        """Note that a client was asked to come back later."""
        self._slots[_PLAIN + 2] += 1

    def lost(self, lines: int) -> None:
        """Note how many lines of the log have been lost so far."""
        self._slots[_PLAIN + 3] = lines


class Totals:
    """The counts of all web processes, those that have ended included."""

    def __init__(self, runtime: Path) -> None:
        self._directory = runtime / TALLIES
        self._past = [0.0] * _SLOTS
        self._slots = list(self._past)
        self.pids: list[int] = []

    def read(self) -> None:
        """Read the counts as they are now, and the numbers of the living processes."""
        self.pids = []
        total = [0.0] * _SLOTS
        for path in self._directory.glob("*"):
            with path.open("rb") as stream:
                said = stream.read(_BYTES)
                if len(said) < _BYTES:
                    continue  # the process is about to begin
                counts = list(unpack(f"={_SLOTS}d", said))
                if _is_locked(stream.fileno()):
                    self.pids.append(int(path.name))
                    total = _sum(total, counts)
                else:
                    path.unlink()
                    counts[_PLAIN] = 0.0
                    self._past = _sum(self._past, counts)
        self._slots = _sum(total, self._past)

    def requests(self) -> Iterator[tuple[str, int, float]]:
        """Yield kind, status and number of requests answered."""
        for kind, at in _KIND.items():
            for status, number in _STATUS.items():
                found = self._slots[at * len(STATUSES) + number]
                if found:
                    yield kind, status, found

    def durations(self) -> Iterator[tuple[str, list[float], float]]:
        """Yield kind, numbers of requests in each class of durations, and the sum of durations in seconds."""
        for kind, at in _KIND.items():
            first = _DURATIONS + at * _CLASSES
            counts = self._slots[first : first + _CLASSES]
            if any(counts):
                yield kind, counts[:-1], counts[-1]

    def evaluations(self) -> Iterator[tuple[str, float]]:
        """Yield outcome and number of evaluations."""
        for name, number in _OUTCOME.items():
            yield name, self._slots[_EVALUATIONS + number]

    def lookups(self) -> Iterator[tuple[str, float]]:
        """Yield outcome and number of looks into the caches of answers."""
        for number, name in enumerate(LOOKUPS):
            yield name, self._slots[_CACHE + number]

    def figure(self, name: str) -> float:
        """Return `under_way`, `bytes`, `limited` or `lost_lines`."""
        return self._slots[_PLAIN + _FIGURES.index(name)]


def kind_of(path: str) -> str:
    """Return the kind of request that a path makes."""
    return _KIND_OF.get(path[1:].partition("/")[0].partition(".")[0], "page")


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _sum(one: list[float], other: list[float]) -> list[float]:
    return [a + b for a, b in zip(one, other, strict=True)]
