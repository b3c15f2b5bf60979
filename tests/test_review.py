"""Records say how they are kept: drafts and archives are not published, old checks are told, nobody is named."""

from __future__ import annotations

import csv
import io
from datetime import date
from html import unescape
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal
from rdflib.namespace import FOAF, SKOS

from endpoints.app import create_app
from endpoints.reviews import due_day
from publisher.csvw import load_mappings
from publisher.errors import ProjectError
from publisher.intake import connect, link_tables, read_tables
from publisher.pipeline import publish
from publisher.project import load_project
from publisher.review import review_records
from publisher.review_list import list_reviews, write_reviews
from publisher.statements import open_statements
from publisher.vocabulary import ASC
from tests.projects.small import COMPANIES, PROJECTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.projects.small import SmallProject

RECORD = "<https://annuaire.example/doc/entreprise/999000011>"
EDITOR = "L'annuaire des territoires (instance de démonstration)"


@pytest.fixture
def small_project(small_project: SmallProject) -> SmallProject:
    """Give the tables of companies and projects."""
    small_project.keep(COMPANIES, PROJECTS)
    return small_project


def write(small: SmallProject, row: int = 3, **cells: str) -> None:
    """Write cells of a row, in columns that the table may lack."""
    blank = dict.fromkeys(cells, "")
    rows = [{**blank, **each} for each in small.rows()]
    rows[row - 2].update(cells)
    small.write_rows(rows)


def told(small: SmallProject, row: int = 3) -> list[tuple[str, str | None, str]]:
    """Return the rule, value and severity of what is found on a row."""
    found = [each for each in small.inspect() if (each.table, each.row) == (COMPANIES, row)]
    return [(each.rule, each.value, each.severity.value) for each in found]


def test_a_table_may_lack_the_columns(small_project: SmallProject) -> None:
    """Columns that are optional are not asked for, nor spoken of."""
    lacking = {"statut_fiche", "verifie_le", "verifie_par", "base_legale", "code_postal"}
    small_project.write_rows([{k: v for k, v in row.items() if k not in lacking} for row in small_project.rows()])
    assert [each for each in small_project.inspect() if each.row in {None, 1}] == []


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        ("Brouillon", "fiche-brouillon"),
        ("archivée", "fiche-archivee"),
        ("ARCHIVEE", "fiche-archivee"),
        ("archivé", "fiche-archivee"),
    ],
)
def test_drafts_and_archives_are_not_published(small_project: SmallProject, state: str, rule: str) -> None:
    """A draft or archived record is listed and left out, with what refers to it; nothing else is."""
    write(small_project, statut_fiche=state)
    assert told(small_project) == [(rule, "999000011", "withheld")]
    found = small_project.triples()
    assert not [line for line in found if "999000011" in line]
    assert [line for line in found if "entreprise/999000003>" in line]


@pytest.mark.parametrize(
    ("written", "published", "rules"),
    [
        ("publiée", "publiee", []),
        ("Publié", "publiee", []),
        ("À revoir", "a-revoir", [("fiche-a-revoir", "a-revoir", "warning")]),
        ("", None, []),
    ],
)
def test_a_state_is_published_in_one_form(
    small_project: SmallProject, written: str, published: str | None, rules: list[tuple[str, str, str]]
) -> None:
    """Accents, case and spaces of a state make no difference; one that asks for a review is a warning too."""
    write(small_project, statut_fiche=written)
    assert told(small_project) == rules
    states = [
        line.split('"')[1] for line in small_project.triples() if line.startswith(RECORD) and "statutFiche" in line
    ]
    assert states == ([published] if published else [])


def test_an_unknown_state_is_refused(small_project: SmallProject) -> None:
    """A state that is not of the list is an error, which names those that are."""
    write(small_project, statut_fiche="presque")
    assert [(rule, severity) for rule, _, severity in told(small_project)] == [("etat-inconnu", "violation")]


def test_nobody_is_named(small_project: SmallProject) -> None:
    """Only the publisher and the organisations of the settings check records; another name is not even repeated."""
    write(small_project, verifie_le="2001-02-03", verifie_par="Prénom Fictif")
    assert ("verificateur-inconnu", None, "violation") in told(small_project)
    assert not [each for each in small_project.inspect() if "Prénom Fictif" in each.line()]
    settings = small_project.directory / "annuaire.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("organisations = []", 'organisations = ["Agence fictive"]'), encoding="utf-8")
    write(small_project, verifie_par="agence FICTIVE")
    assert [rule for rule, *_ in told(small_project)] == ["verification-ancienne"]
    authors = [line for line in small_project.triples() if line.startswith(RECORD) and "verifiePar" in line]
    assert [line.split('"')[1] for line in authors] == ["Agence fictive"]


@pytest.mark.parametrize(
    ("today", "rules"),
    [
        (date(2026, 2, 28), []),
        (date(2027, 2, 27), []),
        (date(2027, 2, 28), ["verification-ancienne"]),
        (date(2026, 2, 27), ["verification-future"]),
    ],
)
def test_a_check_grows_old(small_project: SmallProject, today: date, rules: list[str]) -> None:
    """A record is due again a year to the day after its check, unless the settings say otherwise."""
    write(small_project, verifie_le="28/02/2026", verifie_par=EDITOR)
    project = small_project.project
    with connect(small_project.directory) as connection:
        intake, _ = read_tables(connection, project, load_mappings(project), small_project.directory)
        link_tables(intake, project)
        found = review_records(connection, project, intake.mappings, today)
    assert [each.rule for each in found] == rules


@pytest.mark.parametrize(
    "setting", ["mois = 0", 'mois = "douze"', "mois = true", "organisations = [1]", "organisations = 'x'", "jours = 3"]
)
def test_wrong_settings_are_refused(small_project: SmallProject, setting: str) -> None:
    """A setting of reviews that makes no sense is named."""
    path = small_project.directory / "annuaire.toml"
    text = path.read_text(encoding="utf-8")
    before, _, after = text.partition("[revue]")
    path.write_text(f"{before}[revue]\n{setting}\n\n#{after.partition('organisations')[2]}", encoding="utf-8")
    with pytest.raises(ProjectError, match=f"revue.{setting.partition(' ')[0]}"):
        load_project(small_project.directory)


def test_reviews_are_shown_and_archives_are_gone(small_project: SmallProject) -> None:
    """The page and the list tell of checks, the most pressing first; once archived, a record is gone, not lost."""
    small_project.skip_gate()
    write(small_project, verifie_le="2026-02-03", verifie_par=EDITOR)
    write(small_project, 2, statut_fiche="à revoir")
    var = small_project.directory / "var"
    publish(small_project.project, var, lambda _: None)

    def get(path: str) -> tuple[int, str]:
        runtime = small_project.directory / f"runtime-{len(list(var.glob('releases/*')))}"
        runtime.mkdir(exist_ok=True)
        if not (runtime / "served").is_symlink():
            (runtime / "served").symlink_to((var / "current").resolve())
        answer = create_app(small_project.project, runtime).test_client().get(path)
        return answer.status_code, unescape(answer.get_data(as_text=True))

    assert EDITOR in get("/doc/entreprise/999000011.html")[1].partition('id="fiche"')[2]
    assert "fiche à revoir" in get("/doc/entreprise/999000003.html")[1].partition('id="fiche"')[2]
    rows = list(csv.DictReader(io.StringIO(get("/qualite/a-revoir.csv")[1])))
    assert [(row["nom"], row["etat"], row["a_revoir_le"]) for row in rows] == [
        ("Exemple fictif Lanterne", "a-revoir", ""),
        ("Exemple fictif Vélo", "", "2027-02-03"),
    ]
    assert 'id="a-revoir"' in get("/qualite.html")[1]
    write(small_project, statut_fiche="archivée")
    publish(small_project.project, var, lambda _: None)
    assert get("/doc/entreprise/999000011.html")[0] == 410


@pytest.fixture
def statements(tmp_path: Path) -> Callable[[list[str]], Path]:
    """Give what writes the list of a graph (N-Triples lines) into a directory, which it returns."""

    def write_list(lines: list[str]) -> Path:
        triples = tmp_path / "donnees.nt"
        triples.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
        with open_statements(triples, tmp_path) as opened:
            write_reviews(opened, tmp_path)
        return tmp_path

    return write_list


def reviewed(key: str, name: str, **said: str) -> list[str]:
    """Return what is said of a thing and of its record, of properties of the vocabulary."""
    thing, record = (f"<https://annuaire.example/{part}/entreprise/{key}>" for part in ("id", "doc"))
    return [
        f"{record} <{FOAF.primaryTopic}> {thing} .",
        f"{thing} <{SKOS.prefLabel}> {Literal(name, language='fr')} .",
        *(f"{record} <{ASC[property_]}> {value} ." for property_, value in said.items()),
    ]


def test_the_list_is_in_the_order_in_which_records_are_due(statements: Callable[[list[str]], Path]) -> None:
    """Those that their state flags come first, then the oldest checks, then names; others are not listed."""
    day = '"2026-0{}-03"^^<http://www.w3.org/2001/XMLSchema#date>'
    directory = statements(
        [
            *reviewed("1", "Fictive zéro", verifieLe=day.format(2)),
            *reviewed("2", 'Fictive « deux »,\n"bis"', verifieLe=day.format(1), verifiePar='"Fictif"'),
            *reviewed("3", "Fictive à revoir", statutFiche='"a-revoir"', verifieLe=day.format(5)),
            *reviewed("4", "Fictive jamais vue", statutFiche='"a-revoir"'),
            *reviewed("5", "Fictive publiée", statutFiche='"publiee"'),
            *reviewed("6", "Fictive alpha", verifieLe=day.format(2)),
        ]
    )
    assert [(each.address[-1], each.state, each.day, each.author) for each in list_reviews(directory)] == [
        ("4", "a-revoir", "", ""),
        ("3", "a-revoir", "2026-05-03", ""),
        ("2", "", "2026-01-03", "Fictif"),
        ("6", "", "2026-02-03", ""),
        ("1", "", "2026-02-03", ""),
    ]
    assert [each.name for each in list_reviews(directory)][2] == 'Fictive « deux »,\n"bis"'


def test_a_release_without_the_list_has_no_reviews(tmp_path: Path) -> None:
    """A release that was published before there was a list is served all the same."""
    assert list(list_reviews(tmp_path)) == []


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 120))
def test_a_due_day_is_a_day_so_many_months_after(day: date, months: int) -> None:
    """The due day lies in the month so many months later, on the same day or the last one before it."""
    due = date.fromisoformat(due_day(day.isoformat(), months))
    assert (due.year - day.year) * 12 + due.month - day.month == months
    assert due.day <= day.day
    assert due_day("", months) == ""
