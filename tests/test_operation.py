"""`annuaire serve` as an operator runs it behind a proxy: log, figures, headers, limits, settings read again, stop."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from tests.edge_fixture import Service, running_service
from tests.evaluation_fixture import POINT, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("operation")

SETTINGS = """
[serveur]
proxys = ["127.0.0.1"]
hotes = ["permis.example.org"]
metriques = "127.0.0.1:0"
travail = 20
reserve = 0.5
"""
QUERY = f"/sparql?format=csv&query={quote(POINT)}"
KINDS = {
    "page": ("/", "text/html"),
    "page kept": ("/", "text/html"),
    "query": (QUERY, "text/csv"),
    "query kept": (QUERY, "text/csv"),
    "query page": (QUERY.replace("format=csv&", ""), "text/html"),
    "malformed query": ("/sparql?query=x", "text/csv"),
    "description": ("/sparql", "text/turtle"),
    "redirection": ("/id/entreprise/000000000", "text/turtle"),
    "missing": ("/rien", "text/html"),
    "missing, RDF": ("/doc/entreprise/rien", "text/turtle"),
    "file": ("/static/annuaire.css", "*/*"),
    "dump": ("/dumps/rien.nt", "*/*"),
    "health": ("/health", "*/*"),
    "guide": ("/openapi.json", "*/*"),
    "search": ("/entreprises?q=x", "text/html"),
    "reconciliation": ("/reconcile", "*/*"),
}
_HEADERS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy",
    "cross-origin-opener-policy", "x-request-id", "access-control-allow-origin",
)  # fmt: skip
FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Prefix": "/evil.example",
    "X-Forwarded-Port": "666",
    "X-Original-URL": "/evil.example",
    "X-Rewrite-URL": "/evil.example",
    "X-Host": "evil.example",
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=http",
    "X-Forwarded-Proto": "evil.example",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one service for this module."""
    with running_service(tmp_path_factory.mktemp("operation"), SETTINGS, workers=2, things=200) as found:
        yield found


def _lines(service: Service, event: str) -> list[dict[str, Any]]:
    said = [json.loads(line) for line in service.log.read_text(encoding="utf-8").splitlines()]
    return [each for each in said if each["event"] == event]


def _figures(service: Service) -> str:
    (address,) = [line["address"] for line in _lines(service, "metrics")]
    return _fetch(address)[1]


def test_a_request_is_logged_without_its_author(service: Service) -> None:
    """A request's line has its number and what was answered; neither address, nor program, nor what was looked for."""
    answer = service.request(
        "GET", "/entreprises?q=Pseudonyme", None, User_Agent="Programme/1", Referer="http://ailleurs.example/page",
        X_Forwarded_For="203.0.113.77", Cookie="lang=fr; secret=1", Accept="text/html",
    )  # fmt: skip
    number = answer.headers["x-request-id"]
    assert eventually(lambda: any(line["request_id"] == number for line in _lines(service, "request")))
    (line,) = [line for line in _lines(service, "request") if line["request_id"] == number]
    assert line.keys() == {
        "time", "event", "request_id", "method", "path", "status", "bytes", "milliseconds", "representation", "release",
    }  # fmt: skip
    assert (line["method"], line["path"], line["release"]) == ("GET", "/entreprises", "fictif-1")
    assert (line["status"], line["bytes"]) == (answer.status, len(answer.body))
    told = service.log.read_text(encoding="utf-8")
    for word in ("Pseudonyme", "Programme", "ailleurs", "203.0.113.77", "127.0.0.1:5", "secret"):
        assert word not in told


@pytest.mark.parametrize(("given", "kept"), [("abc-123", True), ('a"b', False), ("a" * 200, False), ("é", False)])
def test_a_proxy_numbers_requests(service: Service, given: str, kept: bool) -> None:  # noqa: FBT001 - a table
    """A number that a trusted proxy gives is taken if it is plain; else there is a fresh one."""
    answer = service.request("GET", "/health/live", None, X_Request_Id=given)
    assert (answer.headers["x-request-id"] == given) is kept


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_has_its_headers(service: Service, kind: str) -> None:
    """Whatever answers, the headers that protect readers are there, once each."""
    path, accept = KINDS[kind]
    answer = service.request("GET", path, None, Accept=accept, X_Forwarded_For=f"198.51.100.{len(kind)}")
    assert answer.status != 500, answer.body
    for name in _HEADERS:
        assert answer.headers.get(name), name
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


def test_https_is_promised_only_where_it_is(service: Service) -> None:
    """Strict-Transport-Security comes when the trusted proxy says that the client came by https."""
    for _ in range(2):
        answers = [
            service.request("GET", "/", None, Accept="text/html", X_Forwarded_Proto=scheme)
            for scheme in ("https", "http")
        ]
        assert ["strict-transport-security" in answer.headers for answer in answers] == [True, False]


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_host_reaches_nothing(service: Service, kind: str) -> None:
    """Whatever host and address a request claims, no header and no byte of the answer repeats it, then or later."""
    path, accept = KINDS[kind]
    client = f"198.51.100.{100 + len(kind)}"
    plain = service.request("GET", path, None, Accept=accept, X_Forwarded_For=client)
    forged = {name.replace("-", "_"): value for name, value in FORGED.items()}
    answer = service.request("GET", path, None, Accept=accept, X_Forwarded_For=client, **forged)
    again = service.request("GET", path, None, Accept=accept, X_Forwarded_For=client)
    for each in (answer, again):
        assert b"evil" not in each.body
        assert not any("evil" in value for value in each.headers.values())
        assert (each.status, each.headers.get("etag")) == (plain.status, plain.headers.get("etag"))
        if kind != "health":
            assert each.body == plain.body


def test_who_asks_too_much_is_told_when_to_come_back(service: Service) -> None:
    """Beyond its share a client gets 429 and a problem; others do not; after the time told it is answered again."""
    told = None
    for number in range(5_000):
        address = "2001:db8:1:2::1" if number % 50 else "2001:db8:1:2:ffff::1"
        answer = service.request("GET", f"/doc/entreprise/rien-{number}", None, X_Forwarded_For=address)
        if answer.status == 429 and address.endswith("ffff::1"):  # of one site: one client
            told = answer
            break
    assert told is not None
    problem = json.loads(told.body)
    assert (told.headers["content-type"], problem["status"]) == ("application/problem+json", 429)
    another = service.request("GET", "/doc/entreprise/autre", None, X_Forwarded_For="2001:db8:1:3::1")
    assert another.status == 404
    assert service.request("GET", "/health/ready", None, X_Forwarded_For="2001:db8:1:2::1").status == 200
    time.sleep(int(told.headers["retry-after"]))
    again = service.request("GET", "/doc/entreprise/autre", None, X_Forwarded_For="2001:db8:1:2::1")
    assert again.status == 404


def test_figures_are_given_apart(service: Service) -> None:
    """Requests are counted over all processes at the address of the figures; the site itself does not give them."""
    before = _counted(_figures(service), 'annuaire_requests_total{kind="changes",status="404"}')
    for number in range(12):
        assert (
            service.request("GET", f"/history/rien/{number}", None, X_Forwarded_For=f"192.0.2.{number}").status == 404
        )
    told = _figures(service)
    assert _counted(told, 'annuaire_requests_total{kind="changes",status="404"}') == before + 12
    assert _counted(told, 'annuaire_request_duration_seconds_bucket{kind="changes",le="+Inf"}') >= before + 12
    assert _counted(told, 'annuaire_release_info{release="fictif-1"}') == 1
    assert _counted(told, 'annuaire_processes{process="web"}') == 2
    for name in (
        "annuaire_memory_bytes",
        "annuaire_queries",
        "annuaire_cache_lookups_total",
        "annuaire_evaluations_total",
    ):
        assert f"\n{name}{{" in told
    assert service.request("GET", "/metrics").status == 404


def test_figures_outlive_a_web_process(service: Service) -> None:
    """When a web process is killed, what it had counted stays."""
    for number in range(6):
        service.request("GET", "/ldes/rien", None, X_Forwarded_For=f"192.0.2.{100 + number}")
    before = _total(_figures(service))
    os.kill(min(service.processes("spawn_main")), signal.SIGKILL)
    assert eventually(lambda: _counted(_figures(service), 'annuaire_processes{process="web"}') == 2)
    assert _total(_figures(service)) >= before


def test_other_addresses_of_the_figures_are_unknown(service: Service) -> None:
    """There is nothing else at the address of the figures."""
    (address,) = [line["address"] for line in _lines(service, "metrics")]
    assert _fetch(address.removesuffix("metrics"))[0] == 404


def test_bad_settings_are_refused_aloud(service: Service) -> None:
    """On SIGHUP a wrong setting is named in the log, and what is served stays as it is."""
    path = service.var.parent / "projet" / "annuaire.toml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "travial = 3\n", encoding="utf-8")
    web = service.processes("spawn_main")
    service.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: bool(_lines(service, "reload")))
    path.write_text(good, encoding="utf-8")
    (line,) = _lines(service, "reload")
    assert (line["level"], line["outcome"]) == ("error", "refused")
    assert "serveur.travial" in line["texts"]["fr"]
    assert service.processes("spawn_main") == web


def test_settings_are_read_again(service: Service) -> None:
    """On SIGHUP pages follow the settings, through other processes; no request fails, not even on a kept connection."""
    path = service.var.parent / "projet" / "annuaire.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'(?m)^fr = "Annuaire', 'fr = "Répertoire', text, count=1), encoding="utf-8")
    before = service.processes("spawn_main")
    service.process.send_signal(signal.SIGHUP)
    statuses = set()
    kept = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)

    def renamed() -> bool:
        for client in (kept, http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)):
            client.request("GET", "/", None, {"Accept": "text/html"})
            answer = client.getresponse()
            body = answer.read()
            statuses.add(answer.status)
        client.close()
        return "Répertoire".encode() in body and not before & service.processes("spawn_main")

    assert eventually(renamed, 30)
    kept.close()
    assert statuses == {200}
    assert [line["outcome"] for line in _lines(service, "reload")][-1] == "accepted"


def test_what_has_begun_ends_before_the_stop(service: Service) -> None:
    """After SIGTERM no connection is taken, an answer under way still comes whole, and the exit code is 0."""
    query = quote("SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 100000")
    with service.connect(
        f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode()
    ) as client:
        received = client.recv(1_000)
        service.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: _refused(service.port))
        while not received.endswith(b"\r\n0\r\n\r\n"):
            piece = client.recv(1 << 20)
            assert piece, "cut"
            received += piece
    assert service.process.wait(20) == 0
    assert _lines(service, "request")[-1]["path"] == "/sparql"


def _fetch(address: str) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, str(answer.read(), "utf-8")
    finally:
        connection.close()


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionError:
        return True
    return False


def _counted(figures: str, name: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in figures.splitlines() if line.startswith(name + " "))


def _total(figures: str) -> float:
    lines = [line for line in figures.splitlines() if line.startswith("annuaire_requests_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)
