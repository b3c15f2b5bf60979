"""Deriving the companies and projects tables, and what must hold of the tables committed."""

from __future__ import annotations

import csv
import json
import shutil
from functools import cache
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import SKOS
from stdnum.fr import siren as siren_number

from publisher.derive.conventions import decode_twice, derive_conventions
from publisher.derive.inov import departement_of, derive_inov
from publisher.derive.tables import write_rows
from publisher.errors import ProjectError

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
CASE = Path(__file__).parent / "derive_inov"
SHARED = ROOT.parent / "shared" / "data"
LAUREATES = SHARED / "entreprises" / "inov_laureats_complet.json"
EXTRACT = SHARED / "acv" / "acv_communes_2024-09.csv"

Table = list[dict[str, str]]


def read(path: Path) -> Table:
    """Return a table's rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def derive(folder: Path) -> tuple[Table, Table]:
    """Derive the fictitious case into a folder; return its companies and projects."""
    (folder / "siren_ambigus.csv").write_text(
        "siren,noms,raison\n000000002,Alpha Fictive|Bêta Fictive,fictif\n", encoding="utf-8"
    )
    derive_inov(CASE / "laureats.json", CASE / "decisions.csv", folder)
    return read(folder / "entreprises.csv"), read(folder / "projets.csv")


@pytest.fixture(name="tables")
def _tables(tmp_path: Path) -> tuple[Table, Table]:
    return derive(tmp_path)


def kept() -> Table:
    """Return the decisions that keep a laureate."""
    return [row for row in read(DATA / "derivation" / "inov_decisions.csv") if row["retenu"] == "oui"]


@cache
def known_domains() -> frozenset[str]:
    """Return the slugs of the domain scheme."""
    scheme = Graph().parse(ROOT / "ontology" / "schemes" / "domaines.ttl")
    return frozenset(map(str, scheme.objects(None, SKOS.notation)))


def test_projects_of_one_company_are_one_row(tables: tuple[Table, Table]) -> None:
    """Two kept projects of a company give one row, with the union of years and domains, the latest first."""
    row = next(each for each in tables[0] if each["siren"] == "000000001")
    assert row["annees"] == "2018|2023"
    assert row["domaines"] == "eclairage|climat|iot"
    assert row["offre_fr"] == "Offre récente."
    assert row["commune"] == "97411"


def test_explicit_ground_wins_and_names_its_project(tables: tuple[Table, Table]) -> None:
    """A company's ground is the explicit one when there is one, and says in which project to look."""
    row = next(each for each in tables[0] if each["siren"] == "000000001")
    assert row["motif"] == "explicite"
    assert row["motif_detail"] == "projet « Lampadaire Fictif » (vague 2) : résumé : villes imaginaires"


def test_source_spellings_become_other_names(tables: tuple[Table, Table]) -> None:
    """The source's spellings survive as other names, double spaces included."""
    row = next(each for each in tables[0] if each["siren"] == "000000001")
    assert row["nom"] == "Lumière Fictive"
    assert row["autres_noms"] == "LUMIERE  FICTIVE|Lumiere Fictive SAS"


def test_ambiguous_siren_keeps_its_companies_apart(tables: tuple[Table, Table]) -> None:
    """A SIREN that carries two companies gives two rows, and neither name becomes the other's alternative."""
    rows = [row for row in tables[0] if row["siren"] == "000000002"]
    assert [(row["nom"], row["autres_noms"]) for row in rows] == [("Alpha Fictive", ""), ("Bêta Fictive", "")]


def test_facts_come_over_as_the_source_writes_them(tables: tuple[Table, Table]) -> None:
    """Amounts, missing values, faulty themes and municipal arrondissements come over unrepaired."""
    rows = {row["projet"]: row for row in tables[1]}
    first = rows["000000001-v2-lampadaire-fictif"]
    assert (first["montant"], first["aide"], first["commune"]) == ("1000.5", "2000.0", "75109")
    empty = rows["000000001-v10-eclairage-d-ete"]
    assert (empty["montant"], empty["aide"], empty["thematique"]) == ("", "", "")
    assert rows["000000002-v3-velo-alpha"]["thematique"] == "French Fab – industrie 4.3"
    assert rows["000000002-v4-eau-beta"]["commune"] == ""


def test_rejected_rows_and_source_sentences_stay_out(tmp_path: Path) -> None:
    """A row that we did not keep, and the source's sentences, appear in no table."""
    derive(tmp_path)
    text = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    assert "Gamma" not in text
    assert "Phrase de la source" not in text


def test_deriving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The same input gives byte-identical tables."""
    derive(tmp_path)
    first = (tmp_path / "entreprises.csv").read_bytes()
    derive(tmp_path)
    assert (tmp_path / "entreprises.csv").read_bytes() == first


def test_a_company_s_answer_is_kept(tmp_path: Path) -> None:
    """What a company answered to its record, in the table, outlives a new derivation; no source could tell it again."""
    companies, _ = derive(tmp_path)
    assert {row["reponse_entreprise"] for row in companies} == {""}
    answered = [{**row, "reponse_entreprise": f"Réponse fictive de {row['siren']}."} for row in companies]
    write_rows(tmp_path / "entreprises.csv", tuple(companies[0]), answered)
    assert derive(tmp_path)[0] == answered


def test_laureate_without_decision_is_refused(tmp_path: Path) -> None:
    """A laureate that nobody has read stops the derivation and is named."""
    decisions = tmp_path / "decisions.csv"
    lines = (CASE / "decisions.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    decisions.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(ProjectError, match="Gamma Fictive"):
        derive_inov(CASE / "laureats.json", decisions, tmp_path)


def test_two_projects_with_one_key_are_refused(tmp_path: Path) -> None:
    """Two kept projects whose names give one key stop the derivation."""
    laureates = json.loads((CASE / "laureats.json").read_text(encoding="utf-8"))
    laureates.append({**laureates[0], "projet": "Lampadaire, fictif"})
    source = tmp_path / "laureats.json"
    source.write_text(json.dumps(laureates), encoding="utf-8")
    decisions = tmp_path / "decisions.csv"
    text = (CASE / "decisions.csv").read_text(encoding="utf-8")
    line = text.splitlines()[1].replace("Lampadaire Fictif", '"Lampadaire, fictif"')
    decisions.write_text(f"{text}{line}\n", encoding="utf-8")
    (tmp_path / "siren_ambigus.csv").write_text("siren,noms,raison\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="000000001-v2-lampadaire-fictif"):
        derive_inov(source, decisions, tmp_path)


@pytest.mark.parametrize(
    ("commune", "departement"),
    [("01001", "01"), ("2A004", "2A"), ("97411", "974"), ("75109", "75"), ("", "")],
)
def test_departement_is_the_prefix_of_the_commune(commune: str, departement: str) -> None:
    """The département is read off a commune code: two characters, three overseas."""
    assert departement_of(commune) == departement


@pytest.mark.parametrize("row", kept(), ids=lambda row: f"{row['siren']}-{row['vague']}")
def test_kept_row_says_why_and_what(row: dict[str, str]) -> None:
    """Every kept laureate has a ground, where to look, two offer lines and one to three known domains."""
    assert row["motif"] in {"explicite", "theme"}
    assert row["motif_detail"]
    assert 0 < len(row["offre_fr"]) <= 200
    assert 0 < len(row["offre_en"]) <= 200
    domains = row["domaines"].split("|")
    assert 1 <= len(domains) <= 3
    assert len(set(domains)) == len(domains)
    assert set(domains) <= known_domains()


def test_every_siren_has_a_valid_key() -> None:
    """Every company's SIREN passes its key check."""
    assert [row["siren"] for row in read(DATA / "entreprises.csv") if not siren_number.is_valid(row["siren"])] == []


def test_siren_occurs_twice_only_when_listed_as_ambiguous() -> None:
    """A SIREN has one row in the companies table, unless siren_ambigus.csv lists it."""
    sirens = [row["siren"] for row in read(DATA / "entreprises.csv")]
    twice = {each for each in sirens if sirens.count(each) > 1}
    assert twice <= {row["siren"] for row in read(DATA / "siren_ambigus.csv")}


def test_sirens_of_the_mixed_up_themes_are_withheld() -> None:
    """In four themes of wave 3 the source mixes SIRENs up: every one of theirs that we keep is withheld."""
    themes = {
        "Eau et biodiversité",
        "Efficacité en énergie et en ressources",
        "Transport et mobilité durable",
        "Énergies renouvelables, stockage et systèmes énergétiques",
    }
    projects = read(DATA / "projets.csv")
    doubtful = {row["siren"] for row in projects if row["vague"] == "3" and row["thematique"] in themes}
    assert len(doubtful) == 10
    assert doubtful <= {row["siren"] for row in read(DATA / "siren_ambigus.csv")}


def test_every_project_has_its_company() -> None:
    """Projects and companies have the same SIRENs, and every project a key of its own."""
    projects = read(DATA / "projets.csv")
    assert {row["siren"] for row in projects} == {row["siren"] for row in read(DATA / "entreprises.csv")}
    assert len({row["projet"] for row in projects}) == len(projects)


def test_committed_tables_are_the_derived_ones(tmp_path: Path) -> None:
    """Deriving from the real source gives the committed tables, byte for byte."""
    if not LAUREATES.exists():
        pytest.skip("the i-Nov source file is not beside this checkout")
    shutil.copy(DATA / "siren_ambigus.csv", tmp_path)
    derive_inov(LAUREATES, DATA / "derivation" / "inov_decisions.csv", tmp_path)
    for name in ("entreprises.csv", "projets.csv"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_our_lines_copy_no_source_sentence() -> None:
    """No offer line or ground shares a run of 50 characters with the source's texts."""
    if not LAUREATES.exists():
        pytest.skip("the i-Nov source file is not beside this checkout")
    fields = ("moto", "projetresume", "entrepriseresume")
    laureates = json.loads(LAUREATES.read_text(encoding="utf-8"))
    source = "\n".join(row[field] or "" for row in laureates for field in fields).casefold()
    for row in kept():
        for column in ("offre_fr", "motif_detail"):
            text = row[column].casefold()
            runs = {text[i : i + 50] for i in range(max(1, len(text) - 49))}
            assert not [run for run in runs if len(run) == 50 and run in source], row["siren"]
            assert text not in source


def test_conventions_cover_every_town_once() -> None:
    """The conventions table has the 245 towns of 232 conventions, 240 with a signature date."""
    rows = read(DATA / "conventions.csv")
    assert len({row["commune"] for row in rows}) == len(rows) == 245
    assert len({row["id_acv"] for row in rows}) == 232
    assert sum(bool(row["date_signature"]) for row in rows) == 240


def test_convention_has_one_name() -> None:
    """Towns that share a convention share its name and signature date."""
    rows = read(DATA / "conventions.csv")
    facts = {(row["id_acv"], row["nom"], row["date_signature"]) for row in rows}
    assert len(facts) == len({row["id_acv"] for row in rows})


def test_committed_conventions_are_the_derived_ones(tmp_path: Path) -> None:
    """Deriving from the real extract gives the committed conventions table, byte for byte."""
    if not EXTRACT.exists():
        pytest.skip("the Action cœur de ville extract is not beside this checkout")
    derive_conventions(EXTRACT, tmp_path / "conventions.csv")
    assert (tmp_path / "conventions.csv").read_bytes() == (DATA / "conventions.csv").read_bytes()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("AlenÃ§on", "Alençon"), ("Ã‰pernay", "Épernay"), ("Sète", "Sète"), ("Agen", "Agen")],
)
def test_names_decoded_wrongly_are_read_again(written: str, meant: str) -> None:
    """A name whose UTF-8 was read as Windows-1252 gets its letters back; a sound name stays."""
    assert decode_twice(written) == meant
