"""The dumps of a release: one gzip file a format, made from the N-Triples, never from a store.

A store rewrites lexical forms (`1.50` → `1.5`); a parser feeding serializers keeps them. The statements are read once
for all formats, each of which has a thread: compression, most of the work, needs no interpreter. Gzip headers carry no
date, so that the same graph gives the same bytes.
"""

from __future__ import annotations

import gzip
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from io import BufferedWriter
from itertools import chain, islice
from queue import Queue
from typing import TYPE_CHECKING, BinaryIO, cast

import pyoxigraph as ox

from publisher.representations import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TURTLE, Representation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import RawIOBase
    from pathlib import Path

    _Batches = Queue[list[ox.Quad]]

DUMP_NAME = "annuaire"
DUMP_FORMATS = (N_TRIPLES, TURTLE, JSON_LD, RDF_XML, N_QUADS)
_LEVEL = 6
_OXIGRAPH = {
    TURTLE.name: ox.RdfFormat.TURTLE,
    JSON_LD.name: ox.RdfFormat.JSON_LD,
    RDF_XML.name: ox.RdfFormat.RDF_XML,
}
_CHUNK = 1 << 20
_BATCH = 4_096
_WAITING = 8


def write_dump(
    triples: Path, targets: Mapping[Representation, Path], prefixes: dict[str, str], graph: str | None = None
) -> None:
    """Write a sorted N-Triples file again, compressed, in some of `DUMP_FORMATS`, each to its path.

    `graph` is the IRI of the graph that N-Quads name, so that a quad store keeps each dataset apart. The statements are
    those of a graph that passed the gate: that they are well formed is not checked again.
    """
    queues: dict[Representation, _Batches] = {each: Queue(_WAITING) for each in targets if each.name in _OXIGRAPH}
    with ThreadPoolExecutor(len(targets)) as threads:
        jobs = [
            threads.submit(_serialize, queues[each], path, each, prefixes)
            if each in queues
            else threads.submit(_copy, triples, path, graph if each is N_QUADS else None)
            for each, path in targets.items()
        ]
        try:
            if queues:
                statements = ox.parse(path=triples, format=ox.RdfFormat.N_TRIPLES, lenient=True)
                while batch := list(islice(statements, _BATCH)):
                    for queue in queues.values():
                        queue.put(batch)
        finally:
            for queue in queues.values():
                queue.put([])
        for job in jobs:
            job.result()


def _copy(triples: Path, target: Path, graph: str | None) -> None:
    """Compress N-Triples, or N-Quads that name a graph."""
    end = f" <{graph}> .\n".encode() if graph else b" .\n"
    with target.open("wb") as raw, _packed(raw) as packed, triples.open("rb") as source:
        while chunk := source.read(_CHUNK) + source.readline():
            packed.write(chunk.replace(b" .\n", end))  # a literal holds no newline


def _serialize(batches: _Batches, target: Path, representation: Representation, prefixes: dict[str, str]) -> None:
    """Serialize statements; a thread that compresses waits for the interpreter after each piece, so they are large."""
    with target.open("wb") as raw, _packed(raw) as packed, BufferedWriter(cast("RawIOBase", packed), _CHUNK) as pieces:
        try:
            ox.serialize(
                chain.from_iterable(_taken(batches)),
                pieces,
                format=_OXIGRAPH[representation.name],
                prefixes=prefixes,
            )
        except BaseException:
            deque(_taken(batches), maxlen=0)  # the others go on, and wait for room in every queue
            raise


def _packed(raw: BinaryIO) -> gzip.GzipFile:
    return gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0)


def _taken(batches: _Batches) -> Iterator[list[ox.Quad]]:
    return iter(batches.get, [])
