"""A complete project directory in small: real territories, plainly fictitious companies."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from endpoints.cli import main
from publisher.csvw import SUFFIX, load_mappings
from publisher.errors import Finding, NotConformantError
from publisher.intake import check_tables, connect, link_tables, read_tables
from publisher.pipeline import check
from publisher.project import Project, load_project
from publisher.report import findings_of, in_order

ROOT = Path(__file__).parents[2]
_TABLES = Path(__file__).parent / "petit"
COMPANIES = "data/entreprises.csv"
PROJECTS = "data/projets.csv"
HELD = "999000037"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the command line answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class SmallProject:
    """A project directory that a test may change; `var` is where its releases go."""

    directory: Path

    @property
    def var(self) -> Path:
        """The directory of releases."""
        return self.directory / "var"

    @property
    def project(self) -> Project:
        """The project as it is read now."""
        return load_project(self.directory)

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

    def skip_gate(self) -> None:
        """Leave only one shape, so that the gate costs nothing to a test that is not about it."""
        for path in self.project.shape_files():
            path.unlink()

    def inspect(self) -> list[Finding]:
        """Return what reading, checking and linking find, without the gate."""
        project = self.project
        mappings = load_mappings(project)
        with TemporaryDirectory(dir=self.directory) as place, connect(Path(place)) as connection:
            intake, findings = read_tables(connection, project, mappings, Path(place))
            return in_order([*findings, *check_tables(intake), *link_tables(intake)])

    def check(self) -> list[Finding]:
        """Take the tables through the whole gate; return what was found, refused or not."""
        project = self.project
        with TemporaryDirectory(dir=self.directory) as workspace:
            try:
                conformant = check(project, load_mappings(project), Path(workspace), lambda _: None)
            except NotConformantError as refusal:
                return list(refusal.findings)
        return findings_of(conformant.report)

    def triples(self) -> list[str]:
        """Convert the tables; return the statements of the whole graph."""
        project = self.project
        with TemporaryDirectory(dir=self.directory) as workspace:
            conformant = check(project, load_mappings(project), Path(workspace), lambda _: None)
            return conformant.triples.read_text(encoding="utf-8").split("\n")[:-1]

    def run(self, *arguments: str) -> Run:
        """Run the installed command in a process of its own, on this project."""
        command = [sys.executable, "-m", "endpoints.cli", *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, encoding="utf-8", check=False)
        return Run(done.returncode, done.stdout, done.stderr)

    def main(self, command: str, *arguments: str) -> int:
        """Run a command in this process; return its exit code."""
        places = {
            "check": ["--project", str(self.directory)],
            "publish": ["--project", str(self.directory), "--var", str(self.var)],
            "releases": ["--var", str(self.var)],
        }
        return main([command, *places[command], *arguments])


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
