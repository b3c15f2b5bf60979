"""How many files are taken in and checked at once: the others wait for their turn, or are told to come back.

So their bytes and their processes stay few, whoever sends them, and the other pages keep their processors.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from endpoints.problems import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_ROOM = 12
_PER_CLIENT = 3


class Uploads:
    """The room of one web process for files: `running` are checked at once, the others wait `patience` seconds."""

    def __init__(self, running: int = 1, patience: float = 20.0) -> None:
        self._turn = asyncio.Semaphore(running)
        self._patience = patience
        self._inside: Counter[str] = Counter()

    @asynccontextmanager
    async def room(self, client: str) -> AsyncIterator[None]:
        """Hold a place, from the first byte of a file to the last of its answer.

        Raises:
            UnavailableError: there is no place for one more file, or for one more of this client.
        """
        if self._inside.total() >= _ROOM or self._inside[client] >= _PER_CLIENT:
            raise _busy()
        self._inside[client] += 1
        try:
            yield
        finally:
            self._inside[client] -= 1
            self._inside += Counter()  # forgets those who are gone

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn to be checked.

        Raises:
            UnavailableError: it takes too long to come.
        """
        try:
            await asyncio.wait_for(self._turn.acquire(), self._patience)
        except TimeoutError:
            raise _busy() from None
        try:
            yield
        finally:
            self._turn.release()


def _busy() -> UnavailableError:
    return UnavailableError(
        "d'autres tables sont en cours de vérification ; réessayer dans une minute",
        "other tables are being checked; try again in a minute",
        retry_after=60,
    )
