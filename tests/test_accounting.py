"""Every accepted cell is in the graph, and every triple comes from a cell or a virtual column: both exactly."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.assembly import source_lines, vocabulary_lines
from publisher.convert import compile_mapping
from publisher.csvw import load_mappings
from publisher.intake import connect, link_tables, read_tables
from publisher.project import load_project
from tests.accounting import ASC, Accountant, described, parse, value_of
from tests.projects.tiny import KEY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project
    from tests.accounting import Triple
    from tests.projects.small import SmallProject
    from tests.projects.tiny import TinyProject

ROOT = Path(__file__).parents[1]
LARGE = 2_000
"""Rows beyond which a territories' table is left out of the account, which plain Python draws up slowly."""


def published_rows(connection: DuckDBPyConnection, mapping: Mapping) -> dict[int, dict[str, str | None]]:
    """Return the rows that are converted, by row number."""
    result = connection.execute(f"SELECT * FROM {mapping.published}")  # noqa: S608
    names = [each[0] for each in result.description or ()]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in result.fetchall()}


def unaccounted(
    mapping: Mapping, schema: dict[str, Any], rows: dict[int, dict[str, str | None]], findings: list[Finding]
) -> list[str]:
    """Return the cells of the file that are neither published as they stand nor named by a finding."""
    told = {(f.row, f.column) for f in findings if f.table == mapping.label}
    held = {f.row for f in findings if f.table == mapping.label and f.severity.value == "withheld"}
    columns = {column["name"]: column for column in schema["columns"] if not column.get("virtual")}
    missing = []
    with mapping.path.open(encoding="utf-8", newline="") as stream:
        for number, cells in enumerate(csv.DictReader(stream), start=2):
            if number not in rows:
                missing += [] if number in held else [f"{mapping.label}:{number}"]
                continue
            for name, column in columns.items():
                value = value_of(column, cells.get(name, ""))
                if rows[number][name] != value and (number, name) not in told and number not in held:
                    missing.append(f"{mapping.label}:{number}: {name}: {value} ≠ {rows[number][name]}")
    return missing


def account(project: Project, connection: DuckDBPyConnection, mapping: Mapping, findings: list[Finding]) -> int:
    """Check one table both ways; return how many triples it makes."""
    schema = described(mapping.metadata)
    rows = published_rows(connection, mapping)
    assert unaccounted(mapping, schema, rows, findings) == []
    lines = [line for select in compile_mapping(mapping) for (line,) in connection.execute(select).fetchall()]
    found, expected = parse(lines), Accountant(schema, project.prefixes, project.base_uri).triples(rows.values())
    assert found - expected == set()
    assert expected - found == set()
    return len(found)


def test_the_repository_s_own_tables_are_accounted_for() -> None:
    """Cell by cell and triple by triple, what the tables say is what is published, but what a finding names."""
    project = load_project(ROOT)
    with TemporaryDirectory() as place, connect(Path(place)) as connection:
        intake, findings = read_tables(connection, project, load_mappings(project), Path(place))
        findings += link_tables(intake, project)
        rows = {table.mapping.name: table.rows for table in intake.tables}
        counts = {
            mapping.name: account(project, connection, mapping, findings)
            for mapping in intake.mappings
            if rows[mapping.name] < LARGE
        }
    assert min(counts[name] for name in ("entreprises", "projets", "marches", "conventions")) > LARGE


def draw_up(small: SmallProject) -> set[Triple]:
    """Return what the graph of a project is to be: its tables, vocabulary and sources; no cell is lost on the way."""
    project = small.project
    with TemporaryDirectory(dir=project.directory) as place, connect(Path(place)) as connection:
        intake, findings = read_tables(connection, project, load_mappings(project), Path(place))
        findings += link_tables(intake, project)
        graph = parse([*vocabulary_lines(project), *source_lines(project, intake.mappings)])
        for mapping in intake.mappings:
            schema, rows = described(mapping.metadata), published_rows(connection, mapping)
            assert unaccounted(mapping, schema, rows, findings) == []
            graph |= Accountant(schema, project.prefixes, project.base_uri).triples(rows.values())
    return graph


def test_the_whole_graph_is_accounted_for(small_project: SmallProject) -> None:
    """A release's graph is what its tables make, its vocabulary and its sources: not one triple more or less."""
    assert parse(small_project.triples()) == draw_up(small_project)


TEXTS = st.text(st.sampled_from("aé œ'\"\\,.:{}%+&#?/€👩\n\t\u00a0"), min_size=1, max_size=8).filter(
    lambda text: "  " not in text and "&#" not in text
)
CELLS: dict[str, st.SearchStrategy[tuple[str, str]]] = {
    # what is written, and what it is read as
    "string": TEXTS.map(lambda text: (text, text)),
    "integer": st.sampled_from([("12", "12"), ("1 234", "1234"), ("-7", "-7"), ("12,0", "12")]),
    "decimal": st.sampled_from([("1.50", "1.50"), ("1 234,56", "1234.56"), ("0,5", "0.5")]),
    "date": st.sampled_from([("2018-09-27", "2018-09-27"), ("27/09/2018", "2018-09-27")]),
    "gYear": st.sampled_from([("2018", "2018"), ("2019.0", "2019")]),
    "boolean": st.sampled_from([("oui", "true"), ("false", "false"), ("FAUX", "false")]),
    "anyURI": st.sampled_from([("https://exemple.fr/é?a=1", "https://exemple.fr/é?a=1")]),
}
SHAPES: dict[str, dict[str, Any]] = {
    "texte": {},
    "langue": {"lang": "fr"},
    "vide": {"null": ["-", ""]},
    "defaut": {"default": "rien"},
    "vide_defaut": {"null": "a", "default": "rien", "lang": "en"},
    "tu": {"suppressOutput": True},
    "terme": {"valueUrl": "dom:{terme}"},
    "partie": {"valueUrl": "id/autre/{partie}", "aboutUrl": "id/chose/{cle}#partie"},
    "suite": {"separator": "|"},
    "suite_langue": {"separator": "|", "lang": "fr"},
    "un_par_un": {"separator": ";", "valueUrl": "dom:{un_par_un}", ASC + "perItem": True},
    "ensemble": {"separator": ";", "valueUrl": "dom:{ensemble}"},
    "nombres": {"datatype": "decimal", "separator": "|"},
    "adresse": {"datatype": "anyURI", "valueUrl": "{+adresse}"},
    **{base.lower(): {"datatype": base} for base in CELLS if base != "string"},
}
VIRTUAL: list[dict[str, Any]] = [
    {"name": "v1", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "foaf:Document"},
    {"name": "v2", "virtual": True, "propertyUrl": "rdfs:label", "lang": "fr", "default": "constante"},
    {"name": "v3", "virtual": True, "propertyUrl": "dct:identifier", ASC + "textTemplate": "n° {cle} : {texte}"},
    {"name": "v4", "virtual": True, "propertyUrl": "dct:relation", "valueUrl": "id/lien/{cle}/{gyear}/{+adresse}"},
]
COLUMNS = [{"name": name, "propertyUrl": f"dct:{name}", **shape} for name, shape in SHAPES.items()]


@st.composite
def cells(draw: st.DrawFn, column: dict[str, Any]) -> tuple[str, str]:
    """Give a cell as it is written and as it is read; none holds what a check would refuse."""
    sign = column.get("separator", "")
    values = CELLS[column.get("datatype", "string")].filter(
        lambda each: each[0].strip() and not set("|;") & set(each[0])
    )
    items = draw(st.lists(values, max_size=3 if sign else 1))
    return sign.join(written for written, _ in items), sign.join(read for _, read in items)


@settings(max_examples=6)
@given(st.lists(st.tuples(*map(cells, COLUMNS)), min_size=1, max_size=8))
def test_any_table_is_accounted_for(tiny_project: TinyProject, rows: list[tuple[tuple[str, str], ...]]) -> None:
    """Whatever a column is and its cells hold, each value makes its triples, and there is no other."""
    tiny_project.describe(KEY, *COLUMNS, *VIRTUAL, primaryKey="cle")
    text = io.StringIO(newline="")
    csv.writer(text).writerow(["cle", *SHAPES])
    csv.writer(text).writerows([f"k{n}", *(written for written, _ in row)] for n, row in enumerate(rows))
    tiny_project.write(text.getvalue())
    _, findings, statements = tiny_project.inspect()
    assert [finding.line() for finding in findings if finding.severity.value == "violation"] == []
    schema = described(tiny_project.directory / "data/table.csv-metadata.json")
    accountant = Accountant(schema, tiny_project.project.prefixes, tiny_project.project.base_uri)
    values = (
        {"cle": f"k{n}", **{each["name"]: value_of(each, read) for each, (_, read) in zip(COLUMNS, row, strict=True)}}
        for n, row in enumerate(rows)
    )
    expected = accountant.triples(values)
    assert len(expected) >= 3 * len(rows)
    assert parse(statements) == expected
