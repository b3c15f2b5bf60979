"""What changed between two graphs, thing by thing, written as one step of the history.

A step holds the whole state of each thing of ours that changed, with its parts and its record (see
`publisher.comparison`), after the change. Of the rest (territories, vocabulary) it holds the statements that came and
went.

A step is N-Quads (https://www.w3.org/TR/n-quads/), gzip, in several members that can be read one by one:

    default graph          the step: instant, release before and after, who (a `prov:Agent`) and why if it was said;
                           each change: `as:Create`, `as:Update` or `as:Delete`, the thing (`dct:isVersionOf`), label
    {base}/history/{class}/{key}/{n}   the thing's statements after the change
    {base}/history/{n}#added, #removed   the other statements
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD

from publisher.comparison import NAMING, compare
from publisher.signature import Signature
from publisher.vocabulary import AS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from publisher.comparison import Before, Comparison
    from publisher.identifiers import Minter

UNSIGNED = Signature()
CREATE, UPDATE, DELETE = str(AS.Create), str(AS.Update), str(AS.Delete)
ADDED, REMOVED = "#added", "#removed"
AGENT = "#agent"
THINGS_A_MEMBER = 50
_LINES_A_MEMBER = 10_000
_LEVEL = 6
_END = b" .\n"
_TYPE, _VERSION_OF, _LABEL = (str(each).encode() for each in (RDF.type, DCTERMS.isVersionOf, RDFS.label))


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a step is taken, whether it goes back (a rollback), by whom and why."""

    instant: datetime
    undone: bool = False
    signature: Signature = UNSIGNED


@dataclass(frozen=True, slots=True)
class Passage:
    """One step: from a release (None: from nothing) to another."""

    number: int
    before: str | None
    after: str
    occasion: Occasion


class _Touched(NamedTuple):
    thing: bytes
    action: str
    state: bytes
    labels: list[bytes]


def write_step(minter: Minter, passage: Passage, before: Before, after: Path, target: Path) -> None:
    """Compare two sorted N-Triples files (`after` plain; see `publisher.comparison`) and write what changed."""
    step = minter.step(passage.number)
    with (
        target.open("wb") as raw,
        after.open("rb") as graph,
        TemporaryFile(dir=target.parent) as came,
        TemporaryFile(dir=target.parent) as gone,
    ):
        found = compare(minter.base, before, after, came, gone)
        _write_member(raw, "".join(_header(minter, passage)).encode())
        things = iter(found.changed())
        while members := list(islice(things, THINGS_A_MEMBER)):
            states = (_read_state(graph, found, thing) for thing in members)
            _write_member(raw, b"".join(_described(minter, passage.number, state) for state in states))
        others = chain(_moved(gone, f"{step}{REMOVED}"), _moved(came, f"{step}{ADDED}"))
        while lines := list(islice(others, _LINES_A_MEMBER)):
            _write_member(raw, b"".join(lines))


def _read_state(graph: BinaryIO, found: Comparison, thing: bytes) -> _Touched:
    """Return what is said of a thing now, and what happened to it; of what is gone, only the names remain."""
    runs = []
    for start, size in found.places.get(thing, ()):
        graph.seek(start)
        runs.append(graph.read(size))
    state = b"".join(runs)
    tally = found.tallies[thing] if found.tallies is not None else None
    if not state:
        return _Touched(thing, DELETE, state, _labels(thing, tally.names if tally else []))
    there = tally is not None and (tally.gone > 0 or state.count(b"\n") > tally.came)
    return _Touched(thing, UPDATE if there else CREATE, state, _labels(thing, state.splitlines(keepends=True)))


def _labels(thing: bytes, lines: list[bytes]) -> list[bytes]:
    """Return the objects, as N-Triples, of the first property of `NAMING` that the thing has."""
    for naming in NAMING:
        start = b"<%s> %s " % (thing, naming)
        if found := [line[len(start) : -len(_END)] for line in lines if line.startswith(start)]:
            return found
    return []


def _described(minter: Minter, number: int, touched: _Touched) -> bytes:
    version = f"<{minter.version(touched.thing.decode(), number)}>".encode()
    said = [
        b"%s <%s> <%s> .\n" % (version, _TYPE, touched.action.encode()),
        b"%s <%s> <%s> .\n" % (version, _VERSION_OF, touched.thing),
        *(b"%s <%s> %s .\n" % (version, _LABEL, label) for label in touched.labels),
        touched.state.replace(_END, b" %s%s" % (version, _END)),
    ]
    return b"".join(said)


def _moved(lines: BinaryIO, graph: str) -> Iterator[bytes]:
    """Yield the lines of a file as N-Quads."""
    end = f" <{graph}>".encode() + _END
    lines.seek(0)
    for line in lines:
        yield line[: -len(_END)] + end


def _header(minter: Minter, passage: Passage) -> list[str]:
    step = minter.step(passage.number)
    said = [
        (RDF.type, URIRef(PROV.Activity)),
        (PROV.endedAtTime, Literal(passage.occasion.instant.isoformat(), datatype=XSD.dateTime)),
        (PROV.generated, URIRef(minter.release(passage.after))),
    ]
    if passage.before:
        said.append((PROV.used, URIRef(minter.release(passage.before))))
    if passage.occasion.undone:
        said.append((RDF.type, URIRef(AS.Undo)))
    if passage.occasion.signature.reason:
        said.append((RDFS.comment, Literal(passage.occasion.signature.reason)))
    lines = [f"<{step}> <{predicate}> {value.n3()} .\n" for predicate, value in said]
    if passage.occasion.signature.by:
        lines += [
            f"<{step}> <{PROV.wasAssociatedWith}> <{step}{AGENT}> .\n",
            f"<{step}{AGENT}> <{RDF.type}> <{PROV.Agent}> .\n",
            f"<{step}{AGENT}> <{RDFS.label}> {Literal(passage.occasion.signature.by).n3()} .\n",
        ]
    return lines


def _write_member(raw: BinaryIO, content: bytes) -> None:
    """Append one gzip member; it carries no date, so that the same changes give the same bytes."""
    raw.write(gzip.compress(content, _LEVEL, mtime=0))
