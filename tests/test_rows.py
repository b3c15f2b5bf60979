"""A node of the graph leads back to the table, row and column that it came from."""

from __future__ import annotations

from pathlib import Path

from publisher.csvw import load_mappings
from publisher.intake import connect, link_tables, read_tables
from publisher.rows import find_subjects, locate
from tests.projects.small import COMPANIES, PROJECTS, SmallProject

BASE = "https://annuaire.example"
ASC = "https://w3id.org/annuaire-territorial/def#"
PREF_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"


def places(small: SmallProject, *wanted: tuple[str, str | None]) -> list[tuple[str, int, str | None] | None]:
    """Return the place of each node and property."""
    mappings = load_mappings(small.project)
    with connect(small.directory) as connection:
        intake, _ = read_tables(connection, small.project, mappings, Path(small.directory))
        link_tables(intake, small.project)
        found = locate(connection, intake.mappings, wanted)
    return [(found[each][0].label, *found[each][1:]) if each in found else None for each in wanted]


def test_a_node_is_found_at_its_row_and_column(small_project: SmallProject) -> None:
    """The subject of a row, its sub-nodes and its document each lead to the row; the property, to the column."""
    company = f"{BASE}/id/entreprise/999000011"
    assert places(
        small_project,
        (company, PREF_LABEL),
        (company, ASC + "region"),
        (company, None),
        (company, "http://exemple.fr/autre"),
        (f"{company}#siren", "http://www.w3.org/2004/02/skos/core#notation"),
        (f"{BASE}/doc/entreprise/999000011#classement", ASC + "motif"),
        (f"{BASE}/id/projet/999000011-v2-velo", ASC + "montant"),
        ("http://id.insee.fr/geo/commune/38185", ASC + "population"),
    ) == [
        (COMPANIES, 3, "nom"),
        (COMPANIES, 3, "departement"),
        (COMPANIES, 3, None),
        (COMPANIES, 3, None),
        (COMPANIES, 3, "siren"),
        (COMPANIES, 3, "motif"),
        (PROJECTS, 4, "montant"),
        ("data/territoires/communes.csv", 4, "population"),
    ]


def test_a_node_of_no_table_has_no_place(small_project: SmallProject) -> None:
    """A node of the ontology, or one held back, is not found in any table."""
    assert places(small_project, (ASC + "Projet", None), (f"{BASE}/id/entreprise/999000037", None)) == [None, None]


def test_a_row_leads_to_what_it_describes(small_project: SmallProject) -> None:
    """A row names the thing that it describes; one held back, or beyond the table, names nothing."""
    mappings = load_mappings(small_project.project)
    with connect(small_project.directory) as connection:
        intake, _ = read_tables(connection, small_project.project, mappings, Path(small_project.directory))
        link_tables(intake, small_project.project)
        found = find_subjects(connection, intake.mappings, [(COMPANIES, 3), (PROJECTS, 4), (COMPANIES, 99)])
        whole = find_subjects(connection, intake.mappings, [(COMPANIES, row) for row in range(99)])
    assert found == {
        (COMPANIES, 3): f"{BASE}/id/entreprise/999000011",
        (PROJECTS, 4): f"{BASE}/id/projet/999000011-v2-velo",
    }
    assert f"{BASE}/id/entreprise/999000037" not in whole.values()
