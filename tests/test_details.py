"""Pages of companies, contracts, local authorities, conventions and projects answer the officer's questions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from tests import release_fixture
from tests.release_fixture import BUYER, COMPANY, CONTRACT, LONELY, write_release

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PLACELESS, NEIGHBOUR = "999000041", "999000058"
SHARED = f"{BUYER}-2019-fictif-{PLACELESS}"
ALIKE = f"{NEIGHBOUR}-2020-fictif-{PLACELESS}"
MORE = f"""
company:{PLACELESS} a legal:LegalEntity ; skos:prefLabel "Sans Lieu Imaginaire"@fr ; asc:domaine dom:eclairage ;
    schema:url <https://sans-lieu.example/> .
contract:{SHARED} a asc:Marche ; skos:prefLabel "Éclairage partagé qui n'existe pas"@fr ;
    dct:identifier "2019-FICTIF" ; asc:acheteur buyer:{BUYER} ; asc:entreprise company:{PLACELESS} ;
    asc:domaine dom:eclairage ; asc:montant 12000 ; asc:montantDouteux true ; asc:plusieursTitulaires true ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 .
contract:{ALIKE} a asc:Marche ; skos:prefLabel "Éclairage voisin qui n'existe pas"@fr ;
    dct:identifier "2020-FICTIF" ; asc:acheteur buyer:{NEIGHBOUR} ; asc:entreprise company:{PLACELESS} ;
    asc:domaine dom:eclairage ; asc:dateNotification "2020-01-31"^^xsd:date ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 .
buyer:{NEIGHBOUR} a asc:Collectivite ; skos:prefLabel "Métropole imaginaire"@fr ;
    asc:typeCollectivite "intercommunalite" ; asc:departement departement:69 ; asc:region region:84 .
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of the small release, with a second holder, a second buyer and a company without a place."""
    runtime = tmp_path_factory.mktemp("runtime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_fixture, "DATA", release_fixture.DATA + MORE)
        return create_app(write_release(runtime), runtime).test_client(use_cookies=False)


def page(client: FlaskClient, path: str, lang: str = "fr") -> str:
    """Return a page's text."""
    answer = client.get(path, query_string={"lang": lang}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ").replace("&#39;", "'")


def section(text: str, name: str) -> str:
    """Return the section of a page with this heading's identifier, or nothing."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def test_a_company_names_its_contracts(client: FlaskClient) -> None:
    """A row says the object, the buyer with its size and the plan's mark, the domain, the day and the amount."""
    found = section(page(client, f"/doc/entreprise/{COMPANY}"), "marches")
    assert "Marchés notifiés à Lampadaires Imaginaires" in found
    for told in (f"/doc/marche/{CONTRACT}", f"/doc/collectivite/{BUYER}", "100 000 habitants et plus",
                 "/doc/convention/fictive-1", "Éclairage public", "14 février 2019", "12 000 €"):  # fmt: skip
        assert told in found
    assert "jamais additionné" in found


def test_amounts_that_need_care_are_marked(client: FlaskClient) -> None:
    """A doubtful amount, and one that several holders share, are marked as such; a missing one is said missing."""
    found = section(page(client, f"/doc/entreprise/{PLACELESS}"), "marches")
    assert "montant douteux" in found
    assert "plusieurs titulaires" in found
    assert "non publié" in found


def test_a_company_s_buyers_are_summed_up(client: FlaskClient) -> None:
    """Contracts are counted by kind of buyer and size of commune, each line leading to the contracts of all."""
    found = section(page(client, f"/doc/entreprise/{PLACELESS}"), "acheteurs")
    assert "Une commune, 100 000 habitants et plus" in found
    assert "Une intercommunalité" in found
    assert "acheteur=commune&amp;population=100000-" in found


def test_nothing_is_invented_for_a_company_of_contracts_only(client: FlaskClient) -> None:
    """Where no line says what it offers, the objects of its contracts do; without a place, the page says so."""
    text = page(client, f"/doc/entreprise/{PLACELESS}")
    assert "Objets de ses marchés notifiés" in text
    assert "Éclairage partagé qui n'existe pas" in text
    assert "non donné par la source" in text
    assert "/cartes/" not in text


def test_a_website_is_said_unchecked(client: FlaskClient) -> None:
    """A declared website is marked; without one, the official page of the company stands in its place."""
    assert "déclaré, non vérifié" in page(client, f"/doc/entreprise/{PLACELESS}")
    text = page(client, f"/doc/entreprise/{COMPANY}")
    assert "déclaré, non vérifié" not in text
    assert "annuaire-entreprises.data.gouv.fr/entreprise/999000017" in text.partition("<table")[0]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_fact_has_its_source(client: FlaskClient, lang: str) -> None:
    """Of two sources, the page says which facts come from which, and who validated them."""
    rows = section(page(client, f"/doc/entreprise/{COMPANY}", lang), "origines").split("<tr>")
    source, holders, contracts = rows[2:5]
    assert ("description" in source, "description" in holders) == (True, False)
    assert ("commune" in source, "commune" in holders) == (True, False)
    assert {"fr": "domaines imaginaires des marchés", "en": "imaginary domains of contracts"}[lang] in holders
    assert {"fr": "Marchés imaginaires", "en": "Imaginary contracts"}[lang] in contracts


def test_the_company_has_its_say(client: FlaskClient) -> None:
    """Its answer stands beside the record as its own words, and in RDF; the way to write to us carries the record."""
    text = page(client, f"/doc/entreprise/{COMPANY}")
    assert "<blockquote>Nous n'éclairons plus.</blockquote>" in section(text, "reponse")
    assert "dans ses propres mots" in section(text, "reponse")
    assert "/contact?fiche=https%3A%2F%2Fannuaire.example%2Fid%2Fentreprise%2F999000017" in section(text, "equite")
    assert "ne vaut ni agrément ni recommandation" in section(text, "equite")
    assert (
        b'asc:reponseEntreprise "Nous n\'\xc3\xa9clairons plus."@fr'
        in client.get(f"/doc/entreprise/{COMPANY}.ttl").data
    )


def test_similar_companies_share_domains(client: FlaskClient) -> None:
    """Companies of the same domains are named, the company itself and those of other domains are not."""
    found = section(page(client, f"/doc/entreprise/{COMPANY}"), "proches")
    assert f"/doc/entreprise/{PLACELESS}" in found
    assert f"/doc/entreprise/{COMPANY}" not in found
    assert f"/doc/entreprise/{LONELY}" not in found


def test_a_contract_leads_to_others(client: FlaskClient) -> None:
    """Its page names other holders, other contracts of its buyer and company, and similar ones, each apart."""
    text = page(client, f"/doc/marche/{SHARED}")
    assert f"/doc/marche/{CONTRACT}" in section(text, "titulaires")
    assert section(text, "acheteur") == ""
    assert f"/doc/marche/{ALIKE}" in section(text, "entreprise")
    assert f"/doc/marche/{ALIKE}" in section(text, "semblables")
    assert f"/doc/marche/{SHARED}" not in section(text, "semblables")
    assert "Plusieurs titulaires" in text
    assert "n'atteste ni la réalisation" in text


def test_a_local_authority_says_what_it_bought(client: FlaskClient) -> None:
    """Its page leads to its territory, its town's convention, its contracts, and neighbours that bought too."""
    text = page(client, f"/doc/collectivite/{BUYER}")
    assert '<a href="/doc/commune/69123?lang=fr">Lyon</a>' in text
    assert "/doc/convention/fictive-1" in section(text, "plan")
    assert f"/doc/marche/{CONTRACT}" in section(text, "marches")
    assert '<span class="count">1</span>' in section(text, "marches")
    assert f"/doc/collectivite/{NEIGHBOUR}" in section(text, "voisines")
    assert f"/doc/collectivite/{BUYER}?" not in section(text, "voisines")


def test_a_convention_names_its_communes_contracts(client: FlaskClient) -> None:
    """Contracts of its communes are listed, and said not to come under it for all that."""
    found = section(page(client, "/doc/convention/fictive-1"), "marches")
    assert f"/doc/marche/{CONTRACT}" in found
    assert "ne relèvent pas forcément" in found


def test_a_project_leads_to_its_company(client: FlaskClient) -> None:
    """A project's page leads to its company, and to the way to report an error."""
    text = page(client, "/doc/projet/lanterne-fictive")
    assert f"/doc/entreprise/{COMPANY}" in text
    assert "/contact?fiche=" in section(text, "equite")
