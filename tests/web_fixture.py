"""A web server on this machine that answers as a test says, well or badly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """A server: what it answers to every request, the requests that it got, and how long slow answers wait."""

    reply: Reply
    address: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


def answer(body: bytes = b"", status: int = 200, **headers: str) -> Reply:
    """Return a reply of this content; `Content_Type` is header Content-Type, the length is its own unless given."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        named = {"Content-Type": "text/csv", "Content-Length": str(len(body))}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        handler.send_response(status)
        for name, value in named.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@contextmanager
def web_server(reply: Reply) -> Iterator[Web]:
    """Serve until the block ends."""
    web = Web(reply)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.requests.append((self.path, dict(self.headers.items())))
            self.close_connection = True
            try:
                web.reply(self)
            except OSError:  # the client has gone, as it should
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    web.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield web
    finally:
        web.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
