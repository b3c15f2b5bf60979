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
CUT = {"fr": "tronqué ou abîmé", "en": "truncated or damaged"}
"""Why a file whose end is missing cannot be read."""

HEADER_WITHIN = 20
"""In how many lines a header is looked for: people write a title above it."""

WIDEST = 1_000
"""How many columns a header may name: each is compared with all those that are known."""

# What UTF-8's « é », « ’ », surrogates (CESU-8) and emoji look like in Windows-1252: no French text holds them.
_CONTINUATIONS = re.escape(bytes(range(0x80, 0xC0)).decode(WINDOWS, "ignore"))
_MOJIBAKE = re.compile(f"Ã[{_CONTINUATIONS}]|(â€|[íð][{_CONTINUATIONS}])[{_CONTINUATIONS}]")
# What the é, è, à, ç of MS-DOS (cp850) and of old Macs look like in Windows-1252: no word is spelt so.
_OTHER_PAGES = re.compile(r"[a-z][‚ƒˆŠŽ]|[a-z][„†‡‰‹]+[a-z]|(?<!\w)[‚ƒˆ][a-z]")
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_START = 4_096
_SEPARATOR_TOLD = re.compile(r"[\ufeff]?\"?sep=[,;\t|]\"?[,;\t|]*\r?\n?", re.IGNORECASE)
"""A line that tells Excel the delimiter, which shows the next one as row 1."""
_DAMAGED = {"fr": "UTF-8 abîmé", "en": "damaged UTF-8"}
_DAMAGED_16 = {"fr": "UTF-16 abîmé", "en": "damaged UTF-16"}
_BINARY = {"fr": "UTF-16 ou binaire", "en": "UTF-16 or binary"}
_OLD = {"fr": "MS-DOS ou Mac ancien", "en": "MS-DOS or old Mac"}
_UNKNOWN = {"fr": "inconnu", "en": "unknown"}
_NULL = re.compile("\0")
_UNDECODABLE = re.compile("[\udc80-\udcff]")
"""What bytes that are in no encoding are read as, with the error handler `surrogateescape`."""

_WEB = {"fr": "page web", "en": "web page"}
_XML = {"fr": "document XML", "en": "XML document"}
_OTHERS = {
    b"<!doctype html": _WEB,
    b"<html": _WEB,
    b"<head": _WEB,
    b"<meta": _WEB,
    b"<table": _WEB,
    b"<?xml": _XML,
    b"<!doctype": _XML,
    b"%pdf-": {"fr": "document PDF", "en": "PDF document"},
    b"{\\rtf": {"fr": "texte mis en forme (RTF)", "en": "rich text (RTF)"},
    b'[{"': {"fr": "document JSON", "en": "JSON document"},
    b'{"': {"fr": "document JSON", "en": "JSON document"},
    b"\x1f\x8b": {"fr": "archive", "en": "archive"},
    b"7z\xbc\xaf": {"fr": "archive", "en": "archive"},
    b"rar!": {"fr": "archive", "en": "archive"},
}
"""How files of other kinds begin, in small letters: many a `.xls` that a site gives is a web page."""


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
        UnreadableError: neither UTF-8, nor UTF-16, nor Windows-1252.
    """
    encoding = _encoding(path, is_known)
    with path.open(encoding=encoding, newline="") as source:
        lines = [source.readline(_CELL_LIMIT) for _ in range(HEADER_WITHIN)]
    header = next((line for line in lines if _names_columns(line, is_known)), lines[0])
    return Dialect(encoding, find_delimiter(header, is_known))


def find_delimiter(header: str, is_known: Callable[[str], bool]) -> str:
    """Choose the delimiter that finds most known columns in the header line; the comma wins ties."""
    return max(_DELIMITERS, key=lambda delimiter: _recognised(header, delimiter, is_known))


def _names_columns(line: str, is_known: Callable[[str], bool]) -> bool:
    return any(_recognised(line, delimiter, is_known) > 1 for delimiter in _DELIMITERS)


def _recognised(header: str, delimiter: str, is_known: Callable[[str], bool]) -> int:
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:  # said again, with its row, when the records are read
        return 0
    return sum(is_known(name) for name in names[:WIDEST])


def read_delimited(path: Path, dialect: Dialect) -> Iterator[Record]:
    """Yield the records of a CSV file, the header first; Excel's own first line, `sep=;`, is no row of it.

    Raises:
        UnreadableError: quotes that do not close, or a cell without end.
    """
    csv.field_size_limit(_CELL_LIMIT)
    with path.open(encoding=dialect.encoding, newline="") as source:
        row = 0
        if _SEPARATOR_TOLD.fullmatch(source.readline(_START)) is None:
            source.seek(0)
        try:
            for row, cells in enumerate(csv.reader(source, delimiter=dialect.delimiter, strict=True), start=1):
                yield row, cells
        except csv.Error as error:
            # Far the most common reason of an endless cell is a quote that was opened and never closed.
            rule = "cellule-sans-fin" if "limit" in str(error) else "guillemets"
            raise UnreadableError(rule, row + 1, limit=_CELL_LIMIT) from None


def _encoding(path: Path, is_known: Callable[[str], bool]) -> str:
    """Decide between UTF-8, UTF-16 and Windows-1252, when it is certain; refuse others by name."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    if start.startswith(_UTF32):
        raise UnreadableError("encodage", encoding="UTF-32")
    if start.startswith(_UTF16):
        if not _decodes(path, "utf-16"):
            raise UnreadableError("encodage", encoding=_DAMAGED_16)
        return "utf-16"
    beginning = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if kind := next((kind for sign, kind in _OTHERS.items() if beginning.startswith(sign)), None):
        raise UnreadableError("autre-format", kind=kind)
    first_line = start.partition(b"\n")[0]
    if b"\0" in first_line:
        return _unmarked_utf16(path, is_known)
    if _decodes(path, "utf-8-sig"):
        return "utf-8-sig"
    if start.startswith(codecs.BOM_UTF8):
        raise UnreadableError("encodage", _row_of(path, "utf-8-sig", _UNDECODABLE), encoding=_DAMAGED)
    if not _decodes(path, WINDOWS):
        raise UnreadableError("encodage", _row_of(path, WINDOWS, _UNDECODABLE), encoding=_UNKNOWN)
    return WINDOWS


def _row_of(path: Path, encoding: str, wrong: re.Pattern[str]) -> int | None:
    """Return the row of the first text that should not be there, as a spreadsheet numbers it."""
    row, quoted = 1, False
    with path.open(encoding=encoding, errors="surrogateescape") as source:
        while chunk := source.read(1 << 20):
            found = wrong.search(chunk)
            for number, part in enumerate(chunk[: found.start() if found else None].split('"')):
                quoted ^= number > 0
                row += 0 if quoted else part.count("\n")
            if found:
                return row
    return None


def _unmarked_utf16(path: Path, is_known: Callable[[str], bool]) -> str:
    """Return which UTF-16 a file without a mark is: the one that shows a known column in the header."""
    for encoding in ("utf-16-le", "utf-16-be"):
        if _decodes(path, encoding):
            with path.open(encoding=encoding, newline="") as source:
                header = source.readline()
            if _recognised(header, find_delimiter(header, is_known), is_known):
                return encoding
    raise UnreadableError("encodage", encoding=_BINARY)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(1 << 20):
                text = decoder.decode(chunk)
                if encoding == WINDOWS:
                    _refuse_disguised(path, text)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse_disguised(path: Path, text: str) -> None:
    """Refuse what Windows-1252 can read, as it can almost any byte, but that was written otherwise."""
    if "\0" in text:
        raise UnreadableError("encodage", _row_of(path, WINDOWS, _NULL), encoding=_BINARY)
    if _MOJIBAKE.search(text):
        raise UnreadableError("encodage", _row_of(path, "utf-8", _UNDECODABLE), encoding=_DAMAGED)
    if _OTHER_PAGES.search(text):
        raise UnreadableError("encodage", _row_of(path, WINDOWS, _OTHER_PAGES), encoding=_OLD)
