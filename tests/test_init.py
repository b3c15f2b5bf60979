"""A new directory is complete and its own; the built wheel founds one and publishes its first company."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from endpoints.cli import main
from publisher.enrich.acceptance import accept
from publisher.enrich.decp import propose_contracts
from publisher.errors import ProjectError, UsageError
from publisher.foundation import Founding, find_territory, found_directory
from publisher.project import load_project
from tests.projects.small import SmallProject

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
SMALL_TERRITORIES = ROOT / "tests/projects/petit/data/territoires"
BRETAGNE = Founding("Annuaire fictif", "https://bretagne.example", "Éditeur fictif")
ARGUMENTS = ("--titre", "Annuaire fictif", "--base-uri", "https://bretagne.example", "--editeur", "Éditeur fictif")
QUESTION = """
    PREFIX asc: <https://w3id.org/annuaire-territorial/def#> PREFIX schema: <https://schema.org/>
    SELECT ?company WHERE {
        ?company asc:domaine <https://w3id.org/annuaire-territorial/domaine/eclairage> ;
            asc:departement <http://id.insee.fr/geo/departement/69> ; schema:iso6523Code "0002:999000011"
    }
"""


def shrink(directory: Path) -> None:
    """Keep few territories, so that a test costs little: those of the small project."""
    for path in (directory / "data/territoires").glob("*.csv"):
        small = SMALL_TERRITORIES / path.name
        path.write_bytes(small.read_bytes() if small.is_file() else path.read_bytes().partition(b"\n")[0] + b"\n")


def add_company(directory: Path, **changes: str) -> None:
    """Write one fictitious company into the table, whose header stays."""
    path = directory / "data/entreprises.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
    company = {"siren": "999000011", "nom": "Exemple fictif", "commune": "69123", "departement": "69"}
    company |= {"domaines": "eclairage", "offre_fr": "Offre fictive.", "source": "https://exemple.example/offre"}
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, columns, lineterminator="\n").writerow(company | changes)


def found(directory: Path, base_uri: str = "https://bretagne.example") -> SmallProject:
    """Found a directory with one company and few territories."""
    found_directory(directory, Founding("Annuaire fictif", base_uri, "Éditeur fictif"))
    shrink(directory)
    add_company(directory)
    return SmallProject(directory)


def test_the_first_company_conforms(tmp_path: Path) -> None:
    """A company in the header-only table, and nothing else, passes every check; tables are the publisher's own."""
    project = found(tmp_path / "neuf")
    assert project.check() == []
    graph = project.triples()
    name = "<https://bretagne.example/id/entreprise/999000011> <http://www.w3.org/2004/02/skos/core#prefLabel> "
    assert any(line.startswith(name) for line in graph)
    source = [line for line in graph if line.startswith("<https://bretagne.example/id/source/entreprises>")]
    assert any(line.endswith("/id/organisation/editeur-fictif> .") for line in source)
    assert not any("i-nov" in line.casefold() for line in source)


def test_a_new_directory_takes_contracts_over(tmp_path: Path) -> None:
    """`annuaire enrich decp` finds the contracts of its companies, proposes domains, and adds those that are kept."""
    project = found(tmp_path / "neuf")
    add_company(project.directory, siren="999000003", nom="Autre exemple fictif")
    project.skip_gate()
    file = ROOT / "tests/enrich_decp/fictif_consolide_2022.csv"
    proposal = propose_contracts(project.directory, file, lambda _: None)
    assert proposal.with_domain
    assert proposal.path
    with proposal.path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row | {"decision": "garder"} for row in csv.DictReader(stream)]
    reviewed = tmp_path / "relu.csv"
    with reviewed.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if row["domaines"])
    done = accept(project.directory, reviewed, lambda _: None)
    assert done.kept == done.added["marches.csv"] > 0
    assert not (project.directory / "data/entreprises_marches.csv").exists()


def test_two_instances_answer_one_query(tmp_path: Path) -> None:
    """Loaded together, two directories answer one question by domain, département and SIREN."""
    store = ox.Store()
    for name in ("un", "deux"):
        project = found(tmp_path / name, f"https://{name}.example")
        project.keep("data/entreprises.csv")
        triples = project.triples()
        store.load("\n".join(triples).encode(), format=ox.RdfFormat.N_TRIPLES)
    rows = store.query(QUESTION)
    assert isinstance(rows, ox.QuerySolutions)
    bases = {row["company"].value.partition("/id/")[0] for row in rows}
    assert bases == {"https://un.example", "https://deux.example"}


def test_every_table_has_a_header_and_a_line(tmp_path: Path) -> None:
    """Tables hold their header only, and the README says of each in a line what it is."""
    tables = found_directory(tmp_path / "neuf", BRETAGNE)
    text = (tmp_path / "neuf/LISEZMOI.md").read_text(encoding="utf-8")
    for name in tables:
        assert len((tmp_path / f"neuf/data/{name}.csv").read_text(encoding="utf-8").splitlines()) == 1
        assert f"- `data/{name}.csv` — " in text


@pytest.mark.parametrize(
    ("text", "iri", "name"),
    [
        ("53", "http://id.insee.fr/geo/region/53", "Bretagne"),
        ("departement/53", "http://id.insee.fr/geo/departement/53", "Mayenne"),
        ("2a", "http://id.insee.fr/geo/departement/2A", "Corse-du-Sud"),
        ("bretagne", "http://id.insee.fr/geo/region/53", "Bretagne"),
        ("69", "http://id.insee.fr/geo/departement/69", "Rhône"),
        ("cotes d’armor", "http://id.insee.fr/geo/departement/22", "Côtes-d'Armor"),
        ("Ile de France", "http://id.insee.fr/geo/region/11", "Île-de-France"),
    ],
)
def test_a_territory_is_given_by_code_or_name(text: str, iri: str, name: str) -> None:
    """A région comes before a département of the same code; the kind may be said."""
    assert find_territory(text) == (iri, name)


@pytest.mark.parametrize("text", ["999", "", "commune/35238", "region/", "Atlantide"])
def test_an_unknown_territory_is_refused(text: str) -> None:
    """What is no région and no département is refused with an example of both."""
    with pytest.raises(UsageError, match="region/53"):
        find_territory(text)


@pytest.mark.parametrize(
    ("text", "today"),
    [("Rhône-Alpes", "region/84"), ("Côtes-du-Nord", "departement/22"), ("20", "departement/2A, departement/2B")],
)
def test_a_former_territory_is_refused_with_today_s(text: str, today: str) -> None:
    """A région or a département that is no more is refused with those that took its place."""
    with pytest.raises(UsageError, match=f"→ {today}"):
        find_territory(text)


def test_the_territory_is_the_catalog_s(tmp_path: Path) -> None:
    """The settings keep the territory's IRI."""
    assert main(["init", str(tmp_path / "neuf"), *ARGUMENTS, "--territoire", "Bretagne"]) == 0
    assert load_project(tmp_path / "neuf").territory == "http://id.insee.fr/geo/region/53"


@pytest.mark.parametrize("title", ["Un « titre »", 'Guillemets " et \\', "Sur\ndeux lignes", "{base_uri}", "é\x7f"])
def test_any_title_is_written_as_it_is(tmp_path: Path, title: str) -> None:
    """Whatever the title holds, the settings give it back."""
    found_directory(tmp_path / "neuf", Founding(title, "https://bretagne.example", "Éditeur fictif"))
    assert load_project(tmp_path / "neuf").title == {"fr": title, "en": title}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"base_uri": "pas une adresse"}, "base_uri"),
        ({"licence": "libre"}, "licence"),
        ({"title": " "}, "titre.fr"),
        ({"email": "personne"}, "contact.courriel"),
    ],
)
def test_a_wrong_setting_leaves_nothing_behind(tmp_path: Path, changes: Mapping[str, str], told: str) -> None:
    """A setting that cannot be is told by name, and no half of a directory stays."""
    with pytest.raises(ProjectError, match=told):
        found_directory(tmp_path / "neuf", replace(BRETAGNE, **changes))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_new_directory_can_be_written_to(tmp_path: Path) -> None:
    """Who wants to correct a record is led to the page that says how, and not to the home page."""
    found_directory(tmp_path / "neuf", BRETAGNE)
    project = load_project(tmp_path / "neuf")
    assert project.contact_url == f"{project.base_uri}/contact"


@pytest.mark.parametrize(
    ("option", "value"), [("--base-uri", "https://nom:secret@a.example"), ("--titre", " "), ("--courriel", "personne")]
)
def test_a_wrong_option_is_named_as_it_was_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    """Wrong use of the command (exit code 2) names the option, no file that is gone, and repeats no password."""
    assert main(["init", str(tmp_path / "neuf"), *ARGUMENTS, option, value]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"annuaire: {option} : ")
    assert "annuaire.toml" not in told
    assert "secret" not in told


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    """A directory that holds a file, and a path that is a file, are refused (exit code 2)."""
    (tmp_path / "note.txt").write_text("à garder", encoding="utf-8")
    assert main(["init", str(tmp_path), *ARGUMENTS]) == 2
    assert main(["init", str(tmp_path / "note.txt"), *ARGUMENTS]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.long
def test_the_wheel_founds_and_publishes(tmp_path: Path) -> None:
    """From the built wheel, outside the checkout: init, a first company, publish."""
    sources = tmp_path / "sources"  # setuptools leaves files beside what it builds
    for name in ("publisher", "endpoints", "ontology", "shapes", "data"):
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("vendor", "examples", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*build, str(tmp_path / "roue"), str(sources)], check=True, capture_output=True)
    with zipfile.ZipFile(next((tmp_path / "roue").glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def annuaire(*arguments: str) -> dict[str, object]:
        command = [sys.executable, "-P", "-m", "endpoints.cli", *arguments, "--json"]
        run = {"cwd": tmp_path, "env": {**environment, "PYTHONPATH": str(tmp_path / "site")}}
        done = subprocess.run(command, **run, check=False, capture_output=True, text=True)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    assert annuaire("init", "neuf", *ARGUMENTS, "--territoire", "53")["territory"] == "http://id.insee.fr/geo/region/53"
    shrink(tmp_path / "neuf")
    add_company(tmp_path / "neuf")
    assert annuaire("publish", "--project", "neuf", "--var", "var")["fresh"] is True
    assert (tmp_path / "var/current/dumps/annuaire.nt.gz").is_file()
