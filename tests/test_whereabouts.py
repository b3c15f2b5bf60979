"""What pages say of companies whose place no source gives, and of what there is around a territory."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from endpoints.whereabouts import unplaced
from publisher.search_documents import CONTRACT, read_documents
from publisher.search_index import write_index
from publisher.statements import open_statements
from tests.release_fixture import write_again, write_release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

UNPLACED = """
<https://annuaire.example/id/entreprise/999000041> a <http://www.w3.org/ns/legal#LegalEntity> ;
    <http://www.w3.org/2004/02/skos/core#prefLabel> "Nulle Part Fictive"@fr ;
    <https://w3id.org/annuaire-territorial/def#domaine> <https://w3id.org/annuaire-territorial/domaine/eclairage> .
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of a release where one company has no place."""
    runtime = tmp_path_factory.mktemp("sans-lieu")
    project = write_release(runtime)
    write_again(runtime, UNPLACED)
    return create_app(project, runtime).test_client(use_cookies=False)


def read(client: FlaskClient, path: str) -> str:
    """Return the text of a page, its spaces plain."""
    text = client.get(path).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", "", text))


@pytest.mark.parametrize(
    "query", ["domaine=eclairage&departement=69", "q=éclairage&region=84", "commune=69123&q=éclairage"]
)
def test_a_filter_by_place_says_what_it_leaves_aside(client: FlaskClient, query: str) -> None:
    """Companies without a known place are counted, and contracts that authorities of the place notified are named."""
    page = read(client, f"/entreprises.html?{query}")
    assert "Pour 1 entreprise qui répond au reste de la recherche, aucune source ne donne le lieu" in page
    assert "1 marché notifié répond à cette recherche" in page
    assert "aucune source ne donne le lieu" not in read(client, f"/entreprises.html?{query}&domaine=velo&q=cycle")


def test_a_search_without_place_leaves_nothing_aside(client: FlaskClient) -> None:
    """Without a filter by place nothing is said, and a search among contracts says nothing either."""
    for path in ("/entreprises.html?q=éclairage", "/marches.html?departement=69"):
        assert "aucune source ne donne le lieu" not in read(client, path)


def test_maps_say_how_many_they_do_not_show(client: FlaskClient) -> None:
    """The page of a domain and the home page count the companies whose place is not known."""
    assert "Aucune source ne donne le lieu de 1 de ces entreprises." in read(client, "/doc/domaine/eclairage.html")
    assert "Aucune source ne donne le lieu" not in read(client, "/doc/domaine/velo.html")


def test_a_map_of_results_says_how_many_it_does_not_show(client: FlaskClient) -> None:
    """Records without a département are on no map, which says so."""
    said = "ne montrent pas 1 fiche dont aucune source ne donne le département"
    assert said in read(client, "/entreprises.html?domaine=eclairage&vue=carte")
    assert "ne montrent pas" not in read(client, "/marches.html?vue=carte")


def test_a_list_says_where_contracts_come_from(client: FlaskClient) -> None:
    """Beside the number of contracts stand the départements of those who notified them."""
    assert "1 marché notifié (Rhône)" in read(client, "/entreprises.html?domaine=eclairage")


def test_a_town_without_companies_leads_around(client: FlaskClient) -> None:
    """The page of a commune counts what the territories that hold it have, with links to the searches."""
    page = client.get("/doc/commune/69029.html").get_data(as_text=True)
    assert 'href="/entreprises?departement=69">2</a>' in page
    assert 'href="/marches?region=84">1</a>' in page
    assert "Communes du même arrondissement" in page


def test_contracts_have_a_buyer_and_are_masculine(client: FlaskClient) -> None:
    """What holds a filter of contracts is « Acheteur », and their order « les plus récents d'abord »."""
    page = read(client, "/marches.html?acheteur=commune")
    assert "Acheteur : une commune" in page
    assert "A déjà eu un marché" not in page
    assert "les plus récents d'abord" in page


def test_no_number_is_negative() -> None:
    """A company that is in two régions makes no company less."""
    assert unplaced(3, {"84": 1, "11": 1}) == 1
    assert unplaced(1, {"84": 1, "11": 1}) == 0


def test_an_empty_list_without_conditions_blames_none(tmp_path: Path) -> None:
    """Where a directory has no contract, its list says so, and speaks of no condition; of a filter it does."""
    project = write_release(tmp_path)
    (tmp_path / "served" / "search").rename(tmp_path / "served" / "ancien")
    with open_statements(tmp_path / "served/dumps/annuaire.nt.gz", tmp_path) as statements:
        documents = [each for each in read_documents(statements, {}) if each.kind != CONTRACT]
        write_index(documents, tmp_path / "served" / "search")
    client = create_app(project, tmp_path).test_client(use_cookies=False)
    assert "L'annuaire n'en contient pas encore." in html.unescape(read(client, "/marches.html"))
    assert "toutes ces conditions" in read(client, "/marches.html?annee=2019")


def test_filters_are_written_as_each_language_does(client: FlaskClient) -> None:
    """French quotes and spaces stay in French; what was typed stays text."""
    query = "q=%3Cb%3Elampes&departement=69"
    french, english = (read(client, f"/entreprises.html?{query}&lang={lang}") for lang in ("fr", "en"))
    assert "« &lt;b&gt;lampes »" in french
    assert "Département : Rhône" in french
    assert "“&lt;b&gt;lampes”" in english
    assert "Département: Rhône" in english


def test_a_convention_leads_to_towns_of_its_size(client: FlaskClient) -> None:
    """The page of a convention names the contracts of communes as large as its own, as the commune's page does."""
    for path in ("/doc/convention/fictive-1.html", "/doc/commune/69123.html"):
        assert "1 marché notifié par des communes de 100 000 habitants et plus" in read(client, path)
        assert 'href="/entreprises?ville=100000-"' in client.get(path).get_data(as_text=True)
