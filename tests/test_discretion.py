"""What says too much of a person is taken out, counted or refused, and a steward's own record stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.intake import connect
from publisher.mailboxes import holds_named_mailbox
from tests.projects.small import COMPANIES, SmallProject
from tests.projects.tiny import KEY, TinyProject

if TYPE_CHECKING:
    from pathlib import Path

SIRENE = "data/sirene.csv"
LANTERN, BICYCLE = "999000003", "999000011"
COLUMNS = "siren,denomination,categorie_juridique,date_sirene,etat,statut_diffusion"


@pytest.fixture
def small_project(small_project: SmallProject) -> SmallProject:
    """Give the tables of companies, with a nomenclature of two categories."""
    small_project.keep(COMPANIES, SIRENE, "data/projets.csv", "data/sites_web.csv")
    small_project.path("data/nomenclatures/categories_juridiques.csv").write_text(
        "code,nom\n5710,Société fictive\n", encoding="utf-8"
    )
    small_project.path("data/nomenclatures/etats.csv").write_text(
        "code,nom,nom_en\nA,active,active\n", encoding="utf-8"
    )
    small_project.skip_gate()
    return small_project


def extract(small: SmallProject, *rows: str) -> None:
    """Write what SIRENE says."""
    header = small.path(SIRENE).read_text(encoding="utf-8").strip().split(",")
    lines = []
    for row in rows:
        cells = dict(zip(COLUMNS.split(","), row.split(","), strict=True))
        lines.append(",".join(cells.get(name, "") for name in header))
    small.path(SIRENE).write_text("\n".join([",".join(header), *lines, ""]), encoding="utf-8")


def withheld(small: SmallProject) -> list[tuple[str, int | None, str]]:
    """Return what is held back that the small project does not hold back by itself."""
    return [
        (found.table, found.row, found.rule)
        for found in small.check()
        if found.severity.value == "withheld" and found.rule not in {"identifiant-retenu", "reference-retenue"}
    ]


def test_partial_diffusion_is_counted_and_the_record_stays(small_project: SmallProject) -> None:
    """Rows of partial diffusion are one line of the report; the steward's record of the company is published."""
    extract(
        small_project,
        f"{LANTERN},[ND],[ND],2024-01-02,A,P",
        f"{BICYCLE},EXEMPLE FICTIF,5710,2024-01-02,A,O",
        "999000029,EXEMPLE FICTIF,5710,2024-01-02,A,P",
    )
    assert withheld(small_project) == [
        (SIRENE, None, "non-diffuse"),
        (SIRENE, None, "diffusion-partielle"),
    ]
    found = small_project.triples()
    assert [line for line in found if f"entreprise/{LANTERN}>" in line and "prefLabel" in line]
    assert not [line for line in found if f"entreprise/{LANTERN}#sirene" in line]
    assert [line for line in found if f"entreprise/{BICYCLE}#sirene" in line]
    assert not [line for line in found if "[ND]" in line]


def test_a_natural_person_needs_a_basis(small_project: SmallProject) -> None:
    """A company that is a natural person is withheld from every table of companies, until a basis is recorded."""
    extract(small_project, f"{LANTERN},EXEMPLE FICTIF,1000,2024-01-02,A,O")
    assert {(COMPANIES, 2, "personne-physique"), (SIRENE, 2, "personne-physique-sirene")} <= set(
        withheld(small_project)
    )
    assert not [line for line in small_project.triples() if f"entreprise/{LANTERN}>" in line]
    rows = [{**row, "base_legale": ""} for row in small_project.rows()]
    rows[0]["base_legale"] = "accord écrit fictif"
    small_project.write_rows(rows)
    assert withheld(small_project) == [(SIRENE, 2, "personne-physique-sirene")]
    graph = small_project.triples()
    assert [line for line in graph if f"entreprise/{LANTERN}>" in line]
    assert not [line for line in graph if "accord écrit fictif" in line]


def test_a_natural_person_of_partial_diffusion_is_withheld_too(small_project: SmallProject) -> None:
    """Leaving out the row that tells of a natural person does not let its record through."""
    extract(small_project, f"{LANTERN},[ND],1000,2024-01-02,A,P")
    assert (COMPANIES, 2, "personne-physique") in withheld(small_project)


def test_a_required_cell_not_disclosed_drops_its_row(tiny_project: TinyProject) -> None:
    """« [ND] » is read as empty; where the cell is required, the row goes and is counted, and nothing is refused."""
    tiny_project.describe(KEY, {"name": "nom", "required": True}, {"name": "ville"})
    tiny_project.write("cle,nom,ville\na,[ND],x\nb,y,[nd]\nc,z,w\n")
    assert tiny_project.rules() == ["non-diffuse"]
    assert tiny_project.findings()[0].texts["fr"].startswith("2 cellule(s)")
    assert [row[1:] for row in tiny_project.rows()] == [("b", "y", None), ("c", "z", "w")]


@pytest.mark.parametrize(
    ("cell", "rows"),
    [
        ("prenom.fictif@exemple.fr", [2]),
        ("Écrire à p.fictif@exemple.fr pour en savoir plus", [2]),
        ("prénom.fictif@exemple.fr", [2]),
        ("pfictif@exemple.fr", [2]),
        ("contact@exemple.fr", []),
        ("Contact-Presse@exemple.fr", []),
        ("mairie@exemple.fr ou accueil@exemple.fr", []),
        ("contact@exemple.fr, prenom-fictif@exemple.fr", [2]),
        ("exemple@exemple.fr", []),
        ("service.clients@exemple.fr", []),
        ("@exemple sur un réseau", []),
        ("3 € @ l'unité", []),
        ("https://exemple.fr/@prenom", []),
    ],
)
def test_a_mailbox_of_someone_is_refused(tiny_project: TinyProject, cell: str, rows: list[int]) -> None:
    """An address that names a person is refused in any cell, and the report does not repeat it."""
    tiny_project.describe(KEY, {"name": "texte"})
    tiny_project.write(f'cle,texte\na,"{cell}"\n')
    found = [each for each in tiny_project.findings() if each.rule == "boite-nominative"]
    assert [(each.row, each.column, each.value) for each in found] == [(row, "texte", None) for row in rows]


@given(st.lists(st.text(max_size=40), max_size=20))
def test_any_text_is_looked_at(tmp_path: Path, cells: list[str]) -> None:
    """Whatever a cell holds, the question has an answer, and no address means no."""
    with connect(tmp_path) as connection:
        query = f"SELECT v, coalesce({holds_named_mailbox('v')}, false) FROM (SELECT unnest(?::VARCHAR[]) AS v)"  # noqa: S608
        for text, found in connection.execute(query, [cells]).fetchall():
            assert not found or "@" in text
