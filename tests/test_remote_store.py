"""Tests of remote stores that are away, late or wrong, and of the service in front of them."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from endpoints.cli import main
from endpoints.evaluation.errors import AnswerCutError, QueryRefusedError, QuerySyntaxError
from endpoints.evaluation.frames import QueryRequest
from endpoints.evaluation.limits import Limits
from endpoints.remote import evaluate_remote
from endpoints.remote_guard import check
from publisher.errors import StoreError, UsageError
from publisher.release import open_release
from publisher.store.base import Capabilities
from publisher.store.dialects import Dialect, dialect, read_address
from publisher.store.errors import (
    StoreAnswerError,
    StoreAnswerTruncatedError,
    StoreCredentialsError,
    StoreTimeoutError,
    StoreUnreachableError,
)
from publisher.store.lines import batches
from publisher.store.remote import RemoteStore, open_remote
from publisher.store.transport import PASSWORD_VARIABLE, USER_VARIABLE
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


def store_at(engine: Misbehaving, way: str) -> RemoteStore:
    """Return the store that answers in one way."""
    return RemoteStore(f"{engine.address}/{way}", Dialect("sparql"), transfer=1.5)


@pytest.fixture
def nobody() -> str:
    """Return an address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_good(engine: Misbehaving) -> None:
    """A query goes by POST with the graph as its default graph, and the answer is written anew."""
    found = store_at(engine, "good").query(QUERY, "text/csv", [GRAPH])
    assert found.read() == b"o\r\nx\r\n"
    path, body, authorization = engine.requests[-1]
    assert (path, authorization) == ("/good", None)
    assert b"default-graph-uri=https%3A//annuaire.example/id/release/essai-1" in body


def test_update_text(engine: Misbehaving) -> None:
    """A text is always sent as a query, whatever words it holds."""
    store_at(engine, "good").query("PREFIX a: <x:#>\n# SELECT\nINSERT DATA { <a> <b> <c> }", JSON, [GRAPH])
    assert b"update=" not in engine.requests[-1][1]


@pytest.mark.parametrize(
    "way", ["html", "disguised", "empty", "cut", "closed", "chunk_cut", "unfinished", "error", "redirect"]
)
def test_wrong_answer(engine: Misbehaving, way: str) -> None:
    """HTML, cut or broken results, failures and redirects are no answer, and their words stay inside."""
    with pytest.raises(StoreAnswerError) as caught:
        store_at(engine, way).query(QUERY, JSON, [GRAPH])
    assert "secret" not in str(caught.value)


def test_not_http(engine: Misbehaving) -> None:
    """A server that does not speak HTTP is no store."""
    with pytest.raises(StoreError):
        store_at(engine, "garbage").query(QUERY, JSON, [GRAPH])


def test_late_cut(engine: Misbehaving) -> None:
    """An answer that stops in its middle fails at that point."""
    found = store_at(engine, "late_cut").query(QUERY, "text/csv", [GRAPH])
    with pytest.raises(StoreAnswerError):
        found.read()


def test_engine_limit(engine: Misbehaving) -> None:
    """A result that the engine says it truncated is refused."""
    with pytest.raises(StoreAnswerTruncatedError):
        store_at(engine, "limited").query(QUERY, JSON, [GRAPH])


@pytest.mark.parametrize("way", ["slow", "drip"])
def test_late(engine: Misbehaving, way: str) -> None:
    """An engine that is silent, or drips, is given up in time."""
    began = time.monotonic()
    with pytest.raises(StoreTimeoutError):
        store_at(engine, way).query(QUERY, JSON, [GRAPH], 0.3)
    assert time.monotonic() - began < 1


def test_endless(engine: Misbehaving) -> None:
    """An answer that never ends is given up in time, and costs no memory while nobody reads it."""
    began = time.monotonic()
    found = store_at(engine, "endless").query(QUERY, "text/csv", [GRAPH], 1.0)
    with pytest.raises(StoreTimeoutError):
        found.read()
    assert time.monotonic() - began < 4


def test_leave(engine: Misbehaving) -> None:
    """Closing an answer ends it, and the thread that reads it from the engine."""
    found = store_at(engine, "endless").query(QUERY, "text/csv", [GRAPH])
    next(iter(found))
    found.close()
    until = time.monotonic() + 3
    while any(thread.name == "store-answer" for thread in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [thread for thread in threading.enumerate() if thread.name == "store-answer"]
    assert list(found) == []


def test_down(nobody: str) -> None:
    """An address at which nothing listens is told as such, when queried and when named."""
    with pytest.raises(StoreUnreachableError):
        RemoteStore(nobody, dialect("oxigraph")).query(QUERY, JSON, [GRAPH])
    with pytest.raises(StoreUnreachableError):
        open_remote(nobody)


def test_redirect_elsewhere() -> None:
    """A redirect is never followed: the other host sees neither the query nor the credentials."""
    with misbehaving() as other, misbehaving(other.address) as engine:
        with pytest.raises(StoreAnswerError):
            store_at(engine, "redirect").query(QUERY, JSON, [GRAPH])
        assert other.requests == []


def test_credentials(engine: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials come from the environment, and are sent only when asked for."""
    monkeypatch.delenv(USER_VARIABLE, raising=False)
    with pytest.raises(StoreCredentialsError):
        store_at(engine, "basic").query(QUERY, JSON, [GRAPH])
    monkeypatch.setenv(USER_VARIABLE, "lampiste")
    monkeypatch.setenv(PASSWORD_VARIABLE, "imaginaire")
    assert store_at(engine, "good").query(QUERY, "text/csv", [GRAPH]).read()
    assert engine.requests[-1][2] is None
    assert store_at(engine, "basic").query(QUERY, "text/csv", [GRAPH]).read() == b"o\r\nx\r\n"
    assert str(engine.requests[-1][2]).startswith("Basic ")
    with pytest.raises(StoreCredentialsError):
        store_at(engine, "forbidden").query(QUERY, JSON, [GRAPH])


def test_command(tmp_path: Path, nobody: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`publish --store` says what is wrong with the store before it begins: 2 for its address, 3 when it is away."""
    common = ["publish", "--project", str(ROOT), "--var", str(tmp_path / "var"), "--store"]
    assert main([*common, "http://lampiste:imaginaire@127.0.0.1"]) == 2
    assert main([*common, nobody]) == 3
    assert "imaginaire" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "address", ["ftp://a", "127.0.0.1:80", "http://u:p@a", "http://a?b=c", "http://a#b", "fusion+http://a", "http://"]
)
def test_address(address: str) -> None:
    """An address that is none, or that holds credentials, is wrong use."""
    with pytest.raises(UsageError):
        read_address(address)


def test_kind() -> None:
    """An address may name the kind of engine."""
    assert read_address("virtuoso+http://127.0.0.1:8890/") == ("virtuoso", "http://127.0.0.1:8890")


def test_unknown_engine(engine: Misbehaving) -> None:
    """An engine that is not recognised must be named."""
    with pytest.raises(UsageError, match="rdf4j"):
        open_remote(f"{engine.address}/good")


def test_batches() -> None:
    """Batches are whole lines of bounded size; blank nodes come last and together."""
    lines = [b'<urn:s> <urn:p> "%d _:x" .\n' % i for i in range(100)]
    blank = [b"<urn:s> <urn:p> _:b .\n", b'_:b <urn:p> "x" .\n']
    found = list(batches([b"".join([blank[0], *lines, blank[1]])], 500))
    assert found[-1] == b"".join(blank)
    assert b"".join(found[:-1]) == b"".join(lines)
    assert max(map(len, found)) <= 500


# -- in front of the engine -------------------------------------------------------------------------------------------


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
    monkeypatch.setattr("endpoints.remote.Limits", lambda: Limits(deadline=0.3))
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
    """An answer is limited in size."""
    write_release(tmp_path)
    release = place_at(tmp_path / "essai-1", f"{engine.address}/endless")
    found = evaluate_remote(release, QueryRequest(QUERY, "csv", answer_bytes=1_000_000))
    with pytest.raises(AnswerCutError):
        found.read()


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
