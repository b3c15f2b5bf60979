"""A workbook is read as the table that its author sees, and one that would not fit in memory is refused."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from xlsxwriter import Workbook

from tests.projects.tiny import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.errors import Finding
    from tests.projects.tiny import TinyProject

HEADER = ("cle", "nom")


def write(path: Path, *sheets: tuple[str, list[tuple[Any, ...]]], **formats: str) -> None:
    """Write a workbook; `formats` are number formats by the name of a Python type."""
    with Workbook(path) as workbook:
        made = {kind: workbook.add_format({"num_format": form}) for kind, form in formats.items()}
        for name, rows in sheets:
            sheet = workbook.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    sheet.write(row, column, cell, made.get(type(cell).__name__))


def only(findings: list[Finding]) -> Finding:
    """Return the one finding there is."""
    assert len(findings) == 1, [finding.line() for finding in findings]
    return findings[0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("005520135", "005520135"),
        ("2A", "2A"),
        ("01", "01"),
        (2018, "2018"),
        (1500000.5, "1500000.5"),
        (0.1 + 0.2, "0.3"),
        (1e15, "1000000000000000"),
        (0.00001, "0.00001"),
        (True, "true"),
        (dt.date(2018, 9, 27), "27/09/2018"),
        (dt.datetime(2018, 9, 27, 10, 5), "27/09/2018 10:05:00"),  # noqa: DTZ001 — spreadsheets know no zone
        ("=1+1", "0"),
        ("deux\nlignes", "deux\nlignes"),
    ],
)
def test_a_cell_is_read_as_text(tiny_project: TinyProject, cell: object, text: str) -> None:
    """Leading zeros survive in text cells; whole numbers have no decimals, dates are written as people do."""
    path = tiny_project.directory / "data/table.csv"
    write(path, ("Feuille", [HEADER, ("a", cell)]), date="dd/mm/yyyy", datetime="dd/mm/yyyy hh:mm")
    assert tiny_project.rows() == [(2, "a", text)]


def test_rows_are_numbered_as_the_spreadsheet_does(tiny_project: TinyProject) -> None:
    """An empty row is passed over but counted; a header below the first row is told."""
    path = tiny_project.directory / "data/table.csv"
    write(path, ("Feuille", [HEADER, (), ("a", "un"), ("", " "), ("b", "deux")]))
    assert tiny_project.rows() == [(3, "a", "un"), (5, "b", "deux")]
    write(path, ("Feuille", [(), HEADER, ("a", "un")]))
    assert only(tiny_project.findings()).rule == "entete-plus-bas"


def test_the_sheet_named_as_the_table_is_read(tiny_project: TinyProject) -> None:
    """Of several sheets the one that has the table's name is read, in any case, else the first that has its columns."""
    path = tiny_project.directory / "data/table.csv"
    write(path, ("Notes", [("rien",)]), ("Table", [HEADER, ("a", "un")]))
    assert tiny_project.rows() == [(2, "a", "un")]
    write(path, ("Une", [HEADER, ("a", "un")]), ("Deux", [HEADER, ("b", "deux")]))
    assert tiny_project.rows() == [(2, "a", "un")]
    write(path, ("Notice", [("Comment remplir",), ("cle",)]), ("Saisie", [HEADER, ("a", "un")]))
    assert tiny_project.rows() == [(2, "a", "un")]


def test_an_open_document_is_read_too(tiny_project: TinyProject) -> None:
    """A sheet of an ODS workbook is read like any other."""
    cells = "".join(
        f"<table:table-row>{''.join(_ods(cell) for cell in row)}</table:table-row>"
        for row in (HEADER, ("005520135", "Été"), ("b", "deux"))
    )
    _archive(
        tiny_project.directory / "data/table.csv",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": _open_document(cells),
            "META-INF/manifest.xml": _MANIFEST,
        },
    )
    assert tiny_project.rows() == [(2, "005520135", "Été"), (3, "b", "deux")]


def test_a_formula_that_failed_is_refused(tiny_project: TinyProject) -> None:
    """An error (`#N/A`) is told at its cell, in the sheet that is read only: as an empty cell it would be lost."""
    path = tiny_project.directory / "data/table.csv"
    with Workbook(path) as workbook:
        notes, table = workbook.add_worksheet("Notes"), workbook.add_worksheet("Table")
        notes.write_formula("B2", "=NA()", None, "#N/A")
        for row, cells in enumerate([HEADER, ("a", "un"), ("b", "deux")]):
            table.write_row(row, 0, cells)
    assert tiny_project.rows() == [(2, "a", "un"), (3, "b", "deux")]
    with Workbook(path) as workbook:
        table = workbook.add_worksheet("Table")
        table.write_row(0, 0, HEADER)
        table.write_row(1, 0, ("a", "un"))
        table.write(2, 0, "b")
        table.write_formula("B3", "=1/0", None, "#DIV/0!")
    found = only(tiny_project.findings())
    assert (found.rule, found.row, found.column, found.value) == ("erreur-tableur", 3, "nom", "#DIV/0!")


def test_a_formula_that_failed_in_an_open_document_is_refused(tiny_project: TinyProject) -> None:
    """LibreOffice writes an error beside an empty value; repeated rows and cells before it count."""
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    failed = (
        '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        "<text:p>#VALEUR !</text:p></table:table-cell>"
    )
    header = f"<table:table-row>{''.join(map(_ods, HEADER))}</table:table-row>"
    _archive(
        tiny_project.directory / "data/table.csv",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": _open_document(f"{header}{blank}<table:table-row>{_ods('a')}{failed}</table:table-row>"),
            "META-INF/manifest.xml": _MANIFEST,
        },
    )
    found = only(tiny_project.findings())
    assert (found.rule, found.row, found.value) == ("erreur-tableur", 5, "#VALEUR !")


@pytest.mark.parametrize("value", ["<v></v>", "<v/>", ""])
def test_a_formula_never_computed_is_refused(tiny_project: TinyProject, value: str) -> None:
    """A formula that no spreadsheet has computed is told at its cell; one that gave an empty text is empty."""
    path = tiny_project.directory / "data/table.csv"
    with Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for row, cells in enumerate([HEADER, ("a", "un"), ("b",), ("c",)]):
            sheet.write_row(row, 0, cells)
        sheet.write_formula("B3", '=LEFT(B2,1)&"<"', None, 7)
        sheet.write_formula("B4", "=TRIM(B1)", None, "rien")
    _replace(path, "xl/worksheets/sheet1.xml", ("<v>7</v>", value), ("<v>rien</v>", "<v></v>"))
    found = only(tiny_project.findings())
    assert (found.rule, found.row, found.column, found.value) == ("formule", 3, "nom", '=LEFT(B2,1)&"<"')


def test_a_formula_never_computed_in_an_open_document_is_refused(tiny_project: TinyProject) -> None:
    """A formula without value nor text is told at its cell, as people read it."""
    formulas = "".join(
        f'<table:table-row>{_ods(key)}<table:table-cell table:formula="of:=[.A2]" {kind}>{text}</table:table-cell>'
        "</table:table-row>"
        for key, kind, text in (
            ("a", 'office:value-type="string"', "<text:p>un</text:p>"),
            ("b", 'office:value-type="string" office:string-value=""', ""),
            ("c", "", ""),
        )
    )
    header = f"<table:table-row>{''.join(map(_ods, HEADER))}</table:table-row>"
    _archive(
        tiny_project.directory / "data/table.csv",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": _open_document(header + formulas),
            "META-INF/manifest.xml": _MANIFEST,
        },
    )
    found = only(tiny_project.findings())
    assert (found.rule, found.row, found.value) == ("formule", 4, "=[.A2]")


def test_a_date_is_quoted_as_people_write_it(tiny_project: TinyProject) -> None:
    """A finding on a date or a number of a workbook shows what its author sees, not what the file holds."""
    tiny_project.describe(KEY, {"name": "nom", "datatype": "gYear"}, primaryKey="cle")
    path = tiny_project.directory / "data/table.csv"
    write(path, ("Feuille", [HEADER, ("a", dt.date(2018, 9, 7)), ("b", 18.0)]), date="dd/mm/yyyy")
    assert [(found.row, found.value) for found in tiny_project.findings()] == [(2, "07/09/2018"), (3, "18")]


def test_merged_cells_are_refused(tiny_project: TinyProject) -> None:
    """A value that stands over several rows is in the first one only: its cells are named, unless all are empty."""
    path = tiny_project.directory / "data/table.csv"
    with Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for row, cells in enumerate([HEADER, ("a",), ("b",), ("c",)]):
            sheet.write_row(row, 0, cells)
        sheet.merge_range("B2:B3", "")
        sheet.merge_range("D1:E1", "")
    assert tiny_project.findings() == []
    _replace(path, "xl/worksheets/sheet1.xml", ('<mergeCell ref="B2:B3"/>', '<mergeCell ref="A3:A4"/>'))
    found = only(tiny_project.findings())
    assert (found.rule, found.row) == ("cellules-fusionnees", 3)
    assert "(A3:A4)" in found.texts["fr"]


def test_merged_cells_of_an_open_document_are_refused(tiny_project: TinyProject) -> None:
    """The cells of a range that LibreOffice merged are named too."""
    wide = _ods("un").replace("<table:table-cell", '<table:table-cell table:number-rows-spanned="2"')
    covered = f"<table:table-row>{_ods('b')}<table:covered-table-cell/></table:table-row>"
    header = f"<table:table-row>{''.join(map(_ods, HEADER))}</table:table-row>"
    _archive(
        tiny_project.directory / "data/table.csv",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": _open_document(f"{header}<table:table-row>{_ods('a')}{wide}</table:table-row>{covered}"),
            "META-INF/manifest.xml": _MANIFEST,
        },
    )
    found = only(tiny_project.findings())
    assert (found.rule, found.row) == ("cellules-fusionnees", 2)
    assert "(B2:B3)" in found.texts["fr"]


@pytest.mark.parametrize("entity", ["plain", "SYSTEM", "lol"])
def test_entities_are_not_expanded(tiny_project: TinyProject, entity: str) -> None:
    """An entity that a workbook's XML declares, of a file or of itself many times over, never becomes a cell's text."""
    secret = tiny_project.directory / "secret.txt"
    secret.write_text("mot-de-passe", encoding="utf-8")
    declared = {
        "SYSTEM": f'<!ENTITY x SYSTEM "{secret.as_uri()}">',
        "lol": '<!ENTITY l0 "mot-de-passe">'
        + "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
        + '<!ENTITY x "&l9;">',
    }.get(entity, '<!ENTITY x "mot-de-passe">')
    rows = (HEADER, ("a", "&x;"))
    cells = "".join(f"<table:table-row>{''.join(_ods(cell) for cell in row)}</table:table-row>" for row in rows)
    _archive(
        tiny_project.directory / "data/table.csv",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<!DOCTYPE x [{declared}]>{_open_document(cells)}",
            "META-INF/manifest.xml": _MANIFEST,
        },
    )
    finding = tiny_project.findings()
    assert "mot-de-passe" not in "".join(each.line() for each in finding)
    assert finding or "mot-de-passe" not in str(tiny_project.rows())


def test_a_cell_far_away_is_refused_with_its_place(tiny_project: TinyProject) -> None:
    """A lone cell at the far end of a sheet is named, before room is made for all that lies between."""
    path = tiny_project.directory / "data/table.csv"
    with Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "cle")
        sheet.write(1_048_575, 16_383, "x")
    finding = only(tiny_project.findings())
    assert finding.rule == "cellule-eloignee"
    assert "1048576 lignes sur 16384 colonnes" in finding.texts["fr"]


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tiny_project: TinyProject) -> None:
    """What a workbook holds once unpacked is bounded, by what it announces and by what is really read."""
    path = tiny_project.directory / "data/table.csv"
    _archive(path, {"xl/worksheets/sheet1.xml": "\0" * (65 << 20)})
    assert path.stat().st_size < 1 << 20
    assert only(tiny_project.findings()).rule == "classeur-trop-grand"


@pytest.mark.parametrize(
    ("part", "old", "new", "rule"),
    [
        ("xl/worksheets/sheet1.xml", 'r="A2"', 'r="A99999999"', "cellule-eloignee"),
        ("xl/worksheets/sheet1.xml", '<c r="A2"', "<c", "cellule-eloignee"),
        ("xl/worksheets/sheet1.xml", "</sheetData>", "", "classeur-illisible"),
        ("xl/sharedStrings.xml", 'uniqueCount="', 'uniqueCount="99999999', "classeur-trop-grand"),
        ("xl/sharedStrings.xml", 'encoding="UTF-8"', 'encoding="rien"', "classeur-illisible"),
    ],
)
def test_a_workbook_that_says_it_is_immense_is_refused(
    tiny_project: TinyProject, part: str, old: str, new: str, rule: str
) -> None:
    """A place that does not exist, a cut part, more texts than there are: refused before any room is made for them."""
    path = tiny_project.directory / "data/table.csv"
    write(path, ("Feuille", [HEADER, ("a", "un")]))
    _replace(path, part, (old, new), ('<row r="2"', '<row r="99999999"') if new == "<c" else ("", ""))
    assert only(tiny_project.findings()).rule == rule


_BLANKS = '<table:table-cell><text:p>a<text:s text:c="999999999"/></text:p></table:table-cell>'


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ('<table:table-row table:number-rows-repeated="900000">{}{}{}{}{}</table:table-row>', "cellule-eloignee"),
        ("<table:table-row>", "classeur-illisible"),
        (f"<table:table-row>{_BLANKS}</table:table-row>", "classeur-trop-grand"),
    ],
)
def test_an_open_document_that_repeats_without_end_is_refused(tiny_project: TinyProject, cells: str, rule: str) -> None:
    """Rows, cells and blanks that a few bytes repeat by the million take no memory; a cut file is not waited for."""
    _archive(
        tiny_project.directory / "data/table.csv",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": _open_document(cells.replace("{}", _ods("cle"))),
            "META-INF/manifest.xml": _MANIFEST,
        },
    )
    assert only(tiny_project.findings()).rule == rule


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"PK\x03\x04reste", "classeur-illisible"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "classeur-ancien"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "encodage"),
    ],
)
def test_what_is_no_workbook_is_refused(tiny_project: TinyProject, content: bytes, rule: str) -> None:
    """Binary files of other kinds under the name of a table are refused with a rule."""
    tiny_project.write(content)
    assert only(tiny_project.findings()).rule == rule


def test_an_archive_without_a_sheet_is_refused(tiny_project: TinyProject) -> None:
    """A ZIP archive that is no workbook is refused as an unreadable one."""
    _archive(tiny_project.directory / "data/table.csv", {"lisez-moi.txt": "rien"})
    assert only(tiny_project.findings()).rule == "classeur-illisible"


def _ods(cell: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'


def _open_document(cells: str) -> str:
    return (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Feuille">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )


_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)


def _replace(path: Path, part: str, *changes: tuple[str, str]) -> None:
    """Change texts of a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    for old, new in changes:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)
    _archive(path, parts)


def _archive(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
