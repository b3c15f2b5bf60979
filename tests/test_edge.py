"""The service as clients meet it over HTTP: bodies, streams, departures, the cache, codings, turns."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import brotli  # type: ignore[import-untyped]
import pytest

from tests.edge_fixture import Answered, Service, running_service
from tests.evaluation_fixture import ENDLESS, EVERYTHING, POINT, eventually

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("edge")

SETTINGS = """
[sparql]
delai = 2
transfert = 4
par_client = 3
processus = 5
file = 8
attente = 1
requete = 5000

[serveur]
envoi_delai = 1.5
proxys = ["127.0.0.1"]
hotes = ["sparql.example.org:8080"]
"""
LARGE = "SELECT ?s ?p ?o ?x { ?s ?p ?o VALUES ?x { 1 2 3 4 5 6 7 8 9 10 } }"
HUGE = "SELECT * { ?s ?p ?o . ?t ?q ?u }"
HALF = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 99\r\n\r\nSELECT"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one service for this module."""
    with running_service(tmp_path_factory.mktemp("edge"), SETTINGS) as found:
        yield found


def _memory(service: Service) -> int:
    """Return the resident memory of the web process, in bytes."""
    (pid,) = service.processes("multiprocessing-fork")
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _drain(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(1 << 20):
            pass


def test_half_open_posts_delay_nobody(service: Service) -> None:
    """A hundred clients that send half a body delay neither queries nor pages, and are told off in time."""
    service.ask(POINT)
    paths = ("/", "/sparql", "/health/live")
    for path in paths:
        service.request("GET", path)  # a page's first time is its own
    with ExitStack() as stack:
        half = [stack.enter_context(service.connect(HALF)) for _ in range(100)]
        for path in paths:
            assert service.request("GET", path).seconds < 1
        for number in range(5):
            assert service.ask(POINT.replace("7", str(number))).seconds < 0.5
        assert service.request("POST", "/sparql", b"query=ASK%7B%7D", Content_Type=FORM).status == 200
        assert b" 408 " in half[0].recv(100)


FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def test_unfinished_headers_delay_nobody(service: Service) -> None:
    """Two hundred clients that never end their headers delay nobody."""
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(service.connect(b"GET /sparql HTTP/1.1\r\nHost: x\r\nX-"))
        assert service.ask(POINT).seconds < 0.5


@pytest.mark.parametrize(
    "sent",
    [HALF, HALF.replace(b"Content-Length: 99", b"Transfer-Encoding: chunked").replace(b"SELECT", b"5\r\nASK{}\r\n")],
)
def test_truncated_body_is_refused(service: Service, sent: bytes) -> None:
    """A body that stops short of its end is 400, never evaluated."""
    with service.connect(sent) as connection:
        time.sleep(0.1)
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(100)


def test_compressed_bodies_are_refused(service: Service) -> None:
    """A compressed body is 415 unread, and the answer says what is taken."""
    answer = service.request("POST", "/sparql", b"ASK {}", Content_Type=QUERY, Content_Encoding="gzip")
    assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity")
    assert service.request("POST", "/sparql", b"ASK {}", Content_Type=QUERY, Content_Encoding="identity").status == 200


def test_an_address_is_never_made_of_the_host(service: Service) -> None:
    """A request whose target has no path is one for the home page, not a redirection to the host that it names."""
    with service.connect(
        b"GET example.org:80 HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"
    ) as connection:
        head = connection.recv(4_000)
    assert head.startswith(b"HTTP/1.1 ")
    assert b"location:" not in head.lower()


def test_large_bodies_and_texts_are_refused(service: Service) -> None:
    """A body over the limit is 413 unread; a query over its own limit too."""
    with service.connect(HALF.replace(b": 99", b": 99999999")) as connection:
        assert b" 413 " in connection.recv(100)
    with service.connect(HALF.replace(b": 99", b": 99999999").replace(b"/sparql", b"/verifier")) as connection:
        assert "découper la table" in b"".join(iter(lambda: connection.recv(4_000), b"")).decode()
    answer = service.request("POST", "/sparql", b"ASK {} #" + b"x" * 6_000, Content_Type=QUERY)
    assert (answer.status, json.loads(answer.body)["reason"]) == (413, "too-long")


def test_stream_is_flat_in_memory(service: Service) -> None:
    """A client that does not read makes the web process hold a few megabytes at most."""
    service.ask(LARGE)
    before = _memory(service)
    request = f"GET /sparql?format=xml&query={quote(HUGE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with service.connect(request) as connection:
        assert connection.recv(10)
        time.sleep(1)
        assert _memory(service) - before < 16 << 20


def test_first_byte_comes_early(service: Service) -> None:
    """The first byte of a long answer comes long before the last."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    began = time.monotonic()
    connection.request("GET", f"/sparql?format=csv&query={quote(LARGE + '#')}")
    response = connection.getresponse()
    assert response.read(10)
    assert time.monotonic() - began < 0.5
    assert response.read().count(b"\r\n") == 200_010
    connection.close()


@pytest.mark.parametrize("query", [ENDLESS, HUGE])
def test_client_that_leaves_stops_its_query(service: Service, query: str) -> None:
    """A client that goes away stops its query within a second, silent or streaming."""
    assert eventually(lambda: service.busy() == 0)
    with service.connect(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) as connection:
        threading.Thread(target=_drain, args=(connection,), daemon=True).start()
        assert eventually(lambda: service.busy() > 0, 2)
        connection.shutdown(socket.SHUT_RDWR)
    assert eventually(lambda: service.busy() == 0, 1)


def test_cut_stream_is_seen_to_be_cut(service: Service) -> None:
    """A stream that passes its time ends without the end that HTTP asks for, and not as valid XML."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", f"/sparql?format=xml&query={quote(HUGE)}")
    response = connection.getresponse()
    assert response.status == 200
    tail = b""
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):  # noqa: PT012 - it fails at some read
        while chunk := response.read1(1 << 20):
            tail = (tail + chunk)[-200:]
        response.read()
        raise http.client.IncompleteRead(b"")
    assert b"</sparql>" not in tail
    connection.close()


def test_repeated_answers_come_from_the_cache(service: Service) -> None:
    """A query in another layout is answered with the same bytes and validator, in every coding, without evaluation."""
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?u FILTER(?o < ?u) FILTER(?u = 'fictif 7'@fr) }"
    first = service.ask(query)
    again = service.ask(query.replace(" . ", "  .\n # commentaire\n "))
    assert (first.status, again.body, again.headers["etag"]) == (200, first.body, first.headers["etag"])
    assert again.seconds < max(0.05, first.seconds)


def test_errors_are_not_kept(service: Service) -> None:
    """A query that failed is evaluated again."""
    assert [service.ask(ENDLESS).status for _ in range(2)] == [504, 504]


def test_same_queries_at_once_are_evaluated_once(service: Service) -> None:
    """Ten clients that ask the same at the same time cost one evaluation and get one answer."""
    answers: list[Answered] = []
    threads = [threading.Thread(target=lambda: answers.append(service.ask(ENDLESS))) for _ in range(10)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    assert service.busy() == 1
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {504}


def test_clients_take_turns(service: Service) -> None:
    """One client's queries beyond its share wait, or get 429 or 503 with Retry-After; another client is answered."""
    answers: list[Answered] = []

    def attack(number: int) -> None:
        answers.append(service.ask(ENDLESS.replace("?n", f"?n{number}"), X_Forwarded_For="192.0.2.7"))

    threads = [threading.Thread(target=attack, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    assert service.ask(POINT.replace("?o", "?oo"), X_Forwarded_For="192.0.2.8").seconds < 0.5
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {429, 503, 504}
    assert all(("retry-after" in answer.headers) == (answer.status != 504) for answer in answers)


@pytest.mark.parametrize("query", [EVERYTHING, "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 100"])
def test_content_is_coded_as_asked(service: Service, query: str) -> None:
    """zstd, br and gzip give the same bytes as none, streamed, whole and repeated; each has a validator of its own."""
    plain = service.ask(query)
    decoders = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}
    tags = {plain.headers["etag"]}
    for _ in range(2):
        for coding, decode in decoders.items():
            answer = service.ask(query, Accept_Encoding=coding)
            assert (answer.headers["content-encoding"], decode(answer.body)) == (coding, plain.body)
            assert "Accept-Encoding" in answer.headers["vary"]
            tags.add(answer.headers["etag"])
    assert len(tags) == 4


def test_quick_queries_pass_slow_ones(service: Service) -> None:
    """Queries that came just after a slow one of the same client are answered long before it is."""
    with service.connect(f"GET /sparql?query={quote(ENDLESS + '#lent')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()):
        answers = [service.ask(POINT.replace("7", str(number))) for number in range(100, 105)]
        assert {answer.status for answer in answers} == {200}
        assert max(answer.seconds for answer in answers) < 1


def test_validators_and_head(service: Service) -> None:
    """If-None-Match gets 304 before and after the answer is kept; HEAD has GET's headers."""
    for query in (POINT.replace("7", "11"), EVERYTHING.replace("?o", "?obj")):
        head = service.ask(query, "HEAD")
        for _ in range(2):
            known = service.ask(query, If_None_Match=head.headers["etag"])
            assert (known.status, known.body, known.headers["etag"]) == (304, b"", head.headers["etag"])
            get = service.ask(query)
            assert get.headers["etag"] == head.headers["etag"]
    assert service.ask(POINT, "HEAD").headers["content-length"] == str(len(service.ask(POINT).body))


def test_common_headers_are_on_every_answer(service: Service) -> None:
    """Answers, kept answers, pages, refusals of bodies and unknown paths are open to scripts and name the release."""
    answers = [service.ask(POINT), service.ask(POINT), service.ask("SELECT"), service.request("GET", "/sparql")]
    answers += [service.request("GET", "/nulle/part"), service.request("PUT", "/sparql", b"x")]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert {answer.headers["annuaire-release"] for answer in answers[:4]} == {"fictif-1"}


def test_pages_show_results(service: Service) -> None:
    """A browser gets a table of a small answer, of the beginning of a large one, and mistakes in the form."""
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert b"<td>fictif 7" in service.ask(POINT, accept=browser).body
    assert service.ask(EVERYTHING, accept=browser).body.count(b"<tr>") == 1_001
    assert service.ask("SELECT <", accept=browser).status == 400


def test_service_names_the_host_that_a_proxy_gives(service: Service) -> None:
    """A listed host, given by a trusted proxy, is where the service says to be; any other gets the public address."""
    for scheme in ("http", "https"):
        host = "sparql.example.org:8080"
        named = {"Accept": "application/n-triples", "X_Forwarded_Host": host, "X_Forwarded_Proto": scheme}
        answer = service.request("GET", "/sparql", None, **named)
        assert f"#endpoint> <{scheme}://{host}/sparql>".encode() in answer.body
    plain = service.request("GET", "/sparql", Accept="application/n-triples")
    for host in ("sparql.example.org", "autre.example.org", "sparql.example.org:8080, x", "<>", ""):
        other = service.request("GET", "/sparql", Accept="application/n-triples", X_Forwarded_Host=host)
        assert (other.body, other.headers["etag"]) == (plain.body, plain.headers["etag"])
    assert plain.headers["etag"] != answer.headers["etag"]
