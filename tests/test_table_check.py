"""A file that someone fills in is recognised, bounded, checked, and given back with a column of findings."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from publisher import table_check
from publisher.csvw import load_mappings
from publisher.delimited import UnreadableError
from publisher.recognition import recognise_table
from publisher.representations import CSV, XLSX
from publisher.table import FINDINGS
from publisher.table_check import Checked, Subject, check_file
from tests.projects.small import COMPANIES, SmallProject, assemble

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """Give a project without shapes, which no test here is about."""
    project = assemble(tmp_path_factory.mktemp("fichiers") / "petit")
    project.skip_gate()
    return project


@pytest.fixture(scope="module")
def check(small: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Checked]:
    """Give a function that checks a content under a name."""
    backdrops = tmp_path_factory.mktemp("fonds")

    def run(content: bytes | str, name: str = "classeur.csv", table: str = "", lang: str = "fr") -> Checked:
        with TemporaryDirectory() as workspace:
            path = Path(workspace) / "table"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            return check_file(
                small.project,
                load_mappings(small.project),
                Subject(path, name, table, lang),
                backdrops,
                Path(workspace),
            )

    return run


def sheet(rows: list[list[str]], name: str = "Feuille") -> bytes:
    """Return a workbook of one sheet."""
    target = io.BytesIO()
    with Workbook(target) as workbook:
        made = workbook.add_worksheet(name)
        for number, cells in enumerate(rows):
            made.write_row(number, 0, cells)
    return target.getvalue()


def cells(small: SmallProject) -> list[list[str]]:
    """Return the rows of the companies' table, header included."""
    with small.path().open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_each_table_is_recognised_by_its_own_header(small: SmallProject) -> None:
    """The header of every table, in any order, is that table's; the file's name tells it from one with the same."""
    mappings = load_mappings(small.project)
    headers = [frozenset(column.name for column in mapping.source_columns) for mapping in mappings]
    assert headers.count(headers[0]) == 1
    for mapping, names in zip(mappings, headers, strict=True):
        header = [column.name for column in reversed(mapping.source_columns)]
        file = "sans-rapport" if headers.count(names) == 1 else mapping.sheet
        assert recognise_table(header, file, mappings) is mapping


def test_a_file_name_decides_between_equal_headers(small: SmallProject) -> None:
    """Two tables with the same columns are told apart by the name of the file, or not at all."""
    first, *_ = load_mappings(small.project)
    twins = [replace(first, name="une"), replace(first, name="autre")]
    header = [column.name for column in first.source_columns]
    assert recognise_table(header, "autre", twins).name == "autre"
    with pytest.raises(UnreadableError):
        recognise_table(header, "classeur", twins)


def test_a_part_of_the_columns_is_no_reference_table(small: SmallProject) -> None:
    """A SIREN and a name are no table of intercommunalities; a file named as a table is that table, incomplete."""
    mappings = [each for each in load_mappings(small.project) if each.name in {"entreprises", "territoires/epci"}]
    with pytest.raises(UnreadableError):
        recognise_table(["siren", "nom"], "classeur", mappings)
    assert recognise_table(["siren", "nom"], "entreprises", mappings).label == COMPANIES
    with pytest.raises(UnreadableError):
        recognise_table(["prix"], "entreprises", mappings)


def test_a_csv_comes_back_with_a_column_of_findings(small: SmallProject, check: Callable[..., Checked]) -> None:
    """Cells come back as they were, with the delimiter that they came with, each row with its findings."""
    rows = cells(small)
    rows[1][0] = "999000018"
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([rows[0], [], *rows[1:]])
    checked = check(text.getvalue())
    assert checked.trial is not None
    assert checked.trial.mapping.label == COMPANIES
    assert checked.annotated is not None
    content, form = checked.annotated
    assert form is CSV
    assert content.startswith(b"\xef\xbb\xbf")
    back = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row[: len(rows[0])] for row in back if any(row)] == rows
    assert back[0][-1] == FINDINGS["fr"]
    assert back[2][-1].startswith("siren, erreur : clé SIREN invalide")


def test_an_annotated_table_is_read_again(small: SmallProject, check: Callable[..., Checked]) -> None:
    """The column of findings is passed over and made anew, in the other language too."""
    rows = cells(small)
    rows[2][5] = "veol"
    first = check(sheet(rows))
    assert first.annotated is not None
    again = check(first.annotated[0], lang="en")
    assert again.findings == first.findings
    assert again.annotated is not None
    content, form = again.annotated
    assert form is XLSX
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
        back = workbook.get_sheet_by_name("entreprises").to_python()
    assert [row[: len(rows[0])] for row in back] == rows
    assert [row[-1] for row in back][:1] == [FINDINGS["en"]]
    assert "domaines, error : unknown domain; nearest: 'velo" in str(back[2][-1])


def test_a_table_may_be_chosen(check: Callable[..., Checked]) -> None:
    """A file whose header is nobody's is told what the chosen table expects."""
    refused = check("nom;prix\nx;1\n")
    assert [f.rule for f in refused.findings] == ["table-non-reconnue"]
    assert (refused.trial, refused.annotated) == (None, None)
    chosen = check("nom;prix\nx;1\n", table="entreprises")
    wrong = {f.rule for f in chosen.findings if f.severity.value == "violation"}
    assert wrong == {"colonne-inconnue", "colonne-absente"}
    assert {f.table for f in chosen.findings} == {COMPANIES}


@pytest.mark.parametrize(
    ("content", "rule", "row"),
    [
        (b"", "sans-entete", None),
        (b"\n\n", "sans-entete", None),
        (bytes(range(256)) * 40, "encodage", None),
        (b"PK\x03\x04" + bytes(400), "classeur-illisible", None),
        (b"siren;nom\n" + b'1;"' + b"x" * 1_000_001, "cellule-sans-fin", 2),
        (b'siren;"nom\n1;a\n', "guillemets", 1),
        (",".join(f"c{number}" for number in range(100_000)), "trop-de-colonnes", 1),
        ("=1+1;@SUM(A1)\n", "table-non-reconnue", 1),
        ('<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<rdf:RDF>&x;</rdf:RDF>\n', "autre-format", None),
    ],
    ids=["vide", "lignes-vides", "binaire", "archive", "cellule", "guillemet", "colonnes", "formules", "rdf-xml"],
)
def test_a_hostile_file_is_refused_in_its_place(
    check: Callable[..., Checked], content: bytes | str, rule: str, row: int | None
) -> None:
    """Binary, endless, headless or immense files are findings like others, with their row when there is one."""
    checked = check(content)
    assert [(f.rule, f.row) for f in checked.findings] == [(rule, row)]
    assert all(f.texts["fr"] and f.texts["en"] for f in checked.findings)


def test_the_number_of_rows_is_bounded(
    small: SmallProject, check: Callable[..., Checked], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row more than allowed is refused, before anything is checked."""
    allowed = len(cells(small)) - 1
    monkeypatch.setattr(table_check, "ROWS", allowed)
    assert check(small.path().read_bytes()).trial is not None
    monkeypatch.setattr(table_check, "ROWS", allowed - 1)
    assert [f.rule for f in check(small.path().read_bytes()).findings] == ["trop-de-lignes"]
