"""A project's tables as they stand, read, linked and converted once: what a single table is then tried against.

They are kept in a DuckDB file named after what went in, attached read-only: a relation that a trial makes anew in
memory takes the place of the file's. `world` holds every statement with the table that it comes from (none for the
vocabulary), its subject and, where that is a resource, its object.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher import sql
from publisher.assembly import source_lines, vocabulary_lines
from publisher.convert import compile_mapping
from publisher.fingerprint import release_id
from publisher.intake import connect, link_tables, read_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping
    from publisher.project import Project

WORLD = "world"
_SUFFIX = ".duckdb"
_BATCH = 2_000


def prepare_backdrop(project: Project, mappings: Sequence[Mapping], directory: Path) -> Path:
    """Return the file of a project's tables, made if it is not there; one process makes it, others wait.

    Raises:
        ProjectError: a scheme or the ontology cannot be read.
    """
    path = directory / f"{release_id(project, mappings)}{_SUFFIX}"
    if path.is_file():
        return path
    with (directory / "verrou").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            with TemporaryDirectory(dir=directory) as workspace:
                made = Path(workspace) / path.name
                _write(project, mappings, made, Path(workspace))
                made.replace(path)
            for old in set(directory.glob(f"*{_SUFFIX}")) - {path}:
                old.unlink()
    return path


def open_backdrop(path: Path, workspace: Path) -> DuckDBPyConnection:
    """Return a connection whose own relations, in memory, come before those of the file."""
    connection = connect(workspace)
    connection.execute(f"ATTACH {sql.text(str(path))} AS backdrop (READ_ONLY)")
    connection.execute("SET search_path = 'memory,backdrop'")
    return connection


def readable_mappings(connection: DuckDBPyConnection, mappings: Sequence[Mapping]) -> list[Mapping]:
    """Return the mappings of the tables that could be read when the file was made."""
    found = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'backdrop'").fetchall()
    return [mapping for mapping in mappings if (mapping.published,) in found]


def statements_of(mappings: Sequence[Mapping]) -> str:
    """Return the query of what mappings make of their tables, in the columns of `world`."""
    selects = [
        f"SELECT {sql.text(mapping.label)} AS origin, line FROM ({select})"
        for mapping in mappings
        for select in compile_mapping(mapping)
    ]
    return _split(" UNION ALL ".join([*selects, "SELECT '', '' WHERE false"]))


def _write(project: Project, mappings: Sequence[Mapping], path: Path, workspace: Path) -> None:
    with connect(workspace) as connection:
        intake, _ = read_tables(connection, project, mappings, workspace)
        link_tables(intake, project)
        connection.execute(f"ATTACH {sql.text(str(path))} AS backdrop")
        connection.execute("COPY FROM DATABASE memory TO backdrop")
        connection.execute(f"CREATE TABLE backdrop.{WORLD} AS {statements_of(intake.mappings)}")
        lines = [*vocabulary_lines(project), *source_lines(project, intake.mappings)]
        for start in range(0, len(lines), _BATCH):
            batch = _split("SELECT '' AS origin, unnest(?) AS line")
            connection.execute(f"INSERT INTO backdrop.{WORLD} {batch}", [lines[start : start + _BATCH]])
        connection.execute("DETACH backdrop")


def _split(lines: str) -> str:
    """Return the query of statements with their subject and the resource that is their object, if one."""
    return (
        "SELECT origin, split_part(line, ' ', 1) AS subject, "
        r"nullif(regexp_extract(line, '^[^ ]+ <[^>]*> (<[^>]*>|_:[^ ]+) \.$', 1), '') AS object, line "
        f"FROM ({lines})"
    )
