"""Cutting N-Triples into batches that can be sent apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BATCH = 8 << 20
BLANK_NODES = 64 << 20

_BLANK = re.compile(rb"^\s*_:|[\s>]_:[^\"]*$")


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines, ends included, of bytes that are cut anywhere; the last is given an end if it has none."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest.strip():
        yield rest + b"\n"


def part(chunk: bytes) -> tuple[bytes, bytes]:
    """Return the lines of whole lines of N-Triples that hold no blank node, and those that do."""
    if b"_:" not in chunk:
        return chunk, b""
    plain: list[bytes] = []
    blank: list[bytes] = []
    for line in lines([chunk]):
        (blank if holds_blank(line) else plain).append(line)
    return b"".join(plain), b"".join(blank)


def holds_blank(line: bytes) -> bool:
    """Return whether a line of N-Triples holds a blank node."""
    return b"_:" in line and _BLANK.search(line.rstrip(b" \t\r\n.")) is not None


def batches(chunks: Iterable[bytes], size: int = BATCH) -> Iterator[bytes]:
    """Yield N-Triples in batches of whole lines, each of about `size` bytes at most.

    A blank node's label means something within one request only: the lines that hold one come last, in one batch.

    Raises:
        StoreError: the lines with blank nodes take more than 64 MiB.
    """
    held: list[bytes] = []
    blank: list[bytes] = []
    held_size = blank_size = 0
    for line in lines(chunks):
        if holds_blank(line):
            blank.append(line)
            blank_size += len(line)
            if blank_size > BLANK_NODES:
                raise StoreError(
                    "trop de nœuds anonymes pour un envoi ; donner des IRI aux ressources",
                    "too many blank nodes for one request; give the resources IRIs",
                )
            continue
        if held and held_size + len(line) > size:
            yield b"".join(held)
            held, held_size = [], 0
        held.append(line)
        held_size += len(line)
    if held:
        yield b"".join(held)
    if blank:
        yield b"".join(blank)
