"""The gate stops what shapes call a violation, at its table, row and column, and reports the rest."""

from __future__ import annotations

import pytest

from publisher.errors import ProjectError
from publisher.gate import REFERENCE
from tests.projects.small import COMPANIES, SmallProject

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix asc: <https://w3id.org/annuaire-territorial/def#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix legal: <http://www.w3.org/ns/legal#> .
@prefix ex: <https://exemple.fr/formes#> .
"""


@pytest.fixture
def few_tables(small_project: SmallProject) -> SmallProject:
    """Give the companies, and the tables they lead to."""
    small_project.keep(COMPANIES)
    return small_project


def shape(small: SmallProject, text: str) -> None:
    """Make one shape the only one."""
    small.skip_gate()
    small.path("shapes/essai.ttl").write_text(PREFIXES + text, encoding="utf-8")


def names(severity: str) -> str:
    """Return a shape that refuses one company's name."""
    return f"""ex:Nom a sh:NodeShape ; sh:targetClass legal:LegalEntity ; sh:property ex:sansVelo .
        ex:sansVelo sh:path skos:prefLabel ; sh:pattern "^(?!.*Vélo)" ; sh:severity {severity} ;
          sh:message "pas de vélo"@fr, "no bicycle"@en ."""


def test_a_violation_is_located(few_tables: SmallProject) -> None:
    """A value that only a shape refuses is told at its table, row and column, with the shape's own words."""
    shape(few_tables, names("sh:Violation"))
    finding = few_tables.check()[0]
    assert finding.line() == 'data/entreprises.csv:3: nom "Exemple fictif Vélo": pas de vélo'
    assert finding.line("en").endswith(": no bicycle")
    assert (finding.severity.value, finding.rule) == ("violation", "https://exemple.fr/formes#sansVelo")


@pytest.mark.parametrize("severity", ["sh:Warning", "sh:Info", "ex:autre"])
def test_a_warning_stops_nothing(few_tables: SmallProject, severity: str) -> None:
    """A result that is no violation is reported, and the publication goes on."""
    shape(few_tables, names(severity))
    found = [f for f in few_tables.check() if f.rule.endswith("#sansVelo")]
    assert [(f.table, f.row, f.column, f.severity.value) for f in found] == [(COMPANIES, 3, "nom", "warning")]


def test_a_result_about_no_row_names_the_node(few_tables: SmallProject) -> None:
    """A violation of the ontology is told of its node; two rules broken by one node are two findings."""
    rule = "ex:{0} sh:path skos:hiddenLabel ; sh:minCount {1} ; sh:message 'absent'@fr ."
    shape(
        few_tables,
        "ex:Terme a sh:NodeShape ; sh:targetNode asc:Projet ; sh:property ex:a, ex:b ."
        + rule.format("a", 1)
        + rule.format("b", 2),
    )
    found = [f for f in few_tables.check() if f.severity.value == "violation"]
    assert [(f.table, f.row, f.column) for f in found] == [
        ("graphe", None, "https://w3id.org/annuaire-territorial/def#Projet")
    ] * 2
    assert found[0].line("en").endswith(": absent")


@pytest.mark.parametrize(
    "text",
    [
        "ceci n'est pas du Turtle",
        "sh:property [ sh:minCount 1 ]",
        'sh:property [ sh:path skos:prefLabel ; sh:pattern "(" ]',
        'sh:property [ sh:path skos:prefLabel ; sh:minCount "a" ]',
    ],
)
def test_a_shape_that_is_not_well_formed_is_an_error(few_tables: SmallProject, text: str) -> None:
    """A shapes file that is not Turtle, or no SHACL, stops the check with a word about shapes, not a crash."""
    shape(few_tables, f"ex:S a sh:NodeShape ; sh:targetClass legal:LegalEntity ; {text} .")
    with pytest.raises(ProjectError) as refused:
        few_tables.check()
    assert "SHACL" in refused.value.texts["fr"] or "essai.ttl" in refused.value.texts["fr"]


def test_the_report_names_the_gate(few_tables: SmallProject) -> None:
    """The report says which engine judged, with its version: here the one that reads a look-ahead."""
    shape(few_tables, names("sh:Warning"))
    few_tables.main("publish")
    assert f'"gate": "{REFERENCE}"' in (few_tables.var / "report.json").read_text(encoding="utf-8")


def test_the_shapes_of_the_repository_accept_the_small_project(small_project: SmallProject) -> None:
    """The small project conforms to every shape of the repository."""
    assert [f.line() for f in small_project.check() if f.severity.value == "violation"] == []
