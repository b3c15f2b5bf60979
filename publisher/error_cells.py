"""Formulas of a workbook that have no value: those that failed (`#N/A`), those that no program has computed yet.

The library that reads sheets gives both as empty cells. Only a workbook whose parts hold the mark of such a cell is
read once more; most hold none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate

from publisher.delimited import UnreadableError

if TYPE_CHECKING:
    from zipfile import ZipFile

    Attributes = dict[str, str]

ERROR_MARK = re.compile(
    rb"""\st=["']e["']|value-type=["']error["']|table:formula=|"""
    rb"""(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
"""What a part that holds such a cell has somewhere in it, in XLSX and in ODS."""

_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_OPEN_DOCUMENT = "content.xml"
_ROWS = frozenset({"row", "table-row"})
_CELLS = frozenset({"c", "table-cell", "covered-table-cell"})
_TEXTS = frozenset({"v", "p"})
_FORMULA = "f"
_COMPUTED = frozenset({"str", "inlineStr"})
"""The types of XLSX cells whose formula gave a text, be it empty."""
_ENDLESS = 80
"""How much of a formula is told, in characters."""


def find_error_cells(archive: ZipFile, sheet: str) -> dict[tuple[int, int], str]:
    """Return the errors that a sheet's cells show, and formulas (`=A1`) without a value, by row and column from 0.

    Of cells that an ODS file repeats, the first stands for all.

    Raises:
        UnreadableError: a part is not the XML that it should be.
    """
    names = archive.namelist()
    if _OPEN_DOCUMENT in names:
        part, table = _OPEN_DOCUMENT, sheet
    else:
        part, table = _part_of(archive, sheet), None
    seen = _Sheet(table)
    if part in names:
        _parse(archive, part, seen)
    return seen.errors


def column_number(letters: str) -> int:
    """Return the number of the column that a spreadsheet names by these letters: 1 for A."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


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
            self._row = int(attributes["r"]) - 1 if attributes.get("r", "").isdecimal() else self._next_row
            self._next_row = self._row + _count(attributes, "number-rows-repeated")
            self._next_column = 0
        elif name in _CELLS:
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = column_number(place[1]) - 1 if place else self._next_column
            self._next_column = self._column + _count(attributes, "number-columns-repeated")
            self._failed = attributes.get("t") == "e" or attributes.get("value-type") == "error"
            self._computed = attributes.get("t") in _COMPUTED or "value-type" in attributes
            self._shown, self._formula = "", attributes.get("formula")
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


def _count(attributes: Attributes, name: str) -> int:
    value = attributes.get(name, "")
    return int(value) if value.isdecimal() else 1


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
    except ExpatError as error:
        raise UnreadableError("classeur-illisible", reason=f"{part} : {error}") from None
