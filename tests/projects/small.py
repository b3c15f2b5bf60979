"""A complete project directory in small: real territories, plainly fictitious companies."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from publisher.assembly import write_graph
from publisher.csvw import SUFFIX, load_mappings
from publisher.errors import Finding, NotConformantError
from publisher.intake import check_tables, connect, link_tables, read_tables
from publisher.pipeline import check
from publisher.report import findings_of, has_violation, in_order
from tests.projects.directory import ProjectDirectory

ROOT = Path(__file__).parents[2]
_TABLES = Path(__file__).parent / "petit"
COMPANIES = "data/entreprises.csv"
PROJECTS = "data/projets.csv"
HELD = "999000037"


@dataclass(frozen=True, slots=True)
class SmallProject(ProjectDirectory):
    """A small project directory: its tables and descriptions can be changed cell by cell."""

    def path(self, name: str = COMPANIES) -> Path:
        """Return a file of the project."""
        return self.directory / name

    def rows(self, name: str = COMPANIES) -> list[dict[str, str]]:
        """Return the rows of a table."""
        with self.path(name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def write_rows(self, rows: list[dict[str, str]], name: str = COMPANIES) -> None:
        """Write a table anew."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.path(name).write_bytes(text.getvalue().encode())

    def set(self, column: str, value: str, *, row: int = 2, name: str = COMPANIES) -> None:
        """Change one cell; `row` is numbered as a spreadsheet does (the header is row 1)."""
        rows = self.rows(name)
        rows[row - 2][column] = value
        self.write_rows(rows, name)

    def describe(self, name: str = COMPANIES, **changes: Any) -> None:
        """Change keys of a table's CSVW description (None takes a key away)."""
        path = self.path(name.removesuffix(".csv") + SUFFIX)
        document = json.loads(path.read_text(encoding="utf-8"))
        for key, value in changes.items():
            document.pop(key, None) if value is None else document.update({key: value})
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    def schema(self, name: str = COMPANIES) -> dict[str, Any]:
        """Return the `tableSchema` of a table's description, to be changed and given back to `describe`."""
        path = self.path(name.removesuffix(".csv") + SUFFIX)
        schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["tableSchema"]
        return schema

    def change_column(self, column: str, name: str = COMPANIES, **changes: Any) -> None:
        """Change keys of one column of a description (None takes a key away)."""
        schema = self.schema(name)
        found = next(each for each in schema["columns"] if each["name"] == column)
        for key, value in changes.items():
            found.pop(key, None) if value is None else found.update({key: value})
        self.describe(name, tableSchema=schema)

    def add_column(self, column: dict[str, Any], name: str = COMPANIES) -> None:
        """Add a column to a description."""
        schema = self.schema(name)
        schema["columns"].append(column)
        self.describe(name, tableSchema=schema)

    def keep(self, *names: str) -> None:
        """Leave these tables and those that they lead to: what a test is not about costs it nothing."""
        mappings = {mapping.label: mapping for mapping in load_mappings(self.project)}
        pending, kept = list(names), set[str]()
        while pending:
            mapping = mappings.get(pending.pop())
            if mapping and mapping.label not in kept:
                kept.add(mapping.label)
                pending += [key.reference.resource for key in mapping.foreign_keys]
                pending += [table.resource for table in (*mapping.other_codes, *mapping.not_to_confuse)]
                pending += [mapping.withheld.resource] if mapping.withheld else []
        for label in mappings.keys() - kept:
            mappings[label].path.unlink()
            mappings[label].metadata.unlink()

    def skip_gate(self) -> None:
        """Leave no shape, so that the gates cost nothing to a test that is not about them."""
        for path in (*self.project.shape_files(), *self.project.catalog_shape_files()):
            path.unlink()

    def inspect(self) -> list[Finding]:
        """Return what reading, checking and linking find, without the gate."""
        return self.examine()[0]

    def check(self) -> list[Finding]:
        """Take the tables through the whole gate; return what was found, refused or not."""
        project = self.project
        with TemporaryDirectory(dir=self.directory) as workspace:
            try:
                conformant = check(project, load_mappings(project), Path(workspace), lambda _: None, None)
            except NotConformantError as refusal:
                return list(refusal.findings)
        return findings_of(conformant.report)

    def triples(self) -> list[str]:
        """Convert the tables, which must hold no violation; return the statements of the whole graph."""
        findings, statements = self.examine(convert=True)
        assert not has_violation(findings)
        return statements

    def examine(self, *, convert: bool = False) -> tuple[list[Finding], list[str]]:
        """Read, check, link and, if asked and nothing is wrong, convert; return findings and statements."""
        project = self.project
        with TemporaryDirectory(dir=self.directory) as place, connect(Path(place)) as connection:
            intake, read = read_tables(connection, project, load_mappings(project), Path(place))
            findings = in_order([*read, *check_tables(intake), *link_tables(intake, project)])
            if not convert or has_violation(findings):
                return findings, []
            write_graph(connection, project, intake.mappings, triples := Path(place) / "graphe.nt")
            return findings, triples.read_text(encoding="utf-8").split("\n")[:-1]


def assemble(directory: Path) -> SmallProject:
    """Make a project directory of the repository's descriptions, ontology and shapes, and of small tables.

    A table that has no small version gets a header only.
    """
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("examples"))
    shutil.copy(ROOT / "annuaire.toml", directory)
    for metadata in (ROOT / "data").rglob("*" + SUFFIX):
        place = metadata.relative_to(ROOT)
        (directory / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(metadata, directory / place)
        table = place.with_name(place.name.removesuffix("-metadata.json"))
        if (_TABLES / table).is_file():
            shutil.copy(_TABLES / table, directory / table)
        else:
            columns = json.loads(metadata.read_text(encoding="utf-8"))["tableSchema"]["columns"]
            names = [column["name"] for column in columns if not column.get("virtual")]
            (directory / table).write_text(",".join(names) + "\n", encoding="utf-8")
    return SmallProject(directory)
