"""What a table should publish, worked out cell by cell in plain Python from its CSVW description: nothing shared.

Only what the descriptions of the tests and of the repository use; the flow's own compiler is never called.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    Cells = Mapping[str, str | None]
    Triple = tuple[str, str, str, str]
    """Subject, property, object, and the datatype or language of the object; `iri` for a resource."""

ASC = "https://w3id.org/annuaire-territorial/def#"
XSD = "http://www.w3.org/2001/XMLSchema#"
BLANKS = " \t\n\r\u00a0\u202f"
_VARIABLE = re.compile(r"\{(\+?)([\w.]+)\}")


def described(path: Path) -> dict[str, Any]:
    """Return the schema of a description."""
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["tableSchema"]
    return schema


def value_of(column: dict[str, Any], written: str) -> str | None:
    """Return the value of a cell: trimmed, empty texts taken away, the default in their place."""
    null = column.get("null", "")
    value = written.strip(BLANKS)
    empty = {"", *(null if isinstance(null, list) else [null])}
    default: str | None = column.get("default")
    return default if value in empty else value


class Accountant:
    """Works out the triples of a table's rows; `prefixes` and `base` complete its addresses."""

    def __init__(self, schema: dict[str, Any], prefixes: Mapping[str, str], base: str) -> None:
        self.schema, self.prefixes, self.base = schema, prefixes, base

    def triples(self, rows: Iterable[Cells]) -> set[Triple]:
        """Return the triples of rows: the value of each cell, by column."""
        return {triple for cells in rows for column in self.schema["columns"] for triple in self._of(column, cells)}

    def _of(self, column: dict[str, Any], cells: Cells) -> Iterable[Triple]:
        if column.get("suppressOutput"):
            return
        about = column.get("aboutUrl") or self.schema["aboutUrl"]
        term = self._address(column["propertyUrl"], {}) or ""
        for own in self._values(column, cells):
            known = {**cells, column["name"]: own} if own is not None else cells
            subject = self._address(about, known)
            found = self._object(column, own, known)
            if subject is not None and found is not None:
                yield subject, term, *found

    def _values(self, column: dict[str, Any], cells: Cells) -> list[str | None]:
        """Return the values that each make a triple: one, or one an item; None alone for a virtual column."""
        if column.get("virtual"):
            return [None]
        value, separator = cells[column["name"]], column.get("separator")
        if value is None:
            return []
        if separator and (column.get(ASC + "perItem") or "valueUrl" not in column):
            return [item.strip(BLANKS) for item in value.split(separator) if item.strip(BLANKS)]
        return [value]

    def _object(self, column: dict[str, Any], own: str | None, cells: Cells) -> tuple[str, str] | None:
        if "valueUrl" in column:
            address = self._address(column["valueUrl"], cells)
            return None if address is None else (address, "iri")
        text = own if own is not None else _fill(column.get(ASC + "textTemplate", ""), cells, plain=True)
        if own is None and not column.get(ASC + "textTemplate"):
            text = column["default"]
        datatype = column.get("datatype", "string")
        base = datatype if isinstance(datatype, str) else datatype.get("base", "string")
        return None if text is None else (text, "@" + column["lang"] if "lang" in column else XSD + base)

    def _address(self, template: str, cells: Cells) -> str | None:
        prefix, colon, rest = template.partition(":")
        if colon and prefix in self.prefixes:
            template = self.prefixes[prefix] + rest
        elif not re.match(r"https?:|\{\+", template):
            template = f"{self.base}/{template}"
        return _fill(template, cells)


def _fill(template: str, cells: Cells, *, plain: bool = False) -> str | None:
    values = {name: cells.get(name) for _, name in _VARIABLE.findall(template)}
    if any(value is None for value in values.values()):
        return None
    return _VARIABLE.sub(
        lambda found: str(values[found[2]]) if plain or found[1] else quote(str(values[found[2]]), safe=""), template
    )


def parse(lines: Iterable[str]) -> set[Triple]:
    """Return the triples of N-Triples lines."""
    document = "\n".join(lines).encode()
    return {_plain(quad) for quad in ox.parse(input=document, format=ox.RdfFormat.N_TRIPLES)}


def _plain(quad: ox.Quad) -> Triple:
    found = quad.object
    if isinstance(found, ox.Literal):
        kind = f"@{found.language}" if found.language else found.datatype.value
        return _name(quad.subject), quad.predicate.value, found.value, kind
    return _name(quad.subject), quad.predicate.value, _name(found), "iri"


def _name(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)
