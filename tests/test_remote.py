"""Tests of queries on a release that a remote engine holds, and of the guard in front of it."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from endpoints.evaluation.errors import AnswerCutError, QueryRefusedError, QuerySyntaxError
from endpoints.evaluation.frames import QueryRequest
from endpoints.evaluation.limits import Limits
from endpoints.remote import evaluate_remote
from endpoints.remote_guard import check
from endpoints.supervision import Service
from publisher.project import load_project
from publisher.release import open_release
from publisher.store.base import Capabilities
from tests.misbehaving import Misbehaving, misbehaving
from tests.release_fixture import ROOT, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from publisher.release import Release

JSON = "application/sparql-results+json"
QUERY = "SELECT ?o WHERE { ?s ?p ?o }"
GRAPH = "https://annuaire.example/id/release/essai-1"
VIRTUOSO = Capabilities("virtuoso", standard_dataset=False, extension_functions=True)


@pytest.fixture(scope="module")
def engine() -> Iterator[Misbehaving]:
    """Run an engine that answers in every wrong way."""
    with misbehaving() as running:
        yield running


@pytest.fixture
def nobody() -> str:
    """Return an address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def place_at(release: Path, address: str, kind: str = "sparql") -> Release:
    """Have a release's manifest say that an engine holds it."""
    path = release / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "store": {"url": address, "kind": kind, "graph": GRAPH}}))
    return open_release(release)


def client_of(tmp_path: Path, address: str) -> FlaskClient:
    """Return a client of the service, whose release an engine at that address holds."""
    project = write_release(tmp_path)
    place_at(tmp_path / "essai-1", address)
    return create_app(project, tmp_path).test_client()


@pytest.mark.parametrize("way", ["html", "cut", "error", "redirect", "down"])
def test_bad_gateway(tmp_path: Path, engine: Misbehaving, nobody: str, way: str) -> None:
    """With the engine away or wrong, a query gets 502 as a problem document, and pages answer."""
    client = client_of(tmp_path, nobody if way == "down" else f"{engine.address}/{way}")
    answer = client.get("/sparql", query_string={"query": QUERY})
    assert (answer.status_code, answer.mimetype) == (502, "application/problem+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/doc/entreprise/999000017.html").status_code == 200
    assert client.get("/").status_code == 200


def test_gateway_timeout(tmp_path: Path, engine: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the engine late, a query gets 504."""
    monkeypatch.setattr(Limits, "of", lambda _: Limits(deadline=0.3))
    answer = client_of(tmp_path, f"{engine.address}/slow").get("/sparql", query_string={"query": QUERY})
    assert answer.status_code == 504


def test_served(tmp_path: Path, engine: Misbehaving) -> None:
    """With the engine well, queries are answered by it in the format asked for."""
    client = client_of(tmp_path, f"{engine.address}/good")
    answer = client.get("/sparql", query_string={"query": QUERY}, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/csv", b"o\r\nx\r\n")
    assert b"default-graph-uri=https%3A//annuaire.example/id/release/essai-1&" in engine.requests[-1][1] + b"&"


def test_cut_is_broken(tmp_path: Path, engine: Misbehaving) -> None:
    """An answer cut by the engine reaches the client as something that no parser accepts."""
    client = client_of(tmp_path, f"{engine.address}/late_cut")
    answer = client.get("/sparql", query_string={"query": QUERY}, headers={"Accept": JSON})
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        json.loads(answer.data)


def test_refused_before(tmp_path: Path, engine: Misbehaving) -> None:
    """Updates, SERVICE and malformed texts never reach the engine."""
    client = client_of(tmp_path, f"{engine.address}/good")
    before = len(engine.requests)
    for text in (
        "INSERT DATA { <a> <b> <c> }",
        "SELECT * { SERVICE <http://a/> { ?s ?p ?o } }",
        "LOAD <http://a/>",
        "x",
    ):
        assert 400 <= client.get("/sparql", query_string={"query": text}).status_code < 500
    assert len(engine.requests) == before


def test_syntax_place(tmp_path: Path, engine: Misbehaving) -> None:
    """The engine's 400 becomes ours, at the place in the client's own text."""
    client = client_of(tmp_path, f"{engine.address}/malformed")
    answer = client.get("/sparql", query_string={"query": QUERY})
    assert (answer.status_code, answer.json["line"] if answer.json else None) == (400, 1)


def test_too_large(tmp_path: Path, engine: Misbehaving) -> None:
    """An answer is limited in size and in rows, as the operator says."""
    write_release(tmp_path)
    release = place_at(tmp_path / "essai-1", f"{engine.address}/endless")
    for limits in (Limits(answer_bytes=1_000_000), Limits(rows=1_000)):
        with pytest.raises(AnswerCutError):
            evaluate_remote(release, QueryRequest(QUERY, "csv"), limits).read()


def test_no_query_server(tmp_path: Path, engine: Misbehaving) -> None:
    """A release that a remote engine answers for is served, and ready, without a query server of our own."""
    write_release(tmp_path)
    release, runtime = place_at(tmp_path / "essai-1", f"{engine.address}/good"), tmp_path / "runtime"
    runtime.mkdir()
    project = load_project(ROOT)
    service = Service(project, runtime)
    service.switch(release)
    service.tend()
    assert sorted(path.name for path in runtime.iterdir()) == ["served", "settings"]
    ready = create_app(project, runtime).test_client().get("/health/ready")
    assert (ready.status_code, ready.get_json()["status"], ready.get_json()["release"]) == (200, "ok", release.name)
    assert ready.get_json()["evaluation"]["remote"] is True
    service.stop(threading.Event())


def test_foreign_graphs(tmp_path: Path, engine: Misbehaving) -> None:
    """A dataset that the client names never lets it see other graphs of the engine."""
    write_release(tmp_path)
    release = place_at(tmp_path / "essai-1", f"{engine.address}/good")
    for request in (
        QueryRequest(QUERY, "csv", default_graphs=("urn:other",)),
        QueryRequest(QUERY, "csv", named_graphs=("urn:other",)),
        QueryRequest("SELECT ?o FROM <urn:other> WHERE { ?s ?p ?o }", "csv"),
    ):
        evaluate_remote(release, request).read()
        assert b"essai-1%23absent" in engine.requests[-1][1]
        assert b"graph-uri=urn" not in engine.requests[-1][1]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (bif:concat('a', 'b') AS ?x) {}",
        "PREFIX b: <bif:> SELECT (b:http_get('http://127.0.0.1/') AS ?x) {}",
        "PREFIX b: <bi> SELECT (b:f\\:http_get('http://127.0.0.1/') AS ?x) {}",
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX xsd: <BIF:> SELECT (xsd:sleep(9) AS ?x) {}",
        "SELECT (<BIF:http_get>('x') AS ?x) {}",
        "SELECT (<\\u0062if:http_get>('x') AS ?x) {}",
        "BASE <bif:a> SELECT (<concat>('x', 'y') AS ?x) {}",
        "SELECT * { ?s <sql:f> ?o }",
        "SELECT * { ?s ?p ?o FILTER(?s<?p&&bif:http_get(?o)>1) }",
        "DEFINE get:soft 'replace' SELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o FILTER(`1=1`) }",
        "SELECT * FROM <urn:x> { ?s ?p ?o }",
        "SELECT * FROM NAMED <urn:x> { ?s ?p ?o }",
        "SELECT * { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { { SELECT * { GRAPH <urn:x> { ?s ?p ?o } } } }",
    ],
)
def test_extensions(text: str) -> None:
    """What Virtuoso would do beyond SPARQL, or beyond the release, is refused before it."""
    with pytest.raises((QueryRefusedError, QuerySyntaxError)):
        check(text, VIRTUOSO)


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (xsd:integer(?o) AS ?n) { ?s ?p ?o FILTER(?o < 3) }",
        "SELECT (<http://www.w3.org/2001/XMLSchema#date>('2018-01-01') AS ?d) {}",
        "PREFIX a: <http://example.org/> SELECT * { ?s a:b/(a:c|a:d)* ?o . ?o a a:E OPTIONAL { ?s a:f 'from graph' } }",
        "PREFIX : <http://example.org/> ASK { ?s : ?from . VALUES ?graph { :a } FILTER(?s IN (:a, :b)) }",
        "SELECT (COUNT(*) AS ?n) (CONCAT('bif:', ?x) AS ?y) { ?s ?p ?x FILTER(REGEX(?x, '\\\\.')) }",
    ],
)
def test_standard_texts(text: str) -> None:
    """Queries in the standard's own words pass."""
    check(text, VIRTUOSO)
