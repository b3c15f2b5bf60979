"""The endpoint as the programs people use ask it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

from tests.edge_fixture import ROOT, Service, running_service
from tests.evaluation_fixture import POINT
from tests.installs import find_node

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("clients")

THING = "https://example.org/fictif/7"
GRAPH = f"CONSTRUCT WHERE {{ <{THING}> ?p ?o }}"
_FETCH = """
const { SparqlEndpointFetcher } = require('fetch-sparql-endpoint');
(async () => {
  const fetcher = new SparqlEndpointFetcher({ method: process.argv[3] });
  const read = (stream) => new Promise((done, fail) => {
    const rows = []; stream.on('data', (row) => rows.push(row)).on('error', fail).on('end', () => done(rows));
  });
  const [endpoint, , select, construct] = [process.argv[2], 0, process.argv[4], process.argv[5]];
  const rows = await read(await fetcher.fetchBindings(endpoint, select));
  const triples = await read(await fetcher.fetchTriples(endpoint, construct));
  const yes = await fetcher.fetchAsk(endpoint, 'ASK {}');
  console.log(JSON.stringify([rows.map((row) => row.o.value), triples.map((t) => t.object.value), yes]));
})();
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one service for this module."""
    with running_service(tmp_path_factory.mktemp("clients"), "", things=50) as found:
        yield found


@pytest.mark.parametrize("method", ["GET", POST])
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_selects(service: Service, form: str, method: str) -> None:
    """SPARQLWrapper gets rows in each format, by GET and by POST, with its own parameters."""
    wrapper = SPARQLWrapper(service.address)
    wrapper.setQuery(POINT)
    wrapper.setMethod(method)
    wrapper.setReturnFormat(form)
    answer: Any = wrapper.query().convert()
    told = answer.toxml() if form == XML else json.dumps(answer) if form == JSON else answer.decode()
    assert "fictif 7" in told


@pytest.mark.parametrize("form", [TURTLE, RDFXML])
def test_sparqlwrapper_constructs(service: Service, form: str) -> None:
    """SPARQLWrapper gets graphs, with the query posted directly."""
    wrapper = SPARQLWrapper(service.address)
    wrapper.setQuery(GRAPH)
    wrapper.setMethod(POST)
    wrapper.setRequestMethod(POSTDIRECTLY)
    wrapper.setReturnFormat(form)
    answer: Any = wrapper.query().convert()
    graph = answer if isinstance(answer, Graph) else Graph().parse(data=answer, format="turtle")
    assert list(graph.objects(URIRef(THING))) == [Literal("fictif 7", lang="fr")]


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_through_its_store(service: Service, method: str) -> None:
    """Rdflib's SPARQLStore reads triples and runs queries."""
    graph = Graph(SPARQLStore(service.address, method=method))
    assert list(graph.objects(URIRef(THING))) == [Literal("fictif 7", lang="fr")]
    rows: Any = graph.query(POINT)
    assert [str(row[0]) for row in rows] == ["fictif 7"]


def test_address_alone_gives_csv(service: Service) -> None:
    """What opens an address and names no media type, as pandas.read_csv, gets the table that the address names."""
    address = f"{service.address}?{urlencode({'query': POINT, 'format': 'csv'})}"
    with urllib.request.urlopen(address) as response:  # noqa: S310 - our own service
        assert list(csv.reader(io.TextIOWrapper(response))) == [["o"], ["fictif 7"]]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fetch_sparql_endpoint(service: Service, method: str) -> None:
    """The client that Comunica is built on reads rows, triples and booleans."""
    node = find_node(ROOT / "node_modules" / "fetch-sparql-endpoint")
    command = [node, "-e", _FETCH, "-", service.address, method, POINT, GRAPH]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=ROOT, check=False)
    assert done.stdout, done.stderr
    assert json.loads(done.stdout) == [["fictif 7"], ["fictif 7"], True]
