"""Answers flow no faster than the client takes them, and always reach their end."""

from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from endpoints.edge_codings import encoder_of
from endpoints.edge_connections import Connection
from endpoints.edge_evaluation import StreamedAnswer
from endpoints.edge_streams import WINDOW, Outflow, stream_answer
from publisher.graphs import no_collection

if TYPE_CHECKING:
    import pytest


def test_a_piece_larger_than_the_window_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of several megabytes in one piece is sent whole: nobody waits for bytes that have not been sent."""
    sent: list[int] = []

    async def send_bytes(data: bytes) -> None:
        sent.append(len(data))

    async def client_disconnect() -> None:
        await asyncio.sleep(60)

    transport = SimpleNamespace(send_bytes=send_bytes)
    protocol = SimpleNamespace(response_stream=lambda *_: transport, client_disconnect=client_disconnect)
    taken = SimpleNamespace(acknowledged=lambda: sum(sent), __exit__=lambda *_: None)
    monkeypatch.setattr(Connection, "of", lambda _: taken)

    async def flow() -> None:
        outflow = Outflow(cast("Any", SimpleNamespace(client="127.0.0.1:1")), cast("Any", protocol), [])
        await outflow.send(b"x" * (3 * WINDOW))
        await outflow.send(b"x" * (2 * WINDOW))
        outflow.gone.cancel()

    asyncio.run(asyncio.wait_for(flow(), timeout=5))
    assert sent == [3 * WINDOW, 2 * WINDOW]


def test_an_answer_that_is_left_is_let_go_at_once() -> None:
    """When its client leaves, nothing holds on to what was read of an answer, not even until the next collection."""

    async def leave() -> weakref.ref[StreamedAnswer]:
        left = asyncio.Event()

        async def send_bytes(_data: bytes) -> None:
            left.set()

        transport = cast("Any", SimpleNamespace(abort=lambda: None))
        protocol = SimpleNamespace(
            response_stream=lambda *_: SimpleNamespace(send_bytes=send_bytes), client_disconnect=left.wait
        )
        answer = StreamedAnswer("select", "csv", transport)
        answer.note(b"x" * 100_000)
        outflow = Outflow(cast("Any", SimpleNamespace(client="127.0.0.1:1")), cast("Any", protocol), [])
        await stream_answer(answer, outflow, encoder_of(None), WINDOW, lambda _: None)
        return weakref.ref(answer)

    gc.collect()
    with no_collection():
        assert asyncio.run(asyncio.wait_for(leave(), timeout=5))() is None
