"""A Parquet file → records of text cells: numbers and dates in their canonical form, nothing rounded.

The names of its columns are row 1, so that its first record is row 2, as in a spreadsheet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from publisher import sql
from publisher.delimited import CUT, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.delimited import Record

_MAGIC = b"PAR1"
_BATCH = 10_000
_MEMORY = "512MB"
_WHOLE = re.compile("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_PLAIN = ("VARCHAR", "BOOLEAN", "DATE", "TIME", "UUID", "DECIMAL", "ENUM", '"NULL"')


def is_parquet(path: Path) -> bool:
    """Return whether a file is Parquet, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def read_parquet(path: Path) -> Iterator[Record]:
    """Yield the records of a Parquet file, the header first.

    Raises:
        UnreadableError: damaged; or a column holds lists or records.
    """
    try:
        with duckdb.connect(config={"memory_limit": _MEMORY, "autoload_known_extensions": False}) as connection:
            yield from _records(connection, path)
    except duckdb.Error as error:
        said = str(error).partition("\n")[0].replace(str(path), path.name)
        reason: object = CUT if "magic bytes" in said else said
        raise UnreadableError("parquet-illisible", reason=reason) from None


def _records(connection: DuckDBPyConnection, path: Path) -> Iterator[Record]:
    source = f"read_parquet({sql.text(str(path))})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    cells = [_text(name, kind) for name, kind, *_ in described]
    yield 1, [name for name, *_ in described]
    rows = connection.execute(f"SELECT {', '.join(cells)} FROM {source}")
    number = 1
    while batch := rows.fetchmany(_BATCH):
        for row in batch:
            number += 1
            yield number, list(row)


def _text(name: str, kind: str) -> str:
    """Return the expression of a column's cells as text; empty where there is no value."""
    cell = sql.name(name)
    text = f"CAST({cell} AS VARCHAR)"
    if kind in {"DOUBLE", "FLOAT"}:
        # Shortest digits that give the same number back; neither exponent nor useless `.0`; pandas' NaN is no value.
        plain = f"rtrim(rtrim(CAST(try_cast({text} AS DECIMAL(38, 18)) AS VARCHAR), '0'), '.')"
        whole = f"regexp_replace({text}, '\\.0$', '')"
        text = (
            f"CASE WHEN isnan({cell}) THEN '' WHEN contains({text}, 'e') AND try_cast({plain} AS {kind}) = {cell} "
            f"THEN {plain} ELSE {whole} END"
        )
    elif kind.startswith("TIMESTAMP"):
        text = f"regexp_replace(replace({text}, ' ', 'T'), 'T00:00:00$', '')"
    elif kind.endswith("]") or not (kind.startswith(_PLAIN) or _WHOLE.fullmatch(kind)):
        raise UnreadableError("parquet-type", 1, column=name, kind=kind)
    return f"coalesce({text}, '')"
