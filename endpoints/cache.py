"""Answers kept in memory, bounded in bytes, oldest use dropped first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

DEFAULT_BYTES = 32 * 1024 * 1024


class Cache:
    """Keeps bytes by key. The key names the release, so that nothing is ever out of date, only unused."""

    def __init__(self, limit: int = DEFAULT_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], str | bytes]) -> bytes:
        """Return the bytes kept under a key; build and keep them if they are not there."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        built = build()
        body = built.encode() if isinstance(built, str) else built
        self._keep(key, body)
        return body

    def _keep(self, key: Hashable, body: bytes) -> None:
        if len(body) > self._limit // 8:
            return
        with self._lock:
            self._size += len(body) - len(self._kept.pop(key, b""))
            self._kept[key] = body
            while self._size > self._limit:
                self._size -= len(self._kept.popitem(last=False)[1])
