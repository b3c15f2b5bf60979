"""One request as it is accounted for: its number, what was answered, how long it took."""

from __future__ import annotations

import re
import secrets
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from granian._granian import RSGIHTTPStreamTransport
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

    from endpoints.edge_ledger import Ledger

    Headers = list[tuple[str, str]]
    _Base = HTTPProtocol
else:
    _Base = object  # Granian's own cannot be derived from

REQUEST_ID = "x-request-id"
_CLOSE = ("connection", "close")
_HSTS = ("strict-transport-security", "max-age=31536000")
_GIVEN = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")
"""Numbers of requests that a proxy may give."""

_NOTHING_SENT = 499
_LOOK = 0.2
"""Seconds between two looks at whether other processes take over."""


class Account(_Base):
    """The protocol of one request, which notes what is answered and adds what every answer carries."""

    __slots__ = ("_protocol", "added", "began", "headers", "kept", "sent", "status")

    def __init__(self, protocol: HTTPProtocol, added: Headers) -> None:
        self.began = perf_counter()
        self._protocol, self.added = protocol, added
        self.headers: Headers = []
        self.status, self.sent, self.kept = _NOTHING_SENT, 0, False

    @property
    def request_id(self) -> str:
        """The number of the request."""
        return self.added[0][1]

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a body."""
        self.status, self.headers, self.sent = status, headers, len(body)
        self._protocol.response_bytes(status, headers + self.added, body)

    def response_empty(self, status: int, headers: Headers) -> None:
        """Answer without a body."""
        self.status, self.headers = status, headers
        self._protocol.response_empty(status, headers + self.added)

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Answer with a file, whose length is told in the headers."""
        self.status, self.headers = status, headers
        self.sent = next((int(value) for name, value in headers if name == "content-length"), 0)
        self._protocol.response_file(status, headers + self.added, file)

    def response_stream(self, status: int, headers: Headers) -> RSGIHTTPStreamTransport:
        """Begin an answer that comes in pieces."""
        self.status, self.headers = status, headers
        stream = self._protocol.response_stream(status, headers + self.added)
        return _CountedStream(self, stream)  # type: ignore[return-value]  # stands for it

    def client_disconnect(self) -> Coroutine[Any, Any, None]:
        """Wait until the client has left."""
        return self._protocol.client_disconnect()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what the client sends."""
        return aiter(self._protocol)


class _CountedStream:
    def __init__(self, account: Account, stream: RSGIHTTPStreamTransport) -> None:
        self._account, self._stream = account, stream

    def send_bytes(self, data: bytes) -> Coroutine[Any, Any, None]:
        self._account.sent += len(data)
        return self._stream.send_bytes(data)


class Accounts:
    """Opens the accounts of a web process's requests, and closes them in its ledger.

    Once other processes take over, each answer sends its client to connect anew, to one of those.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._common: Headers = []
        self._prefix = f"{secrets.token_hex(8)}-"

    def open(self, protocol: HTTPProtocol) -> Account:
        """Return the account of a request."""
        self._ledger.opened = number = self._ledger.opened + 1
        return Account(protocol, [(REQUEST_ID, f"{self._prefix}{number:x}"), *self._common])

    def watch(self, loop: asyncio.AbstractEventLoop, leaving: Path) -> None:
        """See from time to time whether other processes take over, which a file tells."""
        if leaving.exists():
            self._common = [_CLOSE]
        else:
            loop.call_later(_LOOK, self.watch, loop, leaving)

    def believe(self, account: Account, scope: Scope) -> None:
        """Take from a trusted proxy the number that it gives a request, and that it came by https."""
        given = scope.headers.get(REQUEST_ID)
        if given is not None and _GIVEN.fullmatch(given):
            account.added[0] = REQUEST_ID, given
        if scope.headers.get("x-forwarded-proto", "").strip().lower() == "https":
            account.added.append(_HSTS)

    def close(self, account: Account, scope: Scope) -> None:
        """Note a request that has been answered, or left."""
        now = perf_counter()
        self._ledger.note(
            (now, now - account.began, account.request_id, scope.method, scope.path, account.status, account.sent,
             account.headers, account.kept)
        )  # fmt: skip
