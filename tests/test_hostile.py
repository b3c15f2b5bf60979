"""Hostile requests over HTTP: each gets an honest answer, and the service is as before."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.edge_fixture import Service, running_service
from tests.evaluation_fixture import ENDLESS, POINT, eventually
from tests.test_evaluation import HOSTILE
from tests.test_sparql_guard import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("hostile")

SETTINGS = """
[sparql]
delai = 0.5
transfert = 1
memoire_mio = 96
processus = 3

[serveur]
cache_mio = 1
hotes = ["sparql.example.org"]
"""
DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
QUERIES = {
    **{name: text for name, text in HOSTILE.items() if name != "lone surrogate"},
    **{f"service {number}": text for number, text in enumerate(SERVICES)},
    "group concat of all": "SELECT (GROUP_CONCAT(CONCAT(?a, ?b, ?c, ?d)) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "regex": 'SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(CONCAT(?c, ?f), "(a+)+(b+)+$|(.*)*x")) }',
    "nested regex": f'SELECT * {{ ?s ?p ?o FILTER(REGEX(?o, "{"(" * 5_000}a{")" * 5_000}")) }}',
    "repeated regex": 'SELECT * { ?s ?p ?o FILTER(REGEX(?o, "((((a{1,100}){1,100}){1,100}){1,100})")) }',
    "path of everything": "SELECT * { ?a (!<x:y>)+ ?b . ?b (!<x:y>)+ ?c . ?c (!<x:y>)+ ?a }",
    "nested not": "SELECT * { FILTER(" + "NOT EXISTS { FILTER(" * 500 + "true" + ") }" * 500 + ") }",
    "nested minus": "SELECT * { ?s ?p ?o " + "MINUS { ?s ?p ?o " * 1_000 + "}" * 1_001,
    "nested graphs": "SELECT * { " + "GRAPH ?g { " * 1_000 + "}" * 1_001,
    "nested blank nodes": "SELECT * { ?s ?p " + "[ ?p " * 1_000 + "1" + "]" * 1_000 + " }",
    "nested if": "SELECT (" + "IF(true, " * 1_000 + "1" + ", 2)" * 1_000 + " AS ?x) {}",
    "nested quoted triples": "SELECT * { " + "<< " * 500 + "?s ?p ?o" + " >> ?p ?o" * 500 + " }",
    "many prefixes": "".join(f"PREFIX p{n}: <http://example.org/{n}/>\n" for n in range(20_000)) + "ASK {}",
    "long iri": f"ASK {{ <http://example.org/{'a' * 150_000}> ?p ?o }}",
    "many variables": "SELECT * { VALUES (" + " ".join(f"?v{n}" for n in range(5_000)) + ") {} }",
    "large numbers": f"SELECT ({'9' * 10_000} * {'9' * 10_000} AS ?x) {{}}",
    "many binds": "SELECT * { " + " ".join(f"BIND({n} AS ?v{n})" for n in range(6_000)) + " }",
    "many columns": "SELECT " + " ".join(f"({n} AS ?v{n})" for n in range(6_000)) + " {}",
    "many keys": "SELECT * {} ORDER BY " + " ".join(f"STR(?v{n})" for n in range(6_000)),
    "unknown function": "SELECT * { ?s ?p ?o FILTER(<http://example.org/f>(?o)) }",
    "distinct of everything": "SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f } ORDER BY DESC(?f) ?c",
}
"""Texts, each in one request; those of the evaluation server's own tests among them."""

_HEAD = b" HTTP/1.1\r\nHost: x\r\n"
_POINT = quote(POINT).encode()
RAW = {
    "huge address": b"GET /sparql?query=ASK%7B%7D&x=" + b"a" * 2_000_000 + _HEAD + b"\r\n",
    "long address": b"GET /sparql?query=" + b"%20" * 20_000 + b"ASK%7B%7D" + _HEAD + b"\r\n",
    "huge header": b"GET /sparql?query=ASK%7B%7D" + _HEAD + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "many headers": b"GET /sparql?query=ASK%7B%7D" + _HEAD + b"X: a\r\n" * 20_000 + b"\r\n",
    "huge accept": b"GET /sparql?query=ASK%7B%7D" + _HEAD + b"Accept: " + b"a/b;q=0.1," * 20_000 + b"*/*\r\n\r\n",
    "odd codings": b"GET /sparql?query=ASK%7B%7D" + _HEAD + b"Accept-Encoding: gzip;q=\xff, ;;;=,,zz;q=9e999\r\n\r\n",
    "no utf-8 in the query": b"GET /sparql?query=ASK%7B%7D%20%23%FF%FE" + _HEAD + b"\r\n",
    "raw bytes in the address": b"GET /sparql?query=ASK{}\xff\xfe" + _HEAD + b"\r\n",
    "null in the address": b"GET /sparql?query=ASK%7B%7D%00" + _HEAD + b"\r\n",
    "null, raw": b"GET /sparql?query=\x00" + _HEAD + b"\r\n",
    "broken escapes": b"GET /sparql?query=%ZZ%&%=%u0041" + _HEAD + b"\r\n",
    "query twice": b"GET /sparql?query=" + _POINT + b"&query=" + _POINT + _HEAD + b"\r\n",
    "many parameters": b"GET /sparql?query=ASK%7B%7D" + b"&a=b" * 20_000 + _HEAD + b"\r\n",
    "negative length": b"POST /sparql" + _HEAD + b"Content-Length: -1\r\n\r\nx",
    "length that is none": b"POST /sparql" + _HEAD + b"Content-Length: beaucoup\r\n\r\nx",
    "two lengths": b"POST /sparql" + _HEAD + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\nxxxxx",
    "length and chunks": b"POST /sparql" + _HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad chunk": b"POST /sparql" + _HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "proxy": b"CONNECT example.org:80" + _HEAD + b"\r\n",
    "another host": b"GET http://example.org/sparql" + _HEAD + b"\r\n",
    "compressed": b"POST /sparql" + _HEAD + b"Content-Encoding: gzip\r\nContent-Length: 999999\r\n\r\n",
    "null in a release": b"GET /dumps/%00/annuaire.nt.gz" + _HEAD + b"\r\n",
    "long name of a release": b"GET /dumps/" + b"a" * 5_000 + b"/annuaire.nt.gz" + _HEAD + b"\r\n",
    "step out of reach": b"GET /history/" + b"9" * 40 + _HEAD + b"\r\n",
    "odd path": b"GET //..%2f..%2fetc/passwd%00" + _HEAD + b"\r\n",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one service for this module; at its end no worker is lost and the memory is back."""
    with running_service(tmp_path_factory.mktemp("hostile"), SETTINGS) as found:
        found.ask(POINT)
        workers, memory = len(found.processes("fork_server")), _resident(found)
        yield found
        assert eventually(lambda: len(found.processes("fork_server")) == workers)
        assert eventually(lambda: _resident(found) - memory < 96 << 20), "memory is not given back"


def _resident(service: Service) -> int:
    """Return what the service's processes hold for themselves, in bytes."""
    total = 0
    for pid in service.processes(""):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith("Private_"))
    return total


def _answers_at_once(service: Service) -> bool:
    """Return whether a point query never asked before is answered within the time promised."""
    answer = service.ask(f"{POINT.removesuffix('}')} FILTER(?o != {time.monotonic_ns()}) }}")
    return answer.status == 200 and b"fictif 7" in answer.body and answer.seconds < 0.1


@pytest.mark.parametrize("name", QUERIES)
def test_hostile_text(service: Service, name: str) -> None:
    """A hostile text is answered or refused with a problem; then a point query takes under 100 ms."""
    sent = QUERIES[name].encode("utf-8", "replace")
    try:
        answer = service.request("POST", "/sparql", sent, Content_Type=DIRECT, Accept="text/csv")
    except http.client.IncompleteRead:
        pass  # an answer under way that was cut, and is seen to be
    else:
        assert answer.status in {200, 400, 403, 413, 504, 507}
        if answer.status != 200:
            assert answer.headers["content-type"] == "application/problem+json"
        if name.startswith("service"):
            assert answer.status in {400, 403}
    assert eventually(lambda: _answers_at_once(service), 2)


@pytest.mark.parametrize("name", RAW)
def test_hostile_bytes(service: Service, name: str) -> None:
    """Bytes that no client should send get an answer or the end of the connection; the service goes on."""
    try:
        with service.connect(RAW[name]) as connection:
            connection.settimeout(3)
            said = connection.recv(100)
    except (ConnectionError, BrokenPipeError):
        said = b""
    assert not said or said.startswith(b"HTTP/1.")
    assert b" 500 " not in said
    assert eventually(lambda: _answers_at_once(service), 2)


def test_crowd_of_heavy_queries(service: Service) -> None:
    """After forty heavy queries at once from clients that leave, a point query takes under 100 ms."""
    connections = [
        service.connect(f"GET /sparql?query={quote(ENDLESS.replace('?n', f'?n{n}'))}".encode() + _HEAD + b"\r\n")
        for n in range(40)
    ]
    time.sleep(0.3)
    for connection in connections:
        connection.close()
    assert eventually(lambda: _answers_at_once(service), 3)


def test_a_forged_host_reaches_no_answer(service: Service) -> None:
    """Forwarded headers of a client that is no trusted proxy change nothing, not even with a host that is listed."""
    plain = service.request("GET", "/sparql", Accept="text/turtle")
    forged = service.request(
        "GET", "/sparql", Accept="text/turtle", X_Forwarded_Host="sparql.example.org", X_Forwarded_Proto="http"
    )
    assert plain.status == 200
    assert (forged.body, forged.headers["etag"]) == (plain.body, plain.headers["etag"])
