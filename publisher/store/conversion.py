"""What an engine answers, read as strictly as it is written anew: its habits never reach a client.

Engines are asked for one format of each kind: SPARQL results in JSON, graphs in N-Triples. Virtuoso 7 is asked for
results in XML: its JSON takes four times as long (100,000 rows: 16 s), its CSV and TSV are its own. Its blank nodes
are called `nodeID://b1`, which no label may be, and are renamed.
"""

from __future__ import annotations

import http.client
import io
import re
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS, N_TRIPLES, RESULTS_JSON, RESULTS_XML
from publisher.store.errors import StoreAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from publisher.representations import Representation
    from publisher.store.flow import Sink

_BINDINGS = {r.media_type: r for r in BINDINGS_RESULTS}
_GRAPHS = {r.media_type: r for r in GRAPH_RESULTS}
_READ = 256 * 1024
_ROW_END = b"</result>"
_NODE, _LABEL = b"<bnode>nodeID://", b"<bnode>"
_SPACES = re.compile(rb"(?<=<literal>)[ \t\r\n]+|(?<=\">)[ \t\r\n]+(?=[^ \t\r\n<])|[ \t\r\n]+(?=</literal>)")
"""Spaces at either end of a literal, which the XML reader would drop unless they are written as references."""


def asked_for(accept: str, bindings: Representation = RESULTS_JSON) -> Representation:
    """Return what to ask an engine for, to answer in a media type; `bindings` is what it writes best.

    Raises:
        ValueError: the media type is none of publisher.representations' results.
    """
    if accept in _BINDINGS:
        return bindings
    if accept in _GRAPHS:
        return N_TRIPLES
    raise ValueError(accept)


def check_media_type(content_type: str, expected: Representation) -> None:
    """Refuse an answer that says itself to be something else.

    Raises:
        StoreAnswerError: it does.
    """
    given = content_type.partition(";")[0].strip().lower()
    if given != expected.media_type and given not in expected.aliases:
        raise StoreAnswerError(
            f"le magasin a répondu en {given or 'type inconnu'} au lieu de {expected.media_type}",
            f"the store answered in {given or 'no type'} instead of {expected.media_type}",
        )


def convert(response: http.client.HTTPResponse, given: Representation, accept: str, sink: Sink) -> None:
    """Read an engine's answer in the format given to the end, and write it to the sink in the media type wanted.

    Raises:
        OSError, ValueError, SyntaxError: the answer is cut or malformed.
    """
    chunks = _whole(response)
    if given is RESULTS_XML:
        chunks = _plain_rows(chunks)
    body = cast("IO[bytes]", ChunkFile(chunks))
    if accept in _GRAPHS:
        write_graph(ox.parse(body, ox.RdfFormat.N_TRIPLES, lenient=True), accept, sink)
    else:
        form = ox.QueryResultsFormat.from_media_type(given.media_type)
        write_bindings(ox.parse_query_results(body, cast("ox.QueryResultsFormat", form)), accept, sink)
    for _ in chunks:  # what follows the end of the results must end well too
        pass


def write_bindings(results: ox.QuerySolutions | ox.QueryBoolean, accept: str, sink: Sink) -> None:
    """Write solutions or a boolean in a media type."""
    form = ox.QueryResultsFormat.from_media_type(accept)
    results.serialize(cast("IO[bytes]", sink), format=form)


def write_graph(triples: Iterable[ox.Triple] | Iterable[ox.Quad], accept: str, sink: Sink) -> None:
    """Write triples in a media type."""
    form = ox.RdfFormat.from_media_type(accept)
    ox.serialize(triples, cast("IO[bytes]", sink), format=form)


class ChunkFile(io.RawIOBase):
    """Chunks of bytes as a file to read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as the next bytes go."""
        while not self._rest:
            try:
                self._rest = memoryview(next(self._chunks))
            except StopIteration:
                return 0
        given = self._rest[: len(buffer)]
        self._rest = self._rest[len(given) :]
        buffer[: len(given)] = given
        return len(given)


def _whole(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield a response's bytes; fail if it ends before its announced length."""
    try:
        while data := response.read1(_READ):
            yield data
    except http.client.HTTPException as error:
        raise OSError("answer cut") from error
    if response.length:  # what remains of the announced length
        raise OSError("answer cut")


def _plain_rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield XML results by whole rows, blank nodes renamed and spaces kept."""
    rest = b""
    for chunk in chunks:
        head, end, rest = (rest + chunk).rpartition(_ROW_END)
        if end:
            yield _SPACES.sub(_references, (head + end).replace(_NODE, _LABEL))
    yield rest


def _references(spaces: re.Match[bytes]) -> bytes:
    return b"".join(b"&#%d;" % code for code in spaces[0])
