"""A release's graph as a table to count and search in: what set queries answer in a moment, SPARQL in a minute.

Relation `said` has the columns `s`, `p` and `o`, each the text of an N-Triples term.
"""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from publisher.queries import read_sql
from publisher.sql import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_MEMORY = "1GB"
_LONGEST = 16 << 20
"""What a line may take, in bytes. A buffer is twice that; DuckDB would take sixteen times, for each thread."""


@contextmanager
def open_statements(triples: Path, workspace: Path) -> Iterator[DuckDBPyConnection]:
    """Read an N-Triples file (`.gz` or not), each statement once; the table lies in `workspace` meanwhile."""
    with (
        TemporaryDirectory(dir=workspace) as place,
        duckdb.connect(f"{place}/enonces.duckdb", config={"memory_limit": _MEMORY}) as connection,
    ):
        connection.execute(f"CREATE TEMP VIEW lines AS SELECT line FROM {_lines_of(triples)}")
        connection.execute(f"CREATE TABLE said AS {read_sql('statements')}")
        yield connection


def _lines_of(path: Path) -> str:
    """Return the relation of the lines of an N-Triples file (`.gz` or not), column `line`."""
    packed = "gzip" if path.suffix == ".gz" else "none"
    return (
        f"read_csv({text(str(path))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,"
        f" delim = E'\\x01', quote = '', escape = '', compression = '{packed}',"
        f" max_line_size = {_LONGEST}, buffer_size = {2 * _LONGEST})"
    )
