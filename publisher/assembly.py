"""The whole graph of a release as one sorted N-Triples file: tables, vocabulary, schemes, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher.convert import compile_mapping
from publisher.errors import ProjectError
from publisher.line_files import copy_lines
from publisher.project import SPARK
from publisher.provenance import describe_sources
from publisher.refusals import unreadable_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping
    from publisher.project import Project

_BATCH = 2_000


def write_graph(connection: DuckDBPyConnection, project: Project, mappings: Sequence[Mapping], path: Path) -> int:
    """Write the graph to one N-Triples file, sorted, each statement once; return the number of triples.

    Raises:
        ProjectError: a file of the ontology is not Turtle.
    """
    lines = [*vocabulary_lines(project), *source_lines(project, mappings)]
    return write_lines(connection, project, mappings, lines, path)


def write_lines(
    connection: DuckDBPyConnection, project: Project, mappings: Sequence[Mapping], lines: list[str], path: Path
) -> int:
    """Write what the mappings make of their tables, and further N-Triples lines, to one sorted file.

    Raises:
        EngineError: the project's engine does not take the plan.
    """
    connection.execute("CREATE OR REPLACE TABLE statements (line VARCHAR)")
    for start in range(0, len(lines), _BATCH):
        connection.execute("INSERT INTO statements SELECT unnest(?)", [lines[start : start + _BATCH]])
    filled = [mapping for mapping in mappings if _has_rows(connection, mapping)]
    selects = [select for mapping in filled for select in compile_mapping(mapping)]
    plan = [*selects, "SELECT line FROM statements"]
    if project.engine == SPARK:
        from publisher.spark import run_on_spark  # noqa: PLC0415 - an extra

        return run_on_spark(connection, plan, path)
    return copy_lines(connection, " UNION ALL ".join(plan), path)


def _has_rows(connection: DuckDBPyConnection, mapping: Mapping) -> bool:
    return connection.execute(f"SELECT 1 FROM {mapping.published} LIMIT 1").fetchone() is not None


def vocabulary_lines(project: Project) -> list[str]:
    """Return the statements of the project's ontology and SKOS schemes."""
    return _statements(project.vocabulary_files())


def source_lines(project: Project, mappings: Sequence[Mapping]) -> list[str]:
    """Return the statements about the sources of tables, and about the publisher."""
    return _lines(describe_sources(project, mappings).serialize(format="nt"))


def scheme_lines(project: Project) -> list[str]:
    """Return the statements of the project's SKOS schemes."""
    return _statements([path for path in project.vocabulary_files() if path.parent.name == "schemes"])


def _statements(paths: Iterable[Path]) -> list[str]:
    """Return the statements of Turtle files; blank nodes get canonical labels (RDFC-1.0)."""
    dataset = ox.Dataset()
    for path in paths:
        try:
            for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE):
                dataset.add(quad)
        except (SyntaxError, OSError, ValueError) as error:
            why = unreadable_reason(error)
            raise ProjectError(f"illisible : {why['fr']}", f"unreadable: {why['en']}", path=path) from error
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    written = ox.serialize((quad.triple for quad in dataset), format=ox.RdfFormat.N_TRIPLES)
    return _lines((written or b"").decode())


def _lines(ntriples: str) -> list[str]:
    return [line for line in ntriples.split("\n") if line]
