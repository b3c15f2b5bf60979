"""Cells are judged one by one; each wrong one is told at its row and column, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.checks import _FORBIDDEN_HERE
from tests.projects.tiny import ASC, KEY, TinyProject

if TYPE_CHECKING:
    from tests.projects.small import SmallProject


def judge(tiny: TinyProject, cell: str, **column: Any) -> list[str]:
    """Return the rules that a cell breaks in a column of these properties."""
    tiny.describe(KEY, {"name": "valeur", **column})
    tiny.write('cle,valeur\na,"' + cell.replace('"', '""') + '"\n')
    findings = tiny.findings()
    assert all((f.table, f.row, f.column) == ("data/table.csv", 2, "valeur") for f in findings)
    return [finding.rule for finding in findings]


def limited(base: str, **facets: Any) -> dict[str, Any]:
    """Return the properties of a column with facets."""
    return {"datatype": {"base": base, **facets}}


@pytest.mark.parametrize(
    ("cell", "column", "rules"),
    [
        ("", {"required": True}, ["cellule-vide"]),
        ("\u00a0 ", {"required": True}, ["cellule-vide"]),
        ("-", {"required": True, "null": ["-", ""]}, ["cellule-vide"]),
        ("", {"required": True, "default": "x"}, []),
        ("\u3000", {"required": True}, ["cellule-vide"]),
        ("– ? ...", {"required": True}, ["cellule-vide"]),
        ("-", {}, []),
        ("", {}, []),
        ("#N/A", {}, ["erreur-tableur"]),
        ("#VALEUR !", limited("date"), ["erreur-tableur"]),
        ("Err:502", {"separator": "|"}, ["erreur-tableur"]),
        ("#######", limited("date"), ["erreur-tableur"]),
        (" =A1+1", {}, ["formule"]),
        ("1 = 1", {}, []),
        ("# 1 de la #VILLE!", {}, []),
        ("a\x07b", {}, ["caractere-interdit"]),
        ("a\u202eb", {}, ["caractere-interdit"]),
        ("a\u2028b", {}, ["caractere-interdit"]),
        ("a\u200bb", {}, ["caractere-interdit"]),
        ("a\ufeffb", {}, ["caractere-interdit"]),
        ("a\ufffdb", {}, ["caractere-interdit"]),
        ("a\x85b", {}, ["caractere-interdit"]),
        ("famille 👩‍🚒 é œ « » … €", {}, []),
        ("un\ndeux\ttrois", {}, []),
        ("<b>gras</b>", {}, ["balise"]),
        ("a &eacute; b", {}, ["balise"]),
        ("a < b > c & d", {}, []),
        ("ligne &amp; ville", {}, ["balise"]),
        ("Ã©nergie", {}, ["texte-abime"]),
        ("lâ€™eau", {}, ["texte-abime"]),
        ("SÃO PAULO", {}, []),
        ("deux  espaces", {}, ["espaces"]),
        (" avant", {}, ["espaces"]),
        ("après\u202f", {}, ["espaces"]),
        ("12", {"datatype": "integer"}, []),
        ("12,5", {"datatype": "decimal"}, []),
        ("12,5", {"datatype": "integer"}, ["nombre-entier"]),
        ("12 €", {"datatype": "decimal"}, ["nombre-decimal"]),
        ("1 200", {"datatype": "integer"}, []),
        ("1,200", {"datatype": "decimal"}, ["nombre-ambigu"]),
        ("1.200", {"datatype": "integer"}, ["nombre-ambigu"]),
        ("5,52E+08", {"datatype": "decimal"}, ["nombre-scientifique"]),
        ("1 200,5", limited("decimal", maximum=1000), ["trop-grand"]),
        ("2018-02-30", {"datatype": "date"}, ["date"]),
        ("2019-02-29", {"datatype": "date"}, ["date"]),
        ("2020-02-29", {"datatype": "date"}, []),
        ("29/02/2020", {"datatype": "date"}, []),
        ("29/02/2019", {"datatype": "date"}, ["date"]),
        ("02/29/2020", {"datatype": "date"}, ["date-mois-jour"]),
        ("43370", {"datatype": "date"}, ["date-serie"]),
        ("99999", {"datatype": "date"}, ["date"]),
        ("2018", {"datatype": "date"}, ["date"]),
        ("18", {"datatype": "gYear"}, ["annee"]),
        ("oui", {"datatype": "boolean"}, []),
        ("peut-être", {"datatype": "boolean"}, ["booleen"]),
        ("exemple.fr", {"datatype": "anyURI"}, ["adresse-web"]),
        ("theme|explicite", limited("string", format="explicite|theme"), ["format"]),
        ("theme", limited("string", format="explicite|theme"), []),
        ("1000", limited("string", format="[0-9]{5}"), ["format-zero"]),
        ("100", limited("string", format="[0-9]{5}"), ["format"]),
        ("éàç", limited("string", maxLength=2), ["trop-long"]),
        ("éàç", limited("string", maxLength=3), []),
        ("é", limited("string", minLength=2), ["trop-court"]),
        ("-1", limited("integer", minimum=0), ["trop-petit"]),
        ("101", limited("integer", maximum=100), ["trop-grand"]),
        ("9" * 60, limited("integer", maximum=100), ["trop-grand"]),
        ("-" + "9" * 60, limited("integer", minimum=0), ["trop-petit"]),
        ("9" * 60, limited("integer", minimum=0), []),
        ("2017-12-31", limited("date", minimum="2018-01-01"), ["trop-petit"]),
        ("2018", limited("gYear", minimum=2019), ["trop-petit"]),
        ("a||b", {"separator": "|"}, ["item-vide"]),
        ("a|b", {"separator": "|"}, []),
        ("2018;2019", {"separator": "|", "datatype": "gYear"}, ["separateur"]),
        ("2018, 2019|2020", {"separator": "|", "datatype": "gYear"}, ["separateur"]),
        ("2018\n2019", {"separator": ";", "datatype": "gYear"}, ["separateur"]),
        ("1,5;2,5", {"separator": "|", "datatype": "decimal"}, ["separateur"]),
        ("ab/cd", {"separator": "|", **limited("string", format="[a-z]+")}, ["separateur"]),
        ("https://a.fr/b;c,d", {"separator": "|", "datatype": "anyURI"}, []),
        ("https://a.fr, https://b.fr", {"separator": "|", "datatype": "anyURI"}, ["separateur"]),
        ("999000003,999000011", {"separator": "|", ASC + "identifierScheme": "SIREN"}, ["separateur"]),
        ("Un nom; un autre", {"separator": "|"}, ["separateur-texte"]),
        ("Un nom, un autre", {"separator": "|"}, ["separateur-texte"]),
        ("Un nom,un autre - un troisième", {"separator": "|"}, []),
        ("1,5|2 000", {"separator": "|", "datatype": "decimal"}, []),
        ("2018|19", {"separator": "|", "datatype": "gYear"}, ["annee"]),
        ("2018 |\u00a02019", {"separator": "|", "datatype": "gYear"}, []),
        ("é|éàç", {"separator": "|", **limited("string", maxLength=2)}, ["trop-long"]),
    ],
)
def test_each_rule_of_a_cell(tiny_project: TinyProject, cell: str, column: dict[str, Any], rules: list[str]) -> None:
    """A cell breaks the one rule that says best what is wrong with it, or none."""
    assert judge(tiny_project, cell, **column) == rules


def test_superfluous_spaces_are_a_warning(tiny_project: TinyProject) -> None:
    """Superfluous spaces are told and taken away; they stop nothing."""
    assert judge(tiny_project, " Exemple  fictif ") == ["espaces"]
    assert tiny_project.findings()[0].severity.value == "warning"
    assert [literal.value for literal in tiny_project.objects("dct:description")] == ["Exemple  fictif"]


def test_the_longest_item_is_measured(tiny_project: TinyProject) -> None:
    """In a cell of several items, the length told is that of the item at fault."""
    judge(tiny_project, "é|éàç", separator="|", datatype={"base": "string", "maxLength": 2})
    assert tiny_project.findings()[0].texts["fr"].startswith("3 caractères, 2 au plus")


def test_another_separator_is_told_with_what_to_write(tiny_project: TinyProject) -> None:
    """Values that another sign separates are told apart, with the cell as it is to be written."""
    judge(tiny_project, "2018; 2019|2020", separator="|", datatype="gYear")
    assert tiny_project.findings()[0].texts["fr"].endswith("les séparer par « | » : 2018|2019|2020")


def test_what_is_proposed_acts_on_no_terminal(tiny_project: TinyProject) -> None:
    """A finding stays on one line without an unprintable sign, though it repeats what the cell holds."""
    judge(tiny_project, "un;\U00018cd6" + "x" * 5_000, separator="|")
    line = tiny_project.findings()[0].line()
    assert line.isprintable()
    assert len(line) < 600


def test_a_reference_with_another_separator_is_told(small_project: SmallProject) -> None:
    """Domains separated by a comma are not one unknown domain: the finding says how to write them."""
    small_project.set("domaines", "eclairage, iot")
    (finding,) = (each for each in small_project.inspect() if each.column == "domaines")
    assert (finding.row, finding.rule, finding.severity.value) == (2, "separateur", "violation")
    assert finding.texts["fr"].endswith(": eclairage|iot")


def test_each_item_of_a_cell_is_a_siren(tiny_project: TinyProject) -> None:
    """A column of several SIREN checks each of them, and explains the wrong one."""
    scheme = {"separator": "|", ASC + "identifierScheme": "SIREN"}
    assert judge(tiny_project, "999000003 | 999000011", **scheme) == []
    assert judge(tiny_project, "999000003|99900001100012", **scheme) == ["siren-siret-cle"]


def test_a_cell_has_one_finding(tiny_project: TinyProject) -> None:
    """Of all that is wrong with a cell, the first is told; one finding a row and column."""
    assert judge(tiny_project, " <b>\x07", datatype="date", required=True) == ["caractere-interdit"]


def test_the_forbidden_character_is_named(tiny_project: TinyProject) -> None:
    """The finding gives the code of the character, and shows the value with no effect on the terminal."""
    judge(tiny_project, "rouge\x1b[31m")
    line = tiny_project.findings()[0].line()
    assert "(U+001B)" in line
    assert '"rouge\\u{1b}[31m"' in line


def test_a_duplicate_identifier_names_the_first(tiny_project: TinyProject) -> None:
    """The second row of an identifier is told, with the row of the first; spaces make no difference."""
    tiny_project.write("cle,nom\na,un\nb,deux\na ,trois\n")
    finding = tiny_project.findings()[0]
    assert (finding.row, finding.column, finding.rule) == (4, "cle", "cle-double")
    assert "ligne 2" in finding.texts["fr"]


def test_a_composite_key_is_one_identifier(tiny_project: TinyProject) -> None:
    """With two columns in the primary key, only the pair must be unique."""
    tiny_project.describe(KEY, {"name": "nom"}, primaryKey=["cle", "nom"])
    tiny_project.write("cle,nom\na,un\na,deux\na,un\n")
    assert [(finding.row, finding.rule) for finding in tiny_project.findings()] == [(4, "cle-double")]


def test_a_column_may_bear_any_name(tiny_project: TinyProject) -> None:
    """Words of SQL, and names that the queries use, are names of columns like others."""
    names = ["select", "row", "v", "c", "i", "r", "p", "o", "k", "code", "current", "kind", "label", "order"]
    tiny_project.describe(KEY, *({"name": name, "separator": "|"} for name in names), primaryKey="cle")
    tiny_project.write(",".join(["cle", *names]) + "\n" + ",".join(["a", *("x|y" for _ in names)]) + "\n")
    rows, findings, statements = tiny_project.inspect()
    assert findings == []
    assert len(rows["table"]) == 1
    assert len(statements) == 1 + 2 * len(names)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20))
def test_no_forbidden_character_is_published(tiny_project: TinyProject, cell: str) -> None:
    """Whatever a cell holds, either it is free of forbidden characters or it is refused."""
    refused = judge(tiny_project, cell)
    if _FORBIDDEN_HERE.search(cell):
        assert refused in (["caractere-interdit"], ["formule"])
    else:
        assert "caractere-interdit" not in refused
