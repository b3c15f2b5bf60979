"""The protocol spoken over the AF_UNIX socket: one request, then frames, then the connection is closed.

Where a request asks to keep the connection, another may follow an answer that was whole at once. The server may close
such a connection at any time: a request that meets its end, without a frame, is to be made again.

A request is a 4-byte big-endian length and a JSON object. A frame is a letter, a 4-byte length and a payload:

    S  start   JSON {form, representation, length?}; `length` when the whole answer follows at once
    D  data    bytes of the answer
    E  end     JSON {bytes}: the answer is complete
    X  error   JSON {reason, fr, en, …}: nothing, or no more, comes
    H  health  JSON, the answer to a health request

A connection that ends without E or X was cut.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import BinaryIO

START, DATA, END, ERROR, HEALTH = b"S", b"D", b"E", b"X", b"H"

LENGTH = struct.Struct("!I")
HEADER = struct.Struct("!cI")


@dataclass(frozen=True, slots=True)
class QueryRequest:
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


_FIELDS = tuple(field.name for field in fields(QueryRequest))


def encode_request(request: QueryRequest) -> bytes:
    """Return the bytes that ask for a query's evaluation."""
    # What is not said has its default: the shortest text to write, and for two processes to read.
    said = {name: getattr(request, name) for name in _FIELDS}
    return _encode_object({"query": {name: value for name, value in said.items() if value or name == "query"}})


def encode_health_request() -> bytes:
    """Return the bytes that ask for the server's state."""
    return _encode_object({"health": True})


def decode_request(payload: bytes) -> QueryRequest | None:
    """Read a request's payload (its length removed); None is a health request.

    Raises:
        ValueError: it is neither.
    """
    content = json.loads(payload)
    try:
        if content.get("health"):
            return None
        said: dict[str, Any] = content["query"]
        for name in ("default_graphs", "named_graphs"):
            said[name] = tuple(said.get(name, ()))
        return QueryRequest(**said)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("request") from error


def frame(kind: bytes, payload: bytes) -> bytes:
    """Return a frame."""
    return HEADER.pack(kind, len(payload)) + payload


def object_frame(kind: bytes, content: dict[str, Any]) -> bytes:
    """Return a frame whose payload is a JSON object."""
    return frame(kind, json.dumps(content, ensure_ascii=False).encode())


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


def _encode_object(content: dict[str, Any]) -> bytes:
    payload = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return LENGTH.pack(len(payload)) + payload
