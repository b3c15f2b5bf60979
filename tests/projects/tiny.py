"""A project of one or two tables, described in the test itself: for what reading and converting do to cells."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from publisher.convert import compile_mapping
from publisher.csvw import load_mappings
from publisher.intake import check_tables, connect, link_tables, read_tables
from publisher.report import in_order
from tests.projects.directory import ProjectDirectory

if TYPE_CHECKING:
    from publisher.errors import Finding
    from publisher.mapping import Mapping

ROOT = Path(__file__).parents[2]
ASC = "https://w3id.org/annuaire-territorial/def#"
KEY = {"name": "cle", "required": True, "propertyUrl": "skos:notation"}

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class TinyProject(ProjectDirectory):
    """A project directory whose tables a test writes."""

    def write(self, content: str | bytes, name: str = "table") -> None:
        """Write a table's file."""
        data = content.encode() if isinstance(content, str) else content
        (self.directory / f"data/{name}.csv").write_bytes(data)

    def describe(self, *columns: dict[str, Any], name: str = "table", table: Any = None, **schema: Any) -> None:
        """Describe a table; columns that name no property get `dct:description`."""
        document = {
            "@context": "http://www.w3.org/ns/csvw",
            "url": f"{name}.csv",
            "tableSchema": {
                "aboutUrl": "id/chose/{cle}",
                "columns": [{"propertyUrl": "dct:description"} | column for column in columns],
                **schema,
            },
            **(table or {}),
        }
        text = json.dumps(document, ensure_ascii=False)
        (self.directory / f"data/{name}.csv-metadata.json").write_text(text, encoding="utf-8")

    def mapping(self, name: str = "table") -> Mapping:
        """Return the mapping of a table."""
        return next(mapping for mapping in load_mappings(self.project) if mapping.name == name)

    def inspect(self) -> tuple[dict[str, Rows], list[Finding], list[str]]:
        """Read, check, link, convert: return the rows read by table, the findings, the statements."""
        project = self.project
        mappings = load_mappings(project)
        with TemporaryDirectory(dir=self.directory) as place, connect(Path(place)) as connection:
            intake, findings = read_tables(connection, project, mappings, Path(place))
            findings += [*check_tables(intake), *link_tables(intake, project)]
            rows: dict[str, Rows] = {
                mapping.name: connection.execute(f"SELECT * FROM {mapping.relation} ORDER BY 1").fetchall()  # noqa: S608
                for mapping in intake.mappings
            }
            statements: list[str] = []
            if not any(finding.severity.value == "violation" for finding in findings):
                selects = [select for mapping in intake.mappings for select in compile_mapping(mapping)]
                statements = [line for select in selects for (line,) in connection.execute(select).fetchall()]
        return rows, in_order(findings), statements

    def rows(self, name: str = "table") -> Rows:
        """Return the rows read from a table: row number, then cells in the order of the description."""
        return self.inspect()[0][name]

    def findings(self) -> list[Finding]:
        """Return what is wrong with the tables."""
        return self.inspect()[1]

    def rules(self) -> list[str]:
        """Return the rules that are broken, in the order of their findings."""
        return [finding.rule for finding in self.findings()]

    def objects(self, term: str) -> list[ox.NamedNode | ox.Literal]:
        """Return the objects of a property (prefixed name), as a parser of N-Triples reads them."""
        prefix, _, local = term.partition(":")
        iri = self.project.prefixes[prefix] + local
        document = "\n".join(self.inspect()[2]).encode()
        found = ox.parse(input=document, format=ox.RdfFormat.N_TRIPLES)
        objects = (quad.object for quad in found if quad.predicate.value == iri)
        return [each for each in objects if isinstance(each, ox.NamedNode | ox.Literal)]


def assemble_tiny(directory: Path) -> TinyProject:
    """Make a project directory with settings and prefixes, one described table and no row."""
    (directory / "data").mkdir(parents=True)
    (directory / "ontology").mkdir()
    shutil.copy(ROOT / "annuaire.toml", directory)
    shutil.copy(ROOT / "ontology/prefixes.ttl", directory / "ontology")
    tiny = TinyProject(directory)
    tiny.describe(KEY, {"name": "nom", "titles": {"fr": "Nom affiché", "en": "Displayed name"}}, primaryKey="cle")
    tiny.write("cle,nom\n")
    return tiny
