"""Asking an evaluation server without holding a thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING, Protocol

from endpoints.evaluation.errors import AnswerCutError, EvaluationBusyError, EvaluationUnavailableError, error_from
from endpoints.evaluation.frames import DATA, END, ERROR, HEADER, START, QueryRequest, encode_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_BUFFER = 256 * 1024
_IDLE_TIME = 0.5


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


class SocketAnswer:
    """An answer that comes as frames over the connection to the evaluation server."""

    def __init__(self, connection: socket.socket, lanes: Lanes | None = None) -> None:
        self._lanes = lanes
        self.form = self.representation = ""
        self.length: int | None = None
        self._connection = connection
        self._received = bytearray()
        self._ended = False

    async def begin(self) -> None:
        """Wait for the first byte.

        Raises:
            EvaluationError: there will be none; its type says why.
        """
        try:
            kind, payload = await self._frame()
        except (EOFError, OSError) as error:
            raise EvaluationUnavailableError from error
        content = json.loads(payload)
        if kind == ERROR:
            self._ended = True
            raise error_from(content)
        if kind != START:
            raise EvaluationUnavailableError
        self.form, self.representation = content["form"], content["representation"]
        self.length = content.get("length")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the answer's bytes as they come.

        Raises:
            AnswerCutError: it stopped before its end.
        """
        try:
            while True:
                kind, payload = await self._frame()
                if kind == DATA:
                    yield payload
                elif kind == END:
                    self._ended = self.length is not None
                    return
                else:
                    report = json.loads(payload)
                    raise AnswerCutError(report.get("fr"), report.get("en"))
        except (EOFError, OSError) as error:
            raise AnswerCutError from error

    def abandon(self) -> None:
        """Stop the query; an iteration under way ends with AnswerCutError."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; the query stops if it still runs."""
        if self._ended and not self._received and self._lanes is not None:
            self._lanes.give_back(self._connection)
        else:
            self._connection.close()

    async def _frame(self) -> tuple[bytes, bytes]:
        received, loop = self._received, asyncio.get_running_loop()
        while True:
            if len(received) >= HEADER.size:
                kind, length = HEADER.unpack_from(received)
                end = HEADER.size + length
                if len(received) >= end:
                    payload = bytes(received[HEADER.size : end])
                    del received[:end]
                    return kind, payload
            data = await loop.sock_recv(self._connection, _BUFFER)
            if not data:
                raise EOFError
            received += data


class Lanes:
    """Connections to one evaluation server that are kept for a while: a query on one goes straight to its worker."""

    def __init__(self, path: Path, most: int) -> None:
        self.path = path
        self._most = most
        self._idle: list[tuple[float, socket.socket]] = []

    async def evaluate(self, request: QueryRequest) -> SocketAnswer:
        """Have a query evaluated; return once the first bytes are there.

        The server sees to the time; should it hang, its owner ends it.

        Raises:
            EvaluationError: one of its types says what is wrong with the query or with the server.
        """
        encoded = encode_request(request)
        while self._idle:
            _, kept = self._idle.pop()
            with contextlib.suppress(EvaluationUnavailableError):  # given up by the server meanwhile
                return await self._ask(kept, encoded)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.setblocking(False)  # noqa: FBT003 - the library's own interface
            connection.connect(str(self.path))
        except OSError as error:
            connection.close()
            busy = isinstance(error, BlockingIOError)
            raise (EvaluationBusyError if busy else EvaluationUnavailableError) from error
        return await self._ask(connection, encoded)

    def give_back(self, connection: socket.socket) -> None:
        """Keep a connection whose answer is complete, if there is room."""
        if len(self._idle) >= self._most:
            connection.close()
            return
        if not self._idle:
            asyncio.get_running_loop().call_later(_IDLE_TIME, self._tidy)
        self._idle.append((time.monotonic(), connection))

    def close(self) -> None:
        """Close what is kept."""
        while self._idle:
            self._idle.pop()[1].close()

    def _tidy(self) -> None:
        """Close what has not been used for a while: its worker is free again."""
        until = time.monotonic() - _IDLE_TIME
        while self._idle and self._idle[0][0] <= until:
            self._idle.pop(0)[1].close()
        if self._idle:
            asyncio.get_running_loop().call_later(_IDLE_TIME, self._tidy)

    async def _ask(self, connection: socket.socket, encoded: bytes) -> SocketAnswer:
        answer = SocketAnswer(connection, self)
        try:
            await asyncio.get_running_loop().sock_sendall(connection, encoded)
            await answer.begin()
        except OSError as error:
            connection.close()
            raise EvaluationUnavailableError from error
        except BaseException:
            answer.close()
            raise
        return answer
