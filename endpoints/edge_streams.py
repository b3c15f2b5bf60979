"""Letting an answer of unknown length flow to a client, no faster than the client takes it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from endpoints.cut_answers import CutWatch
from endpoints.edge_connections import Connection
from endpoints.evaluation.errors import AnswerCutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

    from endpoints.edge_codings import Encoder
    from endpoints.edge_evaluation import LiveAnswer

WINDOW = 1 << 20
"""Bytes that may be on their way to a client."""

_PAUSE = 0.002
_LONGEST_PAUSE = 0.1
_FAREWELL = 0.2
_log = logging.getLogger(__name__)


class Outflow:
    """The way to one client: sends, and waits while too much is on its way."""

    def __init__(self, scope: Scope, protocol: HTTPProtocol, headers: list[tuple[str, str]], status: int = 200) -> None:
        self._client = scope.client
        self._transport = protocol.response_stream(status, headers)
        self._sent = self._before = 0
        self._connection: Connection | None = None
        self._searched = False
        self.gone = asyncio.ensure_future(protocol.client_disconnect())

    async def send(self, data: bytes) -> None:
        """Send bytes; return when there is room for more."""
        if not data:
            return
        if self._sent + len(data) > WINDOW:
            # What has not been sent cannot be taken: a piece larger than the window waits for all before it, no more.
            await self._wait(min(self._sent, self._sent + len(data) - WINDOW))
        with contextlib.suppress(ProtocolClosed):  # the client has left, as `gone` tells next
            await self._transport.send_bytes(data)
        self._sent += len(data)

    async def _wait(self, least: int) -> None:
        """Wait until the client has taken this many bytes, or has left."""
        self._search()
        pause = _PAUSE
        while not self.gone.done() and self._connection is not None:
            taken = self._connection.acknowledged()
            if taken is None or taken - self._before >= least:
                return
            await asyncio.wait([self.gone], timeout=pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def break_off(self) -> None:
        """End the connection without ending the body, once what was sent has had a moment to leave."""
        self._search()
        if self._connection is not None:
            await asyncio.wait([self.gone], timeout=_FAREWELL)
            self._connection.break_off()

    def close(self) -> None:
        """Let go of the connection."""
        self.gone.cancel()
        if self._connection is not None:
            self._connection.__exit__(None, None, None)

    def _search(self) -> None:
        if self._searched:
            return
        self._searched = True
        self._connection = Connection.of(self._client)
        # Earlier answers on the connection count too: what is acknowledged by now beyond ours is theirs.
        taken = self._connection.acknowledged() if self._connection else None
        self._before = max(0, (taken or 0) - self._sent)


async def stream_answer(
    answer: LiveAnswer, outflow: Outflow, encoder: Encoder, most_kept: int, keep: Callable[[bytes], None]
) -> None:
    """Send an answer as it comes. One that is whole and not too large is handed to `keep`, not encoded.

    An answer that is cut ends in something that no parser accepts, and with the connection.
    """
    kept: bytearray | None = bytearray()
    watch = CutWatch(answer.representation)
    outflow.gone.add_done_callback(lambda _: answer.abandon())
    try:
        async for chunk in answer:
            if outflow.gone.done():
                return
            watch.note(chunk)
            if kept is not None:
                kept += chunk
                kept = kept if len(kept) <= most_kept else None
            await outflow.send(encoder.encode(chunk))
        await outflow.send(encoder.finish())
        if kept is not None:
            keep(bytes(kept))
    except AnswerCutError as error:
        if not outflow.gone.done():
            _log.warning("answer cut: %s", error.texts["en"])
            await outflow.send(encoder.encode(watch.broken_end()))
            await outflow.break_off()
    finally:
        answer.close()
        outflow.close()
