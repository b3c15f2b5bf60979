"""Things lead to documents, and documents answer as HTTP and linked data ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, Store
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, FOAF, PROV, SKOS, VOID

from endpoints import documents
from endpoints.documents import incoming_of
from endpoints.records import tables_by_class
from publisher.project import load_project
from publisher.representations import DOCUMENTS, GRAPH_DOCUMENTS, Representation
from publisher.vocabulary import IGEO
from tests.pages_fixture import client, read_graph
from tests.release_fixture import COMPANY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

__all__ = ["client"]

BASE = "https://annuaire.example"
ADDRESS = f"/doc/entreprise/{COMPANY}"
THING = f"{BASE}/id/entreprise/{COMPANY}"
FORMATS = {"turtle": "turtle", "jsonld": "json-ld", "rdfxml": "xml", "ntriples": "nt"}
PATHS = [
    ADDRESS,
    "/doc/projet/lanterne-fictive",
    "/doc/convention/fictive-1",
    "/doc/departement/69",
    "/doc/region/84",
    "/doc/commune/69123",
    "/doc/domaine/eclairage",
    "/doc/source/entreprises",
]


def read(client: FlaskClient, path: str, representation: Representation) -> Graph:
    """Return the graph of a document in one representation."""
    answer = client.get(f"{path}.{representation.extension}")
    assert answer.status_code == 200
    return read_graph(answer.get_data(), FORMATS[representation.name])


def test_thing_leads_to_its_document(client: FlaskClient) -> None:
    """A thing answers 303 with a path, never a host, and says where its representations are."""
    answer = client.get(f"/id/entreprise/{COMPANY}", headers={"Host": "evil.example"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == ADDRESS
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert f'<{ADDRESS}>; rel="describedby"' in answer.headers.getlist("Link")
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("path", PATHS)
def test_representations_are_isomorphic(client: FlaskClient, path: str) -> None:
    """The four RDF representations of a document are the same graph, and it is not empty."""
    graphs = [read(client, path, representation) for representation in GRAPH_DOCUMENTS]
    assert len(graphs[0]) > 3
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


@pytest.mark.parametrize("representation", DOCUMENTS, ids=lambda r: r.name)
def test_negotiated_and_fixed_addresses_agree(client: FlaskClient, representation: Representation) -> None:
    """An Accept header and the extension give the same bytes and the same validator."""
    negotiated = client.get(ADDRESS, headers={"Accept": representation.media_type})
    fixed = client.get(f"{ADDRESS}.{representation.extension}")
    assert negotiated.content_type == fixed.content_type == representation.content_type
    assert "Accept" in negotiated.headers["Vary"].split(", ")
    assert negotiated.headers["Content-Location"] == f"{ADDRESS}.{representation.extension}"
    if representation in GRAPH_DOCUMENTS:
        assert negotiated.get_data() == fixed.get_data()
        assert negotiated.headers["ETag"] == fixed.headers["ETag"]


def test_everything_gets_turtle_a_browser_gets_a_page(client: FlaskClient) -> None:
    """`*/*` and no header get Turtle; what a browser sends gets HTML."""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert client.get(ADDRESS, headers={"Accept": "*/*"}).mimetype == "text/turtle"
    assert client.get(ADDRESS).mimetype == "text/turtle"
    assert client.get(ADDRESS, headers={"Accept": browser}).mimetype == "text/html"


def test_document_says_the_canonical_things(client: FlaskClient) -> None:
    """Whatever the host, subjects are canonical; record, labels and incoming statements are there."""
    graph = read(client, ADDRESS, GRAPH_DOCUMENTS[0])
    assert (URIRef(BASE + ADDRESS), FOAF.primaryTopic, URIRef(THING)) in graph
    assert graph.value(URIRef(THING + "#siren"), SKOS.notation) is not None
    assert graph.value(URIRef("https://w3id.org/annuaire-territorial/domaine/eclairage"), SKOS.prefLabel)
    assert list(graph.subjects(object=URIRef(THING)))
    assert (URIRef(f"{BASE}/id/projet/lanterne-fictive"), None, URIRef(THING)) in graph


def test_links_say_what_the_document_is(client: FlaskClient) -> None:
    """Link names what is described, how to cite it, its licence, its types and every representation."""
    links = client.get(ADDRESS).headers.getlist("Link")
    assert f'<{THING}>; rel="describes"' in links
    assert f'<{THING}>; rel="cite-as"' in links
    assert '<http://www.w3.org/ns/legal#LegalEntity>; rel="type"' in links
    assert any('rel="license"' in link for link in links)
    for representation in DOCUMENTS:
        target = f'<{ADDRESS}.{representation.extension}>; rel="alternate"; type="{representation.media_type}"'
        assert target in links


def test_json_ld_names_no_alternate(client: FlaskClient) -> None:
    """JSON-LD says what it describes but names no other form: PyLD loads no document that names several."""
    links = client.get(f"{ADDRESS}.jsonld").headers.getlist("Link")
    assert f'<{THING}>; rel="describes"' in links
    assert not any('rel="alternate"' in link for link in links)


@pytest.mark.parametrize("representation", DOCUMENTS, ids=lambda r: r.name)
def test_validators(client: FlaskClient, representation: Representation) -> None:
    """A strong entity tag, alone, in a list, weak or as `*`, spares the body; another tag does not."""
    path = f"{ADDRESS}.{representation.extension}"
    tag = client.get(path).headers["ETag"]
    assert tag.startswith('"')
    for sent in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = client.get(path, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    """HEAD answers the headers of GET and nothing else."""
    head, get = client.head(ADDRESS), client.get(ADDRESS)
    assert head.status_code == 200
    assert head.get_data() == b""
    assert {k: v for k, v in head.headers if k != "Date"} == {k: v for k, v in get.headers if k != "Date"}


def test_options_opens_to_other_origins(client: FlaskClient) -> None:
    """OPTIONS names the methods, for a client and for a browser's preflight."""
    answer = client.options(ADDRESS)
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "path",
    [
        "/id/entreprise/000000000",
        "/id/departement/69",
        "/id/entreprise/",
        "/id/entreprise",
        "/doc/entreprise/000000000",
        f"{ADDRESS}/",
        f"{ADDRESS}.xyz",
        f"{ADDRESS}%0d%0aSet-Cookie:x=1",
        f"{ADDRESS}%00",
        "/doc/entreprise/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/doc/../etc/passwd",
        "/doc/inconnu/x",
        "/doc/entreprise/" + "9" * 5000,
        "/doc/entreprise/<script>",
        "/doc/commune/%ff",
        "/doc/domaine/éclairage",
        "/doc//x",
    ],
)
def test_unknown_addresses_are_clean(client: FlaskClient, path: str) -> None:
    """Whatever is not published is 404, open to other origins, with nothing of the request in its headers."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(kind=st.text(min_size=1, max_size=20), key=st.text(min_size=1, max_size=60))
def test_no_address_breaks_the_server(client: FlaskClient, kind: str, key: str) -> None:
    """No class and key, however odd, makes an answer other than 404, 308 or 400."""
    for root in ("id", "doc"):
        answer = client.get(f"/{root}/{kind.replace('?', '')}/{key.replace('?', '')}")
        assert answer.status_code in {400, 404}


def test_percent_encoding_changes_nothing(client: FlaskClient) -> None:
    """An encoded character of a key names the same document."""
    assert client.get("/doc/departement/%36%39.ttl").get_data() == client.get("/doc/departement/69.ttl").get_data()


def test_territory_has_a_record_too(client: FlaskClient) -> None:
    """A territory's document names its licence and the table it comes from, although no row describes it."""
    graph = read(client, "/doc/departement/69", GRAPH_DOCUMENTS[0])
    record = URIRef(f"{BASE}/doc/departement/69")
    assert (record, FOAF.primaryTopic, URIRef("http://id.insee.fr/geo/departement/69")) in graph
    assert (record, PROV.wasDerivedFrom, URIRef(f"{BASE}/id/source/territoires-departements")) in graph
    assert graph.value(record, DCTERMS.license)


def test_of_many_statements_about_a_thing_the_first_properties_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that leaves statements out keeps those of the first properties, and as many as it may hold."""
    base, place = "https://annuaire.example/id/", NamedNode("http://id.insee.fr/geo/region/00")
    many, part = NamedNode("https://annuaire.example/def#z"), NamedNode(str(IGEO.subdivisionDirecteDe))
    store = Store()
    store.extend(Quad(NamedNode(f"{base}entreprise/{number}"), many, place) for number in range(9))
    store.add(Quad(NamedNode("http://id.insee.fr/geo/departement/00"), part, place))
    store.add(Quad(NamedNode("https://ailleurs.example/"), many, place))
    for property_ in (many, part):
        store.add(Quad(NamedNode(f"{base}jeu"), NamedNode(str(VOID.property)), property_))
    whole = incoming_of(store, place, base)
    monkeypatch.setattr(documents, "INCOMING_LIMIT", 4)
    cut = incoming_of(store, place, base)
    assert len(whole) == 10
    assert [triple.predicate for triple in cut] == [part, many, many, many]
    assert set(cut) < set(whole)


def test_statements_that_do_not_count_are_not_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that a million records come from is told with what else points at it, a few of these being read."""
    base, source = "https://annuaire.example/id/", NamedNode("https://annuaire.example/id/source/essai")
    derived, used = NamedNode(str(PROV.wasDerivedFrom)), NamedNode("https://annuaire.example/def#z")
    store = Store()
    store.extend(Quad(NamedNode(f"https://annuaire.example/doc/entreprise/{n}"), derived, source) for n in range(50))
    store.add(Quad(NamedNode(f"{base}entreprise/1"), used, source))
    for property_ in (derived, used):
        store.add(Quad(NamedNode(f"{base}jeu"), NamedNode(str(VOID.property)), property_))
    whole = incoming_of(store, source, base)
    monkeypatch.setattr(documents, "_MOST_READ", 5)
    read: list[Quad] = []

    class Watched:
        """The store, telling what is read of it."""

        def quads_for_pattern(self, *pattern: Any) -> Iterator[Quad]:
            for quad in store.quads_for_pattern(*pattern):
                read.append(quad)
                yield quad

    assert [triple.predicate for triple in whole] == [used]
    assert incoming_of(cast("Store", Watched()), source, base) == whole
    assert len(read) < 20


def test_a_class_has_the_table_that_is_its_own() -> None:
    """Of the tables about companies, the one named after them is where a record without a source comes from."""
    tables = tables_by_class(load_project(Path(__file__).parents[1]))
    assert tables["entreprise"] == "entreprises"
    assert tables["commune"] == "territoires/communes"
