"""Errors are answers like others: their status, in the format asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import Literal
from rdflib.namespace import DCTERMS

from tests.pages_fixture import client, read_graph
from tests.release_fixture import COMPANY

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

UNKNOWN = "/doc/entreprise/000000000"
ADDRESS = f"/doc/entreprise/{COMPANY}"
GRAPHS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
}


@pytest.mark.parametrize("accept", GRAPHS)
def test_rdf_clients_get_a_graph(client: FlaskClient, accept: str) -> None:
    """Who asks for RDF gets a 404 that their parser reads."""
    answer = client.get(UNKNOWN, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (404, accept)
    graph = read_graph(answer.get_data(), GRAPHS[accept])
    assert (None, DCTERMS.identifier, Literal("404")) in graph


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "rdf", "nt", "html"])
def test_extension_decides_the_format(client: FlaskClient, extension: str) -> None:
    """An unknown thing at a fixed address answers in that address's format."""
    known = client.get(f"{ADDRESS}.{extension}")
    unknown = client.get(f"{UNKNOWN}.{extension}", headers={"Accept": "image/png"})
    assert (unknown.status_code, unknown.content_type) == (404, known.content_type)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json", "image/png"])
def test_programs_get_problem_json(client: FlaskClient, accept: str) -> None:
    """Programs get RFC 9457's problem, with its text in both languages."""
    answer = client.get(UNKNOWN, headers={"Accept": accept})
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == 404
    assert set(answer.json["texts"]) == {"fr", "en"}


def test_people_get_a_page_in_their_language(client: FlaskClient) -> None:
    """A browser gets a page of the site, with ways on."""
    answer = client.get(UNKNOWN, headers={"Accept": "text/html", "Accept-Language": "en-GB,en;q=0.8"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert '<html lang="en">' in page
    assert 'href="/entreprises"' in page


@pytest.mark.parametrize("path", [ADDRESS, "/catalog", "/entreprises", "/def", "/qualite", "/releases"])
def test_nothing_acceptable_lists_what_there_is(client: FlaskClient, path: str) -> None:
    """406 names each representation and where it is, in the body and in Link; each of them answers."""
    answer = client.get(path, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json is not None
    assert len(answer.json["alternatives"]) == len(answer.headers.getlist("Link"))
    for alternative in answer.json["alternatives"]:
        assert client.get(alternative["href"]).mimetype == alternative["type"]


@pytest.mark.parametrize("path", [ADDRESS, f"/id/entreprise/{COMPANY}", "/", "/catalog"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: FlaskClient, path: str, method: str) -> None:
    """405 says which methods there are."""
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_text_of_the_request_is_escaped(client: FlaskClient) -> None:
    """What a page repeats of an address is text, never markup."""
    page = client.get("/<script>alert(1)</script>", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "<script>" not in page


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_language_of_an_error_is_told(client: FlaskClient, lang: str) -> None:
    """What people read says its language; a graph has both."""
    for accept in ("text/html", "text/plain", "application/problem+json"):
        answer = client.get(f"{UNKNOWN}?lang={lang}", headers={"Accept": accept})
        assert answer.headers["Content-Language"] == lang
    assert "Content-Language" not in client.get(UNKNOWN, headers={"Accept": "text/turtle"}).headers


def test_a_wrong_value_says_of_what(client: FlaskClient) -> None:
    """A value that no parameter takes is told with the parameter's name and the values there are."""
    for path in ("/entreprises?tri=zzz", "/projets?tri=zzz"):
        said = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
        assert "« zzz » : valeur inconnue de « tri » ; il y a : " in said
    long = client.get(f"/entreprises?q={'a' * 300}", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "quelques mots suffisent" in long
