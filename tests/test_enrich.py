"""`annuaire enrich decp`: fictitious files of public contracts in each format, proposed, reviewed and taken over."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from endpoints.cli import main
from publisher.derive.tables import Row, read_rows
from publisher.enrich import json_stream
from publisher.enrich.acceptance import accept
from publisher.enrich.classification import Classification
from publisher.enrich.declared_csv import read_csv
from publisher.enrich.declared_json import read_json
from publisher.enrich.decp import propose_contracts
from publisher.enrich.json_stream import JsonStream
from publisher.enrich.proposals import COLUMNS, amount, day, may_be_a_person
from publisher.errors import NotConformantError, SourceError, UsageError
from publisher.identifiers import slug
from publisher.siren import siren_within
from publisher.table import FINDINGS
from tests.projects.small import SmallProject, assemble
from tests.test_derive_inov import known_domains

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.enrich.declarations import Declaration

ROOT = Path(__file__).parents[1]
CASE = Path(__file__).parent / "enrich_decp"
TOWN, LANTERN, BICYCLE = "213805443", "999000003", "999000011"
FIRST, DAMAGED = f"{TOWN}-2024-fictif-a-{LANTERN}", f"{TOWN}-2024-fictif-d-{BICYCLE}"


def silent(_: float) -> None:
    """Tell nothing of the progress."""


@pytest.fixture(name="directory", scope="module")
def _directory(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    project = assemble(tmp_path_factory.mktemp("enrich"))
    rules = project.path("data/derivation")
    rules.mkdir()
    shutil.copy(ROOT / "data" / "derivation" / "decp_domaines.csv", rules)
    return project


def proposed(project: SmallProject, file: str) -> dict[str, Row]:
    """Propose the contracts of a fictitious file; return the rows by contract."""
    found = propose_contracts(project.directory, CASE / file, silent)
    return {row["marche"]: row for row in found.proposals.rows}


@pytest.mark.parametrize(
    ("file", "layout", "records"),
    [
        ("fictif_consolide_2018.csv", "csv-holder", 8),
        ("fictif_consolide_2022.csv", "csv-holder", 8),
        ("fictif_trois_titulaires.csv", "csv-contract", 7),
        ("fictif_2018.json", "json-2018", 7),
        ("fictif_2022.json", "json-2022", 7),
    ],
)
def test_every_format_proposes_the_same_contracts(
    directory: SmallProject, file: str, layout: str, records: int
) -> None:
    """CSV and JSON, of 2018 and of 2022, give the same rows; only formats without names cannot tell a person's."""
    found = propose_contracts(directory.directory, CASE / file, silent)
    assert (found.declared.layout, found.declared.records) == (layout, records)
    rows = {row["marche"]: row for row in found.proposals.rows}
    named = "titulaires.csv" not in file and file != "fictif_2022.json"
    assert rows.keys() == {FIRST, DAMAGED} | (set() if named else {f"{TOWN}-2024-fictif-f-{BICYCLE}"})
    assert (rows[FIRST]["montant"].rstrip("0"), rows[FIRST]["date_notification"]) == ("1000.5", "2024-01-02")
    assert (rows[FIRST]["cpv"], rows[FIRST]["flux"]) == ("50232100", "flux fictif")
    assert found.proposals.left_out["buyer_no_authority"] == found.proposals.left_out["already_held"] == 1
    assert found.proposals.left_out["withheld"] == 1
    assert found.proposals.left_out["name_may_be_a_person"] == named


def test_a_proposal_has_the_columns_of_the_table_and_a_place_for_the_decision(directory: SmallProject) -> None:
    """The written table holds the columns of marches.csv, the buyer, an empty decision, and why it is proposed."""
    path = propose_contracts(directory.directory, CASE / "fictif_consolide_2022.csv", silent).path
    assert path is not None
    assert path.parent == directory.path("data/propositions")
    row = next(row for row in read_rows(path) if row["marche"] == FIRST)
    assert tuple(row) == COLUMNS
    assert (row["decision"], row["motif"], row["domaines"]) == ("", "", "eclairage")
    assert row["pourquoi"] == (
        "titulaire dans l'annuaire ; domaines proposés : eclairage : objet « eclairage public », CPV 50232"
    )
    assert (row["acheteur_nom"], row["acheteur_type"], row["commune"]) == ("Commune de Vienne", "commune", "38544")
    assert row["titulaire_nom"] == "Exemple fictif Lanterne"


def test_each_of_several_holders_carries_the_whole_amount(directory: SmallProject) -> None:
    """A contract with a holder that the directory does not have says that there are several, and names no other."""
    for file in ("fictif_consolide_2018.csv", "fictif_2022.json"):
        rows = proposed(directory, file)
        assert rows[FIRST]["plusieurs_titulaires"] == "true"
        assert not rows[DAMAGED]["plusieurs_titulaires"]
        assert "AUTRE TITULAIRE" not in str(rows)


def test_what_a_person_must_look_at_is_said(directory: SmallProject) -> None:
    """Lost accents, impossible dates, unreadable codes and doubtful amounts are named; nothing is repaired."""
    row = proposed(directory, "fictif_consolide_2018.csv")[DAMAGED]
    assert row["a_verifier"] == (
        "accents perdus à la source ; montant douteux ; date impossible (0222-04-29) ; CPV illisible (CPV illisible)"
    )
    assert (row["date_notification"], row["cpv"], row["montant_douteux"]) == ("", "", "true")
    assert "\ufffd" in row["objet"]


def test_a_proposal_never_overwrites(directory: SmallProject) -> None:
    """Another proposal takes a name that is free; the same one is not written twice; the tables stay as they were."""
    before = directory.path("data/marches.csv").read_bytes()
    files = ("fictif_consolide_2018.csv", "fictif_2022.json", "fictif_2022.json")
    paths = [propose_contracts(directory.directory, CASE / file, silent).path for file in files]
    assert paths[0] != paths[1] == paths[2]
    assert directory.path("data/marches.csv").read_bytes() == before


def consolidated(folder: Path, *changes: dict[str, str]) -> Path:
    """Write the first fictitious contract several times, each with cells changed."""
    rows = read_rows(CASE / "fictif_consolide_2022.csv")
    path = folder / "fictif.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows[0] | change for change in changes)
    return path


def test_a_modified_contract_is_proposed_as_first_declared(directory: SmallProject, tmp_path: Path) -> None:
    """Of the versions of a contract the first one is proposed, and that it was modified is said."""
    later = {"modification_id": "1", "montant": "9000", "dateNotification": "2025-05-06"}
    rows = propose_contracts(directory.directory, consolidated(tmp_path, later, {}), silent).proposals.rows
    assert [(row["montant"], row["date_notification"], row["a_verifier"]) for row in rows] == [
        ("1000.50", "2024-01-02", "modifié depuis")
    ]


def test_two_declarations_that_differ_make_an_amount_doubtful(directory: SmallProject, tmp_path: Path) -> None:
    """One contract in two flows is one row; two amounts for it are doubtful."""
    file = consolidated(tmp_path, {}, {"montant": "1000.5", "sourceDataset": "autre"}, {"montant": "2000"})
    rows = propose_contracts(directory.directory, file, silent).proposals.rows
    assert [row["montant_douteux"] for row in rows] == ["true"]


def test_one_object_under_two_identifiers_is_said(directory: SmallProject, tmp_path: Path) -> None:
    """Contracts of the same buyer, holder and object may be one declared twice: both rows say so."""
    file = consolidated(tmp_path, {}, {"id": "2024-FICTIF-A2"})
    rows = propose_contracts(directory.directory, file, silent).proposals.rows
    assert [row["a_verifier"] for row in rows] == ["même objet sur 2 lignes proposées"] * 2


def test_an_identifier_that_lost_its_zeros_is_found(directory: SmallProject, tmp_path: Path) -> None:
    """A holder's VAT number leads to the company as its SIRET does; another register's number never does."""
    vat = {"titulaire_id": f"FR12{LANTERN}", "titulaire_typeIdentifiant": "TVA"}
    other = {"titulaire_id": f"{LANTERN}00011", "titulaire_typeIdentifiant": "HORS-UE", "id": "AUTRE"}
    rows = propose_contracts(directory.directory, consolidated(tmp_path, vat, other), silent).proposals.rows
    assert [row["marche"] for row in rows] == [FIRST]


@pytest.mark.parametrize(
    ("value", "siren"),
    [
        ("99900000300011", "999000003"),
        ("999 000 003 00011", "999000003"),
        ("99900000300011.0", "999000003"),
        ("FR12999000003", "999000003"),
        ("999000003", "999000003"),
        ("1999000100018", "019990001"),
        ("99900000400011", ""),
        ("0000000000000", ""),
        ("²²²²²²²²²", ""),
        ("", ""),
    ],
)
def test_the_siren_within_an_identifier(value: str, siren: str) -> None:
    """SIRET, SIREN and VAT number give their SIREN; zeros come back only where the key is then right."""
    assert siren_within(value) == siren


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Prénom Imaginaire", True),
        ("M. FICTIF SAS", True),
        ("PRENOM FICTIF EI", True),
        ("FICTIF SARL", False),
        ("EXEMPLE LANTERNE AGENCE SUD", False),
        ("Lumière 2000", False),
        ("", False),
    ],
)
def test_a_name_that_may_be_a_person_s(name: str, *, person: bool) -> None:
    """A few words with neither legal form nor anything of the company's names may name a person."""
    assert may_be_a_person(name, ["Exemple Lanterne"]) is person


@pytest.mark.parametrize(
    ("text", "found"),
    [("1000,5", "1000.5"), ("1.5E3", "1.5E+3"), ("-3", "None"), ("1e400", "None"), ("NaN", "None"), ("", "None")],
)
def test_amounts_as_files_write_them(text: str, found: str) -> None:
    """Exponents and decimal commas are amounts; negative, infinite and absurd ones are none."""
    assert str(amount(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("2024-01-02", "2024-01-02"), ("2024-01-02+01:00", "2024-01-02"), ("2024-02-30", ""), ("0222-04-29", ""),
     ("September, 16 2021", ""), ("2921-11-19", "")],
)  # fmt: skip
def test_days_as_files_write_them(text: str, found: str) -> None:
    """A date loses its hour; an impossible one, or one no contract has, is no date."""
    assert day(text) == found


def test_rules_name_domains_of_the_scheme() -> None:
    """Each rule leads to a domain that exists, by a CPV code or by words, never both."""
    for row in read_rows(ROOT / "data" / "derivation" / "decp_domaines.csv"):
        assert row["domaine"] in known_domains()
        assert bool(row["cpv"]) != bool(row["mots"]), row
        assert row["cpv"].isdigit() or row["mots"].replace("*", "").replace(" ", "").isalnum()


def test_rules_agree_with_the_decisions_of_a_person() -> None:
    """On the contracts kept after reading, nine proposals of ten are the person's own."""
    classification = Classification(ROOT / "data")
    pairs = [
        (set(classification.propose(row["cpv"], row["objet"]).domains), set(row["domaines"].split("|")))
        for row in read_rows(ROOT / "data" / "marches.csv")
    ]
    right, made = sum(len(ours & theirs) for ours, theirs in pairs), sum(len(ours) for ours, _ in pairs)
    assert right / made >= 0.9


def copied(name: str, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """Return what a fictitious file becomes once changed."""
    return lambda: change((CASE / name).read_bytes())


def told(folder: Path, content: bytes) -> str:
    """Return what the reader says of a file that it refuses, without its place."""
    file = folder / "fichier"
    file.write_bytes(content)
    with pytest.raises(SourceError) as refusal:
        propose_contracts(folder, file, silent)
    assert refusal.value.texts["en"].startswith(f"{file}:")
    return refusal.value.texts["fr"].removeprefix(str(file))


@pytest.fixture(name="folder", scope="module")
def _folder(directory: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refus")
    (folder / "data").symlink_to(directory.path("data"))
    return folder


CSV, JSON = "fictif_consolide_2022.csv", "fictif_2022.json"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (lambda: b"", ": fichier vide"),
        (lambda: b" \n", ": fichier vide"),
        (lambda: b"nom,ville\nFictif,Ville fictive\n", ": pas un fichier DECP : il manque id, acheteur_id, objet,"),
        (copied(CSV, lambda text: text.replace(b"montant", b"prix")), ": pas un fichier DECP : il manque montant"),
        (copied(CSV, lambda text: text.decode().replace("\ufffd", "é").encode("cp1252")), ":2: l'octet 0xe9 n'est"),
        (copied(CSV, lambda text: text[:700]), ":3: 7 cellules au lieu de 21 : fichier tronqué"),
        (copied(CSV, lambda text: text[: text.index(b"lot")]), ":2: guillemet jamais refermé"),
        (copied(CSV, lambda text: text + b"\0"), ":10: ni CSV ni JSON"),
        (copied(CSV, lambda text: text.replace(b"\n", b"\r\n", 3)), ": fins de ligne mêlées"),
        (copied(JSON, lambda text: text[:900]), ":43: JSON tronqué"),
        (copied(JSON, lambda text: text.replace(b'"nature": ', b'"nature" ', 1)), ":15: JSON invalide"),
        (copied(JSON, lambda text: text.replace(b"marches", b"achats")), ": pas un fichier DECP (JSON)"),
        (copied(JSON, lambda text: text.replace(b"titulaires", b"prix")), ": pas un fichier DECP : il manque titul"),
        (copied(JSON, lambda text: text.decode().encode("cp1252", "replace")), ": l'octet 0xe9 n'est pas de l'UTF-8"),
        (lambda: b'{"marches": [' + b"[" * 100_000, ":1: JSON invalide : trop de niveaux"),
    ],
)
def test_a_file_that_is_no_decp_is_refused_where_it_fails(
    folder: Path, content: Callable[[], bytes], text: str
) -> None:
    """Empty, cut, badly encoded or other files are refused with the line at fault and what is missing."""
    assert told(folder, content()).startswith(text)
    assert not (folder / "data" / "propositions" / "fichier").exists()


def test_the_command_says_what_it_found(directory: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    """For a person, how many were read, proposed and left out; for a program, the same as JSON."""
    arguments = ["enrich", "decp", str(CASE / "fictif_2018.json"), "--project", str(directory.directory)]
    assert main([*arguments, "--lang", "en"]) == 0
    assert "7 records (JSON, format of 2018)\n2 contracts proposed, 1 with a domain" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["layout"], found["proposed"], found["left_out"]["withheld"]) == ("json-2018", 2, 1)


def test_a_terminal_shows_how_far_the_reading_is(
    directory: SmallProject, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bar tells the share of the file that is read, and goes away before the result; a program gets none."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    arguments = ["enrich", "decp", str(CASE / CSV), "--project", str(directory.directory)]
    assert main(arguments) == 0
    shown = capsys.readouterr().err
    assert "% lecture…" in shown
    assert shown.endswith("\r\x1b[K")
    assert main([*arguments, "--json"]) == 0
    assert not capsys.readouterr().err


def test_exit_codes(directory: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 where the file does not conform, 2 where the command is wrongly used."""
    project = ["--project", str(directory.directory)]
    (tmp_path / "vide.csv").touch()
    assert main(["enrich", "decp", str(tmp_path / "vide.csv"), *project]) == 1
    assert main(["enrich", "decp", str(tmp_path / "absent.csv"), *project]) == 2
    assert main(["enrich", "decp", *project]) == 2
    assert main(["enrich", "decp", str(CASE / CSV), "--project", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("annuaire: ") == 4


def reviewed(project: SmallProject, path: Path, **cells: str) -> Path:
    """Review a proposal: keep the first contract, drop the other; save it as a French spreadsheet does."""
    rows = proposed(project, "fictif_consolide_2018.csv")
    rows[FIRST] |= {"decision": "Garder", **cells}
    rows[DAMAGED] |= {"decision": "écarter", "motif": "essai fictif"}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";")
        writer.writeheader()
        writer.writerows(rows.values())
    return path


def test_kept_contracts_enter_the_tables(small_project: SmallProject, tmp_path: Path) -> None:
    """A row kept brings its buyer and its holder; the project conforms, and no decided row is proposed again."""
    shutil.copytree(ROOT / "data" / "derivation", small_project.path("data/derivation"))
    small_project.keep("data/marches.csv", "data/entreprises.csv")
    small_project.skip_gate()
    done = accept(small_project.directory, reviewed(small_project, tmp_path / "relu.csv"), lambda _: None)
    assert (done.kept, done.dropped, done.undecided) == (1, 1, 0)
    assert done.added == {
        "marches.csv": 1, "collectivites.csv": 1, "entreprises_marches.csv": 1, "derivation/decp_decisions.csv": 2,
    }  # fmt: skip
    held = {row["marche"]: row for row in small_project.rows("data/marches.csv")}
    assert len(held) == 2
    assert held[FIRST]["domaines"] == "eclairage"
    assert {row["siren"] for row in small_project.rows("data/collectivites.csv")} == {"999000060", TOWN}
    assert proposed(small_project, "fictif_consolide_2018.csv") == {}


def saved_again(path: Path) -> None:
    """Save a table as a French spreadsheet does, given back with its findings before."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerows([*row, FINDINGS["fr"] if row is rows[0] else ""] for row in rows)


def test_tables_that_a_spreadsheet_saved_are_read_and_added_to(
    small_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project's own tables may have semicolons, a byte order mark, a column of findings, or be workbooks.

    To a workbook no row is added: a person saves it as CSV first.
    """
    monkeypatch.setattr("publisher.trial.check", lambda *_, **__: None)
    shutil.copytree(ROOT / "data" / "derivation", small_project.path("data/derivation"))
    before = proposed(small_project, "fictif_consolide_2018.csv")
    for name in ("entreprises", "marches", "collectivites"):
        saved_again(small_project.path(f"data/{name}.csv"))
    assert proposed(small_project, "fictif_consolide_2018.csv") == before
    relu = reviewed(small_project, tmp_path / "relu.csv")
    assert accept(small_project.directory, relu, lambda _: None).added["marches.csv"] == 1
    rows = small_project.rows("data/marches.csv")
    assert (len(rows), FINDINGS["fr"] in rows[0]) == (2, False)
    with Workbook(small_project.path("data/marches.xlsx")) as workbook:
        sheet = workbook.add_worksheet()
        for number, cells in enumerate([list(rows[0]), list(rows[0].values())]):
            sheet.write_row(number, 0, cells)
    small_project.path("data/marches.csv").unlink()
    with pytest.raises(UsageError, match=r"marches\.xlsx : l'enregistrer en CSV"):
        accept(small_project.directory, relu, lambda _: None)
    small_project.path("data/entreprises.csv").write_text("rien\n1\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"entreprises\.csv:1: colonnes absentes : siren, nom"):
        proposed(small_project, "fictif_consolide_2018.csv")


def test_own_tables_have_the_titles_that_publish_takes(
    small_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns go by their titles, SIREN numbers with spaces; a table that gains rows keeps its own header."""
    monkeypatch.setattr("publisher.trial.check", lambda *_, **__: None)
    shutil.copytree(ROOT / "data" / "derivation", small_project.path("data/derivation"))
    before = proposed(small_project, "fictif_consolide_2018.csv")
    for name, column, title in (
        ("entreprises", "siren,nom,", "N° SIREN,Raison sociale,"),
        ("collectivites", "siren,", "SIREN,"),
        ("marches", "marche,acheteur,titulaire,", "Numéro de marché,SIREN acheteur,SIREN titulaire,"),
    ):
        table = small_project.path(f"data/{name}.csv")
        text = table.read_text(encoding="utf-8")
        assert text.startswith(column)
        text = title + text.removeprefix(column).replace("\n999000003,", "\n999 000 003,")
        table.write_text(text, encoding="utf-8")
    assert proposed(small_project, "fictif_consolide_2018.csv") == before
    accept(small_project.directory, reviewed(small_project, tmp_path / "relu.csv"), lambda _: None)
    rows = small_project.rows("data/marches.csv")
    assert list(rows[0])[:3] == ["Numéro de marché", "SIREN acheteur", "SIREN titulaire"]
    assert FIRST in {row["Numéro de marché"] for row in rows}
    assert len(rows) == 2


def test_contracts_dropped_by_the_first_selection_stay_out(directory: SmallProject, tmp_path: Path) -> None:
    """What a person decided in marches_decisions.csv is not proposed again, under whatever flow it comes."""
    shutil.copytree(directory.directory, tmp_path / "projet")
    decisions = "acheteur_siren,id_marche,titulaire_siren,retenu\n" + f"{TOWN},2024-FICTIF-A,{LANTERN},non\n"
    (tmp_path / "projet/data/derivation/marches_decisions.csv").write_text(decisions, encoding="utf-8")
    found = propose_contracts(tmp_path / "projet", CASE / "fictif_2018.json", silent)
    assert [row["marche"] for row in found.proposals.rows] == [DAMAGED]
    assert found.proposals.left_out["already_decided"] == 1


def test_a_review_that_does_not_conform_changes_nothing(small_project: SmallProject, tmp_path: Path) -> None:
    """Rows that the check refuses, unknown decisions, drops without a reason, broken keys leave tables as they were."""
    small_project.keep("data/marches.csv", "data/entreprises.csv")
    path = small_project.path("data/marches.csv")
    before = path.read_bytes()
    for cells, error in (
        ({"domaines": "domaine-fictif"}, NotConformantError),
        ({"decision": "peut-être"}, SourceError),
        ({"decision": "ecarter"}, SourceError),
        ({"identifiant": "2,02E+14"}, SourceError),
    ):
        with pytest.raises(error):
            accept(small_project.directory, reviewed(small_project, tmp_path / "relu.csv", **cells), lambda _: None)
        assert path.read_bytes() == before
    with pytest.raises(SourceError, match="il manque decision"):
        accept(small_project.directory, CASE / "fictif_consolide_2022.csv", lambda _: None)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from(',;"\n'), max_size=12)
CONTRACTS = st.lists(
    st.fixed_dictionaries({
        "identifier": st.from_regex(r"[A-Za-z0-9]{1,5}", fullmatch=True),
        "subject": TEXTS, "nature": TEXTS, "procedure": TEXTS, "buyer_name": TEXTS, "holder_name": TEXTS,
        "amount": st.decimals(0, 10**9, places=2).map(str), "holder": st.sampled_from([LANTERN, BICYCLE, "999000052"]),
    }),
    min_size=1, max_size=4, unique_by=lambda contract: slug(contract["identifier"]),
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(CONTRACTS)
def test_one_set_of_contracts_is_read_alike_from_csv_and_json(
    tmp_path_factory: pytest.TempPathFactory, contracts: list[dict[str, str]]
) -> None:
    """Whatever the texts, quotes and line ends within cells, both kinds of file declare the same contracts."""
    folder = tmp_path_factory.mktemp("formats", numbered=True)
    table, official = folder / "t.csv", folder / "t.json"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    names = ("identifier", "subject", "nature", "procedure", "buyer_name", "amount", "holder", "holder_name")
    header = "id,objet,nature,procedure,acheteur.nom,montant,titulaire.id,titulaire.denominationSociale"
    writer.writerow([*header.split(","), "acheteur.id", "codeCPV", "dateNotification"])
    writer.writerows([*(contract[name] for name in names), TOWN, "", ""] for contract in contracts)
    table.write_text(text.getvalue(), encoding="utf-8", newline="")
    official.write_text(json.dumps({"marches": [_as_json(each) for each in contracts]}), encoding="utf-8")
    from_csv, from_json = (read(path, {LANTERN}, silent) for read, path in ((read_csv, table), (read_json, official)))
    assert ordered(from_csv.declarations) == ordered(from_json.declarations)
    assert from_csv.records == from_json.records == len(contracts)
    assert len(from_csv.declarations) == sum(contract["holder"] == LANTERN for contract in contracts)


def ordered(declarations: list[Declaration]) -> list[dict[str, Any]]:
    """Return declarations as they can be compared, in the order of their identifiers."""
    return sorted((asdict(each) for each in declarations), key=lambda each: each["identifier"])


def _as_json(contract: dict[str, str]) -> dict[str, Any]:
    holder = {"id": contract["holder"], "denominationSociale": contract["holder_name"]}
    return {
        "id": contract["identifier"], "acheteur": {"id": TOWN, "nom": contract["buyer_name"]},
        "objet": contract["subject"], "codeCPV": None, "nature": contract["nature"],
        "procedure": contract["procedure"], "dateNotification": None, "montant": contract["amount"],
        "titulaires": [holder],
    }  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(items=st.lists(VALUES), size=st.integers(1, 9), indent=st.sampled_from([None, 1]))
def test_an_array_is_the_same_whatever_the_pieces_it_comes_in(items: list[Any], size: int, indent: int | None) -> None:
    """Items read one after the other equal those of the standard parser, numbers as written."""
    text = json.dumps(items, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK", size)
        found = list(JsonStream(io.StringIO(text), Path("fictif.json")).items())
    assert found == json.loads(text, parse_int=str)
