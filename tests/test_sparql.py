"""`/sparql`: the SPARQL 1.1 protocol, from the request's form to the headers of the answer."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse

from endpoints.app import create_app
from endpoints.cut_answers import broken_end, stream
from endpoints.evaluation.client import Answer
from endpoints.evaluation.frames import DATA, END, frame
from endpoints.evaluation.launch import start_evaluation
from endpoints.evaluation.limits import Limits
from publisher.project import load_project
from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS
from tests.evaluation_fixture import ENDLESS, EVERYTHING, POINT, descendants, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

from pathlib import Path

ROOT = Path(__file__).parents[1]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROBLEM = "application/problem+json"
DIRECT = "application/sparql-query"
GRAPH = "CONSTRUCT WHERE { <https://example.org/fictif/7> ?p ?o }"

pytestmark = pytest.mark.xdist_group("sparql")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the application over a fictitious release with its evaluation server."""
    release = write_release(tmp_path_factory.mktemp("var"))
    runtime = tmp_path_factory.mktemp("run")
    (runtime / "served").symlink_to(release.directory)
    server = start_evaluation(release, runtime / f"{release.name}.sock", Limits(deadline=0.5, workers=2))
    try:
        yield create_app(load_project(ROOT), runtime).test_client()
        assert len(descendants(server.process.pid)) == 2
    finally:
        server.stop()


def ask(client: FlaskClient, query: str = POINT, accept: str | None = None, **parameters: str) -> TestResponse:
    """Send a query by GET."""
    headers = {"Accept": accept} if accept is not None else {}
    return client.get("/sparql", query_string={"query": query, **parameters}, headers=headers)


def names(response: TestResponse) -> list[str]:
    """Return what a JSON answer binds to ?o."""
    return [row["o"]["value"] for row in json.loads(response.data)["results"]["bindings"]]


def test_get_and_posts_answer_alike(client: FlaskClient) -> None:
    """GET, a posted form and a posted query give the same answer."""
    answers = [
        ask(client),
        client.post("/sparql", data={"query": POINT}),
        client.post("/sparql", data=POINT, content_type=DIRECT),
        client.post("/sparql", data=POINT.encode(), content_type=f"{DIRECT}; charset=UTF-8"),
    ]
    assert [(a.status_code, names(a)) for a in answers] == [(200, ["fictif 7"])] * 4


def test_head_has_headers_only(client: FlaskClient) -> None:
    """HEAD answers as GET does, without the body."""
    head = client.head("/sparql", query_string={"query": POINT})
    get = ask(client)
    assert head.data == b""
    assert (head.status_code, head.headers["ETag"], head.headers["Content-Length"]) == (
        200,
        get.headers["ETag"],
        str(len(get.data)),
    )


def test_options_tells_what_is_allowed(client: FlaskClient) -> None:
    """OPTIONS lists the methods, for CORS too."""
    response = client.options("/sparql")
    allowed = {"GET", "HEAD", "POST", "OPTIONS"}
    for header in ("Allow", "Access-Control-Allow-Methods"):
        assert {method.strip() for method in response.headers[header].split(",")} == allowed


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    """Another method gets 405 with Allow."""
    response = client.open("/sparql", method=method)
    assert (response.status_code, "GET" in response.headers["Allow"]) == (405, True)


@pytest.mark.parametrize("representation", BINDINGS_RESULTS, ids=lambda r: r.name)
@pytest.mark.parametrize("query", [POINT, "ASK {}"])
def test_bindings_are_negotiated(client: FlaskClient, query: str, representation: object) -> None:
    """SELECT and ASK are answered in each results format, with its full Content-Type and Vary."""
    media_type = representation.media_type  # type: ignore[attr-defined]
    response = ask(client, query, f"image/png, {media_type};q=0.5")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == representation.content_type  # type: ignore[attr-defined]
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("representation", GRAPH_RESULTS, ids=lambda r: r.name)
@pytest.mark.parametrize("query", [GRAPH, "DESCRIBE <https://example.org/fictif/7>"])
def test_graphs_are_negotiated(client: FlaskClient, query: str, representation: object) -> None:
    """CONSTRUCT and DESCRIBE are answered in each RDF format, with the same triples."""
    media_type = representation.media_type  # type: ignore[attr-defined]
    response = ask(client, query, media_type)
    assert response.mimetype == media_type
    form = RdfFormat.from_media_type(media_type)
    assert form is not None
    assert [quad.object.value for quad in parse(response.data, format=form)] == ["fictif 7"]


@pytest.mark.parametrize(
    ("parameters", "media_type"),
    [
        ({"format": "csv"}, "text/csv"),
        ({"output": "tsv"}, "text/tab-separated-values"),
        ({"results": "xml"}, "application/sparql-results+xml"),
        ({"format": "application/sparql-results+xml"}, "application/sparql-results+xml"),
        ({"format": "text/csv; charset=utf-8"}, "text/csv"),
        ({"format": "application/sparql-results json"}, "application/sparql-results+json"),
        ({"format": "turtle"}, "application/sparql-results+json"),
        ({"format": "nonsense", "output": "csv"}, "text/csv"),
        ({"format": ""}, "application/sparql-results+json"),
    ],
)
def test_format_parameters_of_select(client: FlaskClient, parameters: dict[str, str], media_type: str) -> None:
    """A format parameter is honoured when it fits the query form, and is never an error."""
    response = ask(client, POINT, "*/*", **parameters)
    assert (response.status_code, response.mimetype) == (200, media_type)


@pytest.mark.parametrize(
    ("value", "media_type"),
    [("ttl", "text/turtle"), ("xml", "application/rdf+xml"), ("json", "application/ld+json"), ("csv", "text/turtle")],
)
def test_format_parameters_of_construct(client: FlaskClient, value: str, media_type: str) -> None:
    """A graph's format may be named as clients name it; one that does not fit is passed over."""
    assert ask(client, GRAPH, format=value).mimetype == media_type


def test_a_byte_order_mark_is_no_part_of_a_query(client: FlaskClient) -> None:
    """A query saved by an editor that puts a byte order mark before it is answered."""
    direct = client.post("/sparql", data="\ufeffASK {}".encode(), content_type=DIRECT)
    assert (direct.status_code, ask(client, "\ufeffASK {}").status_code) == (200, 200)


def test_an_unknown_function_is_named(client: FlaskClient) -> None:
    """A function that the engine does not have is the query's mistake, told with its name."""
    response = ask(client, "SELECT * { ?s ?p ?o FILTER(<https://example.org/f>(?o)) }")
    problem = json.loads(response.data)
    assert (response.status_code, problem["reason"]) == (400, "unsupported")
    assert "<https://example.org/f>" in problem["detail"]


def test_unknown_parameters_are_ignored(client: FlaskClient) -> None:
    """Parameters that the protocol does not know change nothing."""
    assert ask(client, timeout="0", inconnu="1").status_code == 200


def test_unacceptable_is_406(client: FlaskClient) -> None:
    """Nothing acceptable gets 406 and the list of what there is."""
    response = ask(client, accept="image/png")
    assert (response.status_code, response.mimetype) == (406, PROBLEM)
    assert "text/csv" in response.text


def test_syntax_error_is_a_problem_with_its_place(client: FlaskClient) -> None:
    """A malformed query gets 400, as a problem document with line and column, whatever results were asked for."""
    for accept in (None, "*/*", "application/sparql-results+xml", "text/csv"):
        response = ask(client, "SELECT * {\n ?s a inconnu:Chose }", accept)
        problem = json.loads(response.data)
        assert (response.status_code, response.mimetype) == (400, PROBLEM)
        assert (problem["reason"], problem["line"]) == ("syntax", 2)
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "sent",
    [
        {"query_string": {"query": "DELETE WHERE { ?s ?p ?o }"}},
        {"query_string": {"update": "CLEAR ALL"}},
        {"method": "POST", "data": {"update": "CLEAR ALL"}},
        {"method": "POST", "data": {"query": "LOAD <http://127.0.0.1:9/>"}},
        {"method": "POST", "data": "CLEAR ALL", "content_type": "application/sparql-update"},
        {"method": "POST", "data": "INSERT DATA { <a:b> <a:b> 1 }", "content_type": DIRECT},
    ],
)
def test_updates_are_refused(client: FlaskClient, sent: dict[str, object]) -> None:
    """An update is refused with 403 on every path."""
    response = client.open("/sparql", **sent)  # type: ignore[arg-type]
    assert (response.status_code, json.loads(response.data)["reason"]) == (403, "update")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"method": "POST"}, 415),
        ({"method": "POST", "data": {"format": "csv"}}, 400),
        ({"method": "POST", "data": "query=ASK%7B%7D", "content_type": "text/plain"}, 415),
        ({"method": "POST", "data": "ASK {}".encode("utf-16"), "content_type": f"{DIRECT};charset=UTF-16"}, 415),
        ({"method": "POST", "data": b"ASK { ?s ?p '\xff' }", "content_type": DIRECT}, 400),
        ({"query_string": "query=ASK%7B%7D&query=ASK%7B%7D"}, 400),
        ({"query_string": "query=ASK%7B%7D&default-graph-uri=pas%20un%20IRI"}, 400),
        ({"query_string": "query="}, 400),
        ({"method": "POST", "data": b"x" * 1_200_000, "content_type": DIRECT}, 413),
        ({"method": "POST", "data": "SELECT * {} #" + "x" * 300_000, "content_type": DIRECT}, 413),
        ({"query_string": {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> {} }"}}, 403),
        ({"query_string": {"query": "SELECT * " + "{" * 200 + "}" * 200}}, 400),
        ({"query_string": {"query": ENDLESS}}, 504),
    ],
)
def test_bad_requests_have_their_status(client: FlaskClient, sent: dict[str, object], status: int) -> None:
    """What cannot be answered gets a 4xx or 5xx problem, never HTML to a program."""
    response = client.open("/sparql", **sent)  # type: ignore[arg-type]
    assert (response.status_code, response.mimetype) == (status, PROBLEM)
    assert set(json.loads(response.data)["texts"]) == {"fr", "en"}


def test_graphs_of_the_protocol(client: FlaskClient) -> None:
    """Graphs that we do not have are empty, in the address, in a form and beside a posted query."""
    graph = {"default-graph-uri": "http://127.0.0.1:9/graphe"}
    assert names(ask(client, **graph)) == []
    assert names(client.post("/sparql", data={"query": POINT, **graph})) == []
    assert names(client.post("/sparql", data=POINT, content_type=DIRECT, query_string=graph)) == []
    assert names(ask(client, **{"named-graph-uri": "http://127.0.0.1:9/graphe"})) == []


def test_entity_tag_spares_the_query(client: FlaskClient) -> None:
    """A client that holds the answer gets 304; another format or query has another tag, another layout has not."""
    tag = ask(client).headers["ETag"]
    again = client.get("/sparql", query_string={"query": POINT}, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert ask(client, format="csv").headers["ETag"] != tag
    assert ask(client, POINT + " # commentaire").headers["ETag"] == tag
    assert ask(client, POINT.replace("7", "8")).headers["ETag"] != tag


def test_varying_answers_have_no_entity_tag(client: FlaskClient) -> None:
    """An answer that changes by the moment is never told as unchanged."""
    assert "ETag" not in ask(client, "SELECT (NOW() AS ?o) {}").headers
    assert "ETag" not in client.post("/sparql", data={"query": POINT}).headers
    assert "ETag" not in ask(client, "SELECT").headers


def test_answers_name_their_release(client: FlaskClient) -> None:
    """Answers and refusals name the release and are open to other sites' scripts."""
    for response in (ask(client), ask(client, "SELECT"), client.get("/sparql")):
        assert response.headers["Annuaire-Release"] == "fictif-1"
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_large_answer_is_whole(client: FlaskClient) -> None:
    """An answer that streams through the web process arrives whole."""
    body = ask(client, EVERYTHING, "text/csv").text
    assert len(list(csv.reader(io.StringIO(body)))) == 20_002


@pytest.mark.parametrize(
    ("accept", "form"), [("*/*", "turtle"), ("application/rdf+xml", "xml"), ("application/n-triples", "nt")]
)
def test_bare_get_describes_the_service(client: FlaskClient, accept: str, form: str) -> None:
    """A program that asks nothing gets the service description, with the public address."""
    response = client.get("/sparql", headers={"Accept": accept})
    graph = rdflib.Graph().parse(data=response.data, format=form)
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    base = load_project(ROOT).base_uri
    assert [str(iri) for iri in graph.objects(None, sd.endpoint)] == [f"{base}/sparql"]
    assert len(set(graph.objects(None, sd.resultFormat))) == 10


@pytest.mark.parametrize("accept", [BROWSER, "text/turtle"])
def test_no_store_is_read_to_present_the_service(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    """The form and the description leave the store alone: a large one takes seconds to be counted."""
    serving = client.application.extensions["annuaire"]
    closed = replace(serving.release(), store=None)
    monkeypatch.setattr(serving, "release", lambda: closed)
    serving.cache = type(serving.cache)()
    assert client.get("/sparql", headers={"Accept": accept}).status_code == 200


def test_browser_gets_a_form(client: FlaskClient) -> None:
    """A browser that asks nothing gets a form that needs no script, with the examples."""
    page = client.get("/sparql", headers={"Accept": BROWSER})
    assert page.mimetype == "text/html"
    assert '<form method="get" action="/sparql"' in page.text
    assert '<textarea id="query" name="query"' in page.text
    assert "entreprises" in page.text


def test_browser_gets_a_table(client: FlaskClient) -> None:
    """A browser that asks a query gets a table, with links to the other formats."""
    page = ask(client, POINT, BROWSER).text
    assert "<td>fictif 7 <small>fr</small></td>" in page
    assert "format=csv" in page


def test_browser_is_told_of_a_mistake_in_the_form(client: FlaskClient) -> None:
    """A browser's malformed query comes back in the form, escaped, with what is wrong."""
    response = ask(client, "SELECT <script>", BROWSER)
    assert response.status_code == 400
    assert "&lt;script&gt;</textarea>" in response.text
    assert 'role="alert"' in response.text


def test_page_shows_the_beginning_of_a_large_result(client: FlaskClient) -> None:
    """A large result is shown in part, and the page says so."""
    page = ask(client, EVERYTHING, BROWSER).text
    assert page.count("<tr>") == 1_001
    assert "La page ne montre que le début" in page


def test_page_shows_booleans_graphs_and_nothing(client: FlaskClient) -> None:
    """ASK reads as yes or no, a graph as Turtle, an empty result as a sentence."""
    assert "<strong>oui</strong>" in ask(client, "ASK {}", BROWSER).text
    assert "fictif 7" in ask(client, GRAPH, BROWSER).text
    assert "Aucune ligne" in ask(client, "SELECT * { ?s <a:b> ?o }", BROWSER).text


_WHOLE = {
    "json": b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal","value":"un"}},{"o":{}}]}}',
    "xml": b'<?xml version="1.0"?><sparql><head><variable name="o"/></head><results><result/></results></sparql>',
    "turtle": b'<a:b> <a:c> "un" , "deux" .\n<a:d> <a:c> "trois" .\n',
    "ntriples": b'<a:b> <a:c> "un" .\n<a:b> <a:c> "deux" .\n',
    "rdfxml": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Seq rdf:about="a:b"/></rdf:RDF>',
    "jsonld": b'[{"@id":"a:b","a:c":[{"@value":"un"}]}]',
    "csv": b'o,p\r\n"un, deux",trois\r\nquatre,"cinq ""six"""\r\n',
}


def _reads(name: str, body: bytes) -> bool:
    """Return whether a strict parser takes a body for a whole one."""
    forms = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES, "rdfxml": RdfFormat.RDF_XML}
    try:
        if name in {"json", "jsonld"}:
            json.loads(body)
        elif name == "xml":
            import xml.etree.ElementTree as ET  # noqa: PLC0415 - our own text

            ET.fromstring(body)  # noqa: S314 - our own text
        elif name == "csv":
            list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
        else:
            list(parse(body, format=forms[name]))
    except (ValueError, SyntaxError, csv.Error):
        return False
    return True


@pytest.mark.parametrize("name", _WHOLE)
def test_cut_answer_is_never_taken_for_a_whole_one(name: str) -> None:
    """Wherever a stream is cut, no parser accepts what was received; uncut, it is read."""
    whole = _WHOLE[name]
    assert _reads(name, whole)
    for length in range(len(whole) + 1):
        cut = b"".join(stream(Answer("select", name, None, io.BytesIO(frame(DATA, whole[:length])))))
        assert not _reads(name, cut), cut
    complete = frame(DATA, whole) + frame(END, b"{}")
    assert b"".join(stream(Answer("select", name, None, io.BytesIO(complete)))) == whole


def test_every_format_has_a_broken_end() -> None:
    """Each results format has a way to be broken off."""
    assert all(broken_end(each.name) for each in (*BINDINGS_RESULTS, *GRAPH_RESULTS))
