"""The evaluation server: answers, limits, hostile queries, and processes that never outlive their owner."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

from endpoints.evaluation.client import evaluate, health
from endpoints.evaluation.errors import (
    AnswerCutError,
    AnswerTooLargeError,
    EvaluationBusyError,
    EvaluationError,
    EvaluationUnavailableError,
    QueryCrashedError,
    QueryMemoryError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
)
from endpoints.evaluation.frames import LENGTH, QueryRequest, encode_request, read_frame
from endpoints.evaluation.launch import fits_in_memory
from endpoints.evaluation.limits import MEBIBYTE, Limits
from tests.evaluation_fixture import (
    ENDLESS,
    EVERYTHING,
    POINT,
    THINGS,
    alive,
    ask,
    descendants,
    eventually,
    open_descriptors,
    running,
    write_release,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from endpoints.evaluation.launch import EvaluationServer
    from publisher.release import Release

pytestmark = pytest.mark.xdist_group("evaluation")

_OPENED_AT_ONCE = 16
"""Files of a store that RocksDB opens with it."""

LIMITS = Limits(deadline=0.6, transfer=1.2, memory=96 * MEBIBYTE, workers=2, request_time=0.5)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a fictitious release."""
    return write_release(tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvaluationServer]:
    """Run one evaluation server for this module."""
    with running(release, tmp_path_factory.mktemp("run"), LIMITS) as found:
        yield found


def _send(server: EvaluationServer, data: bytes) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(str(server.socket))
    connection.sendall(data)
    return connection


def _told(connection: socket.socket) -> str:
    """Return the reason in the error frame that comes."""
    with connection.makefile("rb") as stream:
        kind, payload = read_frame(stream)
    assert kind == b"X"
    return str(json.loads(payload)["reason"])


def _idle(server: EvaluationServer) -> bool:
    return bool(health(server.socket)["busy"] == 0)


@pytest.mark.parametrize("form", [QueryResultsFormat.JSON, QueryResultsFormat.XML, QueryResultsFormat.TSV])
def test_select_is_answered_in_each_format(server: EvaluationServer, form: QueryResultsFormat) -> None:
    """A SELECT is answered in each format that can be read back."""
    names = {QueryResultsFormat.JSON: "json", QueryResultsFormat.XML: "xml", QueryResultsFormat.TSV: "tsv"}
    rows = list(parse_query_results(ask(server, POINT, names[form]), form))  # type: ignore[arg-type]
    assert [row["o"].value for row in rows] == ["fictif 7"]


def test_select_is_answered_in_csv(server: EvaluationServer) -> None:
    """A SELECT is answered in CSV with a header."""
    assert ask(server, POINT, "csv") == b"o\r\nfictif 7\r\n"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("turtle", RdfFormat.TURTLE),
        ("ntriples", RdfFormat.N_TRIPLES),
        ("rdfxml", RdfFormat.RDF_XML),
        ("jsonld", RdfFormat.JSON_LD),
        ("nquads", RdfFormat.N_QUADS),
        ("trig", RdfFormat.TRIG),
    ],
)
def test_construct_is_answered_in_each_format(server: EvaluationServer, name: str, form: RdfFormat) -> None:
    """A CONSTRUCT gives the same triples in each RDF format."""
    body = ask(server, "CONSTRUCT WHERE { <https://example.org/fictif/7> ?p ?o }", name)
    assert [quad.object.value for quad in parse(body, format=form)] == ["fictif 7"]


def test_small_answer_knows_its_length(server: EvaluationServer) -> None:
    """A small answer comes with its length before its first byte."""
    answer = evaluate(server.socket, QueryRequest(POINT, "json"))
    assert (answer.form, answer.length) == ("select", len(answer.read()))


def test_large_answer_streams(server: EvaluationServer) -> None:
    """A large answer comes in pieces, the first long before the last, and is complete."""
    answer = evaluate(server.socket, QueryRequest(EVERYTHING, "csv"))
    chunks = list(answer)
    assert answer.length is None
    assert len(chunks) > 5
    assert b"".join(chunks).count(b"\r\n") == THINGS + 2


def test_syntax_error_has_its_place(server: EvaluationServer) -> None:
    """A malformed query is answered with line and column."""
    with pytest.raises(QuerySyntaxError) as caught:
        ask(server, "SELECT * {\n  ?s a inconnu:Chose }")
    assert caught.value.line == 2
    assert caught.value.column is not None


def test_representation_must_fit_the_form(server: EvaluationServer) -> None:
    """A graph format asked for a SELECT is refused, not guessed."""
    with pytest.raises(QueryRefusedError):
        ask(server, POINT, "turtle")


def test_graphs_we_do_not_have_are_empty(server: EvaluationServer) -> None:
    """A dataset of unknown graphs is empty, and nothing is fetched."""
    elsewhere = ("http://127.0.0.1:9/graphe",)
    for request in (
        QueryRequest("ASK { ?s ?p ?o }", "csv", default_graphs=elsewhere),
        QueryRequest("ASK { GRAPH ?g { ?s ?p ?o } }", "csv", named_graphs=elsewhere),
        QueryRequest("ASK FROM <http://127.0.0.1:9/graphe> { ?s ?p ?o }", "csv"),
    ):
        assert evaluate(server.socket, request).read() == b"false"


def test_deadline_is_kept(server: EvaluationServer) -> None:
    """A query past its deadline is killed soon after, and its client told why."""
    began = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        ask(server, ENDLESS)
    assert time.monotonic() - began < LIMITS.deadline + 1


def test_request_can_tighten_the_deadline(server: EvaluationServer) -> None:
    """A request's own deadline counts when it is shorter than the server's."""
    began = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        evaluate(server.socket, QueryRequest(ENDLESS, "json", deadline=0.1))
    assert time.monotonic() - began < LIMITS.deadline


def test_row_limit_is_an_error_before_the_first_byte(server: EvaluationServer) -> None:
    """An answer over its limit is refused while nothing has been sent."""
    with pytest.raises(AnswerTooLargeError):
        evaluate(server.socket, QueryRequest(EVERYTHING, "json", rows=10))


@pytest.mark.parametrize("limit", [{"rows": 5_000}, {"answer_bytes": 300_000}])
def test_limits_cut_an_answer_under_way(server: EvaluationServer, limit: dict[str, Any]) -> None:
    """An answer that passes a limit on its way never ends like a complete one."""
    answer = evaluate(server.socket, QueryRequest(EVERYTHING, "json", **limit))
    with pytest.raises(AnswerCutError):
        answer.read()


def test_slow_reader_is_cut(server: EvaluationServer) -> None:
    """A client that does not read holds a worker no longer than the transfer limit."""
    answer = evaluate(server.socket, QueryRequest("SELECT ?s ?p ?o { { ?s ?p ?o } UNION { ?s ?p ?o } }", "xml"))
    assert eventually(lambda: _idle(server), LIMITS.transfer + 2)
    with pytest.raises(AnswerCutError):
        answer.read()


@pytest.mark.parametrize("keep", [False, True])
def test_slow_readers_make_room(release: Release, tmp_path: Path, keep: bool) -> None:  # noqa: FBT001
    """Answers that nobody takes are cut once others wait, long before the transfer limit; the others are answered."""
    with running(release, tmp_path, Limits(workers=2, transfer=60)) as found, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(_send(found, encode_request(QueryRequest(EVERYTHING, "xml", keep=keep))))
        assert eventually(lambda: bool(health(found.socket)["busy"] == 2))
        assert b"fictif 7" in ask(found)


def test_memory_is_bounded(server: EvaluationServer) -> None:
    """A query that grows past the memory of a worker is stopped, and told so."""
    with pytest.raises((QueryMemoryError, QueryTimeoutError)):
        ask(server, _doubling(24))


def test_client_that_leaves_stops_its_silent_query(release: Release, tmp_path: Path) -> None:
    """A client that goes away frees the worker of a silent query within a second."""
    with running(release, tmp_path, Limits(deadline=30, workers=1)) as found:
        connection = _send(found, encode_request(QueryRequest(ENDLESS, "json")))
        assert eventually(lambda: not _idle(found))
        connection.close()
        began = time.monotonic()
        ask(found)
        assert time.monotonic() - began < 1


def test_client_that_leaves_stops_its_stream(server: EvaluationServer) -> None:
    """Closing an answer before its end frees the worker."""
    answer = evaluate(server.socket, QueryRequest(EVERYTHING, "xml"))
    next(iter(answer))
    answer.close()
    assert eventually(lambda: _idle(server), 1)


def test_queue_is_bounded(release: Release, tmp_path: Path) -> None:
    """When workers and queue are taken, the next client is told at once to come back."""
    limits = Limits(deadline=10, workers=1, queue=1, queue_time=0.5)
    with running(release, tmp_path, limits) as found, ExitStack() as stack:
        busy = [stack.enter_context(_send(found, encode_request(QueryRequest(ENDLESS, "json")))) for _ in range(2)]
        assert eventually(lambda: bool(health(found.socket)["queued"] == 1))
        began = time.monotonic()
        with pytest.raises(EvaluationBusyError):
            ask(found)
        assert time.monotonic() - began < 0.4
        assert _told(busy[1]) == "busy", "the one who waited too long is told too"


def test_half_open_requests_hold_nothing(server: EvaluationServer) -> None:
    """Clients that send half a request delay nobody, and are told off."""
    half = encode_request(QueryRequest(POINT, "json"))[:-5]
    with ExitStack() as stack:
        connections = [stack.enter_context(_send(server, half)) for _ in range(100)]
        began = time.monotonic()
        ask(server)
        assert time.monotonic() - began < 0.2
        assert _told(connections[0]) == "refused"


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", LENGTH.pack(2) + b"[]", LENGTH.pack(9) + b'{"query":', b""]
)
def test_garbage_is_refused(server: EvaluationServer, data: bytes) -> None:
    """Bytes that are no request are refused; the service goes on."""
    with _send(server, data) as connection:
        assert _told(connection) == "refused"
    assert ask(server)


@pytest.mark.parametrize(
    "query", ["SELECT * { SERVICE <{iri}> { ?s ?p ?o } }", "SELECT * { SERVICE SILENT <{iri}> { ?s ?p ?o } }"]
)
def test_workers_reach_no_other_machine(server: EvaluationServer, query: str) -> None:
    """Even a query that no guard has seen opens no connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        iri = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        try:
            body = ask(server, query.replace("{iri}", iri))
        except EvaluationError:
            body = b""
        assert b"uri" not in body
        with pytest.raises(TimeoutError):
            listener.accept()


def test_killed_worker_is_replaced(server: EvaluationServer) -> None:
    """A worker killed from outside is forked anew and its query starts again; idle or busy, no client suffers."""
    with _send(server, encode_request(QueryRequest(ENDLESS, "json"))) as connection:
        assert eventually(lambda: not _idle(server))
        for pid in descendants(server.process.pid):
            os.kill(pid, signal.SIGKILL)
        assert _told(connection) == "timeout"
    for pid in descendants(server.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert ask(server)
    assert len(descendants(server.process.pid)) == LIMITS.workers


def test_absent_server_is_an_error_of_its_own(tmp_path: Path) -> None:
    """A socket that nobody serves is told as unavailable."""
    with pytest.raises(EvaluationUnavailableError):
        evaluate(tmp_path / "absent.sock", QueryRequest(POINT, "json"))


def test_damaged_release_does_not_start(release: Release, tmp_path: Path) -> None:
    """A release whose graph cannot be read gives no server, and an error."""
    damaged = write_release(tmp_path / "var", things=1)
    (damaged.directory / "catalog.nt").write_text("ceci n'est pas du N-Triples\n", encoding="utf-8")
    with pytest.raises(EvaluationUnavailableError), running(damaged, tmp_path, LIMITS):
        pass
    assert release.directory.is_dir()


def test_server_ends_with_its_parent(release: Release, tmp_path: Path) -> None:
    """An owner killed outright leaves no evaluation server and no busy worker behind."""
    code = (
        "import sys, time; from pathlib import Path; from publisher.release import open_release;"
        "from endpoints.evaluation.launch import start_evaluation;"
        f"s = start_evaluation(open_release(Path({str(release.directory)!r})), Path({str(tmp_path / 'e.sock')!r}));"
        "print(s.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        pids = {pid, *descendants(pid)}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "e.sock"))
            connection.sendall(encode_request(QueryRequest(ENDLESS, "json")))
            owner.kill()
            owner.wait()
            assert eventually(lambda: not any(alive(each) for each in pids), 3)


def _doubling(times: int) -> str:
    binds = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(times))
    return f'SELECT (STRLEN(?x{times}) AS ?n) {{ BIND("0123456789abcdef" AS ?x0) {binds} }}'


HOSTILE = {
    "nested groups": "SELECT * " + "{" * 5_000 + "}" * 5_000,
    "nested functions": "SELECT (" + "STR(" * 3_000 + "1" + ")" * 3_000 + " AS ?x) {}",
    "nested parentheses": "SELECT * { FILTER(" + "(" * 8_000 + "1" + ")" * 8_000 + ") }",
    "nested optionals": "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o " * 3_000 + "}" * 3_001,
    "nested exists": "SELECT * { ?s ?p ?o " + "FILTER EXISTS { ?s ?p ?o " * 2_000 + "}" * 2_001,
    "nested selects": "SELECT * " + "{ SELECT * " * 2_000 + "{}" + "}" * 2_000,
    "nested lists": "SELECT * { ?s ?p " + "(" * 4_000 + ")" * 4_000 + " }",
    "nested paths": "SELECT * { ?s " + "(" * 4_000 + "<a:b>" + ")*" * 4_000 + " ?o }",
    "chain of signs": "SELECT * { FILTER(" + "!" * 20_000 + "true) }",
    "chain of sums": "SELECT (" + "+".join(["1"] * 20_000) + " AS ?x) {}",
    "chain of unions": "SELECT * { {}" + " UNION {}" * 5_000 + " }",
    "chain of path steps": "SELECT * { ?s " + "/".join(["<a:b>"] * 3_000) + " ?o }",
    "unclosed": "SELECT * " + "{" * 20_000,
    "cross product": ENDLESS,
    "ordered cross product": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "200 patterns": "SELECT * { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(200)) + " }",
    "200 linked patterns": "SELECT * { " + " ".join(f"?s ?p{i} ?o ." for i in range(200)) + " }",
    "doubling": _doubling(40),
    "group concat": "SELECT (GROUP_CONCAT(CONCAT(?c, ?f)) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "replace": 'SELECT (REPLACE("' + "a" * 5_000 + '", "(a*)*b", "c") AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }',
    "paths": "SELECT (COUNT(*) AS ?n) { ?a (!<x:y>|^!<x:y>)* ?b . ?c (!<x:y>|^!<x:y>)* ?d }",
    "huge values": "SELECT (COUNT(*) AS ?n) { VALUES ?x { " + "1 " * 50_000 + "} VALUES ?y { " + "2 " * 50_000 + "} }",
    "distinct": "SELECT DISTINCT (CONCAT(?c, ?f) AS ?x) { ?a ?b ?c . ?d ?e ?f } ORDER BY ?x",
    "null character": "SELECT * { ?s ?p '\0' }",
    "lone surrogate": "SELECT * { ?s ?p '\ud800' }",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_query_harms_nobody(server: EvaluationServer, name: str) -> None:
    """A hostile text that no guard has seen ends in a typed error or an answer; a point query is answered meanwhile."""
    outcome: list[object] = []

    def attack() -> None:
        try:
            outcome.append(ask(server, HOSTILE[name], "csv"))
        except EvaluationError as error:
            outcome.append(error)

    thread = threading.Thread(target=attack)
    thread.start()
    assert _usual_time(server) < 0.5
    thread.join(LIMITS.transfer + 3)
    assert len(outcome) == 1
    assert not isinstance(outcome[0], EvaluationUnavailableError)
    assert _usual_time(server) < 0.1 + 0.2  # the bound asked for, and room for a busy test machine
    assert eventually(lambda: len(descendants(server.process.pid)) == LIMITS.workers)


def _usual_time(server: EvaluationServer) -> float:
    """Return the median time of five point queries, in seconds: one pause of a busy machine says nothing."""
    times = []
    for _ in range(5):
        began = time.monotonic()
        assert b"fictif 7" in ask(server)
        times.append(time.monotonic() - began)
    return statistics.median(times)


def test_stack_overflow_is_told_as_such(server: EvaluationServer) -> None:
    """A query that overflows the stack of its worker is told as too complex."""
    with pytest.raises(QueryCrashedError):
        ask(server, HOSTILE["nested groups"])


def test_graph_too_large_for_the_machine_stays_on_disk() -> None:
    """A graph is held in memory when half of it has room for a copy in every process, and the settings allow it."""
    limits = Limits(workers=8, disk=5_000_000)
    assert fits_in_memory(600_000, limits, 4 << 30)
    assert not fits_in_memory(1_000_000, limits, 4 << 30)
    assert fits_in_memory(1_000_000, Limits(workers=2), 4 << 30)
    assert not fits_in_memory(5_000_001, limits, 1 << 50)


def test_store_of_many_files_is_read_whole(tmp_path: Path) -> None:
    """Tables that a store on disk opens only when they are read are answered from, though no other file can be."""
    release = write_release(tmp_path, things=50)
    for number in range(3):
        store = Store(str(release.store))
        thing = f"https://example.org/fictif/autre-{number}"
        store.add(Quad(NamedNode(thing), NamedNode("https://example.org/nom"), Literal(thing), NamedNode(f"{thing}/g")))
        store.add(Quad(NamedNode(thing), NamedNode("https://example.org/nom"), Literal(thing)))
        store.flush()
        del store
    assert len(list(release.store.glob("*.sst"))) > _OPENED_AT_ONCE
    with running(release, tmp_path, replace(LIMITS, disk=0)) as server:
        for _ in range(2 * LIMITS.workers):
            assert len(ask(server, EVERYTHING, "csv").splitlines()) == 1 + 50 + 1 + 3


def test_requests_follow_each_other_on_a_kept_connection(server: EvaluationServer) -> None:
    """Several requests sent at once are answered in turn by one worker, which outlives the connection."""
    deaths = health(server.socket)["deaths"]
    kept = encode_request(QueryRequest(POINT, "csv", keep=True))
    with _send(server, kept) as connection, connection.makefile("rb") as stream:
        first = read_frame(stream)
        connection.sendall(kept + encode_request(QueryRequest("SELECT", "csv", keep=True)) + kept + kept[:9])
        assert [read_frame(stream)[0] for _ in range(3)] == [b"W", b"X", b"W"]
    assert first == (b"W", b"so\r\nfictif 7\r\n")
    time.sleep(LIMITS.request_time + 0.2)
    assert health(server.socket)["deaths"] == deaths


def test_nothing_accumulates(server: EvaluationServer) -> None:
    """After many queries, answered, refused, cut and left, the server holds no more descriptors than before."""
    ask(server)
    before = open_descriptors(server.process.pid)
    for _ in range(30):
        ask(server)
        evaluate(server.socket, QueryRequest(EVERYTHING, "csv")).close()
        with pytest.raises(QuerySyntaxError):
            ask(server, "SELECT")
    assert eventually(lambda: _idle(server) and open_descriptors(server.process.pid) <= before)
