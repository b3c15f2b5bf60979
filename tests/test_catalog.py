"""The catalog and the dumps are harvestable."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, RDF

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
