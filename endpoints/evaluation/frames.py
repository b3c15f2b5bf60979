"""The protocol spoken over the AF_UNIX socket: one request, then frames, then the connection is closed.

Where a request asks to keep the connection, others may follow once an answer was whole, several at a time; they are
answered in turn. The server may close such a connection at any time: a request that meets its end, without a frame, is
to be made again.

A request is a 4-byte big-endian length, a JSON object on one line, the end of that line and the query's text. A frame
is a letter, a 4-byte length and a payload:

    W  whole   the form's initial, then the whole answer
    S  start   the form's initial: the answer comes in pieces
    D  data    bytes of the answer
    E  end     the answer is complete
    X  error   JSON {reason, fr, en, …}: nothing, or no more, comes
    H  health  JSON, the answer to a health request

A form is `select`, `ask` or `graph`. A connection that ends without W, E or X was cut.
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import BinaryIO

WHOLE, START, DATA, END, ERROR, HEALTH = b"W", b"S", b"D", b"E", b"X", b"H"
FORMS = {form[:1].encode(): form for form in ("select", "ask", "graph")}
"""Each form of an answer by its initial."""

LENGTH = struct.Struct("!I")
HEADER = struct.Struct("!cI")

_encode = json.JSONEncoder(ensure_ascii=False).encode


class QueryRequest(NamedTuple):
    """A query to evaluate.

    `representation` is the name of one of publisher.representations' results. The graphs are those of the SPARQL
    protocol (`default-graph-uri`, `named-graph-uri`); two empty tuples mean the dataset of the release.
    `deadline`, `rows` and `answer_bytes` can only tighten the server's own limits.
    `keep` asks for the connection to stay.
    """

    query: str
    representation: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    base_iri: str | None = None
    deadline: float | None = None
    rows: int | None = None
    answer_bytes: int | None = None
    keep: bool = False


_NAMES = QueryRequest._fields[1:]
_MOST_KEPT = 1_024


def encode_request(request: QueryRequest) -> bytes:
    """Return the bytes that ask for a query's evaluation."""
    text, *options = request
    ordinary = not (request.default_graphs or request.named_graphs)
    head = (_head if ordinary else _head.__wrapped__)(*options)
    payload = head + text.encode("utf-8", "surrogatepass")
    return LENGTH.pack(len(payload)) + payload


def encode_health_request() -> bytes:
    """Return the bytes that ask for the server's state."""
    payload = b'{"health": true}\n'
    return LENGTH.pack(len(payload)) + payload


def decode_request(payload: bytes) -> QueryRequest | None:
    """Read a request's payload (its length removed); None is a health request.

    Raises:
        ValueError: it is neither.
    """
    head, _, text = payload.partition(b"\n")
    options = (_options if len(head) < _MOST_KEPT else _options.__wrapped__)(head)
    return None if options is None else QueryRequest(text.decode("utf-8", "surrogatepass"), *options)


@lru_cache(maxsize=64)
def _head(*options: Any) -> bytes:
    # What is not said has its default.
    said = {name: value for name, value in zip(_NAMES, options, strict=True) if value}
    return _encode(said).encode("utf-8", "surrogatepass") + b"\n"


@lru_cache(maxsize=64)
def _options(head: bytes) -> tuple[Any, ...] | None:
    said = json.loads(head)
    try:
        if said.get("health"):
            return None
        for name in ("default_graphs", "named_graphs"):
            said[name] = tuple(said.get(name, ()))
        return QueryRequest("", **said)[1:]
    except (AttributeError, TypeError) as error:
        raise ValueError("request") from error


def frame(kind: bytes, payload: bytes) -> bytes:
    """Return a frame."""
    return HEADER.pack(kind, len(payload)) + payload


def object_frame(kind: bytes, content: dict[str, Any]) -> bytes:
    """Return a frame whose payload is a JSON object."""
    return frame(kind, _encode(content).encode())


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """Read one frame: its letter and its payload.

    Raises:
        EOFError: the connection ended before or in the middle of the frame.
    """
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    kind, length = HEADER.unpack(header)
    payload = stream.read(length)
    if len(payload) < length:
        raise EOFError
    return kind, payload
