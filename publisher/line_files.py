"""Files of lines, read and written by DuckDB: those of a graph may be tens of millions."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from publisher.queries import read_sql
from publisher.sql import text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_RAW_LINES = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01', NULLSTR ''"
_LONGEST = 16 << 20
"""What a line may take, in bytes. A buffer is twice that; DuckDB would take sixteen times, for each thread."""


def copy_lines(connection: DuckDBPyConnection, plan: str, path: Path) -> int:
    """Write the lines that a query gives to one sorted file, each once; return how many there are.

    They pass through a file as they come: sorted as one query of many parts, each part would hold its own in memory.
    """
    with NamedTemporaryFile(dir=path.parent, suffix=".nt") as unsorted:
        connection.execute("SET preserve_insertion_order = false")
        copy_unsorted(connection, plan, Path(unsorted.name))
        connection.execute("RESET preserve_insertion_order")
        return copy_unsorted(connection, read_sql("sorted_lines").format(lines=lines_of(Path(unsorted.name))), path)


def copy_unsorted(connection: DuckDBPyConnection, plan: str, path: Path) -> int:
    """Write the lines that a query gives as they come; return how many there are."""
    copied = connection.execute(f"COPY (SELECT line FROM ({plan})) TO {text(str(path))} ({_RAW_LINES})").fetchone()
    return int(copied[0]) if copied else 0


def lines_of(path: Path) -> str:
    """Return the relation of the lines of an N-Triples file (`.gz` or not), column `line`."""
    packed = "gzip" if path.suffix == ".gz" else "none"
    return (
        f"read_csv({text(str(path))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,"
        f" delim = E'\\x01', quote = '', escape = '', compression = '{packed}',"
        f" max_line_size = {_LONGEST}, buffer_size = {2 * _LONGEST})"
    )
