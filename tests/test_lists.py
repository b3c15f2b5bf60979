"""The lists: filters that combine, orders, pages, views; the same things in every representation."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

from endpoints import list_pages
from endpoints.app import create_app
from tests.pages_fixture import client, read_graph
from tests.release_fixture import write_again, write_release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

__all__ = ["client"]

MORE = """
@prefix asc: <https://w3id.org/annuaire-territorial/def#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dom: <https://w3id.org/annuaire-territorial/domaine/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix project: <https://annuaire.example/id/projet/> .
@prefix company: <https://annuaire.example/id/entreprise/> .
@prefix departement: <http://id.insee.fr/geo/departement/> .
@prefix region: <http://id.insee.fr/geo/region/> .
@prefix commune: <http://id.insee.fr/geo/commune/> .
@prefix wgs: <http://www.w3.org/2003/01/geo/wgs84_pos#> .

project:velo-fictif a asc:Projet ; skos:prefLabel "Vélo fictif"@fr ; asc:entreprise company:999000025 ;
    asc:domaine dom:velo ; asc:annee "2020"^^xsd:gYear ; asc:vague 5 ; asc:montant 9000000 ;
    asc:departement departement:69 ; asc:region region:84 .
project:abri-fictif a asc:Projet ; skos:prefLabel "Abri fictif"@fr ; asc:entreprise company:999000025 ;
    asc:domaine dom:velo ; asc:annee "2018"^^xsd:gYear ; asc:vague 3 ;
    asc:departement departement:01 ; asc:region region:84 .
<https://annuaire.example/id/convention/fictive-2> a asc:ConventionACV ; skos:prefLabel "Deux villes fictives"@fr ;
    asc:commune commune:69029, commune:69123 ; asc:departement departement:69 ; asc:region region:84 .
commune:69123 wgs:long 4.83 ; wgs:lat 45.76 .
<https://annuaire.example/id/solution/lampe-fictive> a asc:Solution ; skos:prefLabel "Lampe fictive"@fr ;
    dct:description "S'allume quand personne ne passe."@fr ; asc:entreprise company:999000017 ;
    asc:domaine dom:eclairage ; asc:deploiement commune:69123 ; dct:source <https://example.org/lampe> .
<https://annuaire.example/id/pratique/nuit-fictive> a asc:BonnePratique ; skos:prefLabel "Nuit fictive"@fr ;
    dct:description "La ville imaginaire s'éteint."@fr ; asc:entreprise company:999000017 ;
    asc:collectivite <https://annuaire.example/id/collectivite/999000033> ; asc:domaine dom:eclairage ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 ;
    dct:date "2021-03-04"^^xsd:date ; dct:source <https://example.org/nuit> .
"""


@pytest.fixture(scope="module")
def fuller(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of the small release with more projects, and a solution and a good practice."""
    runtime: Path = tmp_path_factory.mktemp("listes")
    project = write_release(runtime)
    write_again(runtime, MORE)
    return create_app(project, runtime).test_client(use_cookies=False)


def page(client: FlaskClient, path: str) -> str:
    """Return the text of a page."""
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def projects(text: str) -> list[str]:
    """Return the projects that a page lists, in its order."""
    return re.findall(r'<th scope="row"><a href="/doc/projet/([a-z-]+)', text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["velo-fictif", "abri-fictif", "lanterne-fictive"]),
        ("tri=montant", ["velo-fictif", "lanterne-fictive", "abri-fictif"]),
        ("tri=nom", ["abri-fictif", "lanterne-fictive", "velo-fictif"]),
        ("annee=2018", ["abri-fictif", "lanterne-fictive"]),
        ("annee=2018&domaine=velo", ["abri-fictif"]),
        ("domaine=mobilite&departement=69", ["velo-fictif"]),
        ("region=84&vague=3&tri=nom", ["abri-fictif", "lanterne-fictive"]),
        ("commune=69123&domaine=velo", []),
    ],
)
def test_filters_combine_alike_everywhere(fuller: FlaskClient, query: str, expected: list[str]) -> None:
    """Filters add up, a domain stands for its narrower ones; CSV, GeoJSON and RDF hold what the page lists."""
    assert projects(page(fuller, f"/projets?{query}")) == expected
    rows = csv.DictReader(io.StringIO(fuller.get(f"/projets.csv?{query}").get_data(as_text=True)))
    assert {row["adresse"].rpartition("/")[2] for row in rows} == set(expected)
    features = fuller.get(f"/projets.geojson?{query}").get_json()["features"]
    assert {feature["id"] for feature in features} == set(expected)
    graph = read_graph(fuller.get(f"/projets?{query}", headers={"Accept": "text/turtle"}).get_data(), "turtle")
    assert {str(thing).rpartition("/")[2] for thing in graph.subjects()} == set(expected)


def test_a_project_shows_who_where_and_how_much(fuller: FlaskClient) -> None:
    """A row names the company, its domains and its place, and writes amounts out; an unpublished one says so."""
    text = page(fuller, "/projets")
    assert '<a href="/doc/entreprise/999000017">Lampadaires Imaginaires</a>' in text
    assert '<a href="/doc/domaine/eclairage">Éclairage public</a>' in text
    assert "9\u202f000\u202f000\u00a0€" in text
    assert "non publié" in text


def test_choices_say_what_they_would_give(fuller: FlaskClient) -> None:
    """A filter offers the values that go with the other filters, with their numbers; a chosen one can be taken out."""
    text = page(fuller, "/projets?annee=2018&domaine=velo")
    assert '<option value="2018" selected>2018 (1)</option>' in text
    assert '<option value="2020">2020 (1)</option>' in text
    assert '<option value="eclairage">Éclairage public (1)</option>' in text
    assert '<option value="69">' not in text
    assert '<a href="/projets?domaine=velo"><span class="hidden">Retirer :</span> Année : 2018' in text


@pytest.mark.parametrize("query", ["annee=x", "vague=12345", "domaine=inconnu", "region=00", "page=2", "page=0"])
def test_what_is_not_there_is_not_found(client: FlaskClient, query: str) -> None:
    """A value that names nothing, and a page after the last, are 404 in every representation."""
    assert client.get(f"/projets?{query}").status_code == 404


def test_other_orders_and_views_are_refused(client: FlaskClient) -> None:
    """An order or a view that there is not is a bad request that lists those that there are."""
    for query in ("tri=hasard", "vue=globe"):
        answer = client.get(f"/conventions?{query}", headers={"Accept": "text/html"})
        assert answer.status_code == 400
        assert "il y a :" in answer.get_data(as_text=True)


def test_pages_follow_one_another(fuller: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages hold each thing once, in one order, and link to each other with the filters kept."""
    monkeypatch.setattr(list_pages, "PAGE_SIZE", 1)
    pages = [projects(page(fuller, f"/projets?annee=2018&tri=nom&page={number}")) for number in (1, 2)]
    assert pages == [["abri-fictif"], ["lanterne-fictive"]]
    assert 'href="/projets?annee=2018&amp;tri=nom&amp;page=2"' in page(fuller, "/projets?annee=2018&tri=nom&page=1&x=1")


def test_a_printed_list_says_which_page_it_is(fuller: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """On paper, where links to other pages are left out, a list says its own and how many there are."""
    said = '<p class="printed">Page {}</p>'
    assert said.format("1 sur 1") not in page(fuller, "/projets?annee=2018")
    monkeypatch.setattr(list_pages, "PAGE_SIZE", 1)
    assert said.format("2 sur 2") in page(fuller, "/projets?annee=2018&page=2")
    assert said.format("1 of 2") in page(fuller, "/projets?annee=2018&lang=en")


def test_towns_of_the_plan(fuller: FlaskClient) -> None:
    """A town has its population, the date of its agreement, and the contracts that it notified, which link on."""
    text = page(fuller, "/conventions?departement=69")
    assert '<th scope="row"><a href="/doc/commune/69123">Lyon</a>' in text
    assert "520\u202f774" in text
    assert "28 septembre 2018" in text
    assert '<a href="/marches?commune=69123&amp;acheteur=ville-acv" rel="nofollow">1</a>' in text
    assert text.index(">Bron<") < text.index(">Lyon<")
    largest_first = page(fuller, "/conventions?tri=population")
    assert largest_first.index(">Lyon<") < largest_first.index(">Bron<")


def test_signatures_on_a_timeline(fuller: FlaskClient) -> None:
    """Signatures are counted by quarter, in a chart and its table; towns without a date are counted too."""
    text = page(fuller, "/conventions?vue=chronologie")
    assert "<title>3e trimestre 2018 – 1</title>" in text
    assert re.search(r'href="/conventions\?annee=2018"[^>]*>3e trimestre 2018</a></th><td class="figure">1<', text)
    assert re.search(r'date inconnue</th><td class="figure">1<', text)


def test_towns_on_a_map(fuller: FlaskClient) -> None:
    """The map counts the towns of each département and leads to them, as its table does; it shows where towns are."""
    text = page(fuller, "/conventions?vue=carte")
    assert len(re.findall(r"<circle cx=[^>]*><title>Lyon</title>", text)) == 1
    assert "<title>Rhône – 2</title>" in text
    assert text.count('href="/conventions?departement=69"') == 2


@pytest.mark.parametrize(("name", "proposal"), [("solutions", "norme"), ("pratiques", "délibération")])
def test_an_empty_list_says_what_would_enter(client: FlaskClient, name: str, proposal: str) -> None:
    """A list without things says what would enter, with which source, and how to propose it."""
    text = page(client, f"/{name}")
    assert "Ce qui entrera ici" in text
    assert proposal in text
    assert "En proposer une, avec sa source" in text


def test_solutions_and_practices_are_told(fuller: FlaskClient) -> None:
    """A solution shows its company, domains, towns and source; a practice its authority, place and date as well."""
    solution = page(fuller, "/solutions?region=84")
    for shown in ("Lampe fictive", "S&#39;allume", "Lampadaires Imaginaires", ">Lyon<", "https://example.org/lampe"):
        assert shown in solution
    practice = page(fuller, "/pratiques?annee=2021&commune=69123")
    for shown in ("Nuit fictive", "Ville imaginaire de Lyon", "4 mars 2021", "https://example.org/nuit", "Rhône"):
        assert shown in practice
