"""Answers of a remote engine, whose client library waits: in threads of their own, so that no page waits with them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import AnswerCutError
from endpoints.remote import CONCURRENT, RemoteAnswer, evaluate_remote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from endpoints.evaluation.frames import QueryRequest
    from endpoints.evaluation.limits import Limits
    from publisher.release import Release

_pool = ThreadPoolExecutor(2 * CONCURRENT, thread_name_prefix="remote")


class RemoteLiveAnswer:
    """An answer that a thread draws piece by piece."""

    def __init__(self, answer: RemoteAnswer) -> None:
        self.form, self.representation, self.length = answer.form, answer.representation, answer.length
        self._answer, self._abandoned = answer, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the answer's bytes as they come.

        Raises:
            AnswerCutError: it stopped before its end.
        """
        pieces, loop = iter(self._answer), asyncio.get_running_loop()
        while True:
            piece = await loop.run_in_executor(_pool, next, pieces, None)
            if piece is None:
                return
            if self._abandoned:
                raise AnswerCutError
            yield piece

    def abandon(self) -> None:
        """Let an iteration under way end with AnswerCutError after its next piece."""
        self._abandoned = True

    def close(self) -> None:
        """Let go of the engine's answer."""
        _pool.submit(self._answer.close)


async def ask_remote(release: Release, request: QueryRequest, limits: Limits) -> RemoteLiveAnswer:
    """Have a query evaluated by the engine that holds the release; return once the first bytes are there.

    Raises:
        EvaluationError, StoreError: as endpoints.remote.evaluate_remote.
    """
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(_pool, evaluate_remote, release, request, limits)
    try:
        return RemoteLiveAnswer(await asyncio.shield(work))
    except asyncio.CancelledError:
        work.add_done_callback(_discard)
        raise


def _discard(work: asyncio.Future[RemoteAnswer]) -> None:
    if not work.cancelled() and work.exception() is None:
        _pool.submit(work.result().close)
