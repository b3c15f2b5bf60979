"""Answers kept in a web process: bounded in bytes, least recently used first to go; never errors.

A body is kept under what identifies it, the release among it: nothing is ever out of date, only unused. It is found
again by the request as it was spelled, without reading the query.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

Headers = list[tuple[str, str]]
Spelling = tuple[str | None, ...]

_LARGEST_SHARE = 8
_OVERHEAD = 256
_SPELLINGS = 8_192
_LONGEST_SPELLING = 4_096
"""Characters of a request and of the headers of its answer: what is kept beside the bodies stays below 64 MiB."""


class Kept(NamedTuple):
    """A whole answer: headers, validator, body."""

    headers: Headers
    tag: str
    body: bytes


class AnswerCache:
    """Keeps bodies, and how requests for them were spelled."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._bodies: OrderedDict[Hashable, bytes] = OrderedDict()
        self._spelled: OrderedDict[Spelling, tuple[Hashable, Headers, str]] = OrderedDict()

    @property
    def largest(self) -> int:
        """The most bytes that one body may have to be kept."""
        return self._limit // _LARGEST_SHARE

    def get(self, key: Hashable) -> bytes | None:
        """Return the body kept under an identity."""
        body = self._bodies.get(key)
        if body is not None:
            self._bodies.move_to_end(key)
        return body

    def keep(self, key: Hashable, body: bytes) -> None:
        """Keep a body, if it is not too large, in place of those not used for longest."""
        if len(body) > self.largest:
            return
        former = self._bodies.pop(key, None)
        self._size += len(body) + _OVERHEAD - (0 if former is None else len(former) + _OVERHEAD)
        self._bodies[key] = body
        while self._size > self._limit:
            self._size -= len(self._bodies.popitem(last=False)[1]) + _OVERHEAD

    def recall(self, spelling: Spelling) -> Kept | None:
        """Return the answer to a request spelled just so."""
        found = self._spelled.get(spelling)
        body = None if found is None else self.get(found[0])
        return None if found is None or body is None else Kept(found[1], found[2], body)

    def remember(self, spelling: Spelling, key: Hashable, headers: Headers, tag: str) -> None:
        """Note how a request was spelled whose body is kept, and the headers and the validator of its answer."""
        told = len("".join([value for _, value in headers])) + len("".join([part or "" for part in spelling]))
        if key not in self._bodies or told > _LONGEST_SPELLING:
            return
        self._spelled[spelling] = key, headers, tag
        if len(self._spelled) > _SPELLINGS:
            self._spelled.popitem(last=False)
