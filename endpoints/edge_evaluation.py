"""Answers of an evaluation server as the edge takes them, and what waits for one; no thread is held."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from endpoints.evaluation.errors import AnswerCutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST_HELD = 1 << 20
"""Bytes of an answer that wait for their reader; beyond, no more is read."""


class LiveAnswer(Protocol):
    """An answer whose first byte is there; `length` is known when the rest is too. Iterate once, then close."""

    form: str
    representation: str
    length: int | None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the answer's bytes as they come.

        Raises:
            AnswerCutError: it stopped before its end.
        """

    def abandon(self) -> None:
        """Stop the query; an iteration under way ends with AnswerCutError."""

    def close(self) -> None:
        """Let go of the connection; the query stops if it still runs."""


class WholeAnswer:
    """An answer that came in one piece."""

    def __init__(self, form: str, representation: str, body: bytes) -> None:
        self.form, self.representation, self.body = form, representation, body
        self.length: int | None = len(body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        yield self.body

    def abandon(self) -> None:
        """Do nothing: no query runs."""

    def close(self) -> None:
        """Do nothing: nothing is held."""


class StreamedAnswer:
    """An answer that comes in pieces, each noted by whoever reads the connection."""

    def __init__(self, form: str, representation: str, transport: asyncio.Transport) -> None:
        self.form, self.representation = form, representation
        self.length: int | None = None
        self._transport = transport
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._error: AnswerCutError | None = None
        self._complete = self._paused = False
        self._news = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the answer's bytes as they come.

        Raises:
            AnswerCutError: it stopped before its end.
        """
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._held -= len(piece)
                if self._paused and self._held < _MOST_HELD // 2:
                    self._paused = False
                    self._transport.resume_reading()
                yield piece
            if self._error is not None:
                raise self._take_error()
            if self._complete:
                return
            self._news.clear()
            await self._news.wait()

    def _take_error(self) -> AnswerCutError:
        """Return why no more comes, and let go of it: once raised it holds those who wait, and what they have read."""
        error, self._error = self._error or AnswerCutError(), None
        self._complete = True
        return error

    def note(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held > _MOST_HELD and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._news.set()

    def end(self) -> None:
        """Note that the answer is complete."""
        self._complete = True
        self._news.set()

    def cut(self, error: AnswerCutError) -> None:
        """Note that no more comes."""
        if not self._complete and self._error is None:
            self._error = error
            self._news.set()

    def abandon(self) -> None:
        """Stop the query; an iteration under way ends with AnswerCutError."""
        self.cut(AnswerCutError())
        self._transport.abort()

    def close(self) -> None:
        """Let go of the connection; the query stops if it still runs."""
        self._transport.abort()
