"""Evaluating one query against a store and framing its answer as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from endpoints.evaluation.errors import (
    AnswerTooLargeError,
    EvaluationError,
    QueryMemoryError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryUnsupportedError,
)
from endpoints.evaluation.frames import DATA, END, START, WHOLE, QueryRequest, frame

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import IO

    from endpoints.evaluation.limits import Limits

FRAME_BYTES = 64 * 1024
FIRST_FRAME_BYTES = 16 * 1024

_BINDINGS_FORMATS = {
    "json": (ox.QueryResultsFormat.JSON, b"}},{"),
    "xml": (ox.QueryResultsFormat.XML, b"<result>"),
    "csv": (ox.QueryResultsFormat.CSV, b"\r\n"),
    "tsv": (ox.QueryResultsFormat.TSV, b"\n"),
}
_GRAPH_FORMATS = {
    "turtle": (ox.RdfFormat.TURTLE, b" .\n"),
    "ntriples": (ox.RdfFormat.N_TRIPLES, b" .\n"),
    "rdfxml": (ox.RdfFormat.RDF_XML, b"\n\t\t<"),
    "jsonld": (ox.RdfFormat.JSON_LD, b"},{"),
    "nquads": (ox.RdfFormat.N_QUADS, b" .\n"),
    "trig": (ox.RdfFormat.TRIG, b" .\n"),
}
"""Each representation's format and the bytes that part its rows, which no term may hold unescaped (in CSV a term may,
so its rows are at worst over-counted)."""

_FORMATS = {**_BINDINGS_FORMATS, **_GRAPH_FORMATS}

_Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
_UNSUPPORTED = re.compile(r"custom (?:aggregate )?function (<.*>) is not supported", re.DOTALL)
_POSITION = re.compile(r"^error at (\d+):(\d+): ", re.ASCII)


def row_mark(representation: str) -> bytes:
    """Return the bytes that part the rows of a representation."""
    return _FORMATS[representation][1]


class AnswerWriter:
    """Writes an answer as frames, as the engine serialises it.

    The first bytes are held back until there are enough of them to be worth a frame: until then an error can still be
    told as an error, and a small answer leaves whole, in one frame. `on_start` is called before the first byte of an
    answer that leaves in pieces.
    """

    def __init__(self, connection: socket.socket, form: str, request: QueryRequest, limits: Limits) -> None:
        self._connection, self._initial = connection, form[:1].encode()
        self._rows = min(limits.rows, request.rows or limits.rows)
        self._bytes = min(limits.answer_bytes, request.answer_bytes or limits.answer_bytes)
        self._separator = row_mark(request.representation)
        self._held: list[bytes] = []
        self._held_bytes = self._sent_bytes = self._counted_rows = 0
        self.started = False
        self.on_start: Callable[[], None] = lambda: None

    def write(self, chunk: bytes) -> int:
        """Take what the engine has serialised.

        Raises:
            AnswerTooLargeError: the answer passes a limit.
            OSError: the client has left.
        """
        self._held.append(chunk)
        self._held_bytes += len(chunk)
        self._counted_rows += chunk.count(self._separator)
        if self._sent_bytes + self._held_bytes > self._bytes or self._counted_rows > self._rows:
            raise AnswerTooLargeError
        if self._held_bytes >= (FRAME_BYTES if self.started else FIRST_FRAME_BYTES):
            self._send(before=b"" if self.started else self._start())
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: the engine flushes when it is done, and `finish` comes next."""

    def finish(self) -> None:
        """Send what is held and the end of the answer."""
        if self.started:
            self._send(after=frame(END, b""))
        else:
            self._connection.sendall(frame(WHOLE, b"".join((self._initial, *self._held))))

    def _start(self) -> bytes:
        self.started = True
        self.on_start()
        return frame(START, self._initial)

    def _send(self, before: bytes = b"", after: bytes = b"") -> None:
        data = frame(DATA, b"".join(self._held)) if self._held else b""
        self._sent_bytes += self._held_bytes
        self._held, self._held_bytes = [], 0
        self._connection.sendall(before + data + after)


def answer(
    store: ox.Store,
    request: QueryRequest,
    connection: socket.socket,
    limits: Limits,
    on_start: Callable[[], None],
) -> None:
    """Evaluate a query and write its answer to the connection.

    Raises:
        EvaluationError: the query is malformed, does not go with its representation, or is too costly.
        OSError: the client has left.
    """
    try:
        results = _query(store, request)
        form = _form(results)
        if request.representation not in (_GRAPH_FORMATS if form == "graph" else _BINDINGS_FORMATS):
            raise QueryRefusedError.unfit(request.representation)
        writer = AnswerWriter(connection, form, request, limits)
        writer.on_start = on_start
        _serialise(results, cast("IO[bytes]", writer), request.representation)
        writer.finish()
    except MemoryError as error:
        raise QueryMemoryError from error


def _query(store: ox.Store, request: QueryRequest) -> _Results:
    dataset: dict[str, list[ox.NamedNode]] = {}
    try:
        if request.default_graphs or request.named_graphs:
            dataset = {
                "default_graph": [ox.NamedNode(iri) for iri in request.default_graphs],
                "named_graphs": [ox.NamedNode(iri) for iri in request.named_graphs],
            }
        return store.query(request.query, base_iri=request.base_iri, **dataset)  # type: ignore[arg-type]
    except SyntaxError as error:
        raise _syntax_error(str(error)) from error
    except ValueError as error:
        raise QueryRefusedError(f"IRI ou texte invalide : {error}", f"invalid IRI or text: {error}") from error


def _form(results: _Results) -> str:
    if isinstance(results, ox.QueryTriples):
        return "graph"
    return "select" if isinstance(results, ox.QuerySolutions) else "ask"


def _serialise(results: _Results, sink: IO[bytes], representation: str) -> None:
    if isinstance(results, ox.QueryTriples):
        results.serialize(sink, format=_GRAPH_FORMATS[representation][0])
    else:
        results.serialize(sink, format=_BINDINGS_FORMATS[representation][0])


def _syntax_error(message: str) -> QuerySyntaxError:
    place = _POSITION.match(message)
    if place is None:
        return QuerySyntaxError(message)
    return QuerySyntaxError(message[place.end() :], int(place[1]), int(place[2]))


def evaluation_error(error: Exception) -> EvaluationError:
    """Return the error to report for an exception of the engine."""
    if isinstance(error, EvaluationError):
        return error
    if isinstance(error, MemoryError):
        return QueryMemoryError()
    unsupported = _UNSUPPORTED.search(str(error))
    if unsupported:
        return QueryUnsupportedError(f"fonction inconnue : {unsupported[1]}", f"unknown function: {unsupported[1]}")
    return EvaluationError(f"l'évaluation a échoué : {error}", f"the evaluation failed: {error}")
