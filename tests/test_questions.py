"""The catalogue of questions: pages, data and RDF; each question is answered by the data of this repository."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.compare import isomorphic

from endpoints.examples import load_examples
from endpoints.parameters import LANGUAGE
from publisher.representations import GRAPH_DOCUMENTS
from publisher.vocabulary import SCHEMA
from tests.pages_fixture import read_graph
from tests.questions_fixture import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("real_release")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
EXAMPLES = {example.key: example for example in load_examples()}
FORMS = {key for key, e in EXAMPLES.items() if any(p.kind != LANGUAGE for p in e.parameters)}
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt"}
HOSTILE = '69"} UNION {?s ?p ?o} #'


@pytest.fixture(scope="module")
def client(real_release: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the application over this repository's own data."""
    project, _, release = real_release
    with answering(project, release, tmp_path_factory.mktemp("run")) as found:
        yield found


def page(client: FlaskClient, path: str, lang: str = "fr") -> str:
    """Return the text of a page."""
    response = client.get(path, headers={"Accept": BROWSER, "Accept-Language": lang})
    assert response.status_code == 200, path
    assert response.mimetype == "text/html"
    return response.text


@pytest.mark.parametrize("key", EXAMPLES)
def test_each_question_has_rows(client: FlaskClient, key: str) -> None:
    """Each question is answered with rows; the control question is answered by no."""
    example = EXAMPLES[key]
    if example.form == "SELECT":
        rows = list(csv.reader(io.StringIO(client.get(f"/questions/{key}.csv").text)))
        assert len(rows) > 1
        bindings = json.loads(client.get(f"/questions/{key}.json").data)["results"]["bindings"]
        assert len(bindings) == len(rows) - 1
    elif example.form == "ASK":
        assert json.loads(client.get(f"/questions/{key}.json").data)["boolean"] is False
    else:
        assert "prefLabel" in page(client, f"/questions/{key}")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("key", EXAMPLES)
def test_each_question_has_its_page(client: FlaskClient, key: str, lang: str) -> None:
    """Each question's page has its title, one main heading, labels for its fields, headed and captioned tables."""
    text = page(client, f"/questions/{key}", lang)
    example = EXAMPLES[key]
    assert f'<html lang="{lang}">' in text
    assert len(re.findall(r"<h1", text)) == 1
    for field in re.findall(r'<(?:select|input) id="([^"]+)"', text):
        assert f'for="{field}"' in text
    assert ("<form" in text) == (key in FORMS)
    assert text.count("<table>") == text.count("<caption") == (example.form == "SELECT")
    if example.form == "SELECT":
        headings = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', text)
        assert tuple(headings) == example.columns[lang]
        assert "<tbody>\n  <tr>" in text
    if example.chart:
        assert '<svg role="img"' in text


def test_no_page_styles_inline(client: FlaskClient) -> None:
    """Charts and maps hold to the content security policy: neither style attributes nor scripts."""
    for key in ("entreprises-par-departement", "entreprises-par-domaine"):
        text = page(client, f"/questions/{key}")
        assert " style=" not in text
        assert "<script>" not in text
        assert "<style" not in text


def test_map_shows_what_the_table_says(client: FlaskClient) -> None:
    """The map has every département, overseas included, and its darkest ones are those of the table's top."""
    text = page(client, "/questions/entreprises-par-departement")
    drawn = dict(re.findall(r"<title>([^<]+) – (\d+)</title>", text))
    rows = client.get("/questions/entreprises-par-departement.csv").text
    assert len(drawn) == 101
    for row in csv.DictReader(io.StringIO(rows)):
        assert drawn[row["departement"].replace("'", "&#39;")] == row["entreprises"]


def test_bars_grow_with_values(client: FlaskClient) -> None:
    """The longest bar takes the whole width, and none is longer than the one before in a decreasing series."""
    text = page(client, "/questions/entreprises-par-domaine")
    widths = [float(width) for width in re.findall(r'<rect class="bar" x="0" y="\d+" width="([\d.]+)%"', text)]
    assert widths[0] == 100
    assert widths == sorted(widths, reverse=True)


def test_parameters_narrow_the_answer(client: FlaskClient) -> None:
    """A parameter of the address is what is asked, in the page, in CSV and in JSON alike."""
    path = "/questions/entreprises-du-departement"
    rhone, isere = (client.get(f"{path}.csv?departement={code}").text.splitlines() for code in ("69", "38"))
    assert len(rhone) > 1
    assert not set(rhone[1:]) & set(isere[1:])
    text = page(client, f"{path}?departement=38")
    assert '<option value="38" selected>' in text
    assert f"{path}.csv?departement=38" in text
    assert text.count("<tr>") == len(isere)


def test_answers_are_in_the_language_asked(client: FlaskClient) -> None:
    """Labels follow the page's language; data are in French unless the address says otherwise."""
    path = "/questions/entreprises-par-domaine"
    assert "Street lighting" in page(client, path, "en")
    assert "Éclairage" in client.get(f"{path}.csv", headers={"Accept-Language": "en"}).text
    assert "Street lighting" in client.get(f"{path}.csv?lang=en").text


@pytest.mark.parametrize(
    ("address", "proposed"),
    [
        ("entreprises-du-departement?departement=isere", "38"),
        ("entreprises-du-departement?departement=1", "01"),
        ("entreprises-du-departement?departement=999", None),
        ("entreprises-du-departement-d-une-ville?commune=vienne", "38544"),
        ("entreprises-du-departement-d-une-ville?commune=38999", None),
        ("entreprises-d-un-domaine-dans-une-region?domaine=eclairages", "eclairage"),
        ("entreprise-d-un-siren?siren=521563743", None),
        ("communes-moyennes-avec-entreprise?population=beaucoup", None),
        ("premieres-conventions-acv?avant=2018-02-30", None),
        (f"entreprises-du-departement?departement={HOSTILE}", None),
        ("entreprises-du-departement-d-une-ville?commune=zz&path=x&self=y", None),
    ],
)
def test_unknown_value_is_refused_with_proposals(client: FlaskClient, address: str, proposed: str | None) -> None:
    """A value that is unknown gets 400: a form with proposals for a browser, a problem for a program."""
    path, _, query = address.partition("?")
    browser = client.get(f"/questions/{path}", query_string=query.replace("#", "%23"), headers={"Accept": BROWSER})
    assert (browser.status_code, browser.mimetype) == (400, "text/html")
    assert 'role="alert"' in browser.text
    assert "<form" in browser.text
    program = client.get(f"/questions/{path}.json", query_string=query.replace("#", "%23"))
    assert (program.status_code, program.mimetype) == (400, "application/problem+json")
    problem = json.loads(program.data)
    assert problem["parameter"] in address
    if proposed:
        assert proposed in [each["value"] for each in problem["proposals"]]
        assert f"={proposed}" in browser.text


def test_what_is_written_is_escaped(client: FlaskClient) -> None:
    """A value comes back as text, whatever it holds."""
    response = client.get(
        "/questions/entreprises-du-departement-d-une-ville",
        query_string={"commune": '"><script>alert(1)</script>'},
        headers={"Accept": BROWSER},
    )
    assert "<script>" not in response.text


@pytest.mark.parametrize("path", ["/questions/inconnue", "/questions/inconnue.csv", "/questions/plan-des-domaines.pdf"])
def test_unknown_question_is_not_found(client: FlaskClient, path: str) -> None:
    """A question that does not exist, or a format that it does not have, gets 404."""
    assert client.get(path).status_code == 404


def test_answers_are_revalidated(client: FlaskClient) -> None:
    """A client that holds an answer gets 304."""
    for path in ("/questions", "/questions/plan-des-domaines", "/questions/plan-des-domaines.csv"):
        tag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_catalogue_lists_every_question(client: FlaskClient, lang: str) -> None:
    """The catalogue names and leads to each question, once."""
    text = page(client, "/questions", lang)
    linked = re.findall(r'href="/questions/([a-z0-9-]+)"', text)
    assert sorted(linked) == sorted(EXAMPLES)


def test_rdf_representations_say_the_same(client: FlaskClient) -> None:
    """The catalogue is the same graph in every RDF representation, by extension and by Accept."""
    graphs = [read_graph(client.get(f"/questions.{extension}").data, name) for extension, name in FORMATS.items()]
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])
    for representation in GRAPH_DOCUMENTS:
        accepted = client.get("/questions", headers={"Accept": representation.media_type})
        assert accepted.mimetype == representation.media_type


def test_questions_are_executables(client: FlaskClient) -> None:
    """Each question is an executable: text, target, prefixes, labels and comments in two languages."""
    graph = read_graph(client.get("/questions.ttl").data, "turtle")
    kinds = {SH.SPARQLSelectExecutable: SH.select, SH.SPARQLAskExecutable: SH.ask, SH.SPARQLConstructExecutable: None}
    found = set(graph.subjects(RDF.type, SH.SPARQLExecutable))
    assert len(found) == len(EXAMPLES)
    for node in found:
        kind = next(kind for kind in kinds if (node, RDF.type, kind) in graph)
        property_ = kinds[kind] or SH.construct
        example = EXAMPLES[str(node).rpartition("/")[2]]
        assert str(graph.value(node, property_)) == example.query
        assert graph.value(node, SCHEMA.target) == URIRef("https://annuaire.example/sparql")
        for said in (RDFS.label, RDFS.comment):
            assert {getattr(text, "language", None) for text in graph.objects(node, said)} == {"fr", "en"}
        declared = list(graph.objects(graph.value(node, SH.prefixes), SH.declare))
        assert declared
        assert all(graph.value(each, SH.prefix) and graph.value(each, SH.namespace) for each in declared)


def test_one_question_is_described_alone(client: FlaskClient) -> None:
    """The RDF of one question's address is about that question, and holds its template with parameters."""
    graph = read_graph(client.get("/questions/entreprises-du-departement.ttl").data, "turtle")
    assert len(list(graph.subjects(RDF.type, SH.SPARQLExecutable))) == 1
    templates = [str(text) for text in graph.objects(None, SCHEMA.urlTemplate)]
    assert templates == ["https://annuaire.example/questions/entreprises-du-departement{?departement}"]


def test_texts_run_as_they_stand(client: FlaskClient) -> None:
    """The text of a question with parameters gives the answer of its default values, in any client."""
    graph: Graph = read_graph(client.get("/questions.ttl").data, "turtle")
    node = URIRef("https://annuaire.example/questions/entreprises-du-departement")
    direct = client.get("/sparql", query_string={"query": str(graph.value(node, SH.select)), "format": "csv"})
    assert direct.data == client.get("/questions/entreprises-du-departement.csv").data
