"""Content codings of answers: zstd, br, gzip (RFC 9110, §8.4.1).

zstd comes from Python itself from 3.14 on, before that from its official backport (0.5 MB); brotli is 1.4 MB.
"""

from __future__ import annotations

import sys
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = 1_024
"""Bodies below this many bytes fit in one packet: they stay as they are."""

_GZIP = 31
_GZIP_LEVEL = 3
_BROTLI_QUALITY = 4
_LONGEST_HEADER = 1_024


class Encoder(Protocol):
    """Encodes a body piece by piece; every piece can be decoded as it comes."""

    def encode(self, data: bytes) -> bytes:
        """Return the coded form of the next piece."""

    def finish(self) -> bytes:
        """Return what ends the body."""


class _Plain:
    def encode(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _Gzip:
    def __init__(self) -> None:
        self._state = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP)

    def encode(self, data: bytes) -> bytes:
        return self._state.compress(data) + self._state.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._state.flush()


class _Zstd:
    def __init__(self) -> None:
        self._state = zstd.ZstdCompressor()

    def encode(self, data: bytes) -> bytes:
        return self._state.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._state.flush()


class _Brotli:
    def __init__(self) -> None:
        self._state = brotli.Compressor(quality=_BROTLI_QUALITY)

    def encode(self, data: bytes) -> bytes:
        return bytes(self._state.process(data) + self._state.flush())

    def finish(self) -> bytes:
        return bytes(self._state.finish())


_ENCODERS: dict[str, Callable[[], Encoder]] = {"zstd": _Zstd, "br": _Brotli, "gzip": _Gzip}
CODINGS = tuple(_ENCODERS)
_SYNONYMS = {"x-gzip": "gzip"}


def encoder_of(coding: str | None) -> Encoder:
    """Return a new encoder of a content coding; None leaves bodies as they are."""
    return _ENCODERS[coding]() if coding else _Plain()


def encode(coding: str | None, body: bytes) -> bytes:
    """Return a whole body in a content coding."""
    if coding is None:
        return body
    encoder = encoder_of(coding)
    return encoder.encode(body) + encoder.finish()


@lru_cache(maxsize=256)
def choose_coding(accept: str | None) -> str | None:
    """Return the coding that an Accept-Encoding header prefers among ours (ours first in a tie), or None for none."""
    if not accept or len(accept) > _LONGEST_HEADER:
        return None
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[_SYNONYMS.get(name.strip(), name.strip())] = _weight(parameters)
    rest = weights.get("*", 0.0)
    best = max(_ENCODERS, key=lambda name: weights.get(name, rest))
    wanted = weights.get(best, rest)
    return best if wanted > 0 and wanted >= weights.get("identity", 0.0) else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
