"""The protocol spoken over the AF_UNIX socket: one request, then frames, then the connection is closed.

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
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import BinaryIO

START, DATA, END, ERROR, HEALTH = b"S", b"D", b"E", b"X", b"H"

LENGTH = struct.Struct("!I")
_HEADER = struct.Struct("!cI")


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query to evaluate.

    `representation` is the name of one of publisher.representations' results. The graphs are those of the SPARQL
    protocol (`default-graph-uri`, `named-graph-uri`); two empty tuples mean the dataset of the release.
    `deadline`, `rows` and `answer_bytes` can only tighten the server's own limits. `client` says for whom it is asked.
    """

    query: str
    representation: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    base_iri: str | None = None
    deadline: float | None = None
    rows: int | None = None
    answer_bytes: int | None = None
    client: str | None = None


def encode_request(request: QueryRequest) -> bytes:
    """Return the bytes that ask for a query's evaluation."""
    return _encode_object({"query": asdict(request)})


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
        fields: dict[str, Any] = dict(content["query"])
        for name in ("default_graphs", "named_graphs"):
            fields[name] = tuple(fields.get(name, ()))
        return QueryRequest(**fields)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("request") from error


def frame(kind: bytes, payload: bytes) -> bytes:
    """Return a frame."""
    return _HEADER.pack(kind, len(payload)) + payload


def object_frame(kind: bytes, content: dict[str, Any]) -> bytes:
    """Return a frame whose payload is a JSON object."""
    return frame(kind, json.dumps(content, ensure_ascii=False).encode())


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """Read one frame: its letter and its payload.

    Raises:
        EOFError: the connection ended before or in the middle of the frame.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    kind, length = _HEADER.unpack(header)
    payload = stream.read(length)
    if len(payload) < length:
        raise EOFError
    return kind, payload


def _encode_object(content: dict[str, Any]) -> bytes:
    payload = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return LENGTH.pack(len(payload)) + payload
