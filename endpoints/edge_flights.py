"""One evaluation for all who ask the same at the same time; it ends when the last of them has left."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

    from granian.rsgi import HTTPProtocol  # type: ignore[attr-defined]

T = TypeVar("T")

_PATIENCE = 0.2
"""After this long, a client that waits is watched: nearly all queries are answered before."""


class ClientGoneError(Exception):
    """The client has closed its connection; nobody reads an answer."""


class _Flight(Generic[T]):
    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiting: set[asyncio.Future[T]] = set()


class Flights(Generic[T]):
    """The evaluations under way, by what identifies their answer; `discard` gets a result that nobody waits for."""

    def __init__(self, discard: Callable[[T], None]) -> None:
        self._discard = discard
        self._flights: dict[Hashable, _Flight[T]] = {}
        self._waits: dict[asyncio.Future[T], tuple[float, HTTPProtocol]] = {}
        self._watches: dict[asyncio.Future[T], asyncio.Future[None]] = {}
        self._ticker: asyncio.TimerHandle | None = None

    async def join(self, key: Hashable, protocol: HTTPProtocol, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of the evaluation under way, or else of the one that `start` begins.

        Raises:
            ClientGoneError: the client has left.
            Exception: what the evaluation raised, for all who wait.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.get_running_loop().create_task(start()))
            flight.task.add_done_callback(lambda _: self._land(key, flight))
        wait: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        flight.waiting.add(wait)
        self._waits[wait] = (time.monotonic(), protocol)
        if self._ticker is None:
            self._tick()
        try:
            return await wait
        finally:
            self._waits.pop(wait, None)
            watch = self._watches.pop(wait, None)
            if watch is not None:
                watch.cancel()
            flight.waiting.discard(wait)
            if not flight.waiting and not flight.task.done():
                self._flights.pop(key, None)
                flight.task.cancel()

    def _land(self, key: Hashable, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.task.cancelled():
            return
        error = flight.task.exception()
        if error is None and not flight.waiting:
            self._discard(flight.task.result())
        for wait in flight.waiting:
            if wait.done():
                continue
            if error is None:
                wait.set_result(flight.task.result())
            else:
                wait.set_exception(error)

    def _tick(self) -> None:
        """Watch the clients that have waited for a while."""
        now = time.monotonic()
        for wait, (began, protocol) in self._waits.items():
            if wait not in self._watches and now - began >= _PATIENCE:
                watch = asyncio.ensure_future(protocol.client_disconnect())
                self._watches[wait] = watch
                watch.add_done_callback(lambda done, wait=wait: _leave(wait, done))  # type: ignore[misc]
        more = bool(self._waits)
        self._ticker = asyncio.get_running_loop().call_later(_PATIENCE, self._tick) if more else None


def _leave(wait: asyncio.Future[T], watch: asyncio.Future[None]) -> None:
    if not watch.cancelled() and not wait.done():
        wait.set_exception(ClientGoneError())
