"""The Flask application behind the edge: called in a bounded pool of threads, one call a request.

A thread is held while Flask works, never while a client sends or takes: bodies come whole, files are the server's to
send, and other long answers are drawn piece by piece.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.wsgi import FileWrapper

from endpoints.answers import REPEATABLE, REQUEST_ID
from endpoints.edge_clients import FORWARDED
from endpoints.edge_streams import Outflow
from endpoints.serving import served_release
from publisher.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue
    from granian.rsgi import Scope

    from endpoints.edge_accounts import Account

_THREADS = 16
_DOCUMENTS, _DOCUMENT_THREADS = ("/doc/", "/id/"), 1
"""Documents wait for nothing but the interpreter: more threads would only contend for it (a third less a second)."""

_AT_ONCE = 1 << 20
_VIEW = "annuaire.view"
_WORK = "annuaire.work"
_Headers = list[tuple[str, str]]


class Bridge:
    """Calls the application and sends what it answers."""

    def __init__(self, app: Flask) -> None:
        app.before_request(_substitute)
        self._app = app
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="page")
        self._documents = ThreadPoolExecutor(_DOCUMENT_THREADS, thread_name_prefix="document")

    async def answer(
        self,
        scope: Scope,
        protocol: Account,
        *,
        trusted: bool = False,
        body: bytes = b"",
        view: Callable[[], Response] | None = None,
        keep: Callable[[_Headers, bytes], None] | None = None,
    ) -> float:
        """Answer a request by the application, or by a view run in its place, which may raise an error of ours.

        What may be repeated is handed to `keep`. Return how long a processor has worked, in seconds.
        """
        environment = _environment(scope, body, trusted=trusted)
        environment[REQUEST_ID] = protocol.request_id
        if view is not None:
            environment[_VIEW] = view
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        pool = self._documents if scope.path.startswith(_DOCUMENTS) else self._pool
        status, headers, content = await loop.run_in_executor(pool, context.run, self._timed, environment)
        if isinstance(content, FileWrapper):
            name = content.file.name
            content.close()
            protocol.response_file(status, headers, name)
        elif isinstance(content, bytes):
            if keep is not None and status == HTTPStatus.OK and REPEATABLE in environment:
                keep(headers, content)
            protocol.response_bytes(status, headers, content)
        elif scope.method == "HEAD" or not content:
            protocol.response_empty(status, headers)
        else:
            await self._draw(content, Outflow(scope, protocol, headers, status), context)
        return float(environment[_WORK])

    def _timed(self, environment: dict[str, Any]) -> tuple[int, _Headers, bytes | FileWrapper | Iterable[bytes]]:
        began = time.thread_time()
        try:
            return self._call(environment)
        finally:
            environment[_WORK] = time.thread_time() - began

    def _call(self, environment: dict[str, Any]) -> tuple[int, _Headers, bytes | FileWrapper | Iterable[bytes]]:
        told: list[tuple[int, _Headers]] = []

        def start(status: str, headers: _Headers, _error: object = None) -> Callable[[bytes], object]:
            told[:] = [(int(status.split(" ", 1)[0]), [(name.lower(), value) for name, value in headers])]
            return told.append  # type: ignore[return-value]  # the write callable, which Flask never calls

        content = self._app.wsgi_app(environment, start)
        status, headers = told[0]
        length = next((int(value) for name, value in headers if name == "content-length"), None)
        if environment["REQUEST_METHOD"] == "HEAD":
            _close(content)
            return status, headers, ()
        if isinstance(content, FileWrapper) and length is not None:
            return status, headers, content
        if length is not None and length <= _AT_ONCE:
            body = b"".join(content)
            _close(content)
            return status, [header for header in headers if header[0] != "content-length"], body
        return status, headers, content

    async def _draw(self, content: Iterable[bytes], outflow: Outflow, context: contextvars.Context) -> None:
        pieces, loop = iter(content), asyncio.get_running_loop()
        try:
            while not outflow.gone.done():
                piece = await loop.run_in_executor(self._pool, context.run, _next, pieces)
                if piece is None:
                    return
                await outflow.send(piece)
        except Exception:
            await outflow.break_off()
            raise
        finally:
            outflow.close()
            await loop.run_in_executor(self._pool, context.run, _close, content)


def _substitute() -> ResponseReturnValue | None:
    """Let the edge's own view answer in place of the one at this address, with the application's errors and headers."""
    view: Callable[[], Response] | None = request.environ.get(_VIEW)
    if view is None:
        return None
    with contextlib.suppress(ReleaseError):
        served_release()  # noted, for the header that names it
    return view()


def _environment(scope: Scope, body: bytes, *, trusted: bool) -> dict[str, Any]:
    """Return the request as PEP 3333 has it."""
    host, _, port = scope.server.rpartition(":")
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": (scope.path or "/").encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode("utf-8", "surrogateescape").decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name or (name in FORWARDED and not trusted):
            continue
        key = f"HTTP_{name.upper().replace('-', '_')}"
        found[key] = f"{found[key]}{'; ' if name == 'cookie' else ','}{value}" if key in found else value
    found["CONTENT_TYPE"] = found.pop("HTTP_CONTENT_TYPE", "")
    found.pop("HTTP_TRANSFER_ENCODING", None)
    found.pop("HTTP_CONTENT_LENGTH", None)
    found["CONTENT_LENGTH"] = str(len(body)) if body else ""
    return found


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


def _close(content: object) -> None:
    close = getattr(content, "close", None)
    if close is not None:
        close()
