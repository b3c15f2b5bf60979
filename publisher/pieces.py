"""A sorted N-Triples file in pieces, cut where its content says so: what two files share, they share in whole pieces.

A piece begins with a subject whose hash says so, whatever stands before and after. A change in one place changes the
piece that holds it, and no other; the same file always gives the same pieces.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import chain, pairwise
from mmap import ACCESS_READ, MADV_DONTNEED, PAGESIZE, mmap
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_ONE_IN = 1_024
"""One subject in so many begins a piece: some 10,000 statements, or 1 MB.

Smaller ones would leave more as it was, but what is compressed apart takes more room: here 1 %, with a quarter 5 %.
"""
_SUBJECT = re.compile(rb"([^ ]+ )[^\n]*\n(?:\1[^\n]*\n)*+")
"""All lines of a subject; a loop over the lines takes four times as long."""
_HELD = 1 << 20
"""How much of a file is held at once while its subjects are read."""
_LOOKUPS = 256
"""After so many searches, each of which the system reads a megabyte or two for, what was read is let go."""
_LAST = b"\xff"
"""Follows whatever UTF-8 may hold."""


class Piece(NamedTuple):
    """Some lines of a file: their digest, and where they stand, in bytes."""

    digest: str
    start: int
    size: int

    def read(self, file: BinaryIO) -> bytes:
        """Return its lines."""
        file.seek(self.start)
        return file.read(self.size)


def cut(path: Path) -> list[Piece]:
    """Cut a sorted N-Triples file into pieces; an empty one has none."""
    if not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        subjects = ((found.start(), found[1]) for found in _SUBJECT.finditer(content))
        starts = (start for start, subject in subjects if not start or not crc32(subject) % _ONE_IN)
        return [_piece(content, start, end) for start, end in pairwise(chain(starts, [len(content)]))]


def _piece(content: mmap, start: int, end: int) -> Piece:
    piece = Piece(digest(content[start:end]), start, end - start)
    _let_go(content, start, end)
    return piece


def subjects(path: Path) -> Iterator[re.Match[bytes]]:
    """Yield the lines of each subject of a sorted N-Triples file; the first group is the subject and a space."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file:
        content, start = mmap(file.fileno(), 0, access=ACCESS_READ), 0
    for found in _SUBJECT.finditer(content):
        yield found
        if found.end() - start > _HELD:
            _let_go(content, start, found.end())
            start = found.end()


def _let_go(content: mmap, start: int, end: int) -> None:
    """Let go of pages that were read: in the end, a process would hold the whole file."""
    before = start - start % PAGESIZE
    content.madvise(MADV_DONTNEED, before, end - before)


def digest(content: bytes) -> str:
    """Return the digest of a piece, in hexadecimal."""
    return blake2b(content, digest_size=16).hexdigest()


class SortedLines:
    """A sorted file in which lines are looked up by how they begin; to be closed."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap(file.fileno(), 0, access=ACCESS_READ) if path.stat().st_size else None
        self._sought = 0

    def close(self) -> None:
        """Let go of the file."""
        if self._map is not None:
            self._map.close()

    def place(self, beginning: bytes) -> tuple[int, int]:
        """Return where the lines stand that begin so, which is all in one place: start and size in bytes."""
        start = self._first(beginning)
        return start, self._first(beginning + _LAST) - start

    def read(self, beginning: bytes) -> bytes:
        """Return the lines that begin so."""
        start, size = self.place(beginning)
        return self._map[start : start + size] if self._map is not None else b""

    def holding(self, part: bytes) -> Iterator[bytes]:
        """Yield the lines that hold some bytes; all are read."""
        place = -1 if self._map is None else self._map.find(part)
        while self._map is not None and place >= 0:
            start, end = self._map.rfind(b"\n", 0, place) + 1, self._map.find(b"\n", place)
            yield self._map[start:end]
            place = self._map.find(part, end)

    def _first(self, beginning: bytes) -> int:
        """Return where the first line begins that is not before these bytes."""
        if self._map is None:
            return 0
        self._sought += 1
        if not self._sought % _LOOKUPS:
            _let_go(self._map, 0, len(self._map))
        low, high, size = 0, len(self._map), len(beginning)
        while low < high:
            middle = (low + high) // 2
            start = self._map.rfind(b"\n", low, middle) + 1 or low
            if self._map[start : start + size] < beginning:
                low = self._map.find(b"\n", middle) + 1 or high
            else:
                high = start
        return low
