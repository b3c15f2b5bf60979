"""A table is read whatever spreadsheet saved it, and refused by name when it cannot be."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.projects.tiny import KEY, TinyProject

if TYPE_CHECKING:
    from publisher.errors import Finding

ACCENTS = "cle,nom\na,Été à Échirolles – « l’Isère »\n"
EXPECTED = [(2, "a", "Été à Échirolles – « l’Isère »")]


def only(findings: list[Finding]) -> Finding:
    """Return the one finding there is."""
    assert len(findings) == 1, [finding.line() for finding in findings]
    return findings[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_read_with_or_without_a_mark(tiny_project: TinyProject, encoding: str) -> None:
    """UTF-8 is read, with a byte order mark or without, and nothing is said about it."""
    tiny_project.write(ACCENTS.encode(encoding))
    rows, findings, _ = tiny_project.inspect()
    assert rows["table"] == EXPECTED
    assert findings == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_utf16_is_read_when_it_is_certain(tiny_project: TinyProject, encoding: str, delimiter: str) -> None:
    """UTF-16 is read with a byte order mark, and without one where a known column shows in the header."""
    tiny_project.write(ACCENTS.replace(",", delimiter).encode(encoding))
    rows, findings, _ = tiny_project.inspect()
    assert rows["table"] == EXPECTED
    assert findings == []


def test_a_null_in_a_cell_is_located(tiny_project: TinyProject) -> None:
    """A null character amid a text is refused at its row and column, as any control character."""
    tiny_project.write(b"cle,nom\na,un\nb,d\x00eux\n")
    finding = only(tiny_project.findings())
    assert (finding.row, finding.column, finding.rule) == (3, "nom", "caractere-interdit")


def test_windows_1252_is_read_with_a_warning(tiny_project: TinyProject) -> None:
    """Windows-1252 is read right, and the steward is told to prefer UTF-8."""
    tiny_project.write(ACCENTS.encode("cp1252"))
    rows, findings, _ = tiny_project.inspect()
    assert rows["table"] == EXPECTED
    assert (only(findings).rule, only(findings).severity.value) == ("encodage-windows", "warning")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (ACCENTS.encode("utf-16") + b"\x00", "UTF-16 abîmé"),
        (ACCENTS.encode("utf-16-le") + b"\x00", "UTF-16 ou binaire"),
        (ACCENTS.replace("cle,nom", "x,y").encode("utf-16-le"), "UTF-16 ou binaire"),
        (ACCENTS.encode("utf-32"), "UTF-32"),
        (b"cle,n\x00om\na,b\n", "UTF-16 ou binaire"),
        ("cle,nom\na,énergie\n".encode("cp850"), "MS-DOS ou Mac ancien"),
        ("cle,nom\na,théâtre\n".encode("mac-roman"), "MS-DOS ou Mac ancien"),
        (ACCENTS.encode() + b"b,\xff\n", "UTF-8 abîmé"),
        ("cle,nom\na,É\n".encode() + b"b,\xe9\n", "UTF-8 abîmé"),
        (b"\xef\xbb\xbfcle,nom\na,\xe9\n", "UTF-8 abîmé"),
        (b"cle,nom\na,\xed\xa0\xbd\xed\xb8\x80\n", "UTF-8 abîmé"),
        ("cle,nom\na,👩\n".encode() + b"b,\xe9\n", "UTF-8 abîmé"),
        (b"cle,nom\na,\x81\n", "inconnu"),
    ],
)
def test_other_encodings_are_refused_by_name(tiny_project: TinyProject, content: bytes, name: str) -> None:
    """An encoding that is not read is refused, and named when it can be told."""
    assert_refused(tiny_project, content, "encodage", name)


def assert_refused(tiny_project: TinyProject, content: bytes, rule: str, name: str) -> None:
    """Refuse a file by a rule that names what it is, and says what to save it as."""
    tiny_project.write(content)
    finding = only(tiny_project.findings())
    assert finding.rule == rule
    assert name in finding.texts["fr"]
    assert "UTF-8" in finding.texts["en"]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b'cle,nom\r\n"a\r\nb",un\r\nc,\xe9t\xc3\xa9\r\n', 3),
        (b"\xef\xbb\xbfcle,nom\na,un\nb,\xff\n", 3),
        (b"cle,nom\na,\xe9\nb,\x81\n", 3),
        ("cle,nom\na,énergie\n".encode("cp850"), 2),
        (b"cle,nom\n" + b"a" * 5_000 + b",\xe9\0\n", 2),
    ],
)
def test_a_wrong_encoding_is_located(tiny_project: TinyProject, content: bytes, row: int) -> None:
    """The first row with bytes that are in no encoding, or in another one, is told."""
    tiny_project.write(content)
    finding = only(tiny_project.findings())
    assert (finding.rule, finding.row) == ("encodage", row)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\n<!DOCTYPE html><table><tr><td>cle</td></tr></table>", "page web"),
        (b"\xef\xbb\xbf<HTML><table>", "page web"),
        (b"<?xml version='1.0'?><Workbook/>", "document XML"),
        (b"%PDF-1.7\n", "document PDF"),
        (b'[{"cle": "a"}]', "document JSON"),
        (b"\x1f\x8b\x08\x00\x00", "archive"),
    ],
)
def test_other_kinds_of_files_are_refused_by_name(tiny_project: TinyProject, content: bytes, kind: str) -> None:
    """A web page, given by many a site for a workbook, is told as what it is, not as a table without columns."""
    assert_refused(tiny_project, content, "autre-format", kind)


@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "directory"])
def test_what_is_no_file_is_refused(tiny_project: TinyProject, kind: str) -> None:
    """A pipe is not waited for, nor a device read without end; links in a loop and directories are told alike."""
    path = tiny_project.directory / "data/table.csv"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path.name)
    finding = only(tiny_project.findings())
    assert finding.rule == "table-illisible"
    assert finding.texts["fr"] != finding.texts["en"]


@pytest.mark.parametrize("first", ["sep=;\n", "\ufeffSEP=;\r\n", '"sep=;";\n'])
def test_the_line_that_tells_excel_the_delimiter_is_no_row(tiny_project: TinyProject, first: str) -> None:
    """Excel does not show `sep=;`: the line after it is row 1, as its reader sees it."""
    tiny_project.write(f"{first}cle;nom\na;un\n")
    assert tiny_project.rows() == [(2, "a", "un")]


def test_a_workbook_is_refused_as_such(tiny_project: TinyProject) -> None:
    """A spreadsheet workbook saved under the name of a CSV file is recognised."""
    tiny_project.write(b"PK\x03\x04rest")
    assert "XLSX" in only(tiny_project.findings()).texts["fr"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(tiny_project: TinyProject, delimiter: str) -> None:
    """Comma, semicolon, tab and bar are told apart by the header, whatever the cells hold."""
    tiny_project.write(f'cle{delimiter}nom\na{delimiter}"un, deux; trois | quatre"\n')
    assert tiny_project.rows() == [(2, "a", "un, deux; trois | quatre")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(tiny_project: TinyProject, newline: str) -> None:
    """Lines end with LF, CR LF or CR alone; the last one may have no ending at all."""
    tiny_project.write(newline.join(["cle,nom", "a,un", "b,deux"]))
    assert tiny_project.rows() == [(2, "a", "un"), (3, "b", "deux")]


def test_blank_lines_keep_the_numbers_of_the_spreadsheet(tiny_project: TinyProject) -> None:
    """An empty row, with or without delimiters or spaces, is passed over but counted."""
    tiny_project.write("cle,nom\n\na,un\n,\n , \nb,deux\n")
    assert tiny_project.rows() == [(3, "a", "un"), (6, "b", "deux")]


def test_a_newline_in_a_cell_counts_one_row(tiny_project: TinyProject) -> None:
    """A cell of several lines is one row of the spreadsheet, and its line endings become LF."""
    tiny_project.write('cle,nom\r\na,"un\r\ndeux\rtrois"\r\nb,quatre\r\n')
    assert tiny_project.rows() == [(2, "a", "un\ndeux\ntrois"), (3, "b", "quatre")]


@pytest.mark.parametrize(
    "header",
    ["nom,cle", "Nom affiché,cle", "displayed name,CLE", '"NOM",cle', "NOM-AFFICHE *,Clé :", '"Nom\n(affiché)",c_l_e'],
)
def test_columns_are_mapped_by_name(tiny_project: TinyProject, header: str) -> None:
    """Columns may be swapped, and named by their titles; neither position, case, accents nor punctuation matters."""
    tiny_project.write(f"{header}\nun,a\n")
    assert tiny_project.rows() == [(2, "a", "un")]


@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff", "\xa0", " "])
def test_invisible_marks_around_a_column_name_do_no_harm(tiny_project: TinyProject, mark: str) -> None:
    """A second byte order mark, or spaces, around a column name are not part of it."""
    tiny_project.write(f"{mark}cle,nom{mark}\na,un\n")
    assert tiny_project.rows() == [(2, "a", "un")]


def test_empty_columns_on_the_right_are_passed_over(tiny_project: TinyProject) -> None:
    """Nameless columns on the right are no error as long as they hold nothing."""
    tiny_project.write("cle,nom,,\na,un,,\nb,deux\nc,trois,,x\n")
    rows, findings, _ = tiny_project.inspect()
    assert rows["table"] == [(2, "a", "un"), (3, "b", "deux")]
    assert (only(findings).row, only(findings).rule) == (4, "nombre-de-cellules")


def test_ragged_rows_are_named(tiny_project: TinyProject) -> None:
    """A row with a cell too many or too few is named by its number; the others are read."""
    tiny_project.write("cle,nom\na\nb,deux\nc,trois,3\n")
    rows, findings, _ = tiny_project.inspect()
    assert rows["table"] == [(3, "b", "deux")]
    assert [(f.row, f.rule) for f in findings] == [(2, "nombre-de-cellules"), (4, "nombre-de-cellules")]
    assert findings[0].texts["fr"].startswith("1 cellule(s) au lieu de 2")


@pytest.mark.parametrize(
    ("content", "row", "rule"),
    [
        ('cle,nom\na,"un\nb,deux\n', 2, "guillemets"),
        ('cle,nom\na,un\nb,"deux" trois\n', 3, "guillemets"),
        ('cle,nom\na,un\nb,"' + "x" * 1_000_001 + '"\n', 3, "cellule-sans-fin"),
        ('"' + "x" * 1_000_001 + '",nom\n', 1, "cellule-sans-fin"),
    ],
)
def test_quotes_badly_closed_are_located(tiny_project: TinyProject, content: str, row: int, rule: str) -> None:
    """A quote never closed, or closed before the cell ends, is found at its row, not at the end of the file."""
    tiny_project.write(content)
    finding = only(tiny_project.findings())
    assert (finding.row, finding.rule) == (row, rule)


def test_a_cell_of_almost_a_million_characters_is_read(tiny_project: TinyProject) -> None:
    """A very long cell is read whole."""
    tiny_project.write("cle,nom\na," + "é" * 999_999 + "\n")
    assert [len(row[2]) for row in tiny_project.rows()] == [999_999]


def test_a_missing_column_is_named(tiny_project: TinyProject) -> None:
    """A column that may not be empty, or that makes the key, is named at the header's row when the file lacks it."""
    tiny_project.describe({"name": "cle"}, {"name": "nom", "required": True}, primaryKey="cle")
    tiny_project.write("autre\na\n")
    missing = [f for f in tiny_project.findings() if f.rule == "colonne-absente"]
    assert [(f.row, f.column, f.severity.value) for f in missing] == [(1, "cle", "violation"), (1, "nom", "violation")]


def test_an_optional_column_may_be_missing(tiny_project: TinyProject) -> None:
    """A column that may be empty may be missing: a warning says that it is read as empty."""
    tiny_project.write("cle\na\n")
    rows, findings, _ = tiny_project.inspect()
    assert rows["table"] == [(2, "a", None)]
    assert (only(findings).column, only(findings).rule) == ("nom", "colonne-facultative")
    assert only(findings).severity.value == "warning"


def test_a_missing_column_has_its_default(tiny_project: TinyProject) -> None:
    """The default of a column that is missing is published at each row."""
    tiny_project.describe(KEY, {"name": "nom", "default": "sans nom"}, primaryKey="cle")
    tiny_project.write("cle\na\n")
    assert [each.value for each in tiny_project.objects("dct:description")] == ["sans nom"]


def test_an_unknown_column_is_named_with_the_nearest(tiny_project: TinyProject) -> None:
    """A column that no description knows is named, with the nearest known one and the file to change."""
    tiny_project.write("cle,nom,nmo\na,un,x\n")
    finding = only(tiny_project.findings())
    assert (finding.column, finding.rule) == ("nmo", "colonne-inconnue")
    assert "« nom »" in finding.texts["fr"]
    assert "data/table.csv-metadata.json" in finding.texts["en"]


def test_a_column_twice_is_named(tiny_project: TinyProject) -> None:
    """A column present twice, under its name and a title, is named."""
    tiny_project.write("cle,nom,Nom affiché\na,un,deux\n")
    assert (only(tiny_project.findings()).column, only(tiny_project.findings()).rule) == (
        "Nom affiché",
        "colonne-double",
    )


def test_a_column_name_with_quotes_stays_on_one_line(tiny_project: TinyProject) -> None:
    """A hostile column name is shown escaped, on one line, and shortened."""
    tiny_project.write('cle,nom,"a ""b""\n\x1b[31m' + "c" * 10_000 + '"\n')
    line = only(tiny_project.findings()).line()
    assert line.startswith('data/table.csv:1: a "b"\\n\\u{1b}[31mccc')
    assert "\n" not in line
    assert len(line) < 500


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("Titre de la table;\n;\ncle;nom\na;un\n", 3),
        ("\n\ncle,nom\na,un\n", 3),
        ("a,un\ncle,nom\n", 2),
    ],
)
def test_a_header_below_a_title_is_shown(tiny_project: TinyProject, content: str, header: int) -> None:
    """Where rows stand above the header, one finding says at which row it is; nothing is read as data."""
    tiny_project.write(content)
    found = only(tiny_project.findings())
    assert (found.rule, found.row) == ("entete-plus-bas", 1)
    assert f"la ligne {header} " in found.texts["fr"]
    assert f"row {header}:" in found.texts["en"]


def test_a_column_without_a_name_may_be_empty(tiny_project: TinyProject) -> None:
    """An unnamed column is passed over while it is empty; its first value is told with the column's letter."""
    tiny_project.write("cle,,nom\na,,un\nb, ,deux\n")
    assert tiny_project.rows() == [(2, "a", "un"), (3, "b", "deux")]
    tiny_project.write("cle,,nom\na,,un\nb,perdu,deux\nc,aussi,trois\n")
    found = only(tiny_project.findings())
    assert (found.rule, found.row) == ("colonne-sans-nom", 3)
    assert "colonne B " in found.texts["fr"]


@pytest.mark.parametrize("content", ["", "\n", "\n\nrien\n", ",,\n", "\ufeff"])
def test_a_file_without_a_header_is_refused(tiny_project: TinyProject, content: str) -> None:
    """An empty file, or an empty first line, has no header: said once."""
    tiny_project.write(content)
    assert only(tiny_project.findings()).rule == "sans-entete"


@pytest.mark.parametrize("content", ["cle,nom", "cle,nom\n", '"cle","nom"\r\n'])
def test_a_header_alone_is_an_empty_table(tiny_project: TinyProject, content: str) -> None:
    """A table may hold no row yet."""
    tiny_project.write(content)
    rows, findings, _ = tiny_project.inspect()
    assert (rows["table"], findings) == ([], [])


def test_a_missing_file_is_said(tiny_project: TinyProject) -> None:
    """A described table that is not there is a finding, not a crash."""
    (tiny_project.directory / "data/table.csv").unlink()
    assert only(tiny_project.findings()).rule == "table-absente"


def test_what_is_not_a_file_is_said(tiny_project: TinyProject) -> None:
    """A directory in the place of a table cannot be read: said, with the reason."""
    path = tiny_project.directory / "data/table.csv"
    path.unlink()
    path.mkdir()
    finding = only(tiny_project.findings())
    assert finding.rule == "table-illisible"
    assert "c'est un dossier" in finding.texts["fr"]
    assert "directory" in finding.texts["en"]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n"]),
    swapped=st.permutations([0, 1, 2]),
)
def test_any_csv_is_read_as_it_was_written(
    tiny_project: TinyProject, rows: list[list[str]], delimiter: str, newline: str, swapped: list[int]
) -> None:
    """Whatever the cells, the delimiter, the line ending and the order of columns, every cell comes back."""
    names = ["cle", "nom", "reste"]
    tiny_project.describe(KEY, {"name": "nom"}, {"name": "reste"})
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow([names[place] for place in swapped])
    writer.writerows([row[place] for place in swapped] for row in rows)
    tiny_project.write(text.getvalue())
    expected = [(n, *row) for n, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)]
    assert [(n, *(cell or "" for cell in cells)) for n, *cells in tiny_project.rows()] == expected
