"""Tests of remote stores that are away, late or wrong."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from endpoints.cli import main
from publisher.errors import StoreError, UsageError
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
from tests.release_fixture import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


JSON = "application/sparql-results+json"
QUERY = "SELECT ?o WHERE { ?s ?p ?o }"
GRAPH = "https://annuaire.example/id/release/essai-1"


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
