"""The log: one JSON object a line on standard error, from every process; nothing in it tells who asked.

Lines of requests are many: they are written together (endpoints.edge_ledger), in pieces that a pipe takes whole. Those
that nobody takes are counted, not kept.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import stat
import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_HELD = 8 << 20
_AT_ONCE = select.PIPE_BUF
"""Bytes that a pipe takes without mixing them with another process's."""

_LONGEST_TRACE = 6_000
_PATIENCE = 0.1
"""Seconds for a line of `logging` to be taken; it else waits for the next one."""


class Journal:
    """Writes lines to a file descriptor while somebody takes them; `lost` counts those for which no room was left."""

    def __init__(self, descriptor: int = 2) -> None:
        self._descriptor = _unblocking(descriptor)
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self.lost = 0

    def add(self, lines: list[str]) -> None:
        """Take lines, each with its end."""
        for piece in _pieces(lines):
            if self._held + len(piece) > _MOST_HELD:
                self.lost += piece.count(b"\n")
            else:
                self._pieces.append(piece)
                self._held += len(piece)

    def flush(self, patience: float = 0.0) -> None:
        """Write what is held, as far as it is taken; wait for so many seconds at most."""
        while self._pieces and _takes(self._descriptor, patience):
            piece = self._pieces.popleft()
            self._held -= len(piece)
            try:
                written = os.write(self._descriptor, piece)
            except BlockingIOError:  # another process was quicker
                written = 0
            except OSError:  # nobody is there to read it, or the disk is full
                self.lost += piece.count(b"\n")
                continue
            if written < len(piece):
                self._pieces.appendleft(piece[written:])
                self._held += len(piece) - written
                return


class JsonLines(logging.Formatter):
    """Formats a record of `logging` as one line of JSON; an exception is a field of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        said: dict[str, Any] = {
            "time": stamp(record.created),
            "event": getattr(record, "event", "log"),
            "level": record.levelname.lower(),
            "process": record.process,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)[-_LONGEST_TRACE:]
        return json.dumps(said, ensure_ascii=False, default=str)


class JournalHandler(logging.Handler):
    """Writes what `logging` gets as lines of JSON on standard error, and holds nobody up when they are not read."""

    def __init__(self) -> None:
        super().__init__()
        self._journal = Journal()
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, after those that were not taken before."""
        try:
            self._journal.add([f"{self.format(record)}\n"])
            self._journal.flush(_PATIENCE)
        except Exception:  # noqa: BLE001 - as every handler of `logging` does
            self.handleError(record)


def install_journal() -> None:
    """Have everything that this process logs written as lines of JSON on standard error."""
    logging.basicConfig(handlers=[JournalHandler()], level=logging.INFO, force=True)


def stamp(moment: float) -> str:
    """Return a moment, seconds since 1970, as a line has it: UTC, to the millisecond."""
    seconds = int(moment)
    return f"{_second(seconds)}{int((moment - seconds) * 1000):03d}Z"


_known: tuple[int, str] = (0, "1970-01-01T00:00:00.")


def _second(seconds: int) -> str:
    """Return a second as text: the same one is asked for thousands of times."""
    global _known  # noqa: PLW0603 - a cache of one
    known = _known
    if known[0] != seconds:
        known = _known = seconds, time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(seconds))
    return known[1]


def _pieces(lines: list[str]) -> Iterator[bytes]:
    """Yield whole lines in pieces that a pipe takes in one go; a longer line is a piece of its own."""
    held: list[str] = []
    size = 0
    for line in lines:
        if held and size + len(line) > _AT_ONCE:
            yield "".join(held).encode("utf-8", "backslashreplace")
            held, size = [], 0
        held.append(line)
        size += len(line)
    if held:
        yield "".join(held).encode("utf-8", "backslashreplace")


def _unblocking(descriptor: int) -> int:
    """Return a descriptor of the same pipe that never blocks; the one given if it is none, or the system has no way."""
    with contextlib.suppress(OSError):
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
    return descriptor


def _takes(descriptor: int, patience: float) -> bool:
    try:
        return bool(select.select([], [descriptor], [], patience)[1])
    except (OSError, ValueError):
        return False
