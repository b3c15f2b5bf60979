"""What SIRENE says of a company: a table of its own, RDF with its own provenance, a section of the page."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from publisher.errors import Severity
from publisher.vocabulary import ASC
from tests import release_fixture
from tests.projects.small import COMPANIES, ROOT, assemble
from tests.release_fixture import COMPANY, LONELY, write_release
from tests.test_details import page, section
from tests.test_structured_data import entity

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.projects.small import SmallProject

SIRENE = "data/sirene.csv"
LANTERN, BICYCLE, HELD = "999000003", "999000011", "999000037"
ROW = {
    "siren": LANTERN, "denomination": "EXEMPLE FICTIF LANTERNE", "noms_usuels": "LANTERNE|FICTIVE",
    "categorie_juridique": "5710", "etat": "C", "date_creation": "2012-03-05", "date_cessation": "2024-06-30",
    "tranche_effectif": "12", "annee_effectif": "2023", "naf": "62.01Z", "naf_2025": "62.10Y",
    "commune_siege": "38185", "pays_siege": "", "date_sirene": "2026-05-03",
}  # fmt: skip
THING = f"<https://annuaire.example/id/entreprise/{LANTERN}>"
SITE = f"<https://annuaire.example/id/entreprise/{LANTERN}#siege>"
GROUP = f"<https://annuaire.example/doc/entreprise/{LANTERN}#sirene>"


@pytest.fixture(name="small", scope="module")
def _small(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    project = assemble(tmp_path_factory.mktemp("sirene"))
    project.keep(COMPANIES, SIRENE)
    for metadata in (ROOT / "data" / "nomenclatures").glob("*.csv"):
        shutil.copy(metadata, project.path("data/nomenclatures"))
    for path in project.project.shape_files():
        if path.stem not in {"siege", "communs"}:  # those that a test is about
            path.unlink()
    return project


@pytest.fixture(name="triples", scope="module")
def _triples(small: SmallProject) -> list[str]:
    """Return what is published of two companies: all facts of one, a day and a country of the other."""
    blank = dict.fromkeys(ROW, "") | {"date_sirene": "2026-05-03", "pays_siege": "PAYS FICTIF"}
    write(small, {}, blank | {"siren": BICYCLE})
    return small.triples()


def write(small: SmallProject, *rows: dict[str, str]) -> None:
    """Write the table of what SIRENE says: rows of a fictitious company, changed."""
    small.write_rows([ROW | row for row in rows], SIRENE)


def test_facts_of_the_register_are_published_with_their_own_provenance(triples: list[str]) -> None:
    """Name, form, state, size, activities and seat are said of the company; a group names their source and day."""
    insee, label = "http://id.insee.fr/codes", "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    legal, schema = "http://www.w3.org/ns/legal#", "https://schema.org/"
    day = "^^<http://www.w3.org/2001/XMLSchema#date>"
    expected = (
        f'{THING} <{legal}legalName> "EXEMPLE FICTIF LANTERNE"@fr .',
        f"{THING} <{legal}companyType> <{insee}/cj/n3/5710> .",
        f"{THING} <{legal}companyStatus> <https://annuaire.example/id/etat/C> .",
        f"{THING} <{legal}companyActivity> <{insee}/nafr2/sousClasse/62.01Z> .",
        f"{THING} <{legal}companyActivity> <{insee}/naf2025/sousClasse/62.10Y> .",
        f'{THING} <{schema}dissolutionDate> "2024-06-30"{day} .',
        f'{THING} <http://purl.org/dc/terms/alternative> "FICTIVE"@fr .',
        f"{SITE} <{ASC.commune}> <http://id.insee.fr/geo/commune/38185> .",
        f"{SITE} <{ASC.departement}> <http://id.insee.fr/geo/departement/38> .",
        f'<{insee}/nafr2/sousClasse/62.01Z> {label} "Programmation informatique"@fr .',
        f'<https://annuaire.example/id/effectif/12> {label} "20 à 49 salariés"@fr .',
        f'{GROUP} <http://purl.org/dc/terms/modified> "2026-05-03"{day} .',
        f"{GROUP} <http://www.w3.org/ns/prov#wasDerivedFrom> <https://annuaire.example/id/source/sirene> .",
        f"{GROUP} <{ASC.porteSur}> <{legal}legalName> .",
    )
    assert sorted(set(expected) - set(triples)) == []


def test_what_was_not_accepted_is_not_published(triples: list[str]) -> None:
    """A row with its day alone gives no name, state or code, and a seat abroad its country; no name is lent to it."""
    thing = THING.replace(LANTERN, BICYCLE)
    register = ("/ns/legal#company", "/ns/legal#legalName", "schema.org/foundingDate", "trancheEffectif")
    assert not any(line.startswith(thing) and any(name in line for name in register) for line in triples)
    assert f'{SITE.replace(LANTERN, BICYCLE)} <{ASC.paysEtranger}> "PAYS FICTIF"@fr .' in triples
    assert [line for line in triples if line.startswith(THING[:40]) and "legal#legalName> " in line] == [
        f'{THING} <http://www.w3.org/ns/legal#legalName> "EXEMPLE FICTIF LANTERNE"@fr .'
    ]


def test_what_the_table_says_wrongly_is_found_at_its_place(small: SmallProject) -> None:
    """A code of no nomenclature is named; a natural person and a SIREN held back are withheld here too."""
    write(small, {"categorie_juridique": "1000"}, {"siren": BICYCLE, "naf": "62.99Z"}, {"siren": HELD})
    findings = small.inspect()
    assert {(each.row, each.column, each.severity) for each in findings if each.table == SIRENE} == {
        (2, "siren", Severity.WITHHELD),
        (3, "naf", Severity.VIOLATION),
        (4, "siren", Severity.WITHHELD),
    }
    assert len([each for each in findings if each.value == "999000045"]) == 1  # a key that no table has, named once


def test_facts_of_a_company_that_no_table_describes_stop_the_publication(small: SmallProject) -> None:
    """A row left behind by a company taken out is found at its row, with what to do."""
    write(small, {"siren": "999000052"})
    found = [each for each in small.check() if each.severity is Severity.VIOLATION]
    assert [(each.table, each.row) for each in found] == [(SIRENE, 2)]
    assert "Retirer cette ligne" in found[0].texts["fr"]


def test_the_nomenclatures_are_whole() -> None:
    """The tables of codes hold every sub-class of both classifications, no natural person, no code twice."""
    codes = {}
    for path in (ROOT / "data" / "nomenclatures").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            listed = [row["code"] for row in csv.DictReader(stream)]
        assert len(set(listed)) == len(listed)
        codes[path.stem] = listed
    assert (len(codes["naf_rev2"]), len(codes["naf_2025"]), len(codes["tranches_effectifs"])) == (732, 747, 16)
    assert codes["etats"] == ["A", "C"]
    assert not any(code.startswith("1") for code in codes["categories_juridiques"])


MORE = f"""
@prefix cj: <http://id.insee.fr/codes/cj/n3/> .
company:{COMPANY} legal:legalName "LAMPADAIRES IMAGINAIRES FICTIVES"@fr ; legal:companyType cj:5710 ;
    legal:companyStatus <https://annuaire.example/id/etat/C> ; schema:foundingDate "2012-03-05"^^xsd:date ;
    schema:dissolutionDate "2024-06-30"^^xsd:date ; asc:anneeEffectif "2023"^^xsd:gYear ;
    asc:trancheEffectif <https://annuaire.example/id/effectif/12> ;
    legal:companyActivity <http://id.insee.fr/codes/naf2025/sousClasse/62.10Y> ,
        <http://id.insee.fr/codes/nafr2/sousClasse/62.01Z> ;
    org:hasRegisteredSite <https://annuaire.example/id/entreprise/{COMPANY}#siege> .
<https://annuaire.example/id/entreprise/{COMPANY}#siege> a org:Site ; rdfs:label "Bron"@fr ;
    asc:commune commune:69029 ; asc:departement departement:69 .
cj:5710 skos:prefLabel "Forme imaginaire"@fr .
<https://annuaire.example/id/etat/C> skos:prefLabel "cessée"@fr, "ceased"@en .
<https://annuaire.example/id/effectif/12> skos:prefLabel "20 à 49 salariés"@fr, "20 to 49 employees"@en .
<http://id.insee.fr/codes/nafr2/sousClasse/62.01Z> skos:prefLabel "Programmation imaginaire"@fr .
<http://id.insee.fr/codes/naf2025/sousClasse/62.10Y> skos:prefLabel "Activité imaginaire"@fr .
company-doc:{COMPANY} prov:wasDerivedFrom source:sirene ;
    dct:hasPart <https://annuaire.example/doc/entreprise/{COMPANY}#sirene> .
<https://annuaire.example/doc/entreprise/{COMPANY}#sirene> a asc:GroupeDeProvenance ;
    rdfs:label "faits imaginaires"@fr, "imaginary facts"@en ; asc:porteSur legal:legalName ;
    prov:wasDerivedFrom source:sirene ; dct:modified "2026-05-03"^^xsd:date .
source:sirene a prov:Entity ; dct:title "Répertoire imaginaire"@fr, "Imaginary register"@en .
"""


@pytest.fixture(name="client", scope="module")
def _client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    runtime = tmp_path_factory.mktemp("runtime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_fixture, "DATA", release_fixture.DATA + MORE)
        return create_app(write_release(runtime), runtime).test_client(use_cookies=False)


def test_the_page_tells_the_register_s_facts_apart(client: FlaskClient) -> None:
    """A section of its own has every fact with its source and day; the identity repeats none of them."""
    text = page(client, f"/doc/entreprise/{COMPANY}")
    found = section(text, "sirene")
    for told in ("LAMPADAIRES IMAGINAIRES FICTIVES", "Forme imaginaire", "depuis le 30 juin 2024",
                 "créée le 5 mars 2012", "20 à 49 salariés", "en 2023", "62.01Z, NAF rév. 2", "62.10Y, NAF 2025",
                 "/doc/commune/69029", "Rhône", "Répertoire imaginaire", "3 mai 2026"):  # fmt: skip
        assert told in found
    assert found.index("62.01Z") < found.index("62.10Y")
    assert "Programmation imaginaire" in found
    assert "FICTIVES" not in section(text, "identite")


def test_a_ceased_company_is_shown_as_such(client: FlaskClient) -> None:
    """The page says at its top that the company has ceased, and since when; it is not taken away."""
    assert "Entreprise cessée depuis le 30 juin 2024" in page(client, f"/doc/entreprise/{COMPANY}")
    assert "Company ceased since June 30, 2024" in page(client, f"/doc/entreprise/{COMPANY}", "en")


def test_a_company_without_facts_has_no_section(client: FlaskClient) -> None:
    """Without facts of the register the page shows neither section nor notice."""
    text = page(client, f"/doc/entreprise/{LONELY}")
    assert section(text, "sirene") == ""
    assert "cessée" not in text


def test_programs_read_the_legal_name_in_schema_org(client: FlaskClient) -> None:
    """The page's data block has the legal name and the days; a company without them says nothing."""
    said = entity(client, f"/doc/entreprise/{COMPANY}")
    assert said["legalName"] == "LAMPADAIRES IMAGINAIRES FICTIVES"
    assert (said["foundingDate"], said["dissolutionDate"]) == ("2012-03-05", "2024-06-30")
    assert "legalName" not in entity(client, f"/doc/entreprise/{LONELY}")


def test_a_code_of_the_register_has_a_document(client: FlaskClient) -> None:
    """A state or size class that a company page links leads to a page that names it."""
    assert "20 to 49 employees" in page(client, "/doc/effectif/12", "en")
