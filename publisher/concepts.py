"""A SKOS scheme as a relation (notation, label, nom), so that a column can refer to it like to a table."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib.namespace import RDF, SKOS

from publisher.errors import ProjectError
from publisher.graphs import read_statements

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_TYPE, _CONCEPT = str(RDF.type), ox.NamedNode(str(SKOS.Concept))
_NOTATION, _PREFERRED, _ALTERNATIVE = str(SKOS.notation), str(SKOS.prefLabel), str(SKOS.altLabel)


def load_scheme(connection: DuckDBPyConnection, path: Path, relation: str) -> None:
    """Create `relation` (notation, label, nom: VARCHAR) from the concepts of a Turtle file.

    Every label, preferred or alternative, gives a row, so that a near label leads to its notation; `nom` is the
    preferred label in French.

    Raises:
        ProjectError: the file is not readable Turtle, or holds no concept with a notation.
    """
    said: dict[tuple[object, str], list[ox.Literal]] = defaultdict(list)
    concepts = set[object]()
    for quad in dict.fromkeys(read_statements(path)):
        if isinstance(quad.object, ox.Literal):
            said[quad.subject, quad.predicate.value].append(quad.object)
        elif quad.object == _CONCEPT and quad.predicate.value == _TYPE:
            concepts.add(quad.subject)
    rows = [
        (notation.value, label.value, _name(said[concept, _PREFERRED]))
        for concept in concepts
        for notation in said[concept, _NOTATION]
        for label in (*said[concept, _PREFERRED], *said[concept, _ALTERNATIVE])
    ]
    if not rows:
        raise ProjectError("aucun concept avec skos:notation", "no concept with skos:notation", path=path)
    connection.execute(f"CREATE OR REPLACE TABLE {relation} (notation VARCHAR, label VARCHAR, nom VARCHAR)")
    columns = [list(column) for column in zip(*sorted(rows), strict=True)]
    connection.execute(f"INSERT INTO {relation} SELECT unnest(?), unnest(?), unnest(?)", columns)


def _name(labels: list[ox.Literal]) -> str:
    return min((label.value for label in labels if label.language == "fr"), default="")
