"""Reading what a client sends: bounded in size and time, whole or refused; it holds no thread."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from endpoints.edge_connections import Connection
from endpoints.problems import BadRequestError, HttpError, TooLargeError, UnsupportedMediaTypeError

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]


class BodyTimeoutError(HttpError):
    """The client takes too long to send its request."""

    status = HTTPStatus.REQUEST_TIMEOUT


async def read_body(scope: Scope, protocol: HTTPProtocol, most: int, seconds: float) -> bytes:
    """Return the content of a request, of at most `most` bytes, sent within `seconds`.

    Raises:
        TooLargeError, BodyTimeoutError: it is larger, or takes longer.
        UnsupportedMediaTypeError: it is compressed; a few bytes could become gigabytes.
        BadRequestError: it stops short of its announced end.
    """
    if scope.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _compressed()
    announced = _announced(scope)
    if announced == 0:
        return b""
    if announced is not None and announced > most:
        raise TooLargeError.of_body(most)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in protocol:
                body += chunk
                if len(body) > most:
                    raise TooLargeError.of_body(most)
    except TimeoutError as error:
        raise BodyTimeoutError(
            f"envoi incomplet après {seconds:g} s", f"the content is incomplete after {seconds:g} s"
        ) from error
    if len(body) != announced if announced is not None else _has_left(scope.client):
        raise BadRequestError("envoi interrompu avant sa fin", "the content stopped before its end")
    return bytes(body)


def _announced(scope: Scope) -> int | None:
    """Return the announced length; None when the content comes in chunks of unknown number."""
    length = scope.headers.get("content-length")
    if length is None:
        return None if "transfer-encoding" in scope.headers else 0
    return int(length)


def _has_left(client: str) -> bool:
    connection = Connection.of(client)
    if connection is None:
        return False
    with connection:
        return connection.is_closed()


def _compressed() -> UnsupportedMediaTypeError:
    error = UnsupportedMediaTypeError("un envoi compressé n'est pas lu", "compressed content is not read")
    error.headers["Accept-Encoding"] = "identity"  # RFC 9110 §15.5.16
    return error
