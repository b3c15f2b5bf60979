"""The records of a release that were checked or are to be reviewed, in the order in which they are due.

There may be as many as records: the list is a file of the release, `reviews.csv`, which nobody has to sort again.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from publisher.queries import read_sql
from publisher.release import REVIEWS
from publisher.terms import read_term

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_FETCH = 20_000


class Reviewed(NamedTuple):
    """One record: its thing, that one's name, and what the record says; days are ISO texts, empty where not known."""

    address: str
    name: str
    state: str
    day: str
    author: str


def write_reviews(statements: DuckDBPyConnection, directory: Path) -> None:
    """Write the list of a release's statements into its directory, the most pressing first."""
    found = statements.execute(read_sql("reviews"))
    with (directory / REVIEWS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Reviewed._fields)
        while rows := found.fetchmany(_FETCH):
            writer.writerows([read_term(term)[0] if term else "" for term in row] for row in rows)


def list_reviews(directory: Path) -> Iterator[Reviewed]:
    """Yield the list of the release in a directory; nothing when it was published before there was one."""
    path = directory / REVIEWS
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from map(Reviewed._make, rows)
