"""The event stream: complete, immutable page by page, and followed by the reference client."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Quad, RdfFormat
from rdflib import BNode, Graph, Node, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD
from rdflib.plugins.sparql import prepareQuery
from werkzeug.serving import make_server

from endpoints import ldes
from endpoints.answers import IMMUTABLE
from endpoints.members import describe_version, write_version
from publisher.changes import UPDATE
from publisher.history import open_history
from publisher.identifiers import Minter
from publisher.steps import Change
from publisher.upkeep import roll_back
from publisher.vocabulary import AS, LDES, TREE
from tests.history_fixture import BASE, Site, company, town
from tests.installs import find_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.conftest import Published

DOCUMENTED = (Path(__file__).parents[1] / "docs" / "clients.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sparql\n(.*?)```", DOCUMENTED, re.DOTALL)
MATERIALISATION = prepareQuery(next(text for text in QUERIES if "dct:isVersionOf" in text))
CLIENT = Path(__file__).parent / "clients" / "ldes"
FIRST = [line for n in range(1, 6) for line in company(f"99900000{n}", f"Fictive {n}")]
STREAM = f"{BASE}/ldes#flux"


def objects(quads: list[Quad], subject: str, predicate: str) -> list[str]:
    """Return the objects of the statements about a subject in the default graph."""
    return [
        getattr(quad.object, "value", str(quad.object))
        for quad in quads
        if getattr(quad.subject, "value", "") == subject
        and quad.predicate.value == predicate
        and quad.graph_name == DefaultGraph()
    ]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Give a site with five things, pages of two members."""
    monkeypatch.setattr(ldes, "MEMBERS", 2)
    made = Site(tmp_path)
    made.publish([*FIRST, *town("69123", "Lyon")])
    return made


def test_root_says_what_the_stream_is_and_where_its_pages_are(site: Site) -> None:
    """The root has the paths, the shape, the view and one relation at least to each page; it can be revalidated."""
    response = site.client.get("/ldes")
    assert response.content_type == "text/turtle; charset=utf-8"
    assert "immutable" not in response.headers["Cache-Control"]
    assert site.client.get("/ldes", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    quads = site.quads("/ldes", RdfFormat.TURTLE)
    root = f"{BASE}/ldes"
    paths = (LDES.timestampPath, LDES.versionOfPath, LDES.versionDeleteObject, TREE.view, TREE.shape)
    told = [objects(quads, STREAM, str(path)) for path in paths]
    assert told == [
        [str(PROV.generatedAtTime)],
        [str(DCTERMS.isVersionOf)],
        [str(AS.Delete)],
        [root],
        [f"{root}#forme"],
    ]
    assert objects(quads, root, str(TREE.viewDescription)) == [f"{root}#vue"]
    assert len(objects(quads, root, str(TREE.relation))) == 5
    pages = {getattr(quad.object, "value", "") for quad in quads if quad.predicate.value == str(TREE.node)}
    assert pages == {f"{BASE}/ldes/{number}" for number in (1, 2, 3)}


FORMS = {
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
}


@pytest.mark.parametrize("extension", FORMS)
def test_a_page_says_the_same_in_every_representation(site: Site, extension: str) -> None:
    """Members and all that is said of them are in the default graph, and the same in every format."""
    quads = site.quads(f"/ldes/1.{extension}", FORMS[extension])
    assert {quad.graph_name for quad in quads} == {DefaultGraph()}
    members = sorted(objects(quads, STREAM, str(TREE.member)))
    assert members == [f"{BASE}/history/entreprise/99900000{n}/1" for n in (1, 2)]
    assert set(objects(quads, members[0], str(RDF.type))) == {str(AS.Create), "http://www.w3.org/ns/legal#LegalEntity"}
    assert objects(quads, members[0], str(DCTERMS.isVersionOf)) == [f"{BASE}/id/entreprise/999000001"]
    assert objects(quads, f"{BASE}/ldes/1", str(LDES.immutable)) == ["true"]
    parts = [Dataset(quads), Dataset(site.quads("/ldes/1", RdfFormat.TURTLE))]
    for part in parts:
        part.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    assert parts[0] == parts[1]


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("*/*", "text/turtle"),
        ("application/n-quads, text/turtle;q=0.5", "text/turtle"),
        ("application/n-quads", "application/n-quads"),
        ("application/n-triples;q=0.9, application/n-quads;q=0.8", "application/n-triples"),
        ("application/ld+json", "application/ld+json"),
        ("application/trig", "application/trig"),
    ],
)
def test_formats_are_negotiated(site: Site, accept: str, sent: str) -> None:
    """A client gets the format it asks for; one without relative addresses only if it takes no other."""
    response = site.client.get("/ldes", headers={"Accept": accept})
    assert response.mimetype == sent
    assert (f"<{BASE}/ldes/1>" in response.text) == (sent in {"application/n-quads", "application/n-triples"})
    assert site.client.get("/ldes", headers={"Accept": "image/png"}).status_code == 406


def test_a_full_page_never_changes(site: Site) -> None:
    """Full pages are cacheable for a year and keep tag and bytes; the last one grows and is revalidated."""
    before = [site.client.get(f"/ldes/{number}") for number in (1, 2, 3)]
    assert [r.headers["Cache-Control"] == IMMUTABLE for r in before] == [True, True, False]
    site.publish([*FIRST[5:], *company("999000009", "Neuve")])
    after = [site.client.get(f"/ldes/{number}") for number in (1, 2, 3)]
    assert [(r.headers["ETag"], r.data) for r in after[:2]] == [(r.headers["ETag"], r.data) for r in before[:2]]
    assert after[2].headers["ETag"] != before[2].headers["ETag"]
    assert site.client.get("/ldes/5").status_code == 404
    assert site.client.get("/ldes/0").status_code == 404


def led_to(site: Site, path: str) -> list[str]:
    """Return the paths that a document of the stream leads to, two bounds a full one, in order."""
    quads = site.quads(path, RdfFormat.TURTLE)
    assert len(objects(quads, BASE + path, str(TREE.relation))) <= 2 * ldes.FANOUT
    nodes = (getattr(q.object, "value", "") for q in quads if q.predicate.value == str(TREE.node))
    return sorted(node.removeprefix(BASE) for node in nodes)


def test_many_pages_are_reached_through_nodes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No document names more than so many others; nodes whose pages are full never change, nor do addresses."""
    monkeypatch.setattr(ldes, "FANOUT", 2)
    assert led_to(site, "/ldes") == ["/ldes/niveau-1/1", "/ldes/niveau-1/1", "/ldes/niveau-1/2"]
    assert led_to(site, "/ldes/niveau-1/1") == ["/ldes/1", "/ldes/1", "/ldes/2", "/ldes/2"]
    assert led_to(site, "/ldes/niveau-1/2") == ["/ldes/3"]
    before = [site.client.get(f"/ldes/niveau-1/{number}") for number in (1, 2)]
    assert [r.headers["Cache-Control"] == IMMUTABLE for r in before] == [True, False]
    assert [b"immutable" in r.data for r in before] == [True, False]
    site.publish([*FIRST, *(line for n in range(6, 10) for line in company(f"99900000{n}", f"Fictive {n}"))])
    assert led_to(site, "/ldes") == ["/ldes/niveau-2/1", "/ldes/niveau-2/1", "/ldes/niveau-2/2"]
    assert led_to(site, "/ldes/niveau-2/2") == ["/ldes/niveau-1/3"]
    after = [site.client.get(f"/ldes/niveau-1/{number}") for number in (1, 2)]
    assert (after[0].headers["ETag"], after[0].data) == (before[0].headers["ETag"], before[0].data)
    assert after[1].headers["ETag"] != before[1].headers["ETag"]
    for path in ("niveau-0/1", "niveau-1/0", "niveau-1/4", "niveau-2/3", "niveau-3/1", f"niveau-{10**9}/1"):
        assert site.client.get(f"/ldes/{path}").status_code == 404, path


def test_a_site_without_history_has_an_empty_stream(site: Site) -> None:
    """A release whose history is lost, or that was published before there was one, has a stream without pages."""
    shutil.rmtree(site.chronicle.var / "history")
    response = site.client.get("/ldes")
    assert response.status_code == 200
    assert b"tree#relation" not in response.data


@contextmanager
def served(site: Site) -> Iterator[tuple[str, Counter[str]]]:
    """Serve on a free port; give the address, and how often each path was asked for."""
    asked: Counter[str] = Counter()

    def counted(environ: dict[str, Any], start: Any) -> Any:
        asked[environ["PATH_INFO"]] += 1
        return site.app.wsgi_app(environ, start)

    server = make_server("127.0.0.1", 0, counted, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def following(address: str, state: Path) -> Iterator[Queue[dict[str, Any]]]:
    """Run the reference client; give the queue of the members that it emits."""
    members: Queue[dict[str, Any]] = Queue()
    command = [find_node(CLIENT / "node_modules"), str(CLIENT / "follow.mjs"), address, str(state), "follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("{"):
                    members.put(json.loads(line))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield members
        finally:
            process.terminate()
            process.wait(20)
            reader.join()


def graph_of(member: dict[str, Any]) -> Graph:
    """Return a member as the reference client gives it: all its statements stand in the default graph."""
    graph = Graph()
    for *triple, name in member["statements"]:
        assert name == ""
        graph.add(tuple(term(each) for each in triple))  # type: ignore[arg-type]
    return graph


def term(given: dict[str, Any]) -> Node:
    """Return a term of RDF/JS as rdflib's."""
    if given["termType"] == "Literal":
        plain = given["language"] or given["datatype"] == str(XSD.string)
        return RdfLiteral(given["value"], lang=given["language"] or None, datatype=None if plain else given["datatype"])
    return (BNode if given["termType"] == "BlankNode" else URIRef)(given["value"])


def mirror(members: Iterable[Graph]) -> Graph:
    """Return what a consumer holds that replaces a thing by its latest version and forgets the withdrawn."""
    things: dict[Node, Graph] = {}
    for member in members:
        (version,) = member.subjects(PROV.generatedAtTime)
        things[member.value(version, DCTERMS.isVersionOf)] = member  # type: ignore[index]
    held = Graph()
    for member in things.values():
        held += member.query(MATERIALISATION).graph or Graph()
    return held


def stated(lines: list[str]) -> Graph:
    """Return N-Triples lines as a graph."""
    return Graph().parse(data="\n".join(lines), format="nt")


def test_the_reference_client_replicates_and_follows(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ldes-client` takes everything once, then only what is new; its mirror equals each release, rollback included.

    Meanwhile the pages come to lie on a further level.
    """
    monkeypatch.setattr(ldes, "FANOUT", 2)
    changed = [*FIRST[5:], *company("999000009", "Neuve", "Une phrase.")]
    with served(site) as (address, asked), following(f"{address}/ldes", tmp_path / "etat") as members:
        got = [members.get(timeout=30) for _ in range(5)]
        assert set(mirror(map(graph_of, got))) == set(stated(FIRST))
        site.publish(changed)
        got += [members.get(timeout=30) for _ in range(2)]
        assert [each["type"] for each in got[5:]] == [str(AS.Delete), str(AS.Create)]
        assert set(mirror(map(graph_of, got))) == set(stated(changed))
        roll_back(site.chronicle.var)
        site.serve()
        got += [members.get(timeout=30) for _ in range(2)]
        assert set(mirror(map(graph_of, got))) == set(stated(FIRST))
        assert len({each["id"] for each in got}) == 9
        assert members.empty()
        once = ("/ldes/1", "/ldes/2", "/ldes/niveau-1/1")
        assert [asked[path] for path in once] == [1, 1, 1], "an immutable page was fetched again"
        assert asked["/ldes/niveau-2/1"] > 0


def followed(address: str) -> Iterator[Graph]:
    """Yield the members of a stream, oldest first, as a script does that knows rdflib and Turtle only."""
    page = Graph().parse(address, format="turtle")
    for node in sorted({str(node) for node in page.objects(None, TREE.node)}):
        yield from followed(node)
    members = page.objects(None, TREE.member)
    for _, member in sorted((str(page.value(each, PROV.generatedAtTime)), each) for each in members):
        yield page.cbd(member)


def test_a_plain_turtle_client_mirrors_the_release(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With rdflib, the Concise Bounded Description of each member and the documented query make the release."""
    monkeypatch.setattr(ldes, "FANOUT", 2)
    changed = [*FIRST[5:], *company("999000002", "Fictive 2", "Autre phrase.")]
    site.publish(changed)
    with served(site) as (address, _):
        assert set(mirror(followed(f"{address}/ldes"))) == set(stated(changed))


NODES = [
    f"{BASE}/{kind}/entreprise/999000001{part}" for kind in ("id", "doc") for part in ("", "#siren", "#classement")
]
PREDICATES = [str(RDFS.label), str(DCTERMS.hasPart), str(RDF.type), str(DCTERMS.created)]
OBJECTS = [*(f"<{node}>" for node in NODES), f"<{BASE}/id/entreprise/999000002>", '"a \\"b\\" ."@fr', f'"<{NODES[1]}>"']
STATES = st.sets(st.tuples(*map(st.sampled_from, (NODES, PREDICATES, OBJECTS))), max_size=12)


@given(STATES)
def test_any_state_is_materialised_to_the_letter(state: set[tuple[str, str, str]]) -> None:
    """Whatever a thing and its nodes say, of themselves and of each other, its version gives it back exactly."""
    lines = sorted(f"<{s}> <{p}> {o} ." for s, p, o in state)
    version = f"{BASE}/history/entreprise/999000001/3"
    told: dict[str, Any] = {
        "labels": {},
        "added": 0,
        "removed": 0,
        "start": 0,
        "size": 0,
        "digest": "",
        "release": "essai-3",
    }
    when = "2026-03-01T08:00:00+00:00"
    change = Change(
        id=7, number=3, thing=NODES[0], version=version, kind="entreprise", action=UPDATE, instant=when, **told
    )
    page = stated([*describe_version(Minter(BASE), change), *write_version(change, lines)])
    assert set(mirror([page.cbd(URIRef(version))])) == set(stated(lines))


def test_no_statement_of_the_data_is_mistaken_for_one_of_the_version(small_release: Published) -> None:
    """The data use none of the properties that speak of versions, which a mirror leaves out."""
    _, var, release = small_release
    history = open_history(var, release.name)
    own = [str(p) for p in (DCTERMS.isVersionOf, PROV.generatedAtTime, PROV.wasGeneratedBy)]
    lines = [line for change in history.changes(1, history.total) for line in history.state(change)]
    assert lines
    assert not [line for line in lines if line.split(" ")[1][1:-1] in own or str(AS) in line]
