"""The web processes' side: ask an evaluation server, receive a typed answer or a typed error."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from endpoints.evaluation.errors import (
    AnswerCutError,
    EvaluationBusyError,
    EvaluationUnavailableError,
    error_from,
)
from endpoints.evaluation.frames import (
    DATA,
    END,
    ERROR,
    FORMS,
    HEALTH,
    START,
    WHOLE,
    QueryRequest,
    encode_health_request,
    encode_request,
    read_frame,
)
from endpoints.evaluation.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_PATIENCE = 5.0
_HEALTH_PATIENCE = 1.0
_BUFFER = 256 * 1024


@dataclass(slots=True)
class Answer:
    """An answer whose first byte is there.

    `form` is `select`, `ask` or `graph`; `length` the number of bytes when it is already known. Iterate once; closing
    an answer that has not been read to its end stops the query.
    """

    form: str
    representation: str
    length: int | None
    _stream: BinaryIO
    _whole: bytes | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Yield the answer's bytes as they come.

        Raises:
            AnswerCutError: it stopped before its end.
        """
        if self._whole is not None:
            self.close()
            yield self._whole
            return
        try:
            while True:
                kind, payload = read_frame(self._stream)
                if kind == DATA:
                    yield payload
                elif kind == END:
                    return
                else:
                    raise AnswerCutError.reported(json.loads(payload))
        except (EOFError, OSError) as error:
            raise AnswerCutError from error
        finally:
            self.close()

    def read(self) -> bytes:
        """Return the whole answer.

        Raises:
            AnswerCutError: it stopped before its end.
        """
        return b"".join(self)

    def close(self) -> None:
        """Let go of the connection; the query stops if it still runs."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def evaluate(path: Path, request: QueryRequest) -> Answer:
    """Have a query evaluated by the server that listens at `path`; return once the first bytes are there.

    They are waited for a little longer than the server's own limits.

    Raises:
        EvaluationError: one of its types says what is wrong with the query or with the server.
    """
    limits = Limits()
    patience = (request.deadline or limits.deadline) + limits.queue_time + _PATIENCE
    stream = _ask(path, encode_request(request), patience)
    try:
        return _first(stream, request.representation)
    except BaseException:
        stream.close()
        raise


def health(path: Path) -> dict[str, Any]:
    """Return the state of the server that listens at `path`.

    Raises:
        EvaluationUnavailableError: it does not answer.
    """
    with contextlib.closing(_ask(path, encode_health_request(), _HEALTH_PATIENCE)) as stream:
        kind, payload = _read(stream)
    if kind != HEALTH:
        raise EvaluationUnavailableError
    return _content(payload)


def _ask(path: Path, request: bytes, patience: float) -> BinaryIO:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(patience)
        connection.connect(str(path))
        connection.sendall(request)
        return cast("BinaryIO", connection.makefile("rb", buffering=_BUFFER))
    except BlockingIOError as error:
        raise EvaluationBusyError from error
    except OSError as error:
        raise EvaluationUnavailableError from error
    finally:
        connection.close()  # the stream, if made, keeps it open until it is closed too


def _first(stream: BinaryIO, representation: str) -> Answer:
    kind, payload = _read(stream)
    if kind == ERROR:
        raise error_from(_content(payload))
    if kind == WHOLE:
        return Answer(FORMS[payload[:1]], representation, len(payload) - 1, stream, payload[1:])
    if kind != START:
        raise EvaluationUnavailableError
    return Answer(FORMS[payload], representation, None, stream)


def _read(stream: BinaryIO) -> tuple[bytes, bytes]:
    try:
        return read_frame(stream)
    except (EOFError, OSError) as error:
        raise EvaluationUnavailableError from error


def _content(payload: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(payload))
