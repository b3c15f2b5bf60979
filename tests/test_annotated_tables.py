"""`annuaire check --annotate DIR` gives the tables back with their findings; they come back as tables."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from endpoints.cli import main
from publisher.annotated_tables import write_annotated
from publisher.csvw import load_mappings
from publisher.table import FINDINGS, PROPOSED
from tests.projects.tiny import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects.small import SmallProject
    from tests.projects.tiny import TinyProject


def annotate(tiny: TinyProject, directory: Path) -> list[str]:
    """Write the annotated tables; return their names."""
    _, findings, _ = tiny.inspect()
    written = write_annotated(load_mappings(tiny.project), findings, directory, "fr")
    return [path.relative_to(directory).as_posix() for path in written]


def cells(path: Path, delimiter: str = ",") -> list[list[str]]:
    """Return the cells of a CSV file."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=delimiter))


def test_the_command_writes_tables_that_have_findings(
    small_project: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refused table comes back with what is wrong on its row; exit code 1 and the findings stay."""
    small_project.keep("data/entreprises.csv")
    small_project.set("siren", "999000004")
    target = tmp_path / "constats"
    assert main(["check", "--project", str(small_project.directory), "--annotate", str(target)]) == 1
    said = capsys.readouterr()
    assert "entreprises.constats.csv" in said.out
    assert "clé SIREN invalide" in said.out
    header, row, *_ = cells(target / "entreprises.constats.csv")
    assert header[-1].startswith(FINDINGS["fr"])
    assert row[0] == "999000004"
    assert row[-1].startswith("siren, erreur : clé SIREN invalide")


def test_an_annotated_table_comes_back(tiny_project: TinyProject, tmp_path: Path) -> None:
    """Put back under the table's name, an annotated file reads as the table did, and its findings are said once."""
    tiny_project.write('cle;nom\na;" un"\nb;"deux\nlignes"\n')
    before, found, _ = tiny_project.inspect()
    assert annotate(tiny_project, tmp_path) == ["table.constats.csv"]
    for _ in range(2):
        shutil.copy(tmp_path / "table.constats.csv", tiny_project.directory / "data/table.csv")
        rows, again, _ = tiny_project.inspect()
        assert (rows, again) == (before, found)
        annotate(tiny_project, tmp_path)
    assert len(cells(tmp_path / "table.constats.csv", ";")[0]) == 3


@pytest.mark.parametrize("length", [10, 40_000])
def test_what_came_as_no_text_comes_back_as_a_workbook(tiny_project: TinyProject, tmp_path: Path, length: int) -> None:
    """A table in Parquet comes back as XLSX, every cell as text; as CSV if a cell is too long for a sheet."""
    path = tiny_project.directory / "data/table.csv"
    duckdb.execute(
        f"COPY (SELECT '005520135' AS cle, ' ' || repeat('a', {length}) AS nom) TO '{path}' (FORMAT parquet)"
    )
    (name,) = annotate(tiny_project, tmp_path)
    if length > 32_767:
        assert len(cells(tmp_path / name)[1][1]) == length + 1
    else:
        rows = CalamineWorkbook.from_path(tmp_path / name).get_sheet_by_index(0).to_python()
        assert rows[1][:2] == ["005520135", " " + "a" * length]


def test_what_is_proposed_is_a_column_to_copy(tiny_project: TinyProject, tmp_path: Path) -> None:
    """A column with a lost zero stands there once more, corrected; copied over the first, it is read."""
    code = {"name": "code", "titles": {"fr": "Code postal"}, "datatype": {"base": "string", "format": "[0-9]{5}"}}
    tiny_project.describe(KEY, code, primaryKey="cle")
    tiny_project.write("cle;Code postal\na;1000\nb;69001\nc;\nd;x\n")
    for _ in range(2):
        assert annotate(tiny_project, tmp_path) == ["table.constats.csv"]
        shutil.copy(tmp_path / "table.constats.csv", tiny_project.directory / "data/table.csv")
    rows = cells(tmp_path / "table.constats.csv", ";")
    assert rows[0] == ["cle", "Code postal", f"{PROPOSED['fr']} : Code postal", FINDINGS["fr"]]
    assert [row[2] for row in rows[1:]] == ["01000", "69001", "", "x"]
    assert rows[1][-1].startswith("Code postal, erreur : ")
    tiny_project.write("".join(f"{key};{proposed}\n" for key, _, proposed, _ in [["cle", "", "code", ""], *rows[1:]]))
    assert [(found.row, found.value) for found in tiny_project.findings()] == [(5, "x")]


def test_nothing_is_left_of_an_earlier_run(tiny_project: TinyProject) -> None:
    """A table that has no findings any more has no annotated file; the table itself is never written."""
    tiny_project.write("cle,nom\na, un\n")
    data = tiny_project.directory / "data"
    assert annotate(tiny_project, data) == ["table.constats.csv"]
    assert (data / "table.csv").read_bytes() == b"cle,nom\na, un\n"
    tiny_project.write("cle,nom\na,un\n")
    assert annotate(tiny_project, data) == []
    assert not (data / "table.constats.csv").exists()


def test_what_cannot_be_read_is_not_given_back(tiny_project: TinyProject, tmp_path: Path) -> None:
    """A file that is no table has no annotated copy, and says so by its finding alone."""
    tiny_project.write(b"PK\x03\x04reste")
    assert annotate(tiny_project, tmp_path) == []
