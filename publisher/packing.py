"""One gzip member (RFC 1952) out of parts that were compressed apart, each of which can be read without the others.

A part ends on a whole byte and refers to nothing before it (a full flush, RFC 1951 § 3.2.4): it can be copied from one
file to another as it is. The member carries no date, so that the same parts give the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from publisher.errors import ReleaseError

if TYPE_CHECKING:
    from typing import BinaryIO

HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"
_LEVEL = 6
_RAW = -15
_POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30
_WORD = 0xFFFFFFFF


class Part(NamedTuple):
    """What is known of a part: its size in the member and its size unpacked, in bytes; the CRC-32 of what it holds."""

    packed: int
    size: int
    crc: int


def pack(content: bytes) -> tuple[Part, bytes]:
    """Compress a part."""
    if not content:
        return Part(0, 0, 0), b""
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    packed = packing.compress(content) + packing.flush(zlib.Z_FULL_FLUSH)
    return Part(len(packed), len(content), zlib.crc32(content)), packed


def unpack(part: Part, packed: bytes) -> bytes:
    """Return what a part holds.

    Raises:
        ReleaseError: it is not what was packed.
    """
    try:
        content = zlib.decompressobj(_RAW).decompress(packed) if packed else b""
    except zlib.error:
        content = b""
    if (len(content), zlib.crc32(content)) != (part.size, part.crc):
        raise ReleaseError("morceau abîmé", "damaged part")
    return content


class Member:
    """A gzip member that is being written, part after part."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._crc = self._size = 0
        self.parts: list[Part] = []
        file.write(HEAD)

    def add(self, part: Part, packed: bytes) -> None:
        """Write a part."""
        self._file.write(packed)
        self._crc = combined(self._crc, part.crc, part.size)
        self._size += part.size
        self.parts.append(part)

    def end(self) -> None:
        """Write what a member ends with."""
        self._file.write(_END + struct.pack("<LL", self._crc, self._size & _WORD))


def combined(first: int, second: int, size: int) -> int:
    """Return the CRC-32 of two texts one after the other, from that of each and the size of the second in bytes."""
    return _product(_shift(size), first) ^ second


def _product(a: int, b: int) -> int:
    """Multiply two polynomials modulo that of CRC-32; the highest bit is the coefficient of 1."""
    bit, product = _ONE, 0
    while a:
        if a & bit:
            product ^= b
            a ^= bit
        bit >>= 1
        b = b >> 1 ^ _POLYNOMIAL if b & 1 else b >> 1
    return product


def _powers() -> list[int]:
    """Return x to the 8th, the 16th, the 32nd…: what bytes, twice as many each time, shift by."""
    found = [_X]
    for _ in range(66):
        found.append(_product(found[-1], found[-1]))
    return found[3:]


_POWERS = _powers()


def _shift(size: int) -> int:
    """Return x to the power of the number of bits of `size` bytes."""
    product = _ONE
    for number in range(size.bit_length()):
        if size >> number & 1:
            product = _product(_POWERS[number], product)
    return product
