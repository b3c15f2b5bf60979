"""Cells of a workbook that look filled in and come as empty: formulas without a value, and merged cells.

Formulas are those that failed (`#N/A`) and those that no program has computed yet. Only a workbook whose parts hold the
mark of such a cell is read once more; most hold none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from publisher.delimited import CUT, UnreadableError

if TYPE_CHECKING:
    from zipfile import ZipFile

    Attributes = dict[str, str]

Range = tuple[int, int, int, int]
"""The first row and column of a range, the last ones, from 0."""

_MARKS = (b't="e"', b"t='e'", b'type="error', b"type='error", b"formula=", b"-spanned=", b"mergeCell ", b"mergeCell\n")
"""What a part that holds such a cell has somewhere in it, in XLSX and in ODS, but an XLSX formula without a value."""
_FORMULA_MARKS = (b"<f", b":f")
_NOT_COMPUTED = re.compile(
    rb"""(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)

_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
OPEN_DOCUMENT = "content.xml"
_ROWS = frozenset({"row", "table-row"})
_CELLS = frozenset({"c", "table-cell", "covered-table-cell"})
_TEXTS = frozenset({"v", "p"})
_CORNERS = 2
_DIGITS = 9
"""A number of more digits counts no cells."""
_FORMULA = "f"
_COMPUTED = frozenset({"str", "inlineStr"})
"""The types of XLSX cells whose formula gave a text, be it empty."""
_ENDLESS = 80
"""How much of a formula is told, in characters."""


class Hidden(NamedTuple):
    """Errors and formulas (`=A1`) that cells show, by row and column from 0; the ranges that are merged."""

    errors: dict[tuple[int, int], str]
    merged: list[Range]


def find_hidden(archive: ZipFile, sheet: str) -> Hidden:
    """Return what a sheet's cells show, where they come as empty.

    Of cells that an ODS file repeats, the first stands for all.

    Raises:
        UnreadableError: a part is not the XML that it should be.
    """
    names = archive.namelist()
    if OPEN_DOCUMENT in names:
        part, table = OPEN_DOCUMENT, sheet
    else:
        part, table = _part_of(archive, sheet), None
    seen = _Sheet(table)
    if part in names:
        _parse(archive, part, seen)
    return Hidden(seen.errors, seen.merged)


def may_hide(window: bytes) -> bool:
    """Return whether a part of a workbook, or some of it, may hold cells that show what they do not hold."""
    if any(mark in window for mark in _MARKS):
        return True
    return any(mark in window for mark in _FORMULA_MARKS) and _NOT_COMPUTED.search(window) is not None


def column_number(letters: str) -> int:
    """Return the number of the column that a spreadsheet names by these letters: 1 for A."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def repeated(attributes: Attributes, name: str) -> int:
    """Return how many times an attribute, whatever its prefix, says that something is repeated: once if it does not."""
    value = next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")
    return int(value[:_DIGITS]) if value.isdecimal() else 1


class _Elements:
    """The attributes of each element of a name, in order."""

    def __init__(self, name: str) -> None:
        self.found: list[Attributes] = []
        self._name = name

    def start(self, name: str, attributes: Attributes) -> None:
        if name == self._name:
            self.found.append(attributes)

    def text(self, _: str) -> None: ...

    def end(self, _: str) -> None: ...


class _Sheet:
    """What has been read of a sheet so far; `table` is its name, where a part holds several."""

    def __init__(self, table: str | None) -> None:
        self.errors: dict[tuple[int, int], str] = {}
        self.merged: list[Range] = []
        self._table, self._within = table, table is None
        self._row = self._column = self._next_row = self._next_column = 0
        self._failed = self._computed = False
        self._shown = ""
        self._formula: str | None = None
        self._reading: str | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self._within, self._next_row = attributes.get("name") == self._table, 0
        elif name in _ROWS:
            self._row = int(attributes["r"][:_DIGITS]) - 1 if attributes.get("r", "").isdecimal() else self._next_row
            self._next_row = self._row + repeated(attributes, "number-rows-repeated")
            self._next_column = 0
        elif name in _CELLS:
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = column_number(place[1]) - 1 if place else self._next_column
            self._next_column = self._column + repeated(attributes, "number-columns-repeated")
            self._failed = attributes.get("t") == "e" or attributes.get("value-type") == "error"
            self._computed = attributes.get("t") in _COMPUTED or "value-type" in attributes
            self._shown, self._formula = "", attributes.get("formula")
            down, across = repeated(attributes, "number-rows-spanned"), repeated(attributes, "number-columns-spanned")
            if self._within and (down, across) != (1, 1):
                self.merged.append((self._row, self._column, self._row + down - 1, self._column + across - 1))
        elif name == "mergeCell" and len(corners := _REFERENCE.findall(attributes.get("ref", ""))) == _CORNERS:
            first, last = ((int(row) - 1, column_number(letters) - 1) for letters, row in corners)
            self.merged.append((*first, *last))
        elif name == _FORMULA:
            self._formula = "="
        self._reading = name

    def text(self, text: str) -> None:
        if self._reading in _TEXTS:
            self._shown += text
        elif self._reading == _FORMULA and self._formula is not None:
            self._formula += text

    def end(self, name: str) -> None:
        self._reading = None
        if name in _CELLS and self._within:
            shown = self._shown.strip()
            if self._failed:
                self.errors[self._row, self._column] = shown or "#N/A"
            elif self._formula is not None and not shown and not self._computed:
                formula = self._formula.removeprefix("of:").lstrip("=")
                self.errors[self._row, self._column] = f"={formula[:_ENDLESS]}"


def _part_of(archive: ZipFile, sheet: str) -> str:
    """Return the name of the part that holds a sheet of an XLSX workbook, or nothing."""
    sheets, relations = _Elements("sheet"), _Elements("Relationship")
    for part, elements in (("xl/workbook.xml", sheets), ("xl/_rels/workbook.xml.rels", relations)):
        if part in archive.namelist():
            _parse(archive, part, elements)
    wanted = next((each.get("id") for each in sheets.found if each.get("name") == sheet), None)
    target = next((each.get("Target", "") for each in relations.found if each.get("Id") == wanted), "")
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _parse(archive: ZipFile, part: str, seen: _Elements | _Sheet) -> None:
    """Read a part element by element; names and attributes are told without their prefixes."""

    def start(name: str, attributes: Attributes) -> None:
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if "error" in (value for key, value in attributes.items() if key.endswith("value-type")):
            local["value-type"] = "error"
        seen.start(name.rpartition(":")[2], local)

    def refuse(*_: object) -> None:
        raise UnreadableError("classeur-illisible", reason="DTD")

    parser = ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, seen.text
    parser.EndElementHandler = lambda name: seen.end(name.rpartition(":")[2])
    parser.EntityDeclHandler = refuse
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except (ExpatError, LookupError):
        raise UnreadableError("classeur-illisible", reason=CUT) from None
