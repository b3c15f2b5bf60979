"""The extracts of a release: each dataset as CSV, as GeoJSON where it has places, and as N-Triples of its own.

Made from the linked tables, like the graph, never from a store: a steward finds the cells as written, with
names beside codes. UTF-8, comma, LF; the rows keep the table's order, so that the same tables give the same bytes.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from publisher import sql
from publisher.assembly import scheme_lines, source_lines, write_lines
from publisher.compact_json import write_compact
from publisher.datasets import DATASETS, DOMAINS, THINGS, WHOLE, Dataset
from publisher.datatypes import Datatype
from publisher.extract_columns import ExtractColumn, extract_columns
from publisher.representations import CSV, GEOJSON, Representation
from publisher.scheme_extract import SCHEME_COLUMNS, scheme_rows
from publisher.table import ROW
from publisher.table_schema import describe_csv, table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.intake import Intake
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.stopwatch import Say

OUTLINES = "data/territoires/departements.geojson"
EXTRACTS = "extraits"
"""The directory, beside the graph, where a publication first writes them."""
SCHEMA_SUFFIX = ".schema.json"
CSVW_SUFFIX = ".csv-metadata.json"
_SHARED = ("nom", "domaines", "commune", "departement", "region", "longitude", "latitude")
_TYPE = ExtractColumn(
    "type",
    {"fr": "Type", "en": "Type"},
    {"fr": "Le jeu de données où la chose est décrite en entier.", "en": "The dataset that describes the thing."},
    "",
)


@dataclass(frozen=True, slots=True)
class Extract:
    """One file of a dataset; `table` is the table it comes from, None when it holds several or none.

    `period` is the first and last day among its years and dates; `sha512` is its sum, once a release holds it.
    """

    dataset: str
    path: Path
    representation: Representation
    table: str | None
    rows: int
    period: tuple[str, str] | None = None
    sha512: str = ""


@dataclass(frozen=True, slots=True)
class _View:
    """A table's extract in DuckDB: kept, for each of its files reads it again."""

    name: str
    mapping: Mapping
    columns: list[ExtractColumn]


def write_extracts(intake: Intake, project: Project, workspace: Path, say: Say) -> tuple[Extract, ...]:
    """Write every extract with its schemas under `workspace`; return the CSV and GeoJSON ones, in catalog order.

    `say` is told first. Beside them `<dataset>.nt` holds the statements of each dataset but the whole.
    """
    say("extract")
    connection, mappings, directory = intake.connection, intake.mappings, workspace / EXTRACTS
    directory.mkdir(exist_ok=True)
    views = {mapping.name: _view(connection, mapping, mappings) for mapping in mappings}
    written: list[Extract] = []
    for dataset in DATASETS:
        if dataset is WHOLE:
            written += _whole(connection, project, [views[name] for name in THINGS if name in views], directory)
            continue
        lines = source_lines(project, dataset.mappings(mappings))
        if dataset is DOMAINS:
            written.append(_scheme(project, directory))
            lines += scheme_lines(project)
        for mapping in dataset.mappings(mappings):
            written += _table(connection, project, dataset, views[mapping.name], directory)
        write_lines(connection, project, dataset.mappings(mappings), lines, directory / f"{dataset.key}.nt")
        written += _outlines(connection, project, dataset, directory)
    return tuple(written)


def _view(connection: DuckDBPyConnection, mapping: Mapping, mappings: Sequence[Mapping]) -> _View:
    columns = extract_columns(mapping, {each.label: each for each in mappings})
    name = "x_" + mapping.relation.removeprefix("t_")
    cells = ", ".join(f"{column.expression} AS {sql.name(column.name)}" for column in columns)
    joins = " ".join(dict.fromkeys(join for column in columns for join in column.joins))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT p.{ROW}, {cells} FROM {mapping.published} p {joins}"
    )
    return _View(name, mapping, columns)


def _table(
    connection: DuckDBPyConnection, project: Project, dataset: Dataset, view: _View, directory: Path
) -> Iterator[Extract]:
    path = directory / f"{dataset.file_name(view.mapping.name)}.csv"
    rows = _copy(connection, view.columns, f"{view.name} ORDER BY {ROW}", path)
    _describe(project, path, view.columns, view.mapping)
    yield Extract(dataset.key, path, CSV, view.mapping.name, rows, _period(connection, view))
    if any(column.name == "longitude" for column in view.columns):
        points = path.with_suffix(".geojson")
        _write_points(connection, view.columns, f"{view.name} ORDER BY {ROW}", points)
        yield Extract(dataset.key, points, GEOJSON, view.mapping.name, rows)


def _period(connection: DuckDBPyConnection, view: _View) -> tuple[str, str] | None:
    days: list[str] = []
    for column in view.columns:
        if column.datatype.base in {"gYear", "date"}:
            values = sql.items(column.name, column.separator) if column.separator else f"[{sql.name(column.name)}]"
            found = connection.execute(f"SELECT min(v), max(v) FROM (SELECT unnest({values}) AS v FROM {view.name})")
            low, high = found.fetchone() or (None, None)
            year = column.datatype.base == "gYear"
            days += [f"{low}-01-01", f"{high}-12-31"] if low and year else [low, high] if low else []
    return (min(days), max(days)) if days else None


def _whole(
    connection: DuckDBPyConnection, project: Project, views: Sequence[_View], directory: Path
) -> Iterator[Extract]:
    """Write one list of all things: what they have in common, under the dataset that says more."""
    if not views:
        return
    known = {column.name: column for view in reversed(views) for column in view.columns}
    names = [n for shared in _SHARED for n in (shared, f"{shared}_nom") if n in known]
    shared = (replace(known[n], required=False, datatype=Datatype(known[n].datatype.base)) for n in names)
    columns = [known["uri"], _TYPE, *shared]  # what one table asks of a cell, another may not
    parts = []
    for number, view in enumerate(views):
        own = {column.name for column in view.columns}
        title = next((c.name for c in view.mapping.columns if c.property_iri and _is_name(c.property_iri)), None)
        cells = [sql.name(n if n != "nom" else title or n) if n in own or n == "nom" else "NULL" for n in names]
        named = ", ".join(f"{cell} AS {sql.name(name)}" for cell, name in zip(cells, names, strict=True))
        kind = sql.text(view.mapping.name)
        parts.append(f"SELECT {number} AS __t, {ROW}, uri, {kind} AS type, {named} FROM {view.name}")
    source = f"({' UNION ALL '.join(parts)}) ORDER BY __t, {ROW}"
    path = directory / f"{WHOLE.key}.csv"
    rows = _copy(connection, columns, source, path)
    _describe(project, path, columns, None)
    yield Extract(WHOLE.key, path, CSV, None, rows)
    if "longitude" in names:
        _write_points(connection, columns, source, path.with_suffix(".geojson"))
        yield Extract(WHOLE.key, path.with_suffix(".geojson"), GEOJSON, None, rows)


def _scheme(project: Project, directory: Path) -> Extract:
    path = directory / f"{DOMAINS.key}.csv"
    rows = scheme_rows(project)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in SCHEME_COLUMNS])
        writer.writerows(rows)
    _describe(project, path, SCHEME_COLUMNS, None)
    return Extract(DOMAINS.key, path, CSV, None, len(rows))


def _outlines(connection: DuckDBPyConnection, project: Project, dataset: Dataset, directory: Path) -> Iterator[Extract]:
    """Give the outlines of départements the address, region and names of their row."""
    source = project.directory / OUTLINES
    table = "territoires/departements"
    if table not in dataset.tables or not source.is_file():
        return
    cursor = connection.execute("SELECT * EXCLUDE (__row) FROM x_data_territoires_departements")
    names = [column[0] for column in cursor.description or ()]
    rows = {row["code"]: row for row in (dict(zip(names, row, strict=True)) for row in cursor.fetchall())}
    features = [
        (rows[each["properties"]["code"]], each["geometry"])
        for each in json.loads(source.read_text(encoding="utf-8"))["features"]
        if each["properties"]["code"] in rows
    ]
    path = directory / f"{dataset.file_name(table)}.geojson"
    _write_features(path, features)
    yield Extract(dataset.key, path, GEOJSON, table, len(features))


def _copy(connection: DuckDBPyConnection, columns: Sequence[ExtractColumn], source: str, path: Path) -> int:
    cells = ", ".join(sql.name(column.name) for column in columns)
    options = "FORMAT csv, HEADER true, DELIMITER ',', NULLSTR ''"
    copied = connection.execute(f"COPY (SELECT {cells} FROM {source}) TO {sql.text(str(path))} ({options})").fetchone()
    return int(copied[0]) if copied else 0


def _write_points(connection: DuckDBPyConnection, columns: Sequence[ExtractColumn], source: str, path: Path) -> None:
    names = [column.name for column in columns]
    cells = ", ".join(sql.name(name) for name in names)
    cursor = connection.execute(f"SELECT {cells} FROM {source}")
    separators = {column.name: column.separator for column in columns if column.separator}

    def features() -> Iterator[tuple[dict[str, Any], Any]]:
        while rows := cursor.fetchmany(1000):
            for row in rows:
                properties: dict[str, Any] = dict(zip(names, row, strict=True))
                x, y = properties.pop("longitude"), properties.pop("latitude")
                point = None if x is None else {"type": "Point", "coordinates": [float(x), float(y)]}
                for name, separator in separators.items():
                    properties[name] = [i.strip() for i in (properties[name] or "").split(separator) if i.strip()]
                yield properties, point

    _write_features(path, features())


def _write_features(path: Path, features: Iterator[tuple[dict[str, Any], Any]] | list[Any]) -> None:
    """Write a FeatureCollection (RFC 7946), one feature a line; the thing's address is its id."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[')
        for number, (properties, geometry) in enumerate(features):
            feature = {"type": "Feature", "id": properties.get("uri"), "geometry": geometry, "properties": properties}
            file.write(",\n" if number else "\n")
            file.write(write_compact(feature))
        file.write("\n]}\n")


def _describe(project: Project, path: Path, columns: Sequence[ExtractColumn], mapping: Mapping | None) -> None:
    for suffix, document in (
        (SCHEMA_SUFFIX, table_schema(project, path.stem, columns, mapping)),
        (CSVW_SUFFIX, describe_csv(project, path.stem, columns, mapping)),
    ):
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        path.with_name(path.stem + suffix).write_text(text, encoding="utf-8")


def _is_name(property_iri: str) -> bool:
    return property_iri.endswith("/core#prefLabel")
