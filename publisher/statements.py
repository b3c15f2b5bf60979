"""A release's graph as a table to count and search in: what set queries answer in a moment, SPARQL in a minute.

Relation `said` has the columns `s`, `p` and `o`, each the text of an N-Triples term.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from publisher.line_files import lines_of
from publisher.queries import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

_MEMORY = "1GB"


@contextmanager
def open_statements(triples: Path, workspace: Path) -> Iterator[DuckDBPyConnection]:
    """Read an N-Triples file (`.gz` or not), each statement once; the table lies in `workspace` meanwhile.

    One that was kept beside the file is taken as it is.
    """
    with TemporaryDirectory(dir=workspace) as place:
        kept = _kept(triples)
        with _open(triples, kept if kept.is_file() else Path(place, "enonces.duckdb")) as connection:
            yield connection


@contextmanager
def keep_statements(triples: Path) -> Iterator[DuckDBPyConnection]:
    """Read an N-Triples file, and keep the table beside it, for the file will be read again."""
    with _open(triples, _kept(triples)) as connection:
        yield connection


def _kept(triples: Path) -> Path:
    return triples.with_suffix(".duckdb")


@contextmanager
def _open(triples: Path, path: Path) -> Iterator[DuckDBPyConnection]:
    known = path.is_file()
    with duckdb.connect(str(path), config={"memory_limit": _MEMORY}) as connection:
        if not known:
            connection.execute(f"CREATE TEMP VIEW lines AS SELECT line FROM {lines_of(triples)}")
            connection.execute(f"CREATE TABLE said AS {read_sql('statements')}")
        yield connection
