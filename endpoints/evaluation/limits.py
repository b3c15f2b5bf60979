"""What a query may cost: one frozen set of limits per evaluation server."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of an evaluation server; times in seconds, sizes in bytes.

    `deadline` bounds the wait for the first byte and the processor time of the whole query, `transfer` the whole
    exchange with its client (a slow reader does not cost processor time, yet holds a worker). `memory` is what a
    worker may map beyond the graph it shares. A release of more than `disk` triples is read from its files instead of
    memory.
    """

    deadline: float = 10.0
    transfer: float = 60.0
    memory: int = 512 * MEBIBYTE
    rows: int = 1_000_000
    answer_bytes: int = 256 * MEBIBYTE
    request_bytes: int = 2 * MEBIBYTE
    request_time: float = 2.0
    workers: int = 8
    queue: int = 64
    queue_time: float = 5.0
    disk: int = 5_000_000
