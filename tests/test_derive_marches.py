"""Deriving contracts, their holders, their buyers and the declared websites; and what holds of the tables committed."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher.derive.marches import EXTRACTS, derive_marches
from publisher.derive.sites import bears, derive_sites
from publisher.derive.tables import Row, read_rows, write_rows
from publisher.errors import ProjectError
from publisher.siren import is_siren
from tests.test_derive_inov import known_domains

if TYPE_CHECKING:
    from tests.conftest import Published

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
CASE = Path(__file__).parent / "derive_marches"
DECISIONS = DATA / "derivation" / "marches_decisions.csv"
SHARED = ROOT.parent / "shared" / "data" / "marches"
SITES = SHARED / "sites_web_inov_via_ilab.csv"
LOST = re.compile("[\ufffd?\x80-\x9f]")
"""What a letter became in the source: the replacement character, a question mark or a C1 control."""

TOWN, HOLDER = "213805443", "999000011"


def prepare(folder: Path) -> Path:
    """Fill a data folder with the tables that the derivation reads; return it."""
    folder.mkdir()
    (folder / "territoires").symlink_to(DATA / "territoires")
    shutil.copy(DATA / "conventions.csv", folder)
    (folder / "entreprises.csv").write_text("siren,nom\n999000003,Lumière Fictive\n", encoding="utf-8")
    (folder / "siren_ambigus.csv").write_text("siren,noms,raison\n", encoding="utf-8")
    (folder / "collectivites.csv").write_text(
        "siren,nom,commune,departement,source\n999000029,Ville tenue à la main,38185,38,https://exemple.test/\n",
        encoding="utf-8",
    )
    return folder


def derive(folder: Path) -> dict[str, dict[str, Row]]:
    """Derive the fictitious case into a data folder; return its tables by their first column."""
    derive_marches(CASE, CASE / "decisions.csv", folder)
    names = ("marches", "entreprises_marches", "collectivites")
    return {name: {next(iter(row.values())): row for row in read_rows(folder / f"{name}.csv")} for name in names}


@pytest.fixture(name="tables", scope="module")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Row]]:
    return derive(prepare(tmp_path_factory.mktemp("marches") / "data"))


def changed(folder: Path, **cells: str) -> Path:
    """Return the fictitious decisions with cells of the first row changed."""
    rows = read_rows(CASE / "decisions.csv")
    rows[0].update(cells)
    write_rows(folder / "decisions.csv", list(rows[0]), rows)
    return folder / "decisions.csv"


def test_a_contract_keeps_the_facts_of_its_source(tables: dict[str, dict[str, Row]]) -> None:
    """Amount, date, nature and identifier come over as written; the place is the buyer's, the file an address."""
    row = tables["marches"][f"{TOWN}-2019-fictif-a00-999000003"]
    assert (row["identifiant"], row["montant"], row["date_notification"]) == ("2019_Fictif-A00", "1000.5", "2019-01-02")
    assert (row["cpv"], row["commune"], row["convention"]) == ("50232100", "38544", "acv-215")
    assert row["source"] == "https://github.com/exemple/fictif/blob/abc/json/fictif.zip"


def test_restored_accents_are_said(tables: dict[str, dict[str, Row]]) -> None:
    """An object whose letters were lost is published as the decision restores it, and marked."""
    rows = tables["marches"].values()
    restored = {row["objet"] for row in rows if row["accents_retablis"]}
    assert restored == {"Maintenance de l'éclairage fictif"}


def test_doubt_comes_from_the_source_or_from_a_decision(tables: dict[str, dict[str, Row]]) -> None:
    """An amount is doubtful when the source or our decision says so, and is published all the same."""
    doubtful = {row["identifiant"]: row["montant"] for row in tables["marches"].values() if row["montant_douteux"]}
    assert doubtful == {"B1": "3", "C1": "1000.5"}


def test_holders_of_one_contract_each_have_a_row(tables: dict[str, dict[str, Row]]) -> None:
    """Each holder carries the whole amount, and the row says that there are several."""
    shared = [row for row in tables["marches"].values() if row["plusieurs_titulaires"] == "true"]
    assert {(row["identifiant"], row["montant"]) for row in shared} == {("2019_Fictif-A00", "1000.5")}
    assert {row["titulaire"] for row in shared} == {"999000003", HOLDER}


def test_a_known_company_keeps_its_name(tables: dict[str, dict[str, Row]]) -> None:
    """The name of entreprises.csv wins; the source's spelling is another name."""
    row = tables["entreprises_marches"]["999000003"]
    assert (row["nom"], row["autres_noms"]) == ("Lumière Fictive", "LUMIERE FICTIVE")


def test_the_most_frequent_spelling_names_a_new_company(tables: dict[str, dict[str, Row]]) -> None:
    """A role in parentheses is no part of a name; domains come from the contracts, the most frequent first."""
    row = tables["entreprises_marches"][HOLDER]
    assert (row["nom"], row["autres_noms"]) == ("Exemple Fictif", "EXEMPLE FICTIF AGENCE")
    assert row["domaines"] == "e-administration|eclairage|videoprotection"


def test_buyers_are_named_after_the_territory_that_they_administer(tables: dict[str, dict[str, Row]]) -> None:
    """An office's name gives way to the authority's, which the SIREN leads to; a joint body keeps its own."""
    named = {row["nom"]: row["type"] for row in tables["collectivites"].values() if row["type"]}
    assert named == {
        "Commune de Vienne": "commune",
        "Département de l'Isère": "departement",
        "Grenoble-Alpes-Métropole": "intercommunalite",
        "Région Normandie": "region",
        "Syndicat fictif": "groupement",
    }
    assert tables["collectivites"]["253303473"]["departement"] == "33"


def test_authorities_kept_by_hand_stay(tables: dict[str, dict[str, Row]]) -> None:
    """A local authority that another source brought is still there after a derivation."""
    assert tables["collectivites"]["999000029"]["nom"] == "Ville tenue à la main"


def test_rejected_rows_stay_out(tables: dict[str, dict[str, Row]]) -> None:
    """A row that we did not keep appears in no table."""
    assert "Prénom Fictif" not in str(tables)
    assert "999000029" not in tables["entreprises_marches"]


def test_deriving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The same input gives byte-identical tables, over its own output too."""
    data = prepare(tmp_path / "data")
    derive(data)
    names = ("marches.csv", "entreprises_marches.csv", "collectivites.csv")
    first = [(data / name).read_bytes() for name in names]
    derive(data)
    assert [(data / name).read_bytes() for name in names] == first


def test_a_row_without_a_decision_is_refused(tmp_path: Path) -> None:
    """A row that nobody has read stops the derivation and is named."""
    decisions = changed(tmp_path, id_marche="autre")
    with pytest.raises(ProjectError, match="2019_Fictif-A00"):
        derive_marches(CASE, decisions, prepare(tmp_path / "data"))


def test_two_contracts_with_one_key_are_refused(tmp_path: Path) -> None:
    """Two identifiers that differ by punctuation alone would share an address: the derivation stops."""
    decisions = changed(tmp_path, id_marche="2019-FICTIF-A00")
    write_rows(decisions, list(read_rows(decisions)[0]), [*read_rows(decisions), read_rows(CASE / "decisions.csv")[0]])
    source = tmp_path / "source"
    shutil.copytree(CASE, source)
    rows = read_rows(source / EXTRACTS[0])
    write_rows(source / EXTRACTS[0], list(rows[0]), [*rows, rows[0] | {"id_marche": "2019-FICTIF-A00"}])
    with pytest.raises(ProjectError, match="2019-fictif-a00"):
        derive_marches(source, decisions, prepare(tmp_path / "data"))


def test_a_siren_of_several_companies_is_refused(tmp_path: Path) -> None:
    """A holder whose SIREN stands for several companies must be decided against."""
    data = prepare(tmp_path / "data")
    (data / "siren_ambigus.csv").write_text(f"siren,noms,raison\n{HOLDER},fictif,fictif\n", encoding="utf-8")
    with pytest.raises(ProjectError, match=HOLDER):
        derive_marches(CASE, CASE / "decisions.csv", data)


def test_a_company_of_two_sources_is_one_thing_with_both_provenances(small_release: Published) -> None:
    """Merged by SIREN: one name, the other spelling beside it, a record derived from both tables, a group for each."""
    lines = gzip.decompress((small_release[2].directory / "dumps" / "annuaire.nt.gz").read_bytes()).decode().split("\n")
    base = "https://annuaire.example"
    thing, record = (f"<{base}/{kind}/entreprise/{HOLDER}>" for kind in ("id", "doc"))
    said = [line.removesuffix(" .").split(" ", 2) for line in lines if line.startswith((thing, record))]
    found = {(s, p.rpartition("/")[2], o) for s, p, o in said}
    assert {o for s, p, o in found if p == "core#prefLabel>"} == {'"Exemple fictif Vélo"@fr'}
    assert {o for s, p, o in found if p == "core#altLabel>"} == {'"EXEMPLE FICTIF VELO"@fr'}
    sources = {o for s, p, o in found if p == "prov#wasDerivedFrom>" and s == record}
    assert sources == {f"<{base}/id/source/{table}>" for table in ("entreprises", "entreprises_marches")}
    groups = {o for s, p, o in found if p == "hasPart>"}
    assert groups == {f"{record[:-1]}#{group}>" for group in ("classement", "marches")}


def test_every_decision_says_why() -> None:
    """Each row read has a reason; a row kept has one to three domains of the scheme, a row dropped none."""
    for row in read_rows(DECISIONS):
        assert row["raison"]
        domains = row["domaines"].split("|") if row["domaines"] else []
        assert (1 <= len(domains) <= 3) == (row["retenu"] == "oui"), row
        assert len(set(domains)) == len(domains)
        assert set(domains) <= known_domains()


def test_holders_whose_name_may_be_a_person_s_are_not_published() -> None:
    """Rows dropped for their holder's identity leave no trace of that holder in the tables."""
    doubtful = {row["titulaire_siren"] for row in read_rows(DECISIONS) if row["raison"].startswith("identité")}
    assert len(doubtful) == 5
    assert not doubtful & {row["siren"] for row in read_rows(DATA / "entreprises_marches.csv")}
    assert not doubtful & {row["titulaire"] for row in read_rows(DATA / "marches.csv")}


def test_every_siren_of_a_contract_has_a_valid_key() -> None:
    """Buyers and holders have SIRENs that pass their key check, and are in the tables that describe them."""
    contracts = read_rows(DATA / "marches.csv")
    holders = {row["siren"] for row in read_rows(DATA / "entreprises_marches.csv")}
    buyers = {row["siren"] for row in read_rows(DATA / "collectivites.csv")}
    assert {row["titulaire"] for row in contracts} == holders
    assert {row["acheteur"] for row in contracts} <= buyers
    assert [siren for siren in holders | buyers if not is_siren(siren)] == []


def test_no_contract_promises_more_than_its_notification() -> None:
    """The committed tables never call a contract a good practice, nor its service delivered."""
    texts = "".join(path.read_text(encoding="utf-8") for path in DATA.glob("*marches.csv-metadata.json"))
    assert "Un marché notifié n'est pas une prestation réalisée" in texts
    assert not re.search(r"bonnes? pratiques?|livré|good practice|delivered", texts)


def test_facts_of_every_contract_equal_the_source() -> None:
    """Each published row is a row of the source, but for letters lost there and restored one by one."""
    if not SHARED.is_dir():
        pytest.skip("the extracts of public contracts are not beside this checkout")
    source = {
        (row["source_flux"], row["acheteur_siren"], row["id_marche"], row["titulaire_siren"]): row
        for name in EXTRACTS
        for row in read_rows(SHARED / name)
    }
    published = read_rows(DATA / "marches.csv")
    assert published
    for row in published:
        there = source[row["flux"], row["acheteur"], row["identifiant"], row["titulaire"]]
        for ours, theirs in (
            ("montant", "montant_eur"), ("date_notification", "date_notification"), ("nature", "nature"),
            ("procedure", "procedure"),
        ):  # fmt: skip
            assert row[ours] == there[theirs], row["marche"]
        assert there["cpv"].startswith(row["cpv"])
        pairs = list(zip(row["objet"], there["objet"].strip(), strict=True))
        assert all(a == b or (LOST.match(b) and a.isalpha()) for a, b in pairs), row["marche"]
        assert bool(row["accents_retablis"]) == any(a != b for a, b in pairs)


def test_committed_contracts_are_the_derived_ones(tmp_path: Path) -> None:
    """Deriving from the real extracts gives the committed tables, byte for byte."""
    if not SHARED.is_dir():
        pytest.skip("the extracts of public contracts are not beside this checkout")
    data = prepare(tmp_path / "data")
    for name in ("entreprises.csv", "siren_ambigus.csv", "collectivites.csv"):
        shutil.copy(DATA / name, data)
    derive_marches(SHARED, DECISIONS, data)
    derive_sites(SITES, data)
    for name in ("marches.csv", "entreprises_marches.csv", "collectivites.csv", "sites_web.csv"):
        assert (data / name).read_bytes() == (DATA / name).read_bytes()


@pytest.mark.parametrize(
    ("address", "name", "own"),
    [
        ("http://www.exemple-fictif.test", "Exemple Fictif", True),
        ("https://exemplefictif.test/", "Éxemple-fictif", True),
        ("https://autre.test/", "Exemple Fictif", False),
        ("https://autre.test/exemplefictif", "Exemple Fictif", False),
        ("ftp://exemplefictif.test/", "Exemple Fictif", False),
        ("exemplefictif.test", "Exemple Fictif", False),
        ("https://exemple.test/", "日本", False),
    ],
)
def test_a_site_bears_its_company_s_name(address: str, name: str, *, own: bool) -> None:
    """A declared address is taken over when it is on the web and its host holds the company's name."""
    assert bears(address, name) is own


def test_a_withheld_company_has_no_site(tmp_path: Path) -> None:
    """Sites of companies that the directory does not hold, or holds back, stay out."""
    (tmp_path / "siren_ambigus.csv").write_text("siren,noms,raison\n999000011,fictif,fictif\n", encoding="utf-8")
    rows = "".join(f"{siren},Fictif\n" for siren in ("999000003", "999000011"))
    (tmp_path / "entreprises.csv").write_text(f"siren,nom\n{rows}", encoding="utf-8")
    sites = "".join(f"{siren},https://fictif.test/\n" for siren in ("999000003", "999000011", "999000029"))
    (tmp_path / "declares.csv").write_text(f"siren,site_web_declare_ilab\n{sites}", encoding="utf-8")
    assert derive_sites(tmp_path / "declares.csv", tmp_path) == 1
    assert read_rows(tmp_path / "sites_web.csv") == [{"siren": "999000003", "site_web": "https://fictif.test/"}]
