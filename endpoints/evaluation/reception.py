"""The connections of an evaluation server: accepted, read, watched for their end, told the last word, closed."""

from __future__ import annotations

import contextlib
import select
import selectors
import socket
import time
from enum import Enum, auto
from typing import TYPE_CHECKING

from endpoints.evaluation.calls import Call, Ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.evaluation.pool import Worker


class Heard(Enum):
    """What reading a connection gave."""

    PART = auto()
    """The request goes on."""

    REQUEST = auto()
    """The request is complete."""

    END = auto()
    """The client has left: once a request is complete, anything readable means so."""


class Reception:
    """The listener, the connections of calls, and what their workers say: all that a turn of the loop waits for."""

    def __init__(self, listener: socket.socket, most: int) -> None:
        self._listener, self._most = listener, most
        self._selector = selectors.DefaultSelector()
        self._ends = Ends() if hasattr(select, "epoll") else None
        self.calls: set[Call] = set()

    @property
    def can_keep(self) -> bool:
        """Whether a worker can read on from a connection: its end must be seen without reading."""
        return self._ends is not None

    def open(self) -> None:
        """Begin to listen."""
        self._listener.settimeout(0)
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        if self._ends is not None:
            self._selector.register(self._ends, selectors.EVENT_READ, self._ends)

    def events(self, patience: float) -> Iterator[Call | Worker | None]:
        """Yield what has something to say, after waiting for at most `patience` seconds; None is a new client."""
        for key, _ in self._selector.select(patience):
            if isinstance(key.data, Ends):
                yield from key.data.ended()
            else:
                yield key.data

    def accept(self) -> Call | None:
        """Return the call of a new client, if it is still there."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self._listener.accept()
            connection.settimeout(None)
            call = Call(connection, time.monotonic())
            self.calls.add(call)
            self._selector.register(connection, selectors.EVENT_READ, call)
            return call
        return None

    def read(self, call: Call) -> Heard:
        """Read more of a request, without waiting.

        Raises:
            QueryRefusedError: it is too long.
        """
        if call.hands_over:
            return Heard.END
        try:
            data = call.connection.recv(65_536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return Heard.PART
        except OSError:
            data = b""
        if not data or call.payload is not None:
            return Heard.END
        return Heard.REQUEST if call.take(data, self._most) else Heard.PART

    def hand_over(self, call: Call) -> None:
        """Leave what comes on a connection to the worker; only its end is watched."""
        if self._ends is not None:
            self._selector.unregister(call.connection)
            self._ends.watch(call)
            call.hands_over = True

    def hear(self, worker: Worker) -> None:
        """Listen to a worker too."""
        self._selector.register(worker.control, selectors.EVENT_READ, worker)

    def ignore(self, worker: Worker) -> None:
        """Listen to a worker no more."""
        self._selector.unregister(worker.control)

    def tell(self, call: Call, data: bytes) -> None:
        """Send the last word, if the client takes it."""
        with contextlib.suppress(OSError):
            call.connection.send(data, socket.MSG_DONTWAIT)

    def unwatch(self, call: Call) -> None:
        """Watch a connection no more; it stays open."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(call.connection)
        if self._ends is not None:
            self._ends.forget(call)

    def close(self, call: Call) -> None:
        """Close a connection."""
        self.calls.discard(call)
        self.unwatch(call)
        call.connection.close()
