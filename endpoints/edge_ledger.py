"""The requests that a web process has answered: counted, and a line for each in the log, by a thread of its own.

An answer repeated from the cache takes some thirty microseconds: all that it does for this is to note a few values.
Neither the client's address, nor its program, nor what it asks beyond the path enters a line.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING

from endpoints.journal import stamp
from endpoints.tallies import kind_of

if TYPE_CHECKING:
    from endpoints.journal import Journal
    from endpoints.tallies import Tally

    Headers = list[tuple[str, str]]
    Record = tuple[float, float, str, str, str, int, int, Headers, bool]
    """When it ended and how long it took, number, method, path, status, bytes, headers, whether it was kept."""

EVERY = 0.1
"""Seconds between two looks at what has been answered."""

_LONGEST_PATH = 256
_LONGEST_METHOD = 32
_LAST_PATIENCE = 1.0


class Ledger:
    """Takes note of what has been answered; without a journal it is only counted. `opened` are the requests so far."""

    def __init__(self, tally: Tally, journal: Journal | None) -> None:
        self._tally, self._journal = tally, journal
        self._records: deque[Record] = deque()
        self.opened = self._closed = 0
        self.note = self._records.append
        self._working = threading.Lock()

    def start(self) -> None:
        """Begin to work through what is noted."""
        threading.Thread(target=self._run, name="ledger", daemon=True).start()

    def work(self) -> None:
        """Count what has been noted, and write its lines."""
        with self._working:
            records = [self._records.popleft() for _ in range(len(self._records))]
            self._closed += len(records)
            self._tally.under_way(max(0, self.opened - self._closed))
            self._count(records)
            if self._journal is not None:
                self._journal.add(lines_of(records))
                self._journal.flush()
                self._tally.lost(self._journal.lost)

    def close(self) -> None:
        """Work through the last records, without waiting for long."""
        self.work()
        if self._journal is not None:
            self._journal.flush(_LAST_PATIENCE)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            self.work()

    def _count(self, records: list[Record]) -> None:
        numbers: Counter[tuple[str, int]] = Counter()
        sent: Counter[tuple[str, int]] = Counter()
        durations: defaultdict[str, list[float]] = defaultdict(list)
        kinds: dict[str, str] = {}
        kept = 0
        for _, seconds, _, _, path, status, size, _, repeated in records:
            kind = kinds.get(path)
            if kind is None:
                kind = kinds[path] = kind_of(path)
            numbers[kind, status] += 1
            sent[kind, status] += size
            durations[kind].append(seconds)
            kept += repeated
        for (kind, status), count in numbers.items():
            self._tally.requests(kind, status, count, sent[kind, status])
        for kind, found in durations.items():
            self._tally.durations(kind, found)
        self._tally.lookups(found=kept)


def lines_of(records: list[Record]) -> list[str]:
    """Return a line for each record."""
    begin = time.time() - time.perf_counter()
    known: dict[int, str] = {}
    lines = []
    for moment, seconds, number, method, path, status, size, headers, _ in records:
        said = known.get(id(headers))
        if said is None:
            said = known[id(headers)] = _said(headers)
        shown = path if len(path) <= _LONGEST_PATH else path[: _LONGEST_PATH - 1] + "…"
        lines.append(
            f'{{"time": "{stamp(begin + moment)}", "event": "request", "request_id": "{number}", '
            f'"method": {quoted(method[:_LONGEST_METHOD])}, "path": {quoted(shown)}, "status": {status}, '
            f'"bytes": {size}, "milliseconds": {1000 * seconds:.3f}, {said}}}\n'
        )
    return lines


def _said(headers: Headers) -> str:
    """Return what the headers of an answer tell: its representation, its release."""
    representation = release = None
    for name, value in headers:
        if name == "content-type":
            representation = value
        elif name == "annuaire-release":
            release = value
    return _told(representation, release)


@lru_cache(maxsize=256)
def _told(representation: str | None, release: str | None) -> str:
    return (
        f'"representation": {quoted(representation.partition(";")[0]) if representation else "null"}, '
        f'"release": {quoted(release) if release else "null"}'
    )
