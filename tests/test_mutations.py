"""Real tables, damaged as spreadsheets, exports and people do: read, or refused at a row and column."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting import parse
from tests.projects.tiny import TinyProject, assemble_tiny

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.errors import Finding
    from tests.projects.small import SmallProject

ROOT = Path(__file__).parents[1]
TABLES = ("entreprises", "projets", "marches", "conventions")
ROWS = 12
OF_THE_FILE = {
    "encodage", "encodage-windows", "sans-entete", "table-absente", "table-illisible", "plusieurs-fichiers",
    "classeur-illisible", "classeur-ancien", "parquet-illisible",
}  # fmt: skip
"""Rules that say something of a file as a whole: there is no row to name."""

ODD = [
    "\x00", "\x07", "\u202e", "\ufeff", "\ufffd", "\u200b", "\x85", "\u2028", "\r", "\r\n", "\n", '"', '""', "'", ";",
    ",", "|", "\t", "<b>", "&amp;", "Ã©", "👩\u200d🚒", "=1+1", "\\", "\\N", "NULL", "nan", "é\u0301", "{siren}", "%00",
    "a" * 40_000, "\U000e0001", "\u00a0",
]  # fmt: skip
VALUES = [
    "", " ", "0", "-1", "1,234", "1 234,56", "1e400", "9" * 60, "12/31/2024", "31/02/2024", "29/02/2024", "43370", "20",
    "2A", "69D", "01000", "1000", "75056", "5520135", "793 002 909", "5,52E+08", "000000000", "99999999999999", "oui",
    "#N/A", "#REF!", "Lyon", "Saint-Denis", "eclairage; iot", "absent", "http://", "javascript:alert(1)",
]  # fmt: skip


@dataclass
class Damaged:
    """A table under damage: its cells, and how they are to be written."""

    rows: list[list[str]]
    delimiter: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    quoting: int = csv.QUOTE_MINIMAL
    bytes_changed: list[tuple[float, bytes, bool]] = field(default_factory=list)

    def written(self) -> bytes:
        """Return the file."""
        text = io.StringIO(newline="")
        escape = {"quoting": csv.QUOTE_NONE, "escapechar": "\\"} if self.quoting == csv.QUOTE_NONE else {}
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline, **escape)  # type: ignore[arg-type]
        writer.writerows(self.rows)
        data = text.getvalue().encode(self.encoding, "replace")
        for place, patch, cut in self.bytes_changed:
            at = int(place * len(data))
            data = data[:at] + patch + (b"" if cut else data[at + len(patch) :])
        return data


def choose(draw: st.DrawFn, table: Damaged) -> tuple[int, int]:
    """Choose a cell, of the header too."""
    row = draw(st.integers(0, len(table.rows) - 1))
    return row, draw(st.integers(0, max(0, len(table.rows[row]) - 1)))


def put(draw: st.DrawFn, table: Damaged) -> None:
    """Write another value in a cell."""
    row, column = choose(draw, table)
    if table.rows[row]:
        table.rows[row][column] = draw(st.sampled_from([*VALUES, *ODD]) | st.text(max_size=6))


def insert(draw: st.DrawFn, table: Damaged) -> None:
    """Put an odd character in a cell."""
    row, column = choose(draw, table)
    if table.rows[row]:
        text = table.rows[row][column]
        at = draw(st.integers(0, len(text)))
        table.rows[row][column] = text[:at] + draw(st.sampled_from(ODD)) + text[at:]


def swap_columns(draw: st.DrawFn, table: Damaged) -> None:
    """Put the columns in another order."""
    order = draw(st.permutations(range(len(table.rows[0]))))
    table.rows = [[row[at] if at < len(row) else "" for at in order] for row in table.rows]


def drop_column(draw: st.DrawFn, table: Damaged) -> None:
    """Take a column away."""
    at = draw(st.integers(0, max(0, len(table.rows[0]) - 1)))
    table.rows = [row[:at] + row[at + 1 :] for row in table.rows]


def double_row(draw: st.DrawFn, table: Damaged) -> None:
    """Write a row twice."""
    table.rows.insert(draw(st.integers(0, len(table.rows) - 1)), list(draw(st.sampled_from(table.rows))))


def drop_row(draw: st.DrawFn, table: Damaged) -> None:
    """Take a row away: the header perhaps."""
    if len(table.rows) > 1:
        table.rows.pop(draw(st.integers(0, len(table.rows) - 1)))


def merge_cells(draw: st.DrawFn, table: Damaged) -> None:
    """Make one cell of two, as merged cells do when they are exported: the row is short, or its neighbour empty."""
    row, column = choose(draw, table)
    cells = table.rows[row]
    if column + 1 < len(cells):
        cells[column : column + 2] = [cells[column] + cells[column + 1], *([""] if draw(st.booleans()) else [])]


def title_row(draw: st.DrawFn, table: Damaged) -> None:
    """Write titles above the header, or an empty line."""
    table.rows.insert(0, draw(st.sampled_from([["Annuaire 2026"], [], ["", "", ""], ["sep=;"]])))


def write_otherwise(draw: st.DrawFn, table: Damaged) -> None:
    """Save with another delimiter, newline, encoding or quoting."""
    table.delimiter = draw(st.sampled_from(",;\t|"))
    table.newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    table.encoding = draw(
        st.sampled_from(["utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32", "cp850", "mac-roman", "latin-1"])
    )
    table.quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]))


def damage_bytes(draw: st.DrawFn, table: Damaged) -> None:
    """Write bytes over others, or cut the file there."""
    place = draw(st.floats(0, 1, exclude_max=True))
    patch = draw(
        st.sampled_from([b"", b'"', b"\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"PK\x03\x04"]) | st.binary(max_size=4)
    )
    table.bytes_changed.append((place, patch, draw(st.booleans())))


DAMAGES: list[Callable[[st.DrawFn, Damaged], None]] = [
    put, put, insert, insert, swap_columns, drop_column, double_row, drop_row, merge_cells, title_row, write_otherwise,
    damage_bytes,
]  # fmt: skip


def sample(path: Path) -> list[list[str]]:
    """Return the first rows of a real table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for row, _ in zip(csv.reader(stream), range(ROWS), strict=False)]


@st.composite
def damaged(draw: st.DrawFn, rows: dict[str, list[list[str]]]) -> tuple[str, bytes]:
    """Give a table's name, and its file after one to four damages."""
    name = draw(st.sampled_from(sorted(rows)))
    table = Damaged([list(row) for row in rows[name]])
    for damage in draw(st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=4)):
        damage(draw, table)
    return name, table.written()


def judge(findings: list[Finding]) -> None:
    """Assert that findings say where and what, each on one line, in both languages."""
    for finding in findings:
        assert finding.row is not None or finding.rule in OF_THE_FILE, finding
        assert finding.texts["fr"]
        assert finding.texts["en"]
        line = finding.line()
        assert line.startswith(finding.table)
        assert all(sign.isprintable() or sign in "\u00a0\u202f" for sign in line), line
        assert len(line) < 1_500


def alone(name: str, directory: Path) -> TinyProject:
    """Make a project of one real table, without the references that others would have to resolve."""
    tiny = assemble_tiny(directory)
    for path in (tiny.directory / "data").iterdir():
        path.unlink()
    metadata = ROOT / f"data/{name}.csv-metadata.json"
    document = json.loads(metadata.read_text(encoding="utf-8"))
    schema = document["tableSchema"]
    schema["foreignKeys"] = []
    schema["columns"] = [column for column in schema["columns"] if "." not in re.sub(r"https?:\S*/", "", _made(column))]
    (tiny.directory / "data" / metadata.name).write_text(
        json.dumps({key: value for key, value in document.items() if "#" not in key}), encoding="utf-8"
    )
    shutil.copy(ROOT / f"data/{name}.csv", tiny.directory / "data")
    return tiny


def _made(column: dict[str, str]) -> str:
    return column.get("valueUrl", "") if column.get("virtual") else ""


REAL = {name: sample(ROOT / f"data/{name}.csv") for name in TABLES}
FICTITIOUS = {"entreprises": sample(ROOT / "tests/projects/petit/data/entreprises.csv")}


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TinyProject]:
    """Give a project for each of the tables."""
    return {name: alone(name, tmp_path_factory.mktemp(name) / "projet") for name in TABLES}


def test_the_tables_are_right_before_they_are_damaged(projects: dict[str, TinyProject]) -> None:
    """Without damage each table is read, and publishes statements."""
    for name, project in projects.items():
        project.write(Damaged(REAL[name]).written(), name)
        rows, findings, statements = project.inspect()
        assert [finding.line() for finding in findings if finding.severity.value == "violation"] == []
        assert len(rows[name]) == ROWS - 1
        assert len(statements) > 5 * ROWS


@settings(max_examples=40)
@given(damaged(REAL))
def test_any_damage_is_read_or_told(projects: dict[str, TinyProject], table: tuple[str, bytes]) -> None:
    """Whatever befell a table, it gives statements that parse, or findings that name row, column and what to do."""
    name, content = table
    projects[name].write(content, name)
    rows, findings, statements = projects[name].inspect()
    judge(findings)
    if any(finding.severity.value == "violation" for finding in findings):
        assert statements == []
    else:
        assert bool(parse(statements)) == bool(rows[name])


@settings(max_examples=4)
@given(damaged(FICTITIOUS))
def test_any_damage_goes_through_the_gate_or_is_told(small_project: SmallProject, table: tuple[str, bytes]) -> None:
    """From the reader to the shapes, a damaged table is checked whole or refused with its findings."""
    name, content = table
    small_project.keep(f"data/{name}.csv")
    small_project.path(f"data/{name}.csv").write_bytes(content)
    judge(small_project.check())
