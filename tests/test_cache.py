"""The cache keeps what was built, within its bounds."""

from __future__ import annotations

from endpoints.cache import Cache


def test_builds_once() -> None:
    """What is kept is not built again; text is kept as UTF-8."""
    built: list[str] = []

    def build() -> str:
        built.append("é")
        return "é"

    cache = Cache()
    assert cache.get("key", build) == cache.get("key", build) == "é".encode()
    assert built == ["é"]


def test_oldest_use_is_dropped_first() -> None:
    """Over its bytes, the cache forgets what has gone longest without use."""
    cache = Cache(limit=80)
    for key in "abcdefgh":
        cache.get(key, lambda: bytes(10))
    cache.get("a", lambda: b"never")
    cache.get("i", lambda: bytes(10))
    assert cache.get("a", lambda: b"again") == bytes(10)
    assert cache.get("b", lambda: b"again") == b"again"


def test_what_is_too_large_is_not_kept() -> None:
    """An answer that would take more than an eighth of the cache passes through."""
    cache = Cache(limit=80)
    cache.get("large", lambda: bytes(11))
    assert cache.get("large", lambda: b"again") == b"again"
