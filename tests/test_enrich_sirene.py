"""`annuaire enrich sirene`: fictitious stock files and answers of the API, proposed, reviewed, accepted or refused."""

from __future__ import annotations

import csv
import io
import json
import shutil
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from endpoints.cli import main
from publisher import trial
from publisher.enrich import register_api
from publisher.enrich.register_acceptance import accept_facts, fields_named
from publisher.enrich.register_api import ask, read_saved
from publisher.enrich.register_changes import PROPOSAL_COLUMNS
from publisher.enrich.register_table import FIELDS, cells_of, read_accepted, value_of
from publisher.enrich.sirene import propose_from_stock
from publisher.enrich.stock_files import open_stock
from publisher.enrich.stock_join import SEATS_QUERY, UNITS_QUERY, connect_wanted, read_stock
from publisher.enrich.stock_layouts import SITES, UNITS
from publisher.errors import NotConformantError, SourceError, UsageError
from tests.benchmarks.stock import HEADER
from tests.projects.small import COMPANIES, ROOT, assemble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from publisher.enrich.sirene import Enrichment
    from tests.projects.small import SmallProject

LANTERN, BICYCLE, WATER = "999000003", "999000011", "999000029"
SAMPLES = ROOT.parent / "shared" / "data" / "sirene" / "recherche_entreprises"
SITE_HEADER = (
    "siren", "nic", "statutDiffusionEtablissement", "etablissementSiege", "libelleVoieEtablissement",
    "codeCommuneEtablissement", "codePaysEtrangerEtablissement", "libellePaysEtrangerEtablissement",
)  # fmt: skip
PERSONAL = (
    "sexeUniteLegale", "prenom1UniteLegale", "prenom2UniteLegale", "prenom3UniteLegale", "prenom4UniteLegale",
    "prenomUsuelUniteLegale", "pseudonymeUniteLegale", "nomUniteLegale", "nomUsageUniteLegale",
)  # fmt: skip
FORMATS = ("csv", "zip", "parquet")


def silent(_: object) -> None:
    """Tell nothing of the progress."""


def unit(siren: str, **changes: str) -> dict[str, str]:
    """Return a row of the stock of legal units: a fictitious company, changed."""
    row = {
        "siren": siren, "statutDiffusion": "O", "dateCreation": "2012-03-05", "trancheEffectifs": "12",
        "anneeEffectifs": "2023", "dateDernierTraitement": "2026-05-03T10:00:00.000", "dateDebut": "2024-06-30",
        "etatAdministratif": "A", "denomination": f'FICTIVE « {siren} », SOCIÉTÉ "IMAGINAIRE"',
        "categorieJuridique": "5710", "activitePrincipale": "62.01Z", "nomenclatureActivitePrincipale": "NAFRev2",
        "activitePrincipaleNAF25": "62.10Y",
    } | changes  # fmt: skip
    return {name if name in HEADER else f"{name}UniteLegale": value for name, value in row.items()}


def person(siren: str, **changes: str) -> dict[str, str]:
    """Return a row of the stock for a natural person, plainly fictitious."""
    named = dict.fromkeys(PERSONAL, "PERSONNE FICTIVE") | {"sexeUniteLegale": "F"}
    return unit(siren, categorieJuridique="1000", denomination="") | named | changes


def site(siren: str, commune: str, **changes: str) -> dict[str, str]:
    """Return a row of the stock of establishments: a head office."""
    row = dict.fromkeys(SITE_HEADER, "") | {"siren": siren, "codeCommuneEtablissement": commune}
    return row | {"statutDiffusionEtablissement": "O", "etablissementSiege": "true"} | changes


def table(rows: list[dict[str, str]], header: Sequence[str]) -> bytes:
    """Return rows as the official files write them."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def stock(folder: Path, rows: list[dict[str, str]], form: str = "csv") -> Path:
    """Write a stock of legal units in a format."""
    path = folder / f"StockUniteLegale_utf8.{form}"
    plain = folder / "StockUniteLegale_utf8.csv"
    plain.write_bytes(table(rows, HEADER))
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(plain, plain.name)
    if form == "parquet":  # the official file has the category as a number, and days as dates
        category, day = "categorieJuridiqueUniteLegale", "dateCreationUniteLegale"
        typed = f"* REPLACE (CAST({category} AS INTEGER) AS {category}, CAST({day} AS DATE) AS {day})"
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE stock AS SELECT * FROM read_csv(?, all_varchar = true)", [str(plain)])
            connection.table("stock").project(typed).write_parquet(str(path))
    return path


def sites(folder: Path, *rows: dict[str, str]) -> Path:
    """Write a stock of establishments."""
    path = folder / "StockEtablissement_utf8.csv"
    path.write_bytes(table(list(rows), SITE_HEADER))
    return path


@pytest.fixture(name="kept", scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """Return a project of a few companies, with whole nomenclatures and the shapes of a company."""
    project = assemble(tmp_path_factory.mktemp("enrich-sirene"))
    project.keep(COMPANIES, "data/sirene.csv")
    for path in (ROOT / "data" / "nomenclatures").glob("*.csv"):
        shutil.copy(path, project.path("data/nomenclatures"))
    for path in (*project.project.shape_files(), *project.project.catalog_shape_files()):
        if path.stem not in {"siege", "communs"}:
            path.unlink()
    return project


@pytest.fixture(name="small")
def _small(kept: SmallProject) -> Iterator[SmallProject]:
    """Return that project as it was: what a test writes is taken away after it."""
    data = kept.path("data")
    names = ("sirene.csv", "sirene.csv-metadata.json", "entreprises.csv")
    before = {name: (data / name).read_bytes() for name in names}
    yield kept
    for name, content in before.items():
        (data / name).write_bytes(content)
    shutil.rmtree(data / "propositions", ignore_errors=True)
    (data / "derivation" / "sirene_refus.csv").unlink(missing_ok=True)


@pytest.fixture(name="unchecked")
def _unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test that is not about the gate do without."""
    monkeypatch.setattr(trial, "check", lambda *_, **__: None)


def propose(small: SmallProject, units: Path, seats: Path | None = None) -> Enrichment:
    """Propose what a stock says of the project's companies."""
    return propose_from_stock(small.directory, units, seats, silent)


def facts(found: Enrichment) -> dict[tuple[str, str], str]:
    """Return what is proposed, by company and field."""
    return {(row["siren"], row["champ"]): row["valeur_sirene"] for row in found.changes.rows}


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_of_the_stock_proposes_the_same_facts(small: SmallProject, tmp_path: Path, form: str) -> None:
    """CSV, the CSV of a ZIP and Parquet give name, form, state, days, size and both activities of our companies."""
    rows = [unit("100000009"), unit(LANTERN, etatAdministratif="C", denominationUsuelle1="ENSEIGNE FICTIVE")]
    found = propose(small, stock(tmp_path, rows, form))
    assert facts(found) == {
        (LANTERN, "denomination"): f'FICTIVE « {LANTERN} », SOCIÉTÉ "IMAGINAIRE"',
        (LANTERN, "noms_usuels"): "ENSEIGNE FICTIVE",
        (LANTERN, "categorie_juridique"): "5710",
        (LANTERN, "etat"): "C ; 2024-06-30",
        (LANTERN, "date_creation"): "2012-03-05",
        (LANTERN, "effectif"): "12 ; 2023",
        (LANTERN, "naf"): "62.01Z",
        (LANTERN, "naf_2025"): "62.10Y",
    }
    assert (found.found, found.companies, found.changes.ceased) == (1, 3, [LANTERN])
    assert found.changes.absent == [BICYCLE, WATER]
    row = next(row for row in found.changes.rows if row["champ"] == "etat")
    assert (row["valeur_actuelle"], row["libelle"], row["signalement"]) == ("", "cessée", "entreprise cessée")
    assert row["date_sirene"] == "2026-05-03"


def test_no_personal_column_is_read(small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of people are neither selected by the compiled query nor written anywhere, nor told."""
    assert {*UNITS.columns.values(), *SITES.columns.values()}.isdisjoint(PERSONAL)
    path = stock(tmp_path, [person(LANTERN), person(BICYCLE, statutDiffusionUniteLegale="P"), unit(WATER)])
    with duckdb.connect() as connection, open_stock(path, UNITS, connection) as opened:
        connection.execute("CREATE TABLE wanted (siren VARCHAR)")
        query = "EXPLAIN " + UNITS_QUERY.format(stock=opened.relation)
        ((_, plan),) = connection.execute(query, opened.parameters).fetchall()
        assert "denominationUniteLegale" in plan
        assert [name for name in PERSONAL if name in plan] == []
        assert not any(name in SEATS_QUERY for name in PERSONAL)
    assert main(["enrich", "sirene", "--unites", str(path), "--project", str(small.directory)]) == 0
    said = capsys.readouterr()
    written = [each for each in small.directory.rglob("*.csv") if each.is_file()]
    texts = [said.out, said.err, *(each.read_text(encoding="utf-8") for each in written)]
    assert not any("PERSONNE FICTIVE" in text for text in texts)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_stock_streams_past_our_companies(tmp_path: Path, form: str) -> None:
    """Our companies are held in memory and each unit looked up among them, never the other way round."""
    path = stock(tmp_path, [unit(f"{number:09}") for number in range(50)], form)
    wanted = [f"{number:09}" for number in range(5000)]
    with connect_wanted(wanted, tmp_path) as connection, open_stock(path, UNITS, connection) as opened:
        query = "EXPLAIN (FORMAT json) " + UNITS_QUERY.format(stock=opened.relation)
        ((_, plan),) = connection.execute(query, opened.parameters).fetchall()
    (step,) = json.loads(plan)
    while step["name"] != "HASH_JOIN":
        (step,) = step["children"]
    assert "wanted" in step["children"][1]["extra_info"]["Table"]


def test_what_is_not_to_be_shown_is_counted_and_left_out(small: SmallProject, tmp_path: Path) -> None:
    """Units of partial diffusion give nothing, a natural person its category alone, `[ND]` an empty value."""
    rows = [unit(LANTERN, statutDiffusion="P", denomination="[ND]"), person(BICYCLE), unit(WATER, denomination="[ND]")]
    found = propose(small, stock(tmp_path, rows))
    assert found.changes.left_out == {"partial_diffusion": 1, "natural_person": 1, "not_disclosed": 1}
    proposed = facts(found)
    assert {siren for siren, _ in proposed} == {BICYCLE, WATER}
    assert [value for (siren, _), value in proposed.items() if siren == BICYCLE] == ["1000"]
    assert (WATER, "denomination") not in proposed
    assert proposed[WATER, "naf"] == "62.01Z"


@pytest.mark.usefixtures("unchecked")
def test_the_record_of_a_natural_person_is_withheld_once_its_category_is_noted(
    small: SmallProject, tmp_path: Path
) -> None:
    """The category, accepted, holds the steward's record back until a basis is recorded; no other fact is kept."""
    found = propose(small, stock(tmp_path, [person(BICYCLE)]))
    assert found.path is not None
    accept_facts(small.directory, found.path, silent, keep=frozenset(FIELDS))
    row = read_accepted(small.path("data"))[BICYCLE]
    assert {name: text for name, text in row.items() if text} == {
        "siren": BICYCLE, "categorie_juridique": "1000", "date_sirene": "2026-05-03",
    }  # fmt: skip
    assert {(each.table, each.rule) for each in small.inspect() if "personne" in each.rule} == {
        (COMPANIES, "personne-physique"), ("data/sirene.csv", "personne-physique-sirene"),
    }  # fmt: skip


def test_codes_that_the_tables_do_not_know_are_left_out(small: SmallProject, tmp_path: Path) -> None:
    """Codes of another classification or of none, and days that SIRENE does not know, are not proposed."""
    rows = [
        unit(LANTERN, nomenclatureActivitePrincipale="NAP", activitePrincipale="85.02", dateCreation="1900-01-01"),
        unit(BICYCLE, activitePrincipale="00.00Z", trancheEffectifs="", anneeEffectifs=""),
    ]
    found = propose(small, stock(tmp_path, rows), sites(tmp_path, site(LANTERN, "98765"), site(BICYCLE, "")))
    proposed = facts(found)
    absent = {(LANTERN, "naf"), (LANTERN, "date_creation"), (LANTERN, "siege"), (BICYCLE, "naf"), (BICYCLE, "effectif")}
    assert absent.isdisjoint(proposed)
    assert found.changes.left_out == {"unknown_code": 2}


def test_head_offices_are_placed(small: SmallProject, tmp_path: Path) -> None:
    """An arrondissement is taken to its commune, a seat abroad to its country, moves to another département flagged."""
    rows = [unit(each) for each in (LANTERN, BICYCLE, WATER)]
    seats = sites(
        tmp_path,
        site(LANTERN, "38185", etablissementSiege="false"),
        site(LANTERN, "69383", libelleVoieEtablissement='RUE, "FICTIVE"'),
        site(BICYCLE, "69123"),
        site(WATER, "", codePaysEtrangerEtablissement="99999", libellePaysEtrangerEtablissement="PAYS FICTIF"),
    )  # fmt: skip
    found = propose(small, stock(tmp_path, rows), seats)
    said = {row["siren"]: row for row in found.changes.rows if row["champ"] == "siege"}
    assert {siren: row["valeur_sirene"] for siren, row in said.items()} == {
        LANTERN: "69123", BICYCLE: "69123", WATER: " ; PAYS FICTIF",
    }  # fmt: skip
    assert [said[each]["libelle"] for each in (LANTERN, WATER)] == ["Lyon", ""]
    assert said[LANTERN]["signalement"] == ""
    assert "38 dans l'annuaire, 69" in said[BICYCLE]["signalement"]
    assert found.changes.moved == [BICYCLE, WATER]


@pytest.mark.usefixtures("unchecked")
def test_facts_are_accepted_by_column_and_refusals_remembered(small: SmallProject, tmp_path: Path) -> None:
    """Columns kept go into sirene.csv, those dropped are proposed again only once SIRENE says something else."""
    steward = small.path().read_bytes()
    path = propose(small, stock(tmp_path, [unit(LANTERN)])).path
    assert path is not None
    done = accept_facts(small.directory, path, silent, keep={"naf", "etat"}, drop={"denomination"})
    assert (done.kept, done.dropped, done.undecided, done.companies) == (2, 1, 4, 1)
    row = read_accepted(small.path("data"))[LANTERN]
    assert (row["naf"], row["etat"], row["denomination"], row["date_sirene"]) == ("62.01Z", "A", "", "2026-05-03")
    assert '"dc:modified": {"@value": "2026-05-03"' in small.path("data/sirene.csv-metadata.json").read_text("utf-8")
    assert small.path().read_bytes() == steward
    again = propose(small, stock(tmp_path, [unit(LANTERN)]))
    assert set(facts(again)).isdisjoint({(LANTERN, each) for each in ("naf", "etat", "denomination")})
    assert again.changes.left_out == {"refused_before": 1}
    changed = facts(
        propose(small, stock(tmp_path, [unit(LANTERN, denomination="AUTRE FICTION", etatAdministratif="C")]))
    )
    assert changed[LANTERN, "denomination"] == "AUTRE FICTION"
    assert changed[LANTERN, "etat"] == "C ; 2024-06-30"


@pytest.mark.usefixtures("unchecked")
def test_a_table_saved_by_a_spreadsheet_is_taken_back(small: SmallProject, tmp_path: Path) -> None:
    """Semicolons, a byte order mark, French days and lost zeros do no harm; each row has its own decision."""
    seats = sites(tmp_path, site(LANTERN, "38185"))
    path = propose(small, stock(tmp_path, [unit(LANTERN, trancheEffectifs="01")]), seats).path
    assert path is not None
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["decision"] = "Écarter" if row["champ"] == "naf" else "garder"
        row["date_sirene"] = "03/05/2026"
        row["valeur_sirene"] = {
            "date_creation": "05/03/2012", "siege": "38185 ;", "effectif": "1 ; 2023", "etat": "A"
        }.get(row["champ"], row["valeur_sirene"])  # fmt: skip
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    reviewed = tmp_path / "relu.csv"
    reviewed.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    done = accept_facts(small.directory, reviewed, silent)
    assert (done.kept, done.dropped, done.undecided) == (len(rows) - 1, 1, 0)
    row = read_accepted(small.path("data"))[LANTERN]
    assert (row["commune_siege"], row["tranche_effectif"], row["date_creation"]) == ("38185", "01", "2012-03-05")
    assert cells_of("siege", "1004")["commune_siege"] == "01004"
    assert (row["date_sirene"], row["naf"]) == ("2026-05-03", "")


@pytest.mark.usefixtures("unchecked")
def test_a_workbook_is_there_to_decide_in(small: SmallProject, tmp_path: Path) -> None:
    """The proposal is an XLSX too, every cell a text, decisions to choose from; it is taken back, and kept as it is."""
    path = propose(
        small, stock(tmp_path, [unit(LANTERN, trancheEffectifs="01")]), sites(tmp_path, site(LANTERN, "01004"))
    ).path
    assert path is not None
    workbook = path.with_suffix(".xlsx")
    rows = CalamineWorkbook.from_path(workbook).get_sheet_by_index(0).to_python()
    with path.open(encoding="utf-8", newline="") as stream:
        assert rows == list(csv.reader(stream))
    accept_facts(small.directory, workbook, silent, keep=frozenset(FIELDS))
    assert read_accepted(small.path("data"))[LANTERN]["tranche_effectif"] == "01"


@pytest.mark.usefixtures("unchecked")
def test_a_proposal_that_is_out_of_date_is_refused(small: SmallProject, tmp_path: Path) -> None:
    """A fact does not take the place of one accepted since; the same decision taken twice does no harm."""
    old = propose(small, stock(tmp_path, [unit(LANTERN)])).path
    new = propose(small, stock(tmp_path, [unit(LANTERN, etatAdministratif="C")])).path
    assert old is not None
    assert new is not None
    for _ in range(2):
        accept_facts(small.directory, new, silent, keep={"etat"})
    with pytest.raises(SourceError, match=r"sirene\.csv:4: etat de 999000003 vaut maintenant « C ; 2024"):
        accept_facts(small.directory, old, silent, keep={"etat"})
    assert read_accepted(small.path("data"))[LANTERN]["etat"] == "C"


@pytest.mark.usefixtures("unchecked")
def test_a_refusal_is_remembered_as_sirene_writes_it(small: SmallProject, tmp_path: Path) -> None:
    """A code whose zero a spreadsheet dropped is still the one refused."""
    units = stock(tmp_path, [unit(LANTERN, trancheEffectifs="01")])
    path = propose(small, units).path
    assert path is not None
    path.write_text(path.read_text(encoding="utf-8").replace("01 ; 2023", "1 ; 2023"), encoding="utf-8")
    accept_facts(small.directory, path, silent, drop={"effectif"})
    assert (LANTERN, "effectif") not in facts(propose(small, units))


def test_nothing_is_written_unless_the_project_conforms(small: SmallProject, tmp_path: Path) -> None:
    """A value that a person has mistyped stops the acceptance, and is named with its row; the table stays."""
    path = propose(small, stock(tmp_path, [unit(LANTERN)])).path
    assert path is not None
    wrong = tmp_path / "relu.csv"
    wrong.write_text(path.read_text(encoding="utf-8").replace("62.01Z", "62.99Z"), encoding="utf-8")
    before = small.path("data/sirene.csv").read_bytes()
    with pytest.raises(NotConformantError) as refusal:
        accept_facts(small.directory, wrong, silent, keep=frozenset(FIELDS))
    assert [(each.table, each.row, each.column) for each in refusal.value.findings if each.value == "62.99Z"] == [
        ("data/sirene.csv", 2, "naf")
    ]
    assert small.path("data/sirene.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (LANTERN, "999000002", "relu.csv:2: « 999000002 » n'est plus un SIREN"),
        (",naf,", ",naff,", "champ « naff » inconnu"),
        ("decision,", "choix,", "il manque decision"),
        ("\n,,", "\npeut-être,,", "décision « peut-être » inconnue"),
    ],
)
def test_a_damaged_review_is_refused(small: SmallProject, tmp_path: Path, old: str, new: str, said: str) -> None:
    """A row that answers to nothing any more is named; nothing is taken from the file."""
    row = dict.fromkeys(PROPOSAL_COLUMNS, "") | {"siren": LANTERN, "champ": "naf", "valeur_sirene": "62.01Z"}
    reviewed = table([row], PROPOSAL_COLUMNS).decode()
    assert old in reviewed
    wrong = tmp_path / "relu.csv"
    wrong.write_text(reviewed.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceError) as refusal:
        accept_facts(small.directory, wrong, silent, keep=frozenset(FIELDS))
    assert said in refusal.value.texts["fr"]
    assert read_accepted(small.path("data")) == {}


@pytest.mark.usefixtures("unchecked")
def test_facts_of_a_company_that_objects_since_are_taken_out(small: SmallProject, tmp_path: Path) -> None:
    """What was accepted is removed as soon as SIRENE says partial diffusion; the steward's own record stays."""
    path = propose(small, stock(tmp_path, [unit(LANTERN), unit(WATER)])).path
    assert path is not None
    accept_facts(small.directory, path, silent, keep=frozenset(FIELDS))
    steward = small.path().read_bytes()
    found = propose(small, stock(tmp_path, [unit(LANTERN, statutDiffusion="P"), unit(WATER)]))
    assert found.removed == (LANTERN,)
    assert list(read_accepted(small.path("data"))) == [WATER]
    assert small.path().read_bytes() == steward


def _cut(content: bytes) -> bytes:
    return content[: len(content) - 40]


WRONG: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "fichier vide"),
    "header-only": (lambda content: content.partition(b"\n")[0] + b"\n", "un en-tête et aucune ligne"),
    "semicolons": (lambda content: content.replace(b",", b";"), "stock.csv:1: colonnes séparées autrement"),
    "establishments": (
        lambda _: table([site(LANTERN, "38185")], SITE_HEADER),
        "stock.csv:1: c'est un fichier StockEtablissement",
    ),
    "old": (
        lambda content: content.replace(b",activitePrincipaleNAF25UniteLegale", b",autre"),
        "stock.csv:1: en-tête d'un ancien StockUniteLegale : il manque activitePrincipaleNAF25UniteLegale",
    ),
    "another": (lambda _: b"a,b\n1,2\n", "pas un fichier StockUniteLegale : il manque siren"),
    "cut": (_cut, "stock.csv:4: ligne coupée"),
    "windows": (lambda content: content.decode().encode("cp1252"), "pas de l'UTF-8"),
    "bytes": (lambda _: bytes(range(128, 256)) * 9, "format non reconnu"),
    "twice": (lambda content: content.replace(b"sigleUniteLegale", b"siren"), "une colonne est là deux fois"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_its_reason(tmp_path: Path, case: str) -> None:
    """Each wrong file says what it is, where it fails and what to do, and shows no cell of it."""
    change, said = WRONG[case]
    path = tmp_path / "stock.csv"
    path.write_bytes(change(table([unit(each) for each in (LANTERN, BICYCLE, WATER)], HEADER)))
    with pytest.raises(SourceError) as refusal:
        read_stock(path, None, [LANTERN], tmp_path, silent)
    assert said in refusal.value.texts["fr"]
    assert "IMAGINAIRE" not in refusal.value.texts["fr"]


def test_a_wrong_file_leaves_the_project_as_it_is(small: SmallProject, tmp_path: Path) -> None:
    """Establishments that cannot be read spoil the whole: nothing is proposed of the units."""
    path = stock(tmp_path, [unit(LANTERN)])
    with pytest.raises(SourceError):
        propose(small, path, path)
    assert not small.path("data/propositions").exists()


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "two", "none", "parquet"])
def test_a_damaged_archive_is_refused(tmp_path: Path, damage: str) -> None:
    """A ZIP that is cut, changed or holds no table or two, and a Parquet that is cut, are refused by name."""
    form = "parquet" if damage == "parquet" else "zip"
    path = stock(tmp_path, [unit(f"{number:09}") for number in range(2000)], form)
    content = bytearray(path.read_bytes())
    if damage in {"cut", "parquet"}:
        content = content[: len(content) // 2]
    elif damage == "changed":
        content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
    path.write_bytes(content)
    if damage in {"empty", "two", "none"}:
        with zipfile.ZipFile(path, "w") as archive:
            for name in {"empty": ["a.csv"], "two": ["a.csv", "b.csv"], "none": ["lisez-moi.txt"]}[damage]:
                archive.writestr(name, "")
    with pytest.raises(SourceError) as refusal:
        read_stock(path, None, [LANTERN], tmp_path, silent)
    assert path.name in refusal.value.texts["fr"]
    assert "zip file" not in refusal.value.texts["fr"]  # Python's own words, in English


@given(st.sampled_from([name for name, columns in FIELDS.items() if len(columns) == 1 and name != "date_creation"]),
       st.text(alphabet=st.characters(categories=["L"]), max_size=40))  # fmt: skip
def test_a_text_goes_to_its_cell_and_back(name: str, text: str) -> None:
    """A value of one cell is the same once it has been proposed and taken back."""
    assert value_of(name, cells_of(name, text)) == text


@given(st.sampled_from(["A", "C"]), st.dates().map(str) | st.just(""))
def test_a_state_goes_with_its_day(state: str, day: str) -> None:
    """A field of two cells is one value in a proposal, and two cells again."""
    cells = {"etat": state, "date_cessation": day}
    assert cells_of("etat", value_of("etat", cells)) == cells


def answer(siren: str, **changes: Any) -> dict[str, Any]:
    """Return an answer of the API on a fictitious company, with a director who is nobody."""
    result = {
        "siren": siren, "nom_complet": "FICTION (NOM FICTIF)", "nom_raison_sociale": "FICTION", "statut_diffusion": "O",
        "nature_juridique": "5710", "etat_administratif": "C", "date_creation": "2012-03-05",
        "date_fermeture": "2024-06-30", "tranche_effectif_salarie": "12", "annee_tranche_effectif_salarie": "2023",
        "activite_principale": "62.01Z", "activite_principale_naf25": "62.10Y",
        "date_mise_a_jour_insee": "2026-05-03T10:00:00", "dirigeants": [{"nom": "PERSONNE FICTIVE"}],
        "siege": {"commune": "69383", "statut_diffusion_etablissement": "O", "adresse": "RUE FICTIVE"},
    } | changes  # fmt: skip
    return {"results": [result], "total_results": 1}


def test_saved_answers_propose_facts(small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers saved in a folder are read; on companies that they do not name nothing is said; no director is kept."""
    (tmp_path / "a.json").write_text(json.dumps(answer(LANTERN)), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(answer("100000009")), encoding="utf-8")
    command = ["enrich", "sirene", "--api", str(tmp_path), "--project", str(small.directory), "--json"]
    assert main(command) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["found"], said["absent"], said["ceased"], said["moved"]) == (1, [], [LANTERN], [])
    text = small.path("data/propositions/sirene.csv").read_text(encoding="utf-8")
    assert "C ; 2024-06-30" in text
    assert ",69123,Lyon," in text
    assert "FICTIVE" not in text
    assert "noms_usuels" not in text  # the API does not tell them


def test_real_answers_are_understood() -> None:
    """The API's own answers on three companies give their name, form, state, activities and seat."""
    if not SAMPLES.is_dir():
        pytest.skip("no answers of the API beside the project")
    found = read_saved(SAMPLES, ["302474648", "487444697", "843701079", LANTERN], silent)
    assert len(found) == 3
    for each in found.values():
        assert (each.status, each.state, len(each.category), len(each.processed)) == ("O", "A", 4, 10)
        assert each.name
        assert each.activity
        assert each.activity_2025
        assert each.seat is not None
        assert len(each.seat.commune) == 5


class _Api(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []
    answers: ClassVar[list[tuple[int, bytes, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, content, headers = self.answers.pop(0) if self.answers else (200, b'{"results": []}', {})
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(name="api")
def _api(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(register_api, "PAUSE", 0)
    monkeypatch.setattr(register_api, "LONGEST_WAIT", 0)
    _Api.asked, _Api.answers = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_api_is_asked_for_the_least(small: SmallProject, api: str) -> None:
    """One question a company, for the seat and no director; one that is not known is told absent."""
    _Api.answers[:] = [(200, json.dumps(answer(LANTERN)).encode(), {})]
    assert main(["enrich", "sirene", "--api", api, "--project", str(small.directory), "--json"]) == 0
    assert [path.partition("&")[0] for path in _Api.asked] == [
        f"/search?q={each}" for each in (LANTERN, BICYCLE, WATER)
    ]
    assert all("minimal=true&include=siege" in path for path in _Api.asked)


def test_a_busy_api_is_asked_again(api: str) -> None:
    """After a 429 with its delay, and after a fault, the question is put again."""
    found = json.dumps(answer(LANTERN)).encode()
    _Api.answers[:] = [(429, b"", {"Retry-After": "30"}), (503, b"", {}), (200, found, {})]
    assert list(ask(api, [LANTERN], silent)) == [LANTERN]
    assert len(_Api.asked) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((500, b"", {}), "HTTP 500"),
        ((404, b"", {}), "HTTP 404"),
        ((302, b"", {"Location": "http://127.0.0.1:9/"}), "HTTP 302"),
        ((200, b"<html>", {}), "pas une réponse de l'API"),
        ((200, b"[" * 100_000, {}), "pas une réponse de l'API"),
        ((200, b'{"results": [{"siren": "x"}]}', {}), "pas une réponse de l'API"),
        ((200, b" " * (1 << 20) + b"{}", {}), "octets"),
    ],
    ids=["fault", "unknown", "redirection", "page", "deep", "number", "large"],
)
def test_an_api_that_fails_is_told(api: str, given: tuple[int, bytes, dict[str, str]], said: str) -> None:
    """An outage, a redirection, an answer that is none of it or too large: an error that says so."""
    _Api.answers[:] = [given] * 3
    with pytest.raises(SourceError) as refusal:
        ask(api, [LANTERN], silent)
    assert said in refusal.value.texts["fr"]


def test_an_api_that_fails_writes_nothing(small: SmallProject, api: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What was answered before an outage is not half a proposal; the error names the company that it stopped at."""
    _Api.answers[:] = [(200, json.dumps(answer(LANTERN)).encode(), {}), (404, b"", {})]
    assert main(["enrich", "sirene", "--api", api, "--project", str(small.directory)]) == 1
    assert BICYCLE in capsys.readouterr().err
    assert not small.path("data/propositions").exists()


def test_the_command_says_how_it_is_used(small: SmallProject, tmp_path: Path) -> None:
    """Options that do not go together, files that are not there and fields that are none are wrong uses."""
    project = ["--project", str(small.directory)]
    there = str(stock(tmp_path, [unit(LANTERN)]))
    for wrong in (
        [], ["--unites", there, "--api"], ["--etablissements", there], ["--unites", str(tmp_path / "absent.csv")],
        ["--unites", there, "--garder", "tout"], ["--accept", str(tmp_path / "absent.csv")],
        ["--api", str(tmp_path / "absent")],
    ):  # fmt: skip
        assert main(["enrich", "sirene", *wrong, *project]) == 2
    assert main(["enrich", "decp", there, "--garder", "tout", *project]) == 2
    with pytest.raises(UsageError, match="champ inconnu : couleur"):
        fields_named("naf,couleur")
    assert main(["enrich", "sirene", "--unites", there, "--project", str(tmp_path)]) == 2


def test_the_command_accepts_from_the_terminal(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proposed, kept whole with one option, and not proposed again."""
    path = stock(tmp_path, [unit(LANTERN)])
    project = ["--project", str(small.directory)]
    assert main(["enrich", "sirene", "--unites", str(path), *project]) == 0
    assert "7 faits proposés" in capsys.readouterr().out
    proposal = str(small.path("data/propositions/sirene.csv"))
    assert main(["enrich", "sirene", "--accept", proposal, "--garder", "tout", *project]) == 0
    assert "7 faits gardés (1 entreprises)" in capsys.readouterr().out
    assert main(["enrich", "sirene", "--unites", str(path), *project]) == 0
    assert " 0 faits proposés" in capsys.readouterr().out
