"""What a query may cost: one frozen set of limits per evaluation server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from publisher.service import ServiceSettings

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of an evaluation server; times in seconds, sizes in bytes.

    `deadline` bounds the wait for the first byte and the processor time of the whole query, `transfer` the whole
    exchange with its client (a slow reader does not cost processor time, yet holds a worker). `memory` is what a
    worker may map beyond the graph it shares. A release of more than `disk` triples is read from its files instead of
    memory, as is one whose copies would not fit there (endpoints.evaluation.launch).
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

    @classmethod
    def of(cls, settings: ServiceSettings) -> Self:
        """Return what the operator allows queries to cost."""
        return cls(
            deadline=settings.deadline,
            transfer=settings.transfer,
            memory=settings.memory,
            rows=settings.rows,
            answer_bytes=settings.answer_bytes,
            request_bytes=4 * settings.query_length + 2 * settings.body,
            workers=settings.workers,
            queue=settings.queue,
            queue_time=settings.queue_time,
            disk=settings.disk,
        )
