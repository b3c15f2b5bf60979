"""The record of things whose table describes none: territories, domains.

A document then says the least: what it is about, its licence, and the source of the table it comes from (found in
the CSVW descriptions), which has the date.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyoxigraph import Store

    from publisher.identifiers import Minter
    from publisher.project import Project

_CLASS = re.compile(r"/([A-Za-z-]+)/\{[^/]*$")


def tables_by_class(project: Project) -> dict[str, str]:
    """Return the table that each class of thing comes from: `{"commune": "territoires/communes"}`."""
    found: dict[str, str] = {}
    for table, schema in _schemas(project):
        match = _CLASS.search("/" + schema.get("aboutUrl", ""))
        if match:
            found.setdefault(match[1], table)
    return found


def properties_by_table(project: Project) -> dict[str, frozenset[str]]:
    """Return the properties that each table states of the things it is about."""
    return {table: frozenset(_properties(project, schema)) for table, schema in _schemas(project)}


def _schemas(project: Project) -> Iterator[tuple[str, dict[str, Any]]]:
    data = project.directory / "data"
    for path in project.metadata_files():
        schema = json.loads(path.read_text(encoding="utf-8")).get("tableSchema", {})
        yield path.relative_to(data).as_posix().removesuffix(".csv-metadata.json"), schema


def _properties(project: Project, schema: dict[str, Any]) -> Iterator[str]:
    for column in schema.get("columns", ()):
        prefix, _, name = column.get("propertyUrl", "").partition(":")
        if name and column.get("aboutUrl", schema.get("aboutUrl")) == schema.get("aboutUrl"):
            yield f"{project.prefixes[prefix]}{name}" if prefix in project.prefixes else column["propertyUrl"]


def plain_record(
    store: Store, minter: Minter, thing: NamedNode, address: NamedNode, licence: str, table: str | None
) -> tuple[Triple, ...]:
    """Return the least a document says of itself."""
    said = [(RDF.type, str(FOAF.Document)), (FOAF.primaryTopic, thing.value), (DCTERMS.license, licence)]
    source = NamedNode(minter.source(table)) if table else None
    described = source is not None and next(store.quads_for_pattern(source, None, None), None) is not None
    if source is not None and described:
        said.append((PROV.wasDerivedFrom, source.value))
    return tuple(Triple(address, NamedNode(str(predicate)), NamedNode(iri)) for predicate, iri in said)
