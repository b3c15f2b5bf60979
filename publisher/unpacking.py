"""What a workbook's parts hold, looked at before the library that reads sheets unpacks them.

It makes room for all that lies between two cells, takes a repeated cell for as many, and may read on without end where
a part is cut: a small file could take all memory, or all time.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from publisher.delimited import CUT, UnreadableError
from publisher.error_cells import OPEN_DOCUMENT, column_number, may_hide, repeated
from publisher.refusals import refusal_reason

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = {"fr": "ni XLSX ni ODS, ou protégé par un mot de passe", "en": "neither XLSX nor ODS, or with a password"}
_UNPACKED = 64 << 20
"""Bytes that the parts of a workbook may hold once unpacked: a few kilobytes can become gigabytes."""

_PARTS = 2_000
_CELLS = 4_000_000
"""Cells from A1 to the last one that is filled: the library makes room for all of them."""

_REFERENCE = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Za-z]+)([0-9]+)["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["']([0-9]+)["'][^>]*>\s*<(?:\w+:)?c(?![^>]*\sr=)[\s>]""")
"""A row whose cells do not say where they are."""
_DIGITS, _LETTERS = 9, 4
_BOAST = re.compile(rb"""\s(?:uniqueC|c)ount=["'][0-9]{8}""")
"""More of anything than fits in the bytes allowed: the library makes room for as many texts as are announced."""
_CHUNK, _OVERLAP = 1 << 20, 256
_READ_AS_XML = (".xml", ".rels")


def look_through(path: Path) -> bool:
    """Refuse a workbook too large or too damaged to be unpacked; return whether cells of it hide what they show.

    Raises:
        UnreadableError: it is refused.
    """
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                raise UnreadableError("classeur-trop-grand", limit=_UNPACKED >> 20)
            looked_at = [_read_through(archive, part.filename) for part in parts]
            return any(looked_at)
    except (BadZipFile, EOFError, zlib.error, ExpatError, LookupError):  # an encoding that nobody knows
        raise UnreadableError("classeur-illisible", reason=CUT) from None
    except OSError as error:
        raise UnreadableError("classeur-illisible", reason=refusal_reason(error)) from None
    except (RuntimeError, NotImplementedError):  # a password, or another way of packing
        raise UnreadableError("classeur-illisible", reason=UNKNOWN) from None


def _read_through(archive: ZipFile, name: str) -> bool:
    """Refuse a sheet whose filled cells lie so far apart that the room between them would not fit in memory.

    Return whether a cell of it hides what it shows.
    """
    extent = _Extent()
    parser = ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    if name == OPEN_DOCUMENT:
        parser.StartElementHandler = extent.start
    kept, hides = b"", False
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            window = kept + chunk
            if _BOAST.search(window):
                raise UnreadableError("classeur-trop-grand", limit=_UNPACKED >> 20)
            hides = hides or may_hide(window)
            for letters, digits in _REFERENCE.findall(window):
                extent.reach(int(digits[:_DIGITS]), column_number(letters[:_LETTERS].decode().upper()))
            for digits in _ROW.findall(window):
                extent.reach(int(digits[:_DIGITS]), 1)
            kept = window[-_OVERLAP:]
            if name.endswith(_READ_AS_XML):
                parser.Parse(chunk)
        if name.endswith(_READ_AS_XML):
            parser.Parse(b"", True)  # noqa: FBT003 — expat knows it by its place
    if extent.rows * extent.columns > _CELLS:
        raise UnreadableError("cellule-eloignee", rows=extent.rows, columns=extent.columns)
    if extent.blanks > _UNPACKED:
        raise UnreadableError("classeur-trop-grand", limit=_UNPACKED >> 20)
    return hides


class _Extent:
    """How far the filled cells of a sheet reach; how many blanks an ODS file says that its texts hold."""

    def __init__(self) -> None:
        self.rows = self.columns = 1
        self.blanks = 0
        self._row = self._column = 0

    def reach(self, row: int, column: int) -> None:
        """Note a filled cell, counted from 1."""
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read an element of an ODS file: cells and rows say how many times they are repeated."""
        local = name.rpartition(":")[2]
        if local == "table":
            self._row = 0
        elif local == "table-row":
            self._row, self._column = self._row + repeated(attributes, "number-rows-repeated"), 0
        elif local in {"table-cell", "covered-table-cell"}:
            self._column += repeated(attributes, "number-columns-repeated")
            if any(key.endswith("value-type") for key in attributes):
                self.reach(self._row, self._column)
        elif local == "p":
            self.reach(self._row, self._column)
        elif local == "s":
            self.blanks += repeated(attributes, "c")


def _refuse_entity(*_: object) -> None:
    raise UnreadableError("classeur-illisible", reason="DTD")
