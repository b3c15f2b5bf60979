"""What the history is made of: a step, what it did to a thing, and the files in which both are kept."""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """A step: from the release `previous` (None: nothing) to `release`; who and why; statements that came and went."""

    number: int
    release: str
    previous: str | None
    instant: str
    undone: bool
    signed: str | None
    reason: str | None
    added: int
    removed: int
    others: dict[str, dict[str, int]]
    others_start: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a step did to a thing; `id` counts the changes of all steps from 1, `digest` is empty without a state."""

    id: int
    number: int
    thing: str
    version: str
    kind: str
    action: str
    labels: dict[str, str]
    added: int
    removed: int
    start: int
    size: int
    digest: str
    instant: str
    release: str

    def label(self, lang: str) -> str:
        """Return the thing's label in a language, else in French, else any, else its IRI."""
        found = self.labels.get(lang) or self.labels.get("fr") or next(iter(self.labels.values()), None)
        return found or self.thing


def step_file(directory: Path, number: int) -> Path:
    """Return the file of a step."""
    return directory / f"{number}.nq.gz"


def read_member(path: Path, start: int, size: int) -> dict[str, list[str]]:
    """Return the N-Triples lines of one gzip member by the graph they stand in."""
    with path.open("rb") as raw:
        raw.seek(start)
        lines = gzip.decompress(raw.read(size)).decode().split("\n")
    graphs: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line:
            triple, graph = split_quad(line)
            graphs[graph].append(triple)
    return dict(graphs)


def split_quad(line: str) -> tuple[str, str]:
    """Split an N-Quads line that ends with a graph's IRI into the N-Triples line and that IRI."""
    triple, _, graph = line[:-3].rpartition(" <")
    return f"{triple} .", graph
