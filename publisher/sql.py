"""Quoting for the SQL that is compiled from mappings: names and constants, never cell values."""

from __future__ import annotations

_BLANKS = " \t\n\r\u00a0\u202f"
"""What surrounds a value without being part of it: spaces, tabs, newlines, no-break spaces."""


def name(identifier: str) -> str:
    """Quote an identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def text(constant: str) -> str:
    """Quote a text constant."""
    return "'" + constant.replace("'", "''") + "'"


def trim(expression: str) -> str:
    """Return the expression of a text without what surrounds it."""
    return f"trim({expression}, {text(_BLANKS)})"


def clean(
    column: str, *, relation: str | None = None, null: tuple[str, ...] = ("",), default: str | None = None
) -> str:
    """Return the expression of a cell's value: outer spaces off, null texts to NULL, the default in their place."""
    cell = f"{relation}.{name(column)}" if relation else name(column)
    value = trim(cell)
    for each in {"", *null}:
        value = f"nullif({value}, {text(each)})"
    return value if default is None else f"coalesce({value}, {text(default)})"


def items(column: str, separator: str) -> str:
    """Return the expression of the trimmed, non-empty items of a separated cell."""
    split = f"string_split({name(column)}, {text(separator)})"
    return f"list_filter(list_transform({split}, lambda i: {trim('i')}), lambda i: i <> '')"
