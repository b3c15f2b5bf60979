"""The catalogue of example queries: one .rq file each, titled and described in its comments.

# title@fr: Entreprises d'un département
# title@en: Companies of a département
# description@fr: …
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.errors import Texts

DIRECTORY = Path(__file__).parent / "queries" / "examples"
_NOTE = re.compile(r"^# (title|description)@(fr|en): (.+)$")


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the data answers: its key (the file's name), texts by language, and the query's text."""

    key: str
    title: Texts
    description: Texts
    query: str


@lru_cache(maxsize=4)
def load_examples(directory: Path = DIRECTORY) -> tuple[Example, ...]:
    """Return the examples of a directory, in the order of their file names."""
    return tuple(_read(path) for path in sorted(directory.glob("*.rq")))


def _read(path: Path) -> Example:
    notes: dict[str, Texts] = {"title": {}, "description": {}}
    lines = path.read_text(encoding="utf-8").splitlines()
    body = []
    for line in lines:
        note = _NOTE.match(line)
        if note:
            notes[note[1]][note[2]] = note[3]
        else:
            body.append(line)
    return Example(path.stem, notes["title"], notes["description"], "\n".join(body).strip() + "\n")
