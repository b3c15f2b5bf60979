"""A CSV file of any dialect → records of text cells: encoding, delimiter and quotes found out, or refused by name."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Record = tuple[int, list[str]]
"""A row as the steward's spreadsheet numbers it, and its cells."""

WINDOWS = "cp1252"
_DELIMITERS = ",;\t|"
_CELL_LIMIT = 1_000_000
WIDEST = 1_000
"""How many columns a header may name: each is compared with all those that are known."""

# What UTF-8's « é », « ’ », surrogates (CESU-8) and emoji look like in Windows-1252: no French text holds them.
_CONTINUATIONS = re.escape(bytes(range(0x80, 0xC0)).decode(WINDOWS, "ignore"))
_MOJIBAKE = re.compile(f"Ã[{_CONTINUATIONS}]|(â€|[íð][{_CONTINUATIONS}])[{_CONTINUATIONS}]")
_FOREIGN_BOMS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_DAMAGED = {"fr": "UTF-8 abîmé", "en": "damaged UTF-8"}
_BINARY = {"fr": "UTF-16 ou binaire", "en": "UTF-16 or binary"}
_UNKNOWN = {"fr": "inconnu", "en": "unknown"}


class UnreadableError(Exception):
    """A file that cannot be read as a table: the rule of `publisher.messages` that it breaks, where, and its fields."""

    def __init__(self, rule: str, row: int | None = None, **fields: object) -> None:
        super().__init__(rule)
        self.rule, self.row, self.fields = rule, row, fields


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written."""

    encoding: str
    delimiter: str


def find_dialect(path: Path, is_known: Callable[[str], bool]) -> Dialect:
    """Return the dialect of a CSV file; `is_known` tells the names of columns, to find the delimiter in the header.

    Raises:
        UnreadableError: neither UTF-8 nor Windows-1252.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as source:
        return Dialect(encoding, find_delimiter(source.readline(), is_known))


def find_delimiter(header: str, is_known: Callable[[str], bool]) -> str:
    """Choose the delimiter that finds most known columns in the header line; the comma wins ties."""

    def recognised(delimiter: str) -> int:
        try:
            names = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:  # said again, with its row, when the records are read
            return 0
        return sum(is_known(name) for name in names[:WIDEST])

    return max(_DELIMITERS, key=recognised)


def read_delimited(path: Path, dialect: Dialect) -> Iterator[Record]:
    """Yield the records of a CSV file, the header first.

    Raises:
        UnreadableError: quotes that do not close, or a cell without end.
    """
    csv.field_size_limit(_CELL_LIMIT)
    with path.open(encoding=dialect.encoding, newline="") as source:
        row = 0
        try:
            for row, cells in enumerate(csv.reader(source, delimiter=dialect.delimiter, strict=True), start=1):
                yield row, cells
        except csv.Error as error:
            # Far the most common reason of an endless cell is a quote that was opened and never closed.
            rule = "cellule-sans-fin" if "limit" in str(error) else "guillemets"
            raise UnreadableError(rule, row + 1, limit=_CELL_LIMIT) from None


def _encoding(path: Path) -> str:
    """Decide between UTF-8 (with or without BOM) and Windows-1252; refuse others by name."""
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, name in _FOREIGN_BOMS.items():
        if start.startswith(mark):
            raise UnreadableError("encodage", encoding=name)
    if _decodes(path, "utf-8-sig"):
        return "utf-8-sig"
    if start.startswith(codecs.BOM_UTF8):
        raise UnreadableError("encodage", encoding=_DAMAGED)
    if not _decodes(path, WINDOWS):
        raise UnreadableError("encodage", encoding=_UNKNOWN)
    return WINDOWS


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(1 << 20):
                text = decoder.decode(chunk)
                if "\0" in text:
                    raise UnreadableError("encodage", encoding=_BINARY)
                if encoding == WINDOWS and _MOJIBAKE.search(text):
                    raise UnreadableError("encodage", encoding=_DAMAGED)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
