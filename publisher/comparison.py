"""Two sorted N-Triples files, read side by side: what came and went, and where all that is said of a thing stands.

A thing of ours (an IRI under `{base}/id/`, a domain) carries its sub-nodes (`#…`) and its record (`{base}/doc/…`). Its
statements stand in few places of a sorted file: what is held in memory is where, never the lines.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from rdflib.namespace import DCTERMS, RDFS, SKOS

from publisher.identifiers import DOMAIN_CLASS, TERRITORY_CLASSES
from publisher.vocabulary import DOMAINS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMING = tuple(
    f"<{each}>".encode() for each in (SKOS.prefLabel, DCTERMS.title, RDFS.label, "http://xmlns.com/foaf/0.1/name")
)
"""The properties that name a thing, the one to prefer first."""
_GONE, _KEPT, _CAME = range(3)
_TERRITORIES = frozenset(each.encode() for each in TERRITORY_CLASSES)
_DOMAIN = DOMAIN_CLASS.encode()


@dataclass(slots=True)
class Tally:
    """How many lines of a thing came and went; which of those that went give it a name."""

    came: int = 0
    gone: int = 0
    names: list[bytes] = field(default_factory=list)

    def add(self, line: bytes, fate: int) -> None:
        """Count a line."""
        self.came += fate == _CAME
        self.gone += fate == _GONE
        if fate == _GONE and line.split(b" ", 2)[1] in NAMING:
            self.names.append(line)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What tells two files apart, by the IRIs of the things of ours.

    `places` are the start and the size, in bytes, of each run of a thing's lines in the new file; `tallies` tell what
    changed (None: all is new).
    """

    places: dict[bytes, list[tuple[int, int]]]
    tallies: dict[bytes, Tally] | None

    def changed(self) -> list[bytes]:
        """Return the things that came, went or changed, in order."""
        return sorted(self.places if self.tallies is None else self.tallies)


def compare(base: str, before: Path | None, after: Path, came: BinaryIO, gone: BinaryIO) -> Comparison:
    """Compare two sorted files, the new one plain, the former one plain or gzip; no `before`: all is new.

    The lines of what is no thing of ours that came and went are written to the files given.
    """
    places: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    tallies: dict[bytes, Tally] = defaultdict(Tally)
    others = {_CAME: came, _GONE: gone}
    position = start = 0
    subject, thing, standing = b"", None, None
    for line, fate in _side_by_side(before, after):
        if (found := line[: line.index(b" ")]) != subject:
            subject, thing = found, _thing_of(base, found)
        if fate != _GONE:
            if thing != standing:
                if standing:
                    places[standing].append((start, position - start))
                standing, start = thing, position
            position += len(line)
        if fate == _KEPT or (thing and not before):
            continue
        if thing is None:
            others[fate].write(line)
        else:
            tallies[thing].add(line, fate)
    if standing:
        places[standing].append((start, position - start))
    return Comparison(dict(places), dict(tallies) if before else None)


def _side_by_side(before: Path | None, after: Path) -> Iterator[tuple[bytes, int]]:
    """Yield the lines of both files in order, each once, with what became of it."""
    with after.open("rb") as new:
        if before is None:
            yield from ((line, _CAME) for line in new)
            return
        with cast("BinaryIO", gzip.open(before, "rb") if before.suffix == ".gz" else before.open("rb")) as old:
            former, latter = next(old, b""), next(new, b"")
            while former or latter:
                if former == latter:
                    yield latter, _KEPT
                    former, latter = next(old, b""), next(new, b"")
                elif not former or (latter and latter < former):
                    yield latter, _CAME
                    latter = next(new, b"")
                else:
                    yield former, _GONE
                    former = next(old, b"")


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
