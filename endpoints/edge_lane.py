"""One kept connection to the evaluation server, and the requests under way on it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import Protocol, cast

from endpoints.edge_evaluation import StreamedAnswer, WholeAnswer
from endpoints.evaluation.errors import AnswerCutError, EvaluationError, EvaluationUnavailableError, error_from
from endpoints.evaluation.frames import DATA, END, ERROR, FORMS, HEADER, START, WHOLE


class Carrier(Protocol):
    """The lanes among which requests are shared out."""

    def place(self, pending: Pending, *, fresh: bool = False) -> None:
        """Send a request on the lane that suits it, or on a fresh one."""

    def rest(self, lane: Lane) -> None:
        """Keep a lane on which nothing runs, if there is room."""

    def forget(self, lane: Lane) -> None:
        """Send nothing more on a lane."""


class Pending:
    """A request under way: its bytes, the representation it asks for, the future of its answer, the lane it is on."""

    __slots__ = ("answer", "encoded", "lane", "representation")

    def __init__(self, encoded: bytes, representation: str) -> None:
        self.encoded, self.representation = encoded, representation
        self.answer: asyncio.Future[WholeAnswer | StreamedAnswer] = asyncio.get_running_loop().create_future()
        self.lane: Lane | None = None

    def settle(self, answer: WholeAnswer | StreamedAnswer) -> None:
        """Hand over the answer, or let go of it when nobody waits any more."""
        if self.answer.done():
            answer.close()
        else:
            self.answer.set_result(answer)

    def fail(self, error: EvaluationError) -> None:
        """Hand over why there is no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def withdraw(self) -> None:
        """Note that nobody waits any more: the query stops if it runs, or else is let go of in its turn."""
        if not self.answer.cancel() and not self.answer.cancelled() and self.answer.exception() is None:
            self.answer.result().close()
        if self.lane is not None:
            self.lane.skip()


class Lane(asyncio.Protocol):
    """A connection to the evaluation server. `pending` are its requests in the order of their answers.

    A new lane takes one request until that is answered (`settled`): before, the connection is not yet a worker's to
    read. `used` is when its last answer came, `slow` whether the next takes its time.
    """

    def __init__(self, lanes: Carrier, first: Pending) -> None:
        self._lanes = lanes
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._stream: StreamedAnswer | None = None
        self._retired = self._closed = False
        self._seen: Pending | None = None
        self.pending = deque((first,))
        self.settled = self.slow = False
        self.used = time.monotonic()
        first.lane = self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request, unless its client has left meanwhile."""
        self._transport = cast("asyncio.Transport", transport)
        if self._closed:
            transport.abort()  # type: ignore[attr-defined]
        else:
            self._transport.write(self.pending[0].encoded)

    def ask(self, pending: Pending) -> None:
        """Send one more request."""
        pending.lane = self
        self.pending.append(pending)
        if self._transport is not None:
            self._transport.write(pending.encoded)

    def data_received(self, data: bytes) -> None:
        """Read the frames that are whole."""
        received, start = self._received + data if self._received else data, 0
        while len(received) - start >= HEADER.size and not self._closed:
            kind, length = HEADER.unpack_from(received, start)
            end = start + HEADER.size + length
            if end > len(received):
                break
            payload = received[start + HEADER.size : end]
            start = end
            if self._stream is None:
                self._answer(kind, payload)
            else:
                self._continue(self._stream, kind, payload)
        self._received = received[start:] if start else received

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the library's own interface
        """Have what was not answered asked again: the server may give up a lane at any time, but not a new one."""
        self.close()
        if self._stream is not None:
            self._stream.cut(AnswerCutError())
        if not self.settled and self.pending:
            self.pending.popleft().fail(EvaluationUnavailableError())
        self._move(fresh=True)

    def look(self) -> bool:
        """Return whether the first request is the one that was seen before: it is slow."""
        first = self.pending[0] if self.pending else None
        self.slow = first is not None and first is self._seen
        self._seen = first
        return self.slow

    def retire(self) -> None:
        """Take no more: what stands behind the first request moves, and the connection ends with the first's answer."""
        self._lanes.forget(self)
        self._retired = True
        if not self.pending:
            self.close()
            return
        first = self.pending.popleft()
        self._move()
        self.pending.append(first)

    def skip(self) -> None:
        """Stop a query for which nobody waits; those behind it move."""
        if self.pending and self.pending[0].answer.done():
            self.pending.popleft()
            self.close()
            self._move()

    def close(self) -> None:
        """End the connection: the server stops what runs on it."""
        self._lanes.forget(self)
        self._closed = True
        if self._transport is not None:
            self._transport.abort()

    def _answer(self, kind: bytes, payload: bytes) -> None:
        """Take the first frame of an answer."""
        pending = self.pending.popleft()
        self.settled, self.slow, self.used = True, False, time.monotonic()
        if kind == WHOLE:
            pending.settle(WholeAnswer(FORMS[payload[:1]], pending.representation, payload[1:]))
        elif kind == START and self._transport is not None:
            self._stream = StreamedAnswer(FORMS[payload], pending.representation, self._transport)
            self._lanes.forget(self)
            self._move()
            pending.settle(self._stream)
            return
        else:
            pending.fail(error_from(json.loads(payload)) if kind == ERROR else EvaluationUnavailableError())
        if self._retired:
            self.close()
        elif self.pending:
            self.skip()
        else:
            self._lanes.rest(self)

    def _continue(self, stream: StreamedAnswer, kind: bytes, payload: bytes) -> None:
        """Take a further frame of an answer that comes in pieces."""
        if kind == DATA:
            stream.note(payload)
            return
        if kind == END:
            stream.end()
        else:
            stream.cut(AnswerCutError.reported(json.loads(payload)))
        self.close()

    def _move(self, *, fresh: bool = False) -> None:
        """Have other lanes take the requests that stand here."""
        moved = list(self.pending)
        self.pending.clear()
        for pending in moved:
            self._lanes.place(pending, fresh=fresh)
