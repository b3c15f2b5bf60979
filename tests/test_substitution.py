"""A table tried in the place of the project's own has the findings that checking the whole project has on it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from publisher.backdrop import prepare_backdrop
from publisher.csvw import load_mappings
from publisher.substitution import Trial, try_table
from tests.projects.small import COMPANIES, HELD, PROJECTS, SmallProject, assemble

if TYPE_CHECKING:
    from publisher.errors import Finding

Told = tuple[object, ...]
AMBIGUOUS = "data/siren_ambigus.csv"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """Give a project whose tables stay as they are, or are put back."""
    return assemble(tmp_path_factory.mktemp("essais") / "petit")


@pytest.fixture(scope="module")
def backdrop(small: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what trials need of that project."""
    return prepare_backdrop(small.project, load_mappings(small.project), tmp_path_factory.mktemp("fond"))


def tried(small: SmallProject, backdrop: Path, name: str, content: bytes) -> Trial:
    """Try a table's content."""
    mappings = load_mappings(small.project)
    mapping = next(each for each in mappings if each.label == name)
    with TemporaryDirectory() as workspace:
        path = Path(workspace) / "table"
        path.write_bytes(content)
        return try_table(small.project, mappings, replace(mapping, path=path), backdrop, Path(workspace))


def checked(small: SmallProject, name: str, content: bytes) -> list[Finding]:
    """Check the whole project with this content for a table, which is put back."""
    before = small.path(name).read_bytes()
    small.path(name).write_bytes(content)
    try:
        return small.check()
    finally:
        small.path(name).write_bytes(before)


def told(findings: list[Finding] | tuple[Finding, ...], name: str) -> list[Told]:
    """Return what findings on a table say."""
    return [(f.row, f.column, f.value, f.severity, f.rule, f.texts) for f in findings if f.table == name]


def changed(small: SmallProject, name: str, *cells: tuple[int, str, str]) -> bytes:
    """Return a table with cells changed: row, column, value; a row beyond the last one is a copy of the last."""
    rows = small.rows(name)
    for row, column, value in cells:
        if row - 2 == len(rows):
            rows.append(dict(rows[-1]))
        rows[row - 2][column] = value
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


WRONG = (
    (2, "siren", "999000018"),
    (2, "departement", "69D"),
    (3, "commune", "69O29"),
    (3, "domaines", "velo||veol"),
    (4, "nom", ""),
    (4, "offre_fr", "<b>gras</b>"),
    (5, "siren", "999000029"),
    (5, "nom", "deux  espaces"),
)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        (COMPANIES, WRONG),
        (COMPANIES, ((2, "departement", ""), (2, "commune", ""), (3, "siren", HELD), (4, "annees", ""))),
        (PROJECTS, ((2, "siren", HELD), (3, "thematique", "industrie 4.3"), (4, "montant", "1"), (5, "aide", "2"))),
        (AMBIGUOUS, ((2, "siren", "999000058"),)),
    ],
)
def test_findings_are_those_of_the_whole_check(
    small: SmallProject, backdrop: Path, name: str, cells: tuple[tuple[int, str, str], ...]
) -> None:
    """Cells, keys, references, rows held back and shapes: a trial finds on a table what the whole check finds there."""
    content = changed(small, name, *cells)
    trial = tried(small, backdrop, name, content)
    assert told(trial.findings, name) == told(checked(small, name, content), name)


@pytest.mark.parametrize("content", [b"siren,nom\n999000017,x\n", b'siren,"nom\n', "siren\n".encode("utf-16")])
def test_a_table_that_cannot_be_read_has_the_same_finding(small: SmallProject, backdrop: Path, content: bytes) -> None:
    """What stops the reading of a table is told in the same words, and nothing else is looked at."""
    trial = tried(small, backdrop, COMPANIES, content)
    assert trial.gate is None
    assert told(trial.findings, COMPANIES) == told(checked(small, COMPANIES, content), COMPANIES)


def test_errors_caused_elsewhere_are_told_apart(small: SmallProject, backdrop: Path) -> None:
    """A company taken away leaves projects without theirs: told as errors of the other table, not of this one."""
    rows = small.path(COMPANIES).read_text(encoding="utf-8").split("\n")
    trial = tried(small, backdrop, COMPANIES, "\n".join([rows[0], *rows[2:]]).encode())
    assert not [f for f in trial.findings if f.severity.value == "violation"]
    assert {(f.table, f.column, f.rule) for f in trial.elsewhere} >= {(PROJECTS, "siren", "reference-inconnue")}
    assert trial.gate is not None


def test_the_backdrop_follows_the_project(small_project: SmallProject, tmp_path: Path) -> None:
    """What is kept of the other tables is made anew when one of them changes, and the old is dropped."""
    small_project.skip_gate()
    mappings = load_mappings(small_project.project)
    first = prepare_backdrop(small_project.project, mappings, tmp_path)
    assert prepare_backdrop(small_project.project, mappings, tmp_path) == first
    small_project.set("nom", "Autre nom fictif")
    second = prepare_backdrop(small_project.project, mappings, tmp_path)
    assert [path for path in tmp_path.iterdir() if path.suffix == ".duckdb"] == [second]
    assert second != first


def test_a_table_is_tried_beside_its_other_sources(small_project: SmallProject, tmp_path: Path) -> None:
    """The table tried takes the place of its own file alone: what others give stays, findings are at its rows."""
    small_project.keep(COMPANIES, PROJECTS)
    (small_project.directory / "sources").mkdir()
    source = small_project.directory / "sources/region.csv"
    source.write_text("siren,nom,domaines\n999000011,Nom fictif prioritaire,velo\n", encoding="utf-8")
    with (small_project.directory / "annuaire.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[[sources]]\nnom = "region"\ntable = "entreprises"\nfichier = "sources/region.csv"\n')
        settings.write("priorite = 1\ndate = 2026-03-01\n")
    mappings = load_mappings(small_project.project)
    mapping = next(each for each in mappings if each.label == COMPANIES)
    rows = small_project.rows()
    rows[0]["commune"] = "99999"
    small_project.write_rows([row for row in rows if row["siren"] != "999000011"])
    tried = small_project.path().replace(tmp_path / "entreprises.csv")
    small_project.write_rows(rows)
    backdrop = prepare_backdrop(small_project.project, mappings, tmp_path)
    trial = try_table(small_project.project, mappings, replace(mapping, path=tried), backdrop, tmp_path)
    told = {(each.table, each.row, each.column): each.value for each in trial.findings}
    assert told[COMPANIES, 2, "commune"] == "99999"
    assert [each.line() for each in trial.elsewhere if each.table == PROJECTS] == []
    assert any(each.table == "sources/region.csv" and each.column == "offre_fr" for each in trial.elsewhere)
