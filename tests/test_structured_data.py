"""Search engines read schema.org in every page; programs find their way by Link headers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import RdfFormat, Store
from rdflib import Graph, URIRef
from rdflib.namespace import RDF

from endpoints.schema_org import Describer
from publisher.identifiers import Minter
from publisher.project import load_project
from tests.pages_fixture import client
from tests.release_fixture import BUYER, COMPANY, CONTRACT, ROOT
from tests.test_pages import PAGES

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

BASE = "https://annuaire.example"
COMPANY_PAGE = f"/doc/entreprise/{COMPANY}"
_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
_HTML = {"Accept": "text/html"}


def blocks(client: FlaskClient, path: str, **query: str) -> list[dict[str, Any]]:
    """Return the data blocks of a page."""
    text = client.get(path, query_string=query, headers=_HTML).get_data(as_text=True)
    return [json.loads(found) for found in _BLOCK.findall(text)]


def entity(client: FlaskClient, path: str, **query: str) -> dict[str, Any]:
    """Return what a page is about."""
    found: dict[str, Any] = blocks(client, path, **query)[0]["mainEntity"]
    return found


@pytest.mark.parametrize("path", PAGES[:-1])
def test_every_page_describes_itself(client: FlaskClient, path: str) -> None:
    """Each page is a WebPage of the site with its name, language and address; all but the first have breadcrumbs."""
    page, *others = blocks(client, path)
    assert page["@context"] == "https://schema.org"
    assert page["@type"] == "WebPage"
    assert page["name"]
    assert page["inLanguage"] == "fr"
    assert page["url"] == BASE + path.removesuffix(".html")
    assert page["isPartOf"]["@type"] == "WebSite"
    crumbs = [block for block in others if block["@type"] == "BreadcrumbList"]
    assert len(crumbs) == (0 if path == "/" else 1)
    for listed in crumbs:
        items = listed["itemListElement"]
        assert [item["position"] for item in items] == list(range(1, len(items) + 1))
        assert items[0]["item"] == f"{BASE}/"
        assert all(item["name"] and item["item"].startswith(f"{BASE}/") for item in items)


def test_company_is_an_organization(client: FlaskClient) -> None:
    """A company has its SIREN, its domains and the place of its source, in the language of the page."""
    found = entity(client, COMPANY_PAGE)
    assert found["@type"] == "Organization"
    assert found["@id"] == f"{BASE}/id/entreprise/{COMPANY}"
    assert found["name"] == "Lampadaires Imaginaires"
    assert found["identifier"] == {"@type": "PropertyValue", "propertyID": "SIREN", "value": COMPANY}
    assert {term["name"] for term in found["knowsAbout"]} == {"Éclairage public", "Vidéoprotection"}
    assert (found["location"]["@type"], found["location"]["name"]) == ("City", "Lyon")
    assert "address" not in found
    assert entity(client, COMPANY_PAGE, lang="en")["description"] == "Lights streets that do not exist."


@pytest.mark.parametrize("path", ["/", "/donnees", "/catalog.html"])
def test_datasets_are_fit_for_dataset_search(client: FlaskClient, path: str) -> None:
    """The home, data and catalog pages carry the catalog; each dataset has a name and 50 characters or more."""
    catalog = entity(client, path)
    assert catalog["@type"] == "DataCatalog"
    datasets = catalog["dataset"] if isinstance(catalog["dataset"], list) else [catalog["dataset"]]
    for dataset in datasets:
        assert dataset["@type"] == "Dataset"
        assert dataset["name"]
        assert 50 <= len(dataset["description"]) <= 5000
        assert dataset["license"].startswith("https://")
        assert dataset["creator"]["name"]


@pytest.mark.parametrize(
    ("path", "type_", "name"),
    [
        ("/domaines", "DefinedTermSet", None),
        ("/doc/domaine/eclairage", "DefinedTerm", "Éclairage public"),
        ("/doc/departement/69", "AdministrativeArea", "Rhône"),
        ("/doc/region/84", "AdministrativeArea", "Auvergne-Rhône-Alpes"),
        ("/doc/commune/69123", "City", "Lyon"),
        ("/doc/projet/lanterne-fictive", "Project", "Lanterne fictive"),
        (f"/doc/marche/{CONTRACT}", "Order", "Éclairage de rues qui n'existent pas"),
        (f"/doc/collectivite/{BUYER}", "GovernmentOrganization", "Ville imaginaire de Lyon"),
        ("/entreprises", "ItemList", None),
    ],
)
def test_pages_say_what_they_are_about(client: FlaskClient, path: str, type_: str, name: str | None) -> None:
    """Domains are defined terms, territories places, contracts orders, lists item lists."""
    found = entity(client, path)
    assert found["@type"] == type_
    assert found.get("name") == name or name is None


def test_a_contract_binds_its_parties_without_its_amount(client: FlaskClient) -> None:
    """A contract has its customer, seller, number and day; its amount, which may be a ceiling, is left out."""
    found = entity(client, f"/doc/marche/{CONTRACT}")
    assert found["customer"]["name"] == "Ville imaginaire de Lyon"
    assert found["seller"]["@id"] == f"{BASE}/id/entreprise/{COMPANY}"
    assert (found["orderNumber"], found["orderDate"]) == ("2019-FICTIF", "2019-02-14")
    assert "12000" not in json.dumps(found)


def test_blocks_are_linked_data(client: FlaskClient) -> None:
    """The block is JSON-LD: with the vocabulary's namespace it reads as the company's statements."""
    block = blocks(client, COMPANY_PAGE)[0]
    block["@context"] = {"@vocab": "https://schema.org/"}
    graph = Graph().parse(data=json.dumps(block), format="json-ld")
    thing = URIRef(f"{BASE}/id/entreprise/{COMPANY}")
    assert (thing, RDF.type, URIRef("https://schema.org/Organization")) in graph


def test_no_text_can_close_the_block(client: FlaskClient) -> None:
    """Markup in a name stays data: the name reads back whole, and the block holds no `<`."""
    text = client.get(COMPANY_PAGE, headers=_HTML).get_data(as_text=True)
    assert entity(client, COMPANY_PAGE)["alternateName"] == "L'Imaginaire <éclairé>"
    assert all("<" not in found and ">" not in found for found in _BLOCK.findall(text))


def test_head_names_the_page_and_its_languages(client: FlaskClient) -> None:
    """The head has the canonical address, the one of each language, and what social networks show."""
    text = client.get("/entreprises.html?domaine=eclairage&utm=x", headers=_HTML).get_data(as_text=True)
    address = f"{BASE}/entreprises?domaine=eclairage"
    assert f'<link rel="canonical" href="{address}">' in text
    assert f'hreflang="en" href="{address}&amp;lang=en"' in text
    assert f'hreflang="x-default" href="{address}"' in text
    assert f'<meta property="og:url" content="{address}">' in text
    assert '<meta property="og:title" content="Entreprises, Éclairage public' in text
    english = client.get("/?lang=en", headers=_HTML).get_data(as_text=True)
    assert f'<link rel="canonical" href="{BASE}/?lang=en">' in english
    assert f'hreflang="x-default" href="{BASE}/"' in english


def test_errors_claim_no_address(client: FlaskClient) -> None:
    """A page that does not exist has no canonical address and no data block."""
    text = client.get("/doc/entreprise/0", headers=_HTML).get_data(as_text=True)
    assert "canonical" not in text
    assert _BLOCK.findall(text) == []


def test_pages_are_signposted(client: FlaskClient) -> None:
    """A landing page links to what it is cited as, its author, licence, types, metadata and items, with media types."""
    links = client.get(COMPANY_PAGE, headers=_HTML).headers.getlist("Link")
    assert f'<{BASE}/id/entreprise/{COMPANY}>; rel="cite-as"' in links
    assert f'<{BASE}/id/organisation/editeur>; rel="author"' in links
    assert '<https://schema.org/AboutPage>; rel="type"' in links
    assert links.count('<https://schema.org/Organization>; rel="type"') == 1
    for relation in ("describedby", "item"):
        assert f'<{COMPANY_PAGE}.ttl>; rel="{relation}"; type="text/turtle"' in links
    assert len(links) == len(set(links))
    assert sum('rel="license"' in link for link in links) == 1
    data = client.get(f"{COMPANY_PAGE}.ttl").headers.getlist("Link")
    assert f'<{COMPANY_PAGE}>; rel="collection"; type="text/html"' in data


DESCRIBED = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix wgs: <http://www.w3.org/2003/01/geo/wgs84_pos#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://annuaire.example/id/> .
<jeu/fictif> dct:identifier "fictif" ; dct:title "Jeu fictif"@fr ; dcat:distribution <a> , <b> ;
    dct:temporal [ dcat:startDate "2018-01-01"^^xsd:date ; dcat:endDate "2025-12-31"^^xsd:date ] .
<a> dcat:accessURL <https://annuaire.example/sparql> .
<b> dcat:downloadURL <https://annuaire.example/dumps/fictif.csv> .
<http://id.insee.fr/geo/commune/69123> wgs:lat 45.76 ; wgs:long 4.85 .
"""


@pytest.fixture(scope="module")
def describer() -> Describer:
    """Give a describer of a dataset and of a commune."""
    store = Store()
    store.load(DESCRIBED.encode(), format=RdfFormat.TURTLE)
    return Describer(store, Minter(BASE), load_project(ROOT), "fr")


def test_a_dataset_has_its_period_and_its_files(describer: Describer) -> None:
    """A dataset says from when to when it speaks; a service is no file to download."""
    found = describer.dataset(f"{BASE}/id/jeu/fictif")
    assert (found["identifier"], found["temporalCoverage"]) == ("fictif", "2018-01-01/2025-12-31")
    assert found["distribution"]["contentUrl"] == f"{BASE}/dumps/fictif.csv"


def test_a_commune_has_its_point(describer: Describer) -> None:
    """A commune that has a latitude and a longitude is placed; one that has none is not."""
    found = describer.place("commune", "http://id.insee.fr/geo/commune/69123")
    assert found["geo"] == {"@type": "GeoCoordinates", "latitude": 45.76, "longitude": 4.85}
    assert "geo" not in describer.place("commune", "http://id.insee.fr/geo/commune/01001")
