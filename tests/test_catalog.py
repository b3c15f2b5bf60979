"""The catalog and the dumps are harvestable."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, RDF

from endpoints.catalog_view import HYDRA, page_of
from tests.pages_fixture import client, read_graph

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]


def test_everyone_gets_turtle_at_once(client: FlaskClient) -> None:
    """GET and HEAD of /catalog answer 200 in Turtle, with no redirection."""
    answer = client.get("/catalog", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.mimetype) == (200, "text/turtle")
    assert read_graph(answer.get_data(), "turtle").value(predicate=RDF.type, object=DCAT.Catalog)
    assert client.head("/catalog").headers["ETag"] == answer.headers["ETag"]


def test_representations_agree(client: FlaskClient) -> None:
    """The catalog is the same graph in each representation."""
    forms = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt"}
    graphs = [read_graph(client.get(f"/catalog.{e}").get_data(), f) for e, f in forms.items()]
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


@pytest.mark.parametrize("extension", ["nt", "ttl", "jsonld", "rdf"])
def test_dumps_are_conditional_and_resumable(client: FlaskClient, extension: str) -> None:
    """A dump has validators, answers HEAD, 304 and a Range."""
    path = f"/dumps/annuaire.{extension}.gz"
    whole = client.get(path, buffered=True)
    assert whole.mimetype == "application/gzip"
    assert "Content-Encoding" not in whole.headers
    assert gzip.decompress(whole.get_data())
    tag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]
    assert client.get(path, buffered=True, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(path, buffered=True, headers={"If-Modified-Since": modified}).status_code == 304
    assert client.head(path, buffered=True).headers["Content-Length"] == str(len(whole.get_data()))
    part = client.get(path, buffered=True, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.get_data()) == (206, whole.get_data()[2:6])


@pytest.mark.parametrize("path", ["/dumps/annuaire.html.gz", "/dumps/annuaire.zip", "/dumps/../manifest.json"])
def test_nothing_else_is_sent(client: FlaskClient, path: str) -> None:
    """Only the dumps leave the dumps directory."""
    assert client.get(path, buffered=True).status_code == 404


def test_an_xml_extension_answers_too(client: FlaskClient) -> None:
    """A harvester that guesses `.xml` gets RDF/XML."""
    answer = client.get("/catalog.xml")
    assert answer.content_type == "application/rdf+xml; charset=utf-8"
    assert isomorphic(read_graph(answer.get_data(), "xml"), read_graph(client.get("/catalog.nt").get_data(), "nt"))


def test_the_catalog_is_conditional(client: FlaskClient) -> None:
    """A harvester that holds the catalog gets 304; a browser gets a page."""
    tag = client.get("/catalog").headers["ETag"]
    assert client.get("/catalog", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/catalog", headers={"Accept": "text/html,*/*;q=0.8"}).mimetype == "text/html"


@pytest.mark.parametrize("number", ["0", "2", "x", "-1"])
def test_there_is_no_page_beyond_the_last(client: FlaskClient, number: str) -> None:
    """A page that does not exist is not found."""
    assert client.get(f"/catalog.ttl?page={number}").status_code == 404


def _long_catalog(count: int) -> list[ox.Triple]:
    """Return a catalog of plainly fictitious datasets, each with a distribution, and a service for all."""
    base = "https://annuaire.example"
    lines = [f"<{base}/catalog> a <{DCAT.Catalog}> ; <{DCAT.service}> <{base}/service> ."]
    lines.append(f"<{base}/service> a <{DCAT.DataService}> .")
    for number in range(count):
        jeu = f"{base}/jeu/{number}"
        lines += [f"<{base}/catalog> <{DCAT.dataset}> <{jeu}> . <{base}/service> <{DCAT.servesDataset}> <{jeu}> ."]
        lines += [f"<{jeu}> a <{DCAT.Dataset}> ; <{DCAT.distribution}> <{jeu}/d> . <{jeu}/d> a <{DCAT.Distribution}> ."]
    return [quad.triple for quad in ox.parse(input="\n".join(lines), format=ox.RdfFormat.TURTLE)]


def test_a_long_catalog_comes_in_pages_that_end() -> None:
    """Following hydra:next meets every dataset once, with all that is said of it, one view a page."""
    whole = _long_catalog(7)
    address, number, seen = "https://annuaire.example/catalog.ttl", 1, set[ox.Triple]()
    while number:
        triples = page_of(whole, number, address, size=3)
        seen |= set(triples)
        views = [t.subject for t in triples if str(t.object) == f"<{HYDRA}PartialCollectionView>"]
        assert [view.value for view in views if isinstance(view, ox.NamedNode)] == [f"{address}?page={number}"]
        datasets = [t for t in triples if str(t.object) == f"<{DCAT.Dataset}>"]
        files = [t for t in triples if str(t.object) == f"<{DCAT.Distribution}>"]
        assert len(datasets) == len(files) == (1 if number == 3 else 3)
        served = {t.object for t in triples if t.predicate.value == str(DCAT.servesDataset)}
        assert served == {t.subject for t in datasets}
        services = [t for t in triples if str(t.object) == f"<{DCAT.DataService}>"]
        assert len(services) == (1 if number == 1 else 0)
        following = [t.object for t in triples if t.predicate.value == f"{HYDRA}next"]
        number = number + 1 if following else 0
        assert [str(each) for each in following] == ([f"<{address}?page={number}>"] if number else [])
    assert set(whole) <= seen


def test_a_short_catalog_is_one_page() -> None:
    """A catalog that fits says nothing of pages, so that all serialisations are the same graph."""
    whole = _long_catalog(3)
    assert page_of(whole, 1, "https://annuaire.example/catalog", size=3) == whole
