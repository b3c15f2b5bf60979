"""VoID: at its well-known address, and in the description of the SPARQL service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import RDF, VOID, Namespace
from rdflib.compare import isomorphic

from tests.pages_fixture import read_graph
from tests.questions_fixture import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("small_release")

PATH = "/.well-known/void"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt"}


@pytest.fixture(scope="module")
def client(small_release: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the application over the small project."""
    project, _, release = small_release
    with answering(project, release, tmp_path_factory.mktemp("run")) as found:
        yield found


@pytest.mark.parametrize("accept", [None, "*/*", "text/turtle", "application/rdf+xml", "application/ld+json"])
def test_void_is_where_crawlers_look(client: FlaskClient, accept: str | None) -> None:
    """The well-known address answers 200 without redirection, in the representation asked for, Turtle at first."""
    response = client.get(PATH, headers={"Accept": accept} if accept else {})
    assert response.status_code == 200
    assert response.mimetype == (accept if accept and accept != "*/*" else "text/turtle")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(PATH, headers={"If-None-Match": response.headers["ETag"]}).status_code in {200, 304}


def test_void_is_the_same_in_every_representation(client: FlaskClient) -> None:
    """Each representation holds the same graph: the dataset, its totals, partitions and dumps."""
    graphs = [read_graph(client.get(f"{PATH}.{extension}").data, name) for extension, name in FORMATS.items()]
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])
    dataset = next(graphs[0].subjects(VOID.sparqlEndpoint, None))
    for property_ in (VOID.triples, VOID.classPartition, VOID.propertyPartition, VOID.dataDump, VOID.vocabulary):
        assert (dataset, property_, None) in graphs[0]


def test_void_has_no_page(client: FlaskClient) -> None:
    """A browser gets Turtle; there is no HTML here."""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert client.get(PATH, headers={"Accept": browser}).status_code == 200
    assert client.get(f"{PATH}.html").status_code == 404


def test_service_description_holds_the_statistics(client: FlaskClient) -> None:
    """The default graph of the service is the dataset of VoID, with its statistics."""
    void = read_graph(client.get(f"{PATH}.nt").data, "nt")
    service = read_graph(client.get("/sparql", headers={"Accept": "application/n-triples"}).data, "nt")
    assert all(triple in service for triple in void)
    node = next(service.subjects(RDF.type, SD.Service))
    graph = service.value(service.value(node, SD.defaultDataset), SD.defaultGraph)
    assert list(service.objects(graph, VOID.triples)) == list(void.objects(graph, VOID.triples)) != []
