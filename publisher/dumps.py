"""The dumps of a release: one gzip file a format, made from the N-Triples, never from a store.

A store rewrites lexical forms (`1.50` → `1.5`); a parser feeding serializers keeps them. The graph is taken piece by
piece (see `publisher.pieces`): each is read once, serialized and compressed in each format apart from the others, or
taken as it is from other dumps that hold it. Pieces one after the other are what serializing the whole would
give. Gzip headers carry no date, so that the same graph gives the same bytes.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pyoxigraph as ox
from rdflib.namespace import RDF

from publisher.packing import Member, Part, pack
from publisher.representations import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TURTLE, Representation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from publisher.pieces import Piece

DUMP_NAME = "annuaire"
DUMP_FORMATS = (N_TRIPLES, TURTLE, JSON_LD, RDF_XML, N_QUADS)
_OXIGRAPH = {
    TURTLE.name: ox.RdfFormat.TURTLE,
    JSON_LD.name: ox.RdfFormat.JSON_LD,
    RDF_XML.name: ox.RdfFormat.RDF_XML,
}
_SEPARATORS = {JSON_LD.name: b","}
_PROBE = ox.Triple(ox.BlankNode("s"), ox.NamedNode(str(RDF.type)), ox.BlankNode("o"))
_PROBED = {TURTLE.name: b"_:s a _:o .\n"}
_END = b" .\n"
_LARGE = 16 << 20
"""Statements of a larger piece (one subject may have a million) are read again for each format, never held."""
_AHEAD = 4
"""How many pieces are made at once, or wait to be written."""

Packed = tuple[Part, bytes]
Taken = dict[str, Packed]
"""A piece, or what stands before or after all, as compressed in each format, by the format's name."""


class Take(Protocol):
    """Gives a piece as some other dumps hold it; nothing separates the first from what stands before all."""

    def __call__(self, piece: Piece, *, first: bool) -> Taken:
        """Return it in the formats in which it is there, if any."""


class _Frame(NamedTuple):
    """What a file in some format holds beside its statements; `empty` is a file that has none; `end` ends its lines."""

    head: bytes
    separator: bytes
    tail: bytes
    empty: bytes
    end: bytes = _END


def write_dump(
    triples: Path,
    pieces: Sequence[Piece],
    targets: Mapping[Representation, Path],
    prefixes: dict[str, str],
    graph: str | None = None,
    take: Take | None = None,
) -> dict[str, list[Part]]:
    """Write a sorted N-Triples file again, compressed, in some of `DUMP_FORMATS`, each to its path.

    `graph` is the IRI of the graph that N-Quads name, so that a quad store keeps each dataset apart; `take` gives what
    need not be made again. The statements are those of a graph that passed the gate: that they are well formed is not
    checked again. Return the parts of each file, by the name of its format: what stands before all, each piece, what
    stands after all.
    """
    frames = {each.name: _frame(each, prefixes, graph) for each in targets}
    heads = {name: pack(frame.head if pieces else frame.empty) for name, frame in frames.items()}
    tails = {name: pack(frame.tail if pieces else b"") for name, frame in frames.items()}
    make = partial(_make, triples, frames, prefixes)
    with ExitStack() as files:
        members = {each.name: Member(files.enter_context(path.open("wb"))) for each, path in targets.items()}
        for each in chain([heads], _in_order(pieces, make, take), [tails]):
            for name, member in members.items():
                member.add(*each[name])
        for member in members.values():
            member.end()
        return {name: member.parts for name, member in members.items()}


def _in_order(pieces: Sequence[Piece], make: Callable[..., Taken], take: Take | None) -> Iterator[Taken]:
    """Yield each piece as it is taken, or as it is made, side by side with those that follow."""
    with ThreadPoolExecutor(_AHEAD) as threads:
        waiting: deque[Future[Taken]] = deque()
        for number, piece in enumerate(pieces):
            first = not number
            waiting.append(threads.submit(make, piece, take(piece, first=first) if take else {}, first=first))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        yield from (each.result() for each in waiting)


def _make(
    triples: Path, frames: dict[str, _Frame], prefixes: dict[str, str], piece: Piece, taken: Taken, *, first: bool
) -> Taken:
    """Serialize and compress a piece in each format in which it was not taken."""
    missing = {name: frame for name, frame in frames.items() if name not in taken}
    if not missing:
        return taken
    with triples.open("rb") as file:
        content = piece.read(file)
    parse = partial(ox.parse, content, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    statements = list(parse()) if piece.size <= _LARGE and not missing.keys().isdisjoint(_OXIGRAPH) else None
    made = dict(taken)
    for name, frame in missing.items():
        if name in _OXIGRAPH:
            whole = _serialized(parse() if statements is None else statements, name, prefixes)
            text = (b"" if first else frame.separator) + whole[len(frame.head) : len(whole) - len(frame.tail)]
        else:
            text = content if frame.end == _END else content.replace(_END, frame.end)  # a literal holds no newline
        made[name] = pack(text)
    return made


def _frame(representation: Representation, prefixes: dict[str, str], graph: str | None) -> _Frame:
    """Return what a serializer writes around statements."""
    name = representation.name
    if name not in _OXIGRAPH:
        end = f" <{graph}>".encode() + _END if name == N_QUADS.name and graph else _END
        return _Frame(b"", b"", b"", b"", end)
    empty = _serialized([], name, prefixes)
    if name == TURTLE.name:  # without a statement, it has no prefixes either
        return _Frame(_serialized([_PROBE], name, prefixes)[: -len(_PROBED[name])], b"", b"", empty)
    tail = b"]" if name == JSON_LD.name else b"</rdf:RDF>"
    return _Frame(empty[: -len(tail)], _SEPARATORS.get(name, b""), tail, empty)


def _serialized(statements: Iterable[ox.Triple] | Iterable[ox.Quad], name: str, prefixes: dict[str, str]) -> bytes:
    return ox.serialize(statements, format=_OXIGRAPH[name], prefixes=prefixes) or b""
