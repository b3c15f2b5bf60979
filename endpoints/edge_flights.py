"""One evaluation for all who ask the same at the same time; it ends when the last of them has left."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

    from granian.rsgi import HTTPProtocol  # type: ignore[attr-defined]

T = TypeVar("T")

_PATIENCE = 0.05
"""After this long, a client that waits is watched: nearly all queries are answered before."""


class ClientGoneError(Exception):
    """The client has closed its connection; nobody reads an answer."""


@dataclass(slots=True, eq=False)
class _Flight(Generic[T]):
    """An evaluation under way in the task of the request that began it: `left` tells that its own client has gone.

    `others` wait for its result too; for them it goes on.
    """

    task: asyncio.Task[object] | None = field(default_factory=asyncio.current_task)
    left: bool = False
    others: set[asyncio.Future[T]] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class _Wait:
    """A client that waits, and what is to be done when it leaves."""

    protocol: HTTPProtocol
    leave: Callable[[], None]
    began: float = field(default_factory=time.monotonic)
    watch: asyncio.Future[None] | None = None


class Flights(Generic[T]):
    """The evaluations under way, by what identifies their answer; `discard` gets a result that nobody waits for."""

    def __init__(self, discard: Callable[[T], None]) -> None:
        self._discard = discard
        self._flights: dict[Hashable, _Flight[T]] = {}
        self._waits: set[_Wait] = set()
        self._ticker: asyncio.TimerHandle | None = None

    async def join(self, key: Hashable, protocol: HTTPProtocol, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of the evaluation under way, or else of the one that `start` begins.

        Raises:
            ClientGoneError: the client has left.
            Exception: what the evaluation raised, for all who wait.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight()
            return await self._lead(key, flight, protocol, start)
        other: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        flight.others.add(other)
        wait = self._expect(protocol, partial(_give_up, other))
        try:
            return await other
        finally:
            self._forget(wait)
            flight.others.discard(other)
            self._end_unless_awaited(key, flight)

    async def _lead(
        self, key: Hashable, flight: _Flight[T], protocol: HTTPProtocol, start: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        wait = self._expect(protocol, partial(self._leave, key, flight))
        try:
            result = await start()
        except BaseException as error:
            if flight.left and isinstance(error, asyncio.CancelledError) and flight.task is not None:
                flight.task.uncancel()
                raise ClientGoneError from None
            for other in flight.others:
                if not other.done():
                    other.set_exception(error)
            raise
        finally:
            self._forget(wait)
            if self._flights.get(key) is flight:
                del self._flights[key]
        awaited = [other for other in flight.others if not other.done()]
        for other in awaited:
            other.set_result(result)
        if not flight.left:
            return result
        if not awaited:
            self._discard(result)
        raise ClientGoneError

    def _leave(self, key: Hashable, flight: _Flight[T]) -> None:
        """Note that the client whose request began an evaluation has left."""
        flight.left = True
        self._end_unless_awaited(key, flight)

    def _end_unless_awaited(self, key: Hashable, flight: _Flight[T]) -> None:
        if flight.left and not flight.others and self._flights.get(key) is flight:
            del self._flights[key]
            if flight.task is not None:
                flight.task.cancel()

    def _expect(self, protocol: HTTPProtocol, leave: Callable[[], None]) -> _Wait:
        wait = _Wait(protocol, leave)
        self._waits.add(wait)
        if self._ticker is None:
            self._tick()
        return wait

    def _forget(self, wait: _Wait) -> None:
        self._waits.discard(wait)
        if wait.watch is not None:
            wait.watch.cancel()

    def _tick(self) -> None:
        """Watch the clients that have waited for a while."""
        now = time.monotonic()
        for wait in self._waits:
            if wait.watch is None and now - wait.began >= _PATIENCE:
                wait.watch = asyncio.ensure_future(wait.protocol.client_disconnect())
                wait.watch.add_done_callback(partial(_tell, wait))
        more = bool(self._waits)
        self._ticker = asyncio.get_running_loop().call_later(_PATIENCE, self._tick) if more else None


def _give_up(other: asyncio.Future[T]) -> None:
    if not other.done():
        other.set_exception(ClientGoneError())


def _tell(wait: _Wait, watch: asyncio.Future[None]) -> None:
    if not watch.cancelled():
        wait.leave()
