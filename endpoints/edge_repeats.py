"""Pages and documents that the edge answers again without the application: same release, same request, same bytes.

Kept is what `endpoints.answers.answer` marks as repeatable. A request is the same if its path, its parameters and the
headers that an answer may vary by are spelled the same; what else it says cannot change the answer.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from endpoints.past import directory_of
from publisher.history import HISTORY, INDEX

if TYPE_CHECKING:
    from granian.rsgi import Scope

    from endpoints.edge_cache import AnswerCache, Headers, Spelling
    from endpoints.serving import OpenRelease

_METHODS = frozenset({"GET", "HEAD"})
_VARYING = frozenset({"accept", "accept-encoding", "accept-language", "cookie", "range"})


class Repeats:
    """Tells which requests are the same, and keeps the answers to them."""

    def __init__(self, cache: AnswerCache) -> None:
        self._cache = cache
        self._release: OpenRelease | None = None
        self._index = ""

    def spell(self, scope: Scope, release: OpenRelease | None) -> Spelling | None:
        """Return what identifies a request that may be a repetition, or None."""
        if release is None or scope.method not in _METHODS:
            return None
        if release is not self._release:
            self._release, self._index = release, os.fspath(directory_of(release.release) / HISTORY / INDEX)
        varying = [f"{name}:{value}" for name, value in scope.headers.items() if name in _VARYING]
        return (release.name, self._step(), scope.path, scope.query_string, *varying)

    def keep(self, spelling: Spelling, headers: Headers, body: bytes) -> None:
        """Keep an answer to a request, unless the release has changed in between."""
        named = dict(headers)
        if named.get("annuaire-release") == spelling[0] and "etag" in named:
            key = hashlib.blake2b(body, digest_size=20).digest()
            self._cache.keep(key, body)
            self._cache.remember(spelling, key, _joined(headers), named["etag"].strip('"'))

    def _step(self) -> str:
        """Return what tells one state of the history from the next, as endpoints.past does."""
        try:
            found = os.stat(self._index)  # noqa: PTH116 - at every request, where pathlib takes ten times as long
        except OSError:
            return ""
        return f"{found.st_ino}-{found.st_mtime_ns}"


def _joined(headers: Headers) -> Headers:
    """Return headers with the links in one (RFC 8288, §3): each header costs as much as half a look into the cache."""
    links = ", ".join(value for name, value in headers if name == "link")
    others = [header for header in headers if header[0] != "link"]
    return [*others, ("link", links)] if links else others
