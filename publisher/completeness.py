"""How complete a release is: for each class that tables describe, how many of its things have each property.

What could be there is what the mappings say: a column added to a table is counted without a line of code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rdflib.namespace import RDF

from publisher.queries import read_sql
from publisher.terms import iri_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from duckdb import DuckDBPyConnection

    from publisher.identifiers import Template
    from publisher.mapping import Column, Mapping


class Described(NamedTuple):
    """What the tables say of one sort of things: the class named first, and the properties in the columns' order."""

    class_: str
    properties: tuple[str, ...]


def measure_completeness(statements: DuckDBPyConnection, mappings: Iterable[Mapping], base: str) -> dict[str, Any]:
    """Return `{class IRI: {"things": n, "properties": {IRI: n}}}` of the things that this instance mints."""
    sorts = list(list_described(mappings, base))
    counts = _counts(statements, [(each.class_, iri) for each in sorts for iri in (str(RDF.type), *each.properties)])
    return {
        each.class_: {
            "things": counts.get((each.class_, str(RDF.type)), 0),
            "properties": {iri: counts.get((each.class_, iri), 0) for iri in each.properties},
        }
        for each in sorts
    }


def list_described(mappings: Iterable[Mapping], base: str) -> Iterator[Described]:
    """Yield the sorts of things under `{base}/id/` that tables describe, several tables of one sort together."""
    sorts: dict[str, list[Column]] = {}
    for column in (column for mapping in mappings for column in mapping.columns if column.property_iri):
        space = _space(column.about)
        if space.startswith(f"{base}/id/"):
            sorts.setdefault(space, []).append(column)
    for columns in sorts.values():
        types = [_constant(each.value) for each in columns if each.property_iri == str(RDF.type)]
        properties = dict.fromkeys(each.property_iri for each in columns if each.property_iri != str(RDF.type))
        if types and types[0]:
            yield Described(types[0], tuple(iri for iri in properties if iri))


def _space(about: Template) -> str:
    """Return what the IRIs of a sort begin with; nothing for sub-nodes, which are parts of something else."""
    texts = [part for part in about.parts if isinstance(part, str)]
    return texts[0] if texts and "#" not in "".join(texts) else ""


def _constant(template: Template | None) -> str | None:
    return None if template is None or template.variables else "".join(map(str, template.parts))


def _counts(statements: DuckDBPyConnection, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    wanted = {
        "classes": [f"<{class_}>" for class_, _ in pairs],
        "properties": [f"<{property_}>" for _, property_ in pairs],
    }
    found = statements.execute(read_sql("completeness"), wanted).fetchall()
    return {(iri_of(class_), iri_of(property_)): n for class_, property_, n in found}
