"""A local HTTP server that answers SPARQL queries in every wrong way; the path says which."""

# ruff: noqa: D102, N815 - the methods are named by http.server and by what they do

from __future__ import annotations

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = "application/sparql-results+json"
HEAD = b'{"head":{"vars":["o"]},"results":{"bindings":['
ROW = b'{"o":{"type":"literal","value":"x"}}'
WHOLE = HEAD + ROW + b"]}}"
LONG = HEAD + (ROW + b",") * 60_000 + ROW + b"]}}"


class Handler(BaseHTTPRequestHandler):
    """Answers as the path says."""

    protocol_version = "HTTP/1.1"
    requests: list[tuple[str, bytes, str | None]]
    elsewhere = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append((self.path, body, self.headers.get("Authorization")))
        self.close_connection = True
        with contextlib.suppress(OSError):
            getattr(self, "answer_" + self.path.strip("/").partition("/")[0])()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        return None

    def send(self, body: bytes, media_type: str = JSON, status: int = 200, length: int | None = None) -> None:
        """Send an answer, perhaps announcing another length."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def answer_good(self) -> None:
        self.send(WHOLE)

    def answer_html(self) -> None:
        self.send(b"<html><body>Bienvenue</body></html>", "text/html")

    def answer_disguised(self) -> None:
        self.send(b"<html><body>Bienvenue</body></html>")

    def answer_empty(self) -> None:
        self.send(b"")

    def answer_cut(self) -> None:
        self.send(WHOLE[:-20])

    def answer_closed(self) -> None:
        self.send(WHOLE[:-20], length=len(WHOLE))

    def answer_late_cut(self) -> None:
        self.send(LONG[:-1000], length=len(LONG))

    def answer_chunk_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(HEAD), HEAD))

    def answer_unfinished(self) -> None:
        """Send a whole result in a body that does not end."""
        self.send(WHOLE, length=len(WHOLE) + 10)

    def answer_error(self) -> None:
        self.send(b"java.lang.NullPointerException at secret.Place", "text/plain", 500)

    def answer_forbidden(self) -> None:
        self.send(b"", "text/plain", 403)

    def answer_malformed(self) -> None:
        self.send(b"error at 1:40: expected }", "text/plain", 400)

    def answer_limited(self) -> None:
        self.send_response(200)
        self.send_header("X-SPARQL-MaxRows", "1")
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(WHOLE)))
        self.end_headers()
        self.wfile.write(WHOLE)

    def answer_redirect(self) -> None:
        self.send_response(307)
        self.send_header("Location", self.elsewhere + "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_basic(self) -> None:
        if self.headers.get("Authorization"):
            self.send(WHOLE)
            return
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="essai"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_slow(self) -> None:
        time.sleep(3)
        self.send(WHOLE)

    def answer_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(WHOLE)))
        self.end_headers()
        for byte in WHOLE:
            self.wfile.write(bytes([byte]))
            time.sleep(0.1)

    def answer_garbage(self) -> None:
        self.wfile.write(b"\x00\x01\x02 not HTTP\r\n\r\n")

    def answer_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.end_headers()
        self.wfile.write(HEAD + ROW)
        while True:
            self.wfile.write((b"," + ROW) * 1000)


class Misbehaving:
    """A running server: its address, and what it was asked (path, body, Authorization)."""

    def __init__(self, server: ThreadingHTTPServer, requests: list[tuple[str, bytes, str | None]]) -> None:
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        self.requests = requests


@contextlib.contextmanager
def misbehaving(elsewhere: str = "") -> Iterator[Misbehaving]:
    """Run such a server on a free port of the loopback interface."""
    requests: list[tuple[str, bytes, str | None]] = []
    handler = type("Handler", (Handler,), {"requests": requests, "elsewhere": elsewhere})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Misbehaving(server, requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
