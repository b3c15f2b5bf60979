"""How many queries of one client are evaluated at once: the others of the same client wait for their turn here.

So no client holds all the workers, whatever it asks.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import ClientBusyError, EvaluationBusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from endpoints.edge_evaluation import LiveAnswer


_SWEEP = 0.1
"""Seconds between two looks at those that have waited too long."""


@dataclass(slots=True)
class _Gate:
    running: int = 0
    waiting: deque[tuple[float, asyncio.Future[None]]] = field(default_factory=deque)


class Gates:
    """One gate a client: `running` may pass at once, `waiting` more may wait, for `patience` seconds."""

    def __init__(self, running: int, waiting: int, patience: float) -> None:
        self._running, self._waiting, self._patience = running, waiting, patience
        self._gates: dict[str, _Gate] = {}
        self._sweeping = False

    async def enter(self, client: str) -> None:
        """Let a query of a client pass, once there is room; it must `leave`.

        Raises:
            ClientBusyError: as many of this client's wait already.
            EvaluationBusyError: it has waited too long.
        """
        gate = self._gates.get(client)
        if gate is None:
            gate = self._gates[client] = _Gate()
        if gate.running < self._running:
            gate.running += 1
            return
        if len(gate.waiting) >= self._waiting:
            raise ClientBusyError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gate.waiting.append((time.monotonic() + self._patience, turn))
        if not self._sweeping:
            self._sweep()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                _pass_on(gate)  # the place came as the wait ended
            raise

    def leave(self, client: str) -> None:
        """Note that a query has ended: the next one of its client passes."""
        gate = self._gates[client]
        _pass_on(gate)
        if not gate.running:
            del self._gates[client]

    def _sweep(self) -> None:
        """Refuse those that have waited too long: the first of each gate, as all are as patient."""
        now = time.monotonic()
        for gate in self._gates.values():
            while gate.waiting and gate.waiting[0][0] <= now:
                _, turn = gate.waiting.popleft()
                if not turn.done():
                    turn.set_exception(EvaluationBusyError())
        self._sweeping = any(gate.waiting for gate in self._gates.values())
        if self._sweeping:
            asyncio.get_running_loop().call_later(_SWEEP, self._sweep)


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
        _, turn = gate.waiting.popleft()
        if not turn.done():
            turn.set_result(None)
            return
    gate.running -= 1
