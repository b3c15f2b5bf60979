"""A client's connection to an evaluation server: its request, its wait in the queue, and what the clock says of it."""

from __future__ import annotations

import contextlib
import select
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import QueryRefusedError
from endpoints.evaluation.frames import LENGTH

if TYPE_CHECKING:
    import socket

    from endpoints.evaluation.limits import Limits
    from endpoints.evaluation.pool import Worker

_LEAVING_TIME = 0.03
"""How long a worker may still take to say that it is done, once its client has closed the connection."""


@dataclass(slots=True, eq=False)
class Call:
    """One client's connection: its request as it arrives, then its wait, then its worker.

    It `keeps` its connection for further requests; from when it `hands_over`, its worker reads them.
    """

    connection: socket.socket
    began: float
    received: bytearray = field(default_factory=bytearray)
    payload: bytes | None = None
    deadline: float = 0.0
    worker: Worker | None = None
    left: float | None = None
    attempts: int = 1
    keeps: bool = False
    hands_over: bool = False

    def take(self, data: bytes, most: int) -> bool:
        """Take bytes of the request; return whether it is complete.

        Raises:
            QueryRefusedError: it has more than `most` bytes.
        """
        self.received += data
        if len(self.received) < LENGTH.size:
            return False
        (length,) = LENGTH.unpack_from(self.received)
        if length > most:
            raise QueryRefusedError("requête trop longue", "the request is too long")
        end = LENGTH.size + length
        if len(self.received) < end:
            return False
        self.payload = bytes(self.received[LENGTH.size : end])
        self.received.clear()
        return True


class Ends:
    """Connections watched for their end only: what is sent on them is the worker's to read."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._calls: dict[int, Call] = {}

    def fileno(self) -> int:
        """Return the descriptor that is readable when a connection has ended."""
        return self._epoll.fileno()

    def watch(self, call: Call) -> None:
        """Watch a call's connection."""
        self._epoll.register(call.connection, select.EPOLLRDHUP)
        self._calls[call.connection.fileno()] = call

    def ended(self) -> list[Call]:
        """Return the calls whose connection the client has closed."""
        return [self._calls[number] for number, _ in self._epoll.poll(0) if number in self._calls]

    def forget(self, call: Call) -> None:
        """Watch a call's connection no more."""
        if self._calls.pop(call.connection.fileno(), None) is not None:
            self._epoll.unregister(call.connection)


class Queue:
    """The calls that wait for a worker, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: deque[Call] = deque()

    def __len__(self) -> int:
        return len(self._calls)

    def admit(self, call: Call) -> bool:
        """Have a call wait, if there is room."""
        if len(self._calls) >= self._most:
            return False
        self._calls.append(call)
        return True

    def restore(self, call: Call) -> None:
        """Have a call that has waited already be the next."""
        self._calls.appendleft(call)

    def next(self) -> Call:
        """Take the call that has waited for longest."""
        return self._calls.popleft()

    def forget(self, call: Call) -> None:
        """Have a call wait no more."""
        with contextlib.suppress(ValueError):
            self._calls.remove(call)


class Lapse(Enum):
    """Why a call must end."""

    INCOMPLETE = auto()
    """Its request does not come."""

    UNSERVED = auto()
    """It has waited too long for a worker."""

    ABANDONED = auto()
    """Its client has left, and its worker has not ended."""

    LATE = auto()
    """Its query has run too long."""


def lapse(call: Call, now: float, limits: Limits) -> Lapse | None:
    """Return why a call must end now, or None: it may go on."""
    waited, worker = now - call.began, call.worker
    if worker is None:
        if call.payload is None:
            return Lapse.INCOMPLETE if waited > limits.request_time else None
        return Lapse.UNSERVED if waited > limits.queue_time else None
    if call.left is not None and now - call.left > _LEAVING_TIME:
        return Lapse.ABANDONED
    if call.keeps:
        return None  # the worker's own timers bound each query
    return Lapse.LATE if waited > (limits.transfer if worker.started else call.deadline) else None
