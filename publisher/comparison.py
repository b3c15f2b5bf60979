"""Two sorted N-Triples files, side by side: what came and went, and where all that is said of a thing stands.

A thing of ours (an IRI under `{base}/id/`, a domain) carries its sub-nodes (`#…`) and its record (`{base}/doc/…`). Its
statements stand in few places of a sorted file: what is held in memory is where, never the lines.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO, cast

from rdflib.namespace import DCTERMS, RDFS, SKOS

from publisher.identifiers import DOMAIN_CLASS, TERRITORY_CLASSES
from publisher.pieces import SortedLines, subjects
from publisher.vocabulary import DOMAINS

NAMING = tuple(
    f"<{each}>".encode() for each in (SKOS.prefLabel, DCTERMS.title, RDFS.label, "http://xmlns.com/foaf/0.1/name")
)
"""The properties that name a thing, the one to prefer first."""
_TERRITORIES = frozenset(each.encode() for each in TERRITORY_CLASSES)
_DOMAIN = DOMAIN_CLASS.encode()


class Fate(Enum):
    """What became of a line."""

    GONE = "-"
    KEPT = "="
    CAME = "+"


GONE, KEPT, CAME = Fate


@dataclass(slots=True)
class Tally:
    """How many lines of a thing came and went; which of those that went give it a name."""

    came: int = 0
    gone: int = 0
    names: list[bytes] = field(default_factory=list)

    def add(self, line: bytes, fate: Fate) -> None:
        """Count a line."""
        self.came += fate is CAME
        self.gone += fate is GONE
        if fate is GONE and line.split(b" ", 2)[1] in NAMING:
            self.names.append(line)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What tells two files apart, by the IRIs of the things of ours.

    `places` are the start and the size, in bytes, of each run of a thing's lines in the new file, for all things or for
    those that changed; `tallies` tell what changed (None: all is new).
    """

    places: dict[bytes, list[tuple[int, int]]]
    tallies: dict[bytes, Tally] | None

    def changed(self) -> list[bytes]:
        """Return the things that came, went or changed, in order."""
        return sorted(self.places if self.tallies is None else self.tallies)


Before = Path | Iterator[tuple[bytes, Fate]] | None
"""What came before: a sorted file, or the lines that it does not share with the new one, or nothing."""


def compare(base: str, before: Before, after: Path, came: BinaryIO, gone: BinaryIO) -> Comparison:
    """Compare two sorted files, the new one plain, the former one plain or gzip; no `before`: all is new.

    The lines of what is no thing of ours that came and went are written to the files given.
    """
    if before is None:
        return Comparison(_places(base, after, came), None)
    if isinstance(before, Path):
        return _compare_files(base, before, after, came, gone)
    tallies: dict[bytes, Tally] = defaultdict(Tally)
    for line, fate in before:
        if thing := _thing_of(base, line[: line.index(b" ")]):
            tallies[thing].add(line, fate)
        else:
            (came if fate is CAME else gone).write(line)
    with closing(SortedLines(after)) as graph:
        return Comparison({thing: _places_of(base, thing, graph) for thing in tallies}, dict(tallies))


def _places(base: str, after: Path, others: BinaryIO) -> dict[bytes, list[tuple[int, int]]]:
    """Return where the lines of each thing stand; all others are written to the file given."""
    places: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    standing, start, end = None, 0, 0
    for found in subjects(after):
        if (thing := _thing_of(base, found[1][:-1])) != standing:
            if standing:
                places[standing].append((start, end - start))
            standing, start = thing, found.start()
        end = found.end()
        if thing is None:
            others.write(found[0])
    if standing:
        places[standing].append((start, end - start))
    return dict(places)


def _compare_files(base: str, before: Path, after: Path, came: BinaryIO, gone: BinaryIO) -> Comparison:
    places: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    tallies: dict[bytes, Tally] = defaultdict(Tally)
    others = {CAME: came, GONE: gone}
    position = start = 0
    subject, thing, standing = b"", None, None
    for line, fate in _read_both(before, after):
        if (found := line[: line.index(b" ")]) != subject:
            subject, thing = found, _thing_of(base, found)
        if fate is not GONE:
            if thing != standing:
                if standing:
                    places[standing].append((start, position - start))
                standing, start = thing, position
            position += len(line)
        if fate is KEPT:
            continue
        if thing is None:
            others[fate].write(line)
        else:
            tallies[thing].add(line, fate)
    if standing:
        places[standing].append((start, position - start))
    return Comparison(dict(places), dict(tallies))


def _read_both(before: Path, after: Path) -> Iterator[tuple[bytes, Fate]]:
    """Yield the lines of both files in order, each once, with what became of it."""
    with (
        after.open("rb") as new,
        cast("BinaryIO", gzip.open(before, "rb") if before.suffix == ".gz" else before.open("rb")) as old,
    ):
        yield from side_by_side(old, new)


def side_by_side(old: Iterator[bytes], new: Iterator[bytes]) -> Iterator[tuple[bytes, Fate]]:
    """Yield sorted lines, old and new, in order, each once, with what became of it."""
    former, latter = next(old, b""), next(new, b"")
    while former or latter:
        if former == latter:
            yield latter, KEPT
            former, latter = next(old, b""), next(new, b"")
        elif not former or (latter and latter < former):
            yield latter, CAME
            latter = next(new, b"")
        else:
            yield former, GONE
            former = next(old, b"")


def _places_of(base: str, thing: bytes, graph: SortedLines) -> list[tuple[int, int]]:
    """Return where the lines of a thing stand, in order."""
    places = (graph.place(b"<" + beginning) for beginning in _beginnings(base, thing))
    return sorted((start, size) for start, size in places if size)


def _beginnings(base: str, thing: bytes) -> Iterator[bytes]:
    """Yield how the subjects begin that are a thing, a part or the record of it: the reverse of `_thing_of`."""
    ours, domains = f"{base}/id/".encode(), DOMAINS.encode()
    yield from (thing + end for end in (b"#", b">"))
    if thing.startswith(ours):
        rest = thing[len(ours) :]
        if (kind := rest.partition(b"/")[0]) not in _TERRITORIES and kind != _DOMAIN:
            yield from (f"{base}/doc/".encode() + rest + end for end in (b"#", b">"))
    elif b"/" not in (key := thing[len(domains) :]):
        yield from (f"{base}/doc/{DOMAIN_CLASS}/".encode() + key + end for end in (b"#", b"/", b">"))


def _thing_of(base: str, subject: bytes) -> bytes | None:
    """Return the thing of ours that a subject is, or is a part or the record of, if any."""
    record, ours, domains = f"<{base}/doc/".encode(), f"{base}/id/".encode(), DOMAINS.encode()
    node = subject.partition(b"#")[0].rstrip(b">")
    if node.startswith(record):
        rest = node[len(record) :]
        kind, _, key = rest.partition(b"/")
        if kind in _TERRITORIES:
            return None
        found = domains + key.partition(b"/")[0] if kind == _DOMAIN else ours + rest
    else:
        found = node[1:]
    return found if found.startswith((ours, domains)) and found != domains else None
