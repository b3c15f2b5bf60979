"""A consolidated table of public contracts (CSV) → the declarations of the companies asked for.

The table has millions of rows and stays in its file: it is surveyed line by line (encoding, records), then DuckDB reads
it twice, in bounded memory: once for the contracts of these companies, once for all holders of those contracts.
"""

from __future__ import annotations

import csv
import re
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from publisher import sql
from publisher.delimited import find_delimiter
from publisher.enrich.declarations import (
    CONTRACT_COLUMNS,
    HOLDER_COLUMNS,
    REQUIRED,
    Declaration,
    Declared,
    cell,
    folded,
    missing,
    not_utf8,
)
from publisher.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.enrich.declarations import Progress

_MEMORY = "512MB"
_SUFFIXES = ("", "_1", "_2", "_3")
_LINE_LIMIT = 1 << 24
_SURVEYED = 0.2
_PAUSE = 0.2
_TOLD = 1 << 12
"""The survey tells its progress every so many lines."""


@dataclass(frozen=True, slots=True)
class _Table:
    """What the lines of a table say before DuckDB reads it; columns are known by their position."""

    path: Path
    names: list[str]
    delimiter: str
    records: int

    @property
    def contract(self) -> dict[str, int]:
        """Where each field of a contract stands."""
        return self._places(CONTRACT_COLUMNS)

    @property
    def holders(self) -> list[dict[str, int]]:
        """Where each field of a holder stands, for each holder that a row may have."""
        found = (self._places(HOLDER_COLUMNS, suffix) for suffix in _SUFFIXES)
        return [places for places in found if "holder" in places]

    @property
    def taken(self) -> list[int]:
        """The positions of all of them."""
        return sorted({place for each in (self.contract, *self.holders) for place in each.values()})

    @property
    def relation(self) -> str:
        """The table as DuckDB reads it: every cell a text, nothing guessed."""
        columns = {f"c{place}": "VARCHAR" for place in range(len(self.names))}
        return (
            f"read_csv({sql.text(str(self.path))}, auto_detect=false, header=true, delim={sql.text(self.delimiter)}, "
            f"quote='\"', escape='\"', columns={columns})"
        )

    def _places(self, columns: Mapping[str, tuple[str, ...]], suffix: str = "") -> dict[str, int]:
        found = {
            name: [each + suffix for each in names if each + suffix in self.names] for name, names in columns.items()
        }
        return {name: self.names.index(names[0]) for name, names in found.items() if names}


def read_csv(path: Path, sirens: Collection[str], progress: Progress) -> Declared:
    """Return every declaration of the contracts that one of these companies holds.

    Raises:
        SourceError: no UTF-8, no such columns, a record of another width, a quote that never ends.
    """
    table = _survey(path, lambda share: progress(_SURVEYED * share))
    absent = {name for name in REQUIRED if folded(name) not in table.names}
    if table.holders:
        absent.discard("titulaire_id")
    if absent:
        raise missing(path, absent)
    with duckdb.connect(config={"memory_limit": _MEMORY, "autoload_known_extensions": False}) as connection:
        rows = _select(connection, table, sirens, progress)
    declarations = [
        Declaration(**_named(row, table.contract), **_named(row, places))
        for row in rows
        for places in table.holders
        if cell(row[places["holder"]])
    ]
    return Declared("csv-holder" if len(table.holders) == 1 else "csv-contract", table.records, declarations)


def _survey(path: Path, progress: Progress) -> _Table:
    size, seen, quotes, records, opened = path.stat().st_size, 0, 0, 0, 0
    header = ""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LINE_LIMIT), b""), start=1):
            text = _decoded(path, number, line)
            header = header or text
            seen += len(line)
            before, quotes = quotes, quotes + line.count(b'"')
            if quotes % 2 and not before % 2:
                opened = number
            records += quotes % 2 == 0 and not (line.isspace() and before % 2 == 0)
            if number % _TOLD == 0:
                progress(seen / size)
    if quotes % 2:
        raise SourceError(
            "guillemet jamais refermé : fichier tronqué ou abîmé",
            "a quote that is never closed: the file is cut or damaged",
            path=path,
            row=opened,
        )
    names, delimiter = _header(path, header)
    return _Table(path, names, delimiter, records - 1)


def _decoded(path: Path, number: int, line: bytes) -> str:
    if len(line) == _LINE_LIMIT or b"\0" in line:
        raise SourceError(
            "ni CSV ni JSON en UTF-8 (fichier compressé, Parquet, UTF-16 ?)",
            "neither CSV nor JSON in UTF-8 (compressed, Parquet, UTF-16?)",
            path=path,
            row=number,
        )
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(path, error, number) from error


def _header(path: Path, line: str) -> tuple[list[str], str]:
    """Return the columns as they are compared, and the delimiter that finds most of them."""
    known = {name for names in (*CONTRACT_COLUMNS.values(), *HOLDER_COLUMNS.values()) for name in names}
    delimiter = find_delimiter(line, lambda name: folded(name) in known)
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise SourceError(
            "en-tête illisible (fins de ligne CR ?) : enregistrer le fichier à nouveau",
            "unreadable header (CR line ends?): save the file anew",
            path=path,
            row=1,
        ) from error
    return [folded(name) for name in names], delimiter


def _select(
    connection: DuckDBPyConnection, table: _Table, sirens: Collection[str], progress: Progress
) -> list[dict[int, str]]:
    """Return the rows of the contracts that one of the companies holds, by position of the columns."""
    connection.execute("CREATE TABLE sirens AS SELECT unnest(?) AS siren", [sorted(sirens)])
    known = " OR ".join(f"{_siren(places['holder'])} IN (FROM sirens)" for places in table.holders)
    key = f"{{'buyer': c{table.contract['buyer']}, 'identifier': c{table.contract['identifier']}}}"
    columns = ", ".join(f"c{place}" for place in table.taken)
    keys = f"list(DISTINCT {key}) FILTER ({known})"
    steps = (
        f"CREATE TABLE read AS SELECT count(*) AS records, {keys} AS keys FROM {table.relation}",
        f"CREATE TABLE found AS SELECT {columns} FROM {table.relation} WHERE {key} IN (SELECT unnest(keys) FROM read)",
    )
    share = (1 - _SURVEYED) / len(steps)
    for number, step in enumerate(steps):
        _run(connection, table.path, step, partial(_tell, progress, _SURVEYED + share * number, share))
    (records,) = connection.execute("SELECT records FROM read").fetchone() or (0,)
    if records != table.records:
        raise SourceError(
            f"{table.records} enregistrements, dont {records} lus : guillemets à vérifier",
            f"{table.records} records, of which {records} were read: check the quotes",
            path=table.path,
        )
    rows = connection.execute("FROM found").fetchall()
    return [dict(zip(table.taken, row, strict=True)) for row in rows]


def _tell(progress: Progress, start: float, share: float, done: float) -> None:
    progress(start + share * done)


def _siren(place: int) -> str:
    """Return the expression of what may be the SIREN of an identifier; `siren_within` decides afterwards."""
    text = f"replace(trim(c{place}), ' ', '')"
    return (
        f"CASE WHEN {text} LIKE 'FR%' THEN substr({text}, 5, 9) "
        f"WHEN length({text}) BETWEEN 10 AND 13 THEN left(lpad({text}, 14, '0'), 9) ELSE left({text}, 9) END"
    )


def _run(connection: DuckDBPyConnection, path: Path, statement: str, progress: Progress) -> None:
    """Run a statement in a thread of its own, so that its progress can be told and Ctrl-C stops it."""
    failures: list[duckdb.Error] = []

    def work() -> None:
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            failures.append(error)

    connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    thread = threading.Thread(target=work)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_PAUSE)
            progress(max(0.0, connection.query_progress()) / 100)
    except BaseException:
        connection.interrupt()
        thread.join()
        raise
    if failures:
        raise _refused(path, failures[0]) from failures[0]


def _refused(path: Path, error: duckdb.Error) -> SourceError:
    words = " ".join(str(error).partition("\n\n")[0].split())
    line = re.search(r"\bLine: (\d+)", words)
    found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", words)
    row = int(line[1]) if line else None
    if found:
        return SourceError(
            f"{found[2]} cellules au lieu de {found[1]} : fichier tronqué ou abîmé",
            f"{found[2]} cells instead of {found[1]}: the file is cut or damaged",
            path=path,
            row=row,
        )
    if "state machine" in words:
        return SourceError(
            "fins de ligne mêlées (CRLF et LF) ou guillemets mal placés : enregistrer le fichier à nouveau",
            "mixed line ends (CRLF and LF) or misplaced quotes: save the file anew",
            path=path,
        )
    return SourceError(f"illisible ({words[:160]})", f"unreadable ({words[:160]})", path=path, row=row)


def _named(row: Mapping[int, str], places: Mapping[str, int]) -> dict[str, str]:
    return {name: cell(row[place]) for name, place in places.items()}
