"""How much work each client may ask of the application: so much time a second, and what it has saved up.

What is repeated from the cache costs nothing. All web processes share one table of fixed size, so that a client has one
budget whichever process answers it: for each, the moment at which its budget is whole again (the generic cell rate
algorithm). When the table is full, the clients that owe least are forgotten first.
"""

from __future__ import annotations

import mmap
import os
import time
from functools import lru_cache
from hashlib import blake2b
from math import ceil
from typing import TYPE_CHECKING

from endpoints.runtime import BUDGETS

if TYPE_CHECKING:
    from pathlib import Path

LEAST = 0.0005
"""Seconds of work that a request costs at least."""

_PLACES = 1 << 16
_NEAR = 8
"""Places in which a client may stand, one beside the other."""

_ENTRY = 2
_LONGEST_KEY = 64
"""Bytes of the runtime directory's name, drawn at random at each start, that BLAKE2 takes as its key."""


class Budgets:
    """The budgets of all clients: `rate` seconds of work a second, `reserve` seconds at once; a rate of 0: no limit."""

    def __init__(self, runtime: Path, rate: float, reserve: float) -> None:
        self._rate, self._reserve = rate, reserve
        self._key = os.fsencode(runtime)[-_LONGEST_KEY:]
        size = _PLACES * _ENTRY * 8
        descriptor = os.open(runtime / BUDGETS, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size != size:
                os.ftruncate(descriptor, size)
            shared = memoryview(mmap.mmap(descriptor, size))
        finally:
            os.close(descriptor)
        self._names, self._whole = shared.cast("Q"), shared.cast("d")

    def wait(self, client: str) -> int:
        """Return for how many seconds a client must wait; 0 when it may ask now."""
        if not self._rate:
            return 0
        place = self._find(_name(client, self._key))
        if place is None:
            return 0
        over = self._whole[place + 1] - time.monotonic() - self._reserve / self._rate
        return max(0, ceil(over))

    def charge(self, client: str, work: float) -> None:
        """Note that a client has cost some work, in seconds."""
        if not self._rate:
            return
        name, now = _name(client, self._key), time.monotonic()
        place = self._find(name)
        if place is None:
            place = min(_places(name), key=lambda each: self._whole[each + 1])
            self._names[place], self._whole[place + 1] = name, now
        self._whole[place + 1] = max(self._whole[place + 1], now) + max(work, LEAST) / self._rate

    def _find(self, name: int) -> int | None:
        return next((place for place in _places(name) if self._names[place] == name), None)


def _places(name: int) -> range:
    first = name % (_PLACES - _NEAR) * _ENTRY
    return range(first, first + _NEAR * _ENTRY, _ENTRY)


@lru_cache(maxsize=1_024)
def _name(client: str, key: bytes) -> int:
    """Return a client's name in the table: never its address, never 0, not to be foretold without the key."""
    return int.from_bytes(blake2b(client.encode(), digest_size=8, key=key).digest(), "little") or 1
