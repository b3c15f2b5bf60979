"""How many queries of one client are evaluated at once: the others of the same client wait for their turn here.

So no client holds all the workers, whatever it asks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import ClientBusyError, EvaluationBusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from endpoints.edge_evaluation import LiveAnswer


_QUICK = 0.01
"""A query that takes longer than this, in seconds, no longer holds up the next one of its client."""


class _Gate:
    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.widening: asyncio.TimerHandle | None = None
        self.moves = False


class Gates:
    """One gate a client: `running` may pass at once, `waiting` more may wait, for `patience` seconds.

    While queries are quick, only `eager` pass at once: more processes than processors would only slow each other down.
    """

    def __init__(self, running: int, waiting: int, patience: float, eager: int = 1) -> None:
        self._running, self._waiting, self._patience, self._eager = running, waiting, patience, eager
        self._gates: dict[str, _Gate] = {}

    async def enter(self, client: str) -> None:
        """Let a query of a client pass, once there is room; it must `leave`.

        Raises:
            ClientBusyError: as many of this client's wait already.
            EvaluationBusyError: it has waited too long.
        """
        gate = self._gates.get(client)
        if gate is None:
            gate = self._gates[client] = _Gate()
        if gate.running < min(self._eager, self._running):
            gate.running += 1
        else:
            await self._wait(gate)

    def leave(self, client: str) -> None:
        """Note that a query has ended: the next one of its client passes."""
        gate = self._gates[client]
        gate.moves = True
        if gate.running > min(self._eager, self._running):
            gate.running -= 1
        else:
            _pass_on(gate)
        if not gate.running:
            del self._gates[client]

    async def _wait(self, gate: _Gate) -> None:
        """Wait for the place of one that leaves."""
        if len(gate.waiting) >= self._waiting:
            raise ClientBusyError
        turn = asyncio.get_running_loop().create_future()
        gate.waiting.append(turn)
        if gate.widening is None:
            gate.widening = asyncio.get_running_loop().call_later(_QUICK, self._widen, gate)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                _pass_on(gate)  # the place came as the wait ended
            with contextlib.suppress(ValueError):
                gate.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise EvaluationBusyError from error
            raise

    def _widen(self, gate: _Gate) -> None:
        """Let one more pass, as those under way are slow."""
        gate.widening = None
        if gate.waiting and gate.running < self._running and not gate.moves:
            gate.running += 1
            _pass_on(gate)
        gate.moves = False
        if gate.waiting:
            gate.widening = asyncio.get_running_loop().call_later(_QUICK, self._widen, gate)


class GatedAnswer:
    """An answer that flows, and leaves the gate when it is closed."""

    def __init__(self, answer: LiveAnswer, gates: Gates, client: str) -> None:
        self.form, self.representation, self.length = answer.form, answer.representation, answer.length
        self._answer, self._gates, self._client = answer, gates, client
        self._open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the answer's bytes as they come."""
        return self._answer.__aiter__()

    def abandon(self) -> None:
        """Stop the query."""
        self._answer.abandon()

    def close(self) -> None:
        """Let go of the answer and of its place."""
        self._answer.close()
        if self._open:
            self._open = False
            self._gates.leave(self._client)


def _pass_on(gate: _Gate) -> None:
    """Give a place to the one that has waited for longest, or free it."""
    while gate.waiting:
        turn = gate.waiting.popleft()
        if not turn.done():
            turn.set_result(None)
            return
    gate.running -= 1
