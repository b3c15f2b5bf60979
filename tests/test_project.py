"""The settings of an instance are read once, whole, and refused by name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from publisher.errors import ProjectError, UsageError
from publisher.project import load_project
from publisher.service import ServiceSettings
from tests.projects.small import ROOT

if TYPE_CHECKING:
    from tests.projects.tiny import TinyProject


def change(tiny: TinyProject, old: str, new: str) -> None:
    """Change the settings file."""
    path = tiny.directory / "annuaire.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_settings_are_read(tiny_project: TinyProject) -> None:
    """Titles by language, the base without a trailing slash, and the prefix table make a project."""
    change(tiny_project, 'base_uri = "https://annuaire.example"', 'base_uri = "https://annuaire.example/"')
    project = tiny_project.project
    assert project.base_uri == "https://annuaire.example"
    assert set(project.title) == {"fr", "en"}
    assert project.prefixes["skos"] == "http://www.w3.org/2004/02/skos/core#"


@pytest.mark.parametrize(
    ("base", "example"),
    [
        ("https://annuaire.example", True),
        ("http://localhost:8000", True),
        ("https://annuaire.exemple.fr", False),
    ],
)
def test_an_example_address_is_recognised(tiny_project: TinyProject, base: str, example: bool) -> None:  # noqa: FBT001
    """An address reserved for examples is told apart from one to go public with."""
    change(tiny_project, 'base_uri = "https://annuaire.example"', f'base_uri = "{base}"')
    assert tiny_project.project.base_is_example is example


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("licence =", "license =", "license: réglage inconnu ; vouliez-vous « licence » ?"),
        ("courriel =", "couriel =", "contact.couriel: réglage inconnu ; vouliez-vous « contact.courriel » ?"),
        ('base_uri = "https://annuaire.example"', "", "base_uri: réglage absent ou vide"),
        ('base_uri = "https://annuaire.example"', "base_uri = 3", "base_uri: réglage absent ou vide"),
        ('base_uri = "https://annuaire.example"', 'base_uri = "annuaire.fr"', "base_uri: « annuaire.fr » n'est pas"),
        ('base_uri = "https://annuaire.example"', 'base_uri = "http://["', "base_uri"),
        ('base_uri = "https://annuaire.example"', 'base_uri = "https://a.fr/?x"', "base_uri"),
        ('base_uri = "https://annuaire.example"', 'base_uri = "https://a.fr/é é"', "base_uri"),
        ('licence = "', 'licence = "libre" #', "licence: « libre » n'est pas une adresse"),
        ('courriel = "', 'courriel = "moi" #', "contact.courriel: « moi » n'est pas une adresse électronique"),
        ("[titre]", "[titre", "illisible"),
        ("\ndelai =", "\ndelais =", "sparql.delais: réglage inconnu ; vouliez-vous « sparql.delai » ?"),
        ("\ndelai = 10", "\ndelai = 0", "sparql.delai: « 0 » : un nombre de 0.1 à 3600"),
        ("lignes = 1_000_000", "lignes = 1.5", "sparql.lignes: « 1.5 » : un nombre entier"),
        ("federation = []", 'federation = ["https://moi@a.fr/"]', "sparql.federation: une liste d'adresses"),
        ("proxys = []", 'proxys = ["a"]', "serveur.proxys: une liste d'adresses"),
        ("[mentions]", "[mentions]\ndirecteur = 3", "mentions.directeur: un texte est attendu"),
        ("[mentions]", "[mentions]\ndirectrice = 'X'", "mentions.directrice: réglage inconnu ; vouliez-vous"),
        ('"non conforme"', '"conforme"', "accessibilite.statut: l'une de ces valeurs"),
        ('"non conforme"', '"totalement conforme"', "accessibilite.statut: « totalement conforme » se constate"),
        ("[accessibilite]", "[accessibilite]\naudit = 'rapport'", "accessibilite.audit: une adresse"),
        ("[accessibilite]", "[accessibilite]\naudit_date = 2026", "accessibilite.audit_date: une date"),
        ("hotes = []", 'hotes = ["https://a.fr"]', "serveur.hotes: une liste de noms"),
    ],
)
def test_a_wrong_setting_is_named(tiny_project: TinyProject, old: str, new: str, told: str) -> None:
    """A setting unknown, absent or malformed is named, with the nearest known one."""
    change(tiny_project, old, new)
    with pytest.raises(ProjectError) as refused:
        load_project(tiny_project.directory)
    assert told in refused.value.texts["fr"]
    assert "annuaire.toml" in refused.value.texts["en"]


def test_a_directory_without_settings_is_wrong_use(tiny_project: TinyProject) -> None:
    """A directory that holds no annuaire.toml is no project: said with the option to give."""
    with pytest.raises(UsageError) as refused:
        load_project(tiny_project.directory / "rien")
    assert "--project DIR" in refused.value.texts["fr"]


@pytest.mark.parametrize("text", ["", "pas du Turtle", None])
def test_a_prefix_table_is_needed(tiny_project: TinyProject, text: str | None) -> None:
    """Prefixes that are absent, empty or not Turtle are refused with the file's name."""
    path = tiny_project.directory / "ontology/prefixes.ttl"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError) as refused:
        load_project(tiny_project.directory)
    assert "prefixes.ttl" in refused.value.texts["fr"]


def test_examples_of_shapes_are_no_shapes(tiny_project: TinyProject) -> None:
    """Only the files of shapes/ itself make the gate; its examples do not."""
    folder = tiny_project.directory / "shapes/examples/x"
    folder.mkdir(parents=True)
    (folder / "valid.ttl").touch()
    (tiny_project.directory / "shapes/x.ttl").touch()
    assert [path.name for path in tiny_project.project.shape_files()] == ["x.ttl"]


def test_settings_of_the_service_are_read(tiny_project: TinyProject) -> None:
    """Limits are read in their units; those not given have their defaults, which the repository's own file shows."""
    change(tiny_project, "memoire_mio = 512", "memoire_mio = 64")
    change(tiny_project, "proxys = []", 'proxys = ["10.0.0.0/8"]')
    service = tiny_project.project.service
    assert (service.memory, service.deadline, str(service.proxies[0])) == (64 << 20, 10.0, "10.0.0.0/8")
    assert load_project(ROOT).service == ServiceSettings()


def test_who_answers_is_read_and_what_is_missing_is_named(tiny_project: TinyProject) -> None:
    """Settings of the legal notice are all optional; those absent are named, and conformance comes with its audit."""
    change(tiny_project, "[mentions]", '[mentions]\ndirecteur = "Une personne imaginaire"')
    audit = '"partiellement conforme"\naudit = "https://audit.example/"\naudit_date = 2026-03-09'
    change(tiny_project, '"non conforme"', audit)
    legal = tiny_project.project.legal
    assert legal.director == "Une personne imaginaire"
    assert "mentions.hebergeur" in legal.missing
    assert "mentions.directeur" not in legal.missing
    assert (legal.status, legal.audit_date) == ("partiellement conforme", date(2026, 3, 9))
