"""The dumps of a release: one gzip file a format, made from the N-Triples, never from a store.

A store rewrites lexical forms (`1.50` → `1.5`); a parser feeding a serializer keeps them. Gzip headers carry
no date, so that the same graph gives the same bytes.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, BinaryIO, cast

import pyoxigraph as ox

from publisher.representations import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TURTLE, Representation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUMP_NAME = "annuaire"
DUMP_FORMATS = (N_TRIPLES, TURTLE, JSON_LD, RDF_XML, N_QUADS)
_LEVEL = 6
_OXIGRAPH = {
    TURTLE.name: ox.RdfFormat.TURTLE,
    JSON_LD.name: ox.RdfFormat.JSON_LD,
    RDF_XML.name: ox.RdfFormat.RDF_XML,
}


def write_dump(
    triples: Path, target: Path, representation: Representation, prefixes: dict[str, str], graph: str | None = None
) -> None:
    """Write a sorted N-Triples file again, compressed, in one of `DUMP_FORMATS`.

    `graph` is the IRI of the graph that N-Quads name, so that a quad store keeps each dataset apart.
    """
    with target.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        if representation is N_TRIPLES:
            with triples.open("rb") as source:
                while chunk := source.read(1 << 20):
                    packed.write(chunk)
        elif representation is N_QUADS:
            end = f" <{graph}> .\n".encode() if graph else b" .\n"
            with triples.open("rb") as source:
                packed.writelines(line.removesuffix(b" .\n") + end for line in source)
        else:
            ox.serialize(
                _statements(triples),
                cast("BinaryIO", packed),
                format=_OXIGRAPH[representation.name],
                prefixes=prefixes,
            )


def _statements(triples: Path) -> Iterator[ox.Triple]:
    for quad in ox.parse(path=triples, format=ox.RdfFormat.N_TRIPLES):
        yield quad.triple
