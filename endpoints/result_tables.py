"""A query's result as a page shows it: a table of terms, or a graph's text."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.evaluation.client import Answer
    from publisher.identifiers import Minter

ROWS_SHOWN = 1_000
GRAPH_BYTES_SHOWN = 128 * 1024


@dataclass(frozen=True, slots=True)
class Cell:
    """A term in a table: its text, where it leads (None for a literal), its language or datatype."""

    text: str
    link: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ResultTable:
    """What a page shows of a result; `cut` when there is more."""

    variables: tuple[str, ...] = ()
    rows: list[list[Cell | None]] = field(default_factory=list)
    boolean: bool | None = None
    text: str | None = None
    cut: bool = False


def read_table(answer: Answer, minter: Minter) -> ResultTable:
    """Read the first rows of an answer (asked for in JSON), or the first part of a graph's text, and let go of it.

    Raises:
        AnswerCutError: the answer stopped before that.
    """
    with answer:
        if answer.form == "graph":
            return _read_graph(answer)
        results = parse_query_results(io.BufferedReader(_Chunks(iter(answer))), QueryResultsFormat.JSON)
        if isinstance(results, QueryBoolean):
            return ResultTable(boolean=bool(results))
        return _read_rows(results, minter)


def _read_rows(results: QuerySolutions, minter: Minter) -> ResultTable:
    variables = tuple(variable.value for variable in results.variables)
    rows = [
        [None if row[name] is None else _cell(row[name], minter) for name in variables]
        for row in islice(results, ROWS_SHOWN + 1)
    ]
    return ResultTable(variables, rows[:ROWS_SHOWN], cut=len(rows) > ROWS_SHOWN)


def _read_graph(answer: Answer) -> ResultTable:
    text = bytearray()
    for chunk in answer:
        text += chunk
        if len(text) > GRAPH_BYTES_SHOWN:
            whole_lines = bytes(text[: text.rfind(b"\n", 0, GRAPH_BYTES_SHOWN) + 1])
            return ResultTable(text=whole_lines.decode(), cut=True)
    return ResultTable(text=text.decode())


def _cell(term: object, minter: Minter) -> Cell:
    if isinstance(term, NamedNode):
        web = term.value.startswith(("http://", "https://"))
        return Cell(term.value, minter.path_of(term.value) or (term.value if web else None))
    if isinstance(term, BlankNode):
        return Cell(f"_:{term.value}")
    if isinstance(term, Literal):
        datatype = term.datatype.value.rpartition("#")[2]
        return Cell(term.value, None, term.language or (None if datatype == "string" else datatype))
    return Cell(str(term))


class _Chunks(io.RawIOBase):
    """The chunks of an answer as a file, so that no more is read than is shown."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's buffer protocol
        data = self._rest or next(self._chunks, b"")
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        self._rest = data[count:]
        return count
