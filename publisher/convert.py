"""Mapping → SQL that streams N-Triples (W3C « RDF 1.1 N-Triples », canonical escapes).

Each column of a mapping is one SELECT over the linked relation; `publisher.assembly` runs their union.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib.namespace import DCTERMS

from publisher import sql
from publisher.attribution import attribute
from publisher.identifiers import Template, Variable
from publisher.local_keys import moves_of

if TYPE_CHECKING:
    from publisher.mapping import Column, Mapping

_ITEM = "__item"


def compile_mapping(mapping: Mapping) -> list[str]:
    """Return one SELECT (column `line`: an N-Triples statement) for each column that has a property.

    Of a table merged from several sources, some hold for rows of one source only; see `publisher.attribution`.
    """
    selects = [_select(mapping, column, condition) for column, condition in attribute(mapping)]
    return [*selects, _moves(mapping)] if mapping.local else selects


def _moves(mapping: Mapping) -> str:
    """Return the SELECT of what local ids lead to since the key is known."""
    thing = mapping.local.about if mapping.local else Template(())
    old, new = (
        " || ".join(f"url_encode({each})" if isinstance(part, Variable) else sql.text(part) for part in thing.parts)
        for each in ("id", "now")
    )
    return (
        f"SELECT '<' || {old} || {sql.text(f'> <{DCTERMS.isReplacedBy}> <')} || {new} || '> .' AS line "
        f"FROM {moves_of(mapping)}"
    )


def subject_expression(column: Column) -> str:
    """Return the SQL of a column's subject IRI, without angle brackets."""
    return _expand(column.about, column.name, None)


def _select(mapping: Mapping, column: Column, condition: str | None) -> str:
    per_item = bool(column.separator) and (column.per_item or column.value is None)
    relation = mapping.published
    cell: str | None = None if column.virtual else sql.name(column.name)
    if per_item and column.separator:
        relation = f"(SELECT *, unnest({sql.items(column.name, column.separator)}) AS {_ITEM} FROM {relation})"
        cell = _ITEM
    subject = _expand(column.about, column.name, cell)
    needed = [f"{each} IS NOT NULL" for each in _needed(column, cell)] + ([f"({condition})"] if condition else [])
    where = f" WHERE {' AND '.join(needed)}" if needed else ""
    statement = f"'<' || {subject} || {sql.text(f'> <{column.property_iri}> ')} || {_object(column, cell)} || ' .'"
    return f"SELECT {statement} AS line FROM {relation}{where}"


def _needed(column: Column, cell: str | None) -> list[str]:
    """Return what must not be NULL for the triple to exist: the cell, and each variable of the templates."""
    templates = [t for t in (column.about, column.value, column.text) if t]
    names = {_variable(v, column.name, cell) for t in templates for v in t.variables}
    if cell:
        names.add(cell)
    return sorted(names)


def _object(column: Column, cell: str | None) -> str:
    if column.value is not None:
        return f"'<' || {_expand(column.value, column.name, cell)} || '>'"
    value = cell or _text(column)
    literal = f"'\"' || {_escape(value)} || '\"'"
    if column.lang:
        return f"{literal} || {sql.text('@' + column.lang)}"
    iri = column.datatype.iri
    return f"{literal} || {sql.text(f'^^<{iri}>')}" if iri else literal


def _text(column: Column) -> str:
    """Return the SQL of a virtual literal: its constant, or its text with the columns' values in it."""
    if column.text is None:
        return sql.text(column.default or "")
    parts = (sql.name(p.name) if isinstance(p, Variable) else sql.text(p) for p in column.text.parts)
    return f"({' || '.join(parts)})"


def _expand(template: Template, name: str, cell: str | None) -> str:
    """Compile a URI template: RFC 6570 simple expansion encodes, reserved expansion inserts as it is."""
    parts = []
    for part in template.parts:
        if isinstance(part, Variable):
            value = _variable(part, name, cell)
            parts.append(value if part.reserved else f"url_encode({value})")
        else:
            parts.append(sql.text(part))
    return " || ".join(parts)


def _variable(variable: Variable, name: str, cell: str | None) -> str:
    return cell if cell and variable.name == name else sql.name(variable.name)


def _escape(value: str) -> str:
    escaped = value
    for character, escape in (("'\\'", "'\\\\'"), ("'\"'", "'\\\"'"), ("chr(10)", "'\\n'"), ("chr(13)", "'\\r'")):
        escaped = f"replace({escaped}, {character}, {escape})"
    return escaped
