"""A table may be delivered as a workbook or in Parquet instead of the CSV file that its description declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from xlsxwriter import Workbook

from publisher.csvw import load_mappings
from publisher.fingerprint import release_id

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.errors import Finding
    from tests.projects.tiny import TinyProject


def workbook(path: Path, *rows: tuple[Any, ...]) -> None:
    """Write a workbook of one sheet."""
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)


def parquet(path: Path, query: str) -> None:
    """Write what a query gives as Parquet."""
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def only(findings: list[Finding]) -> Finding:
    """Return the one finding there is."""
    assert len(findings) == 1, [finding.line() for finding in findings]
    return findings[0]


@pytest.mark.parametrize("name", ["table.xlsx", "TABLE.XLSX", "table.tsv", "table.parquet"])
def test_the_file_that_is_there_is_read(tiny_project: TinyProject, name: str) -> None:
    """The table declared as table.csv is read from the one file of this name, whatever its format."""
    data = tiny_project.directory / "data"
    (data / "table.csv").unlink()
    if name.endswith("parquet"):
        parquet(data / name, "SELECT 'a' AS cle, 'Été' AS nom")
    elif name.endswith("tsv"):
        (data / name).write_text("nom\tcle\nÉté\ta\n", encoding="utf-8")
    else:
        workbook(data / name, ("cle", "nom"), ("a", "Été"))
    rows, findings, _ = tiny_project.inspect()
    assert (rows["table"], findings) == ([(2, "a", "Été")], [])


def test_two_files_of_a_table_are_refused(tiny_project: TinyProject) -> None:
    """Nothing says which of two files is right: both are named, and the last release is not up to date."""
    before = release_id(tiny_project.project, load_mappings(tiny_project.project))
    workbook(tiny_project.directory / "data/table.xlsx", ("cle", "nom"), ("a", "un"))
    finding = only(tiny_project.findings())
    assert finding.rule == "plusieurs-fichiers"
    assert "table.csv, table.xlsx" in finding.texts["fr"]
    assert release_id(tiny_project.project, load_mappings(tiny_project.project)) != before


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("'005520135'", "005520135"),
        ("5520135", "5520135"),
        ("123456789012345678::BIGINT", "123456789012345678"),
        ("12.50::DECIMAL(10, 2)", "12.50"),
        ("1.0::DOUBLE", "1"),
        ("0.1::DOUBLE", "0.1"),
        ("0.1::FLOAT", "0.1"),
        ("1e15::DOUBLE", "1000000000000000"),
        ("552000000.0::DOUBLE", "552000000"),
        ("1e-7::DOUBLE", "0.0000001"),
        ("'nan'::DOUBLE", ""),
        ("DATE '2018-09-27'", "2018-09-27"),
        ("TIMESTAMP '2018-09-27'", "2018-09-27"),
        ("TIMESTAMP '2018-09-27 10:05:00'", "2018-09-27T10:05:00"),
        ("true", "true"),
        ("NULL", ""),
        ("'deux\nlignes \"dites\"'", 'deux\nlignes "dites"'),
    ],
)
def test_a_value_of_parquet_is_read_as_text(tiny_project: TinyProject, value: str, text: str) -> None:
    """Text is kept to the letter; numbers have neither exponent nor useless decimals, dates are ISO 8601."""
    parquet(tiny_project.directory / "data/table.csv", f"SELECT 'a' AS cle, {value} AS nom")
    assert [(row, key, name or "") for row, key, name in tiny_project.rows()] == [(2, "a", text)]


def test_rows_of_parquet_are_numbered_after_a_header(tiny_project: TinyProject) -> None:
    """The first record of a Parquet file is row 2, and wrong cells are told at their row."""
    query = "SELECT * FROM (VALUES ('a', 'un'), ('a', 'deux')) t(cle, nom)"
    parquet(tiny_project.directory / "data/table.csv", query)
    finding = only(tiny_project.findings())
    assert (finding.row, finding.column, finding.rule) == (3, "cle", "cle-double")


def test_a_column_of_lists_is_refused_by_name(tiny_project: TinyProject) -> None:
    """A column that holds lists or records is named, with its type."""
    parquet(tiny_project.directory / "data/table.csv", "SELECT 'a' AS cle, ['un', 'deux'] AS nom")
    finding = only(tiny_project.findings())
    assert (finding.row, finding.rule) == (1, "parquet-type")
    assert "VARCHAR[]" in finding.texts["fr"]


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"PAR1 cle,nom\na,un\n"])
def test_a_damaged_parquet_file_is_refused(tiny_project: TinyProject, content: bytes) -> None:
    """What begins as Parquet and is not is refused as such."""
    tiny_project.write(content)
    assert only(tiny_project.findings()).rule == "parquet-illisible"
