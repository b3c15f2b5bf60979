"""SIRENE's stock files as DuckDB reads them: CSV and Parquet in place, the CSV of a ZIP through a pipe.

A ZIP is never unpacked to disk: its CSV goes to DuckDB as it is inflated. Only the columns of a layout are selected.
"""

from __future__ import annotations

import os
import re
import threading
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import duckdb

from publisher import sql
from publisher.enrich.stock_layouts import Layout, check_header, columns_of, no_row, read_start
from publisher.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_CHUNK = 1 << 20
_LONGEST_LINE = 1 << 20
_POLL = 0.2
_ZIP, _PARQUET = b"PK", b"PAR1"
_READ_CSV = (
    "read_csv(?, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', strict_mode=true, "
    f"max_line_size={_LONGEST_LINE}, columns=?)"
)
_LINE = re.compile(r"(?:on |at )?[Ll]ine:? (\d+)")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises on an archive that is cut, damaged, encrypted or compressed in an unknown way."""


@dataclass(slots=True)
class Stock:
    """A stock file to be read once: `relation` is SQL; `done` tells the share read, from 0 to 1, if it is known."""

    path: Path
    relation: str
    parameters: list[Any]
    done: Callable[[], float] | None = None
    faults: list[Exception] = field(default_factory=list)

    def run(self, connection: DuckDBPyConnection, query: str, progress: Callable[[float], None]) -> list[Any]:
        """Return the rows of a query in which `{stock}` stands for the file, telling the progress meanwhile.

        Raises:
            SourceError: the file cannot be read to its end; names the line at fault if it is known.
        """
        outcome: list[Any] = []

        def work() -> None:
            try:
                outcome.append(connection.execute(query.format(stock=self.relation), self.parameters).fetchall())
            except duckdb.Error as error:
                outcome.append(error)

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            while worker.is_alive():
                worker.join(_POLL)
                progress(self.done() if self.done else max(0.0, connection.query_progress() / 100))
        except BaseException:
            connection.interrupt()
            raise
        if isinstance(outcome[0], duckdb.Error):
            raise self.faults[0] if self.faults else _unreadable(self.path, outcome[0])
        rows: list[Any] = outcome[0]
        return rows

    def fail(self, error: Exception) -> None:
        """Note why the file could not be brought to its end."""
        self.faults.append(error)


@contextmanager
def open_stock(path: Path, layout: Layout, connection: DuckDBPyConnection) -> Iterator[Stock]:
    """Open a stock file of this layout, whatever its format.

    Raises:
        UsageError: no such file.
        SourceError: it is empty, of no known format, damaged, or of another layout.
    """
    if not path.is_file():
        raise UsageError(f"{path} : fichier introuvable", f"{path}: no such file")
    with path.open("rb") as beginning:
        start = beginning.read(len(_PARQUET))
    if not start:
        raise SourceError("fichier vide", "empty file", path=path)
    if start == _PARQUET:
        yield _parquet(path, layout, connection)
    elif start.startswith(_ZIP):
        with _archive(path) as (stream, size), _piped(path, layout, stream, size) as stock:
            yield stock
    else:
        with path.open("rb") as plain:
            columns = columns_of(path, layout, read_start(path, plain))
        yield Stock(path, _selected(layout, _READ_CSV), [str(path), columns])


def _parquet(path: Path, layout: Layout, connection: DuckDBPyConnection) -> Stock:
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        raise _unreadable(path, error) from None
    check_header(path, [name for name, *_ in described], layout)
    if not connection.execute("SELECT 1 FROM read_parquet(?) LIMIT 1", [str(path)]).fetchall():
        raise no_row(path)
    return Stock(path, _selected(layout, "read_parquet(?)"), [str(path)])


@contextmanager
def _archive(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Open the one CSV of a ZIP; yield it and its size once inflated."""
    try:
        with zipfile.ZipFile(path) as archive:
            tables = [
                info
                for info in archive.infolist()
                if info.filename.lower().endswith(".csv") and not info.filename.startswith("__MACOSX")
            ]
            if len(tables) != 1:
                raise SourceError(
                    f"{len(tables)} fichiers CSV dans l'archive, un seul est attendu",
                    f"{len(tables)} CSV files in the archive, one is expected",
                    path=path,
                )
            with archive.open(tables[0]) as stream:
                yield stream, tables[0].file_size
    except _DAMAGED as error:
        raise _damaged(path) from error


@contextmanager
def _piped(path: Path, layout: Layout, stream: IO[bytes], size: int) -> Iterator[Stock]:
    """Send a CSV through a pipe that DuckDB reads, once its header is right."""
    start = read_start(path, stream)
    columns = columns_of(path, layout, start)
    inlet, outlet = os.pipe()
    sent = [0]
    stock = Stock(path, _selected(layout, _READ_CSV), [f"/dev/fd/{inlet}", columns], lambda: sent[0] / max(size, 1))

    def pump() -> None:
        with suppress(BrokenPipeError), os.fdopen(outlet, "wb", buffering=0) as pipe:
            try:
                chunk = start
                while chunk:
                    _write(pipe, chunk)
                    sent[0] += len(chunk)
                    chunk = stream.read(_CHUNK)
            except BrokenPipeError:
                raise
            except _DAMAGED:
                stock.fail(_damaged(path))
            except OSError as error:
                stock.fail(error)

    pumping = threading.Thread(target=pump, daemon=True)
    pumping.start()
    try:
        yield stock
    finally:
        os.close(inlet)
        pumping.join()
    if stock.faults:
        raise stock.faults[0]


def _write(pipe: Any, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[pipe.write(view) :]


def _selected(layout: Layout, relation: str) -> str:
    """Return a sub-query with the columns of a layout under our names, and no other."""
    columns = ", ".join(f"{sql.name(theirs)} AS {sql.name(ours)}" for ours, theirs in layout.columns.items())
    return f"(SELECT {columns} FROM {relation})"


def _damaged(path: Path) -> SourceError:
    return SourceError(
        "archive ZIP incomplète, abîmée ou protégée ; la télécharger de nouveau",
        "ZIP archive cut, damaged or protected; download it again",
        path=path,
    )


def _unreadable(path: Path, error: Exception) -> SourceError:
    """Return the error of a file that DuckDB gave up, with its line and without any cell of it."""
    text = str(error)
    line = _LINE.search(text)
    row = int(line[1]) if line else None
    if "unicode" in text.lower() or "utf-8" in text.lower():
        fr, en = "pas de l'UTF-8 ; reprendre le fichier de l'Insee tel quel", "no UTF-8; take Insee's file as it is"
    elif path.suffix.lower() == ".parquet" or "parquet" in text.lower():
        fr, en = "Parquet incomplet ou abîmé ; le télécharger de nouveau", "Parquet cut or damaged; download it again"
    else:
        fr = "ligne coupée ou mal formée : le fichier est sans doute incomplet ; le télécharger de nouveau"
        en = "line cut or malformed: the file is probably incomplete; download it again"
    return SourceError(fr, en, path=path, row=row)
