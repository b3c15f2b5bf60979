"""A SKOS scheme as a relation (notation, label, nom), so that a column can refer to it like to a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Graph, Literal
from rdflib.namespace import RDF, SKOS

from publisher.errors import ProjectError
from publisher.graphs import read_turtle

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from rdflib.term import Node


def load_scheme(connection: DuckDBPyConnection, path: Path, relation: str) -> None:
    """Create `relation` (notation, label, nom: VARCHAR) from the concepts of a Turtle file.

    Every label, preferred or alternative, gives a row, so that a near label leads to its notation; `nom` is the
    preferred label in French.

    Raises:
        ProjectError: the file is not readable Turtle, or holds no concept with a notation.
    """
    graph = read_turtle(path)
    rows = [
        (str(notation), str(label), _name(graph, concept))
        for concept in graph.subjects(RDF.type, SKOS.Concept)
        for notation in graph.objects(concept, SKOS.notation)
        for prop in (SKOS.prefLabel, SKOS.altLabel)
        for label in graph.objects(concept, prop)
    ]
    if not rows:
        raise ProjectError("aucun concept avec skos:notation", "no concept with skos:notation", path=path)
    connection.execute(f"CREATE OR REPLACE TABLE {relation} (notation VARCHAR, label VARCHAR, nom VARCHAR)")
    columns = [list(column) for column in zip(*sorted(rows), strict=True)]
    connection.execute(f"INSERT INTO {relation} SELECT unnest(?), unnest(?), unnest(?)", columns)


def _name(graph: Graph, concept: Node) -> str:
    labels = [label for label in graph.objects(concept, SKOS.prefLabel) if isinstance(label, Literal)]
    return min((str(label) for label in labels if label.language == "fr"), default="")
