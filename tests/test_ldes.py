"""The event stream: complete, immutable page by page, and followed by the reference client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse
from rdflib.namespace import DCTERMS, RDF
from werkzeug.serving import make_server

from endpoints import ldes
from publisher.upkeep import roll_back
from publisher.vocabulary import AS, LDES, TREE
from tests.history_fixture import BASE, Site, company, town

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    """The root has the paths, the view and one relation at least to each page; it can be revalidated."""
    response = site.client.get("/ldes")
    assert response.content_type == "application/trig; charset=utf-8"
    assert "immutable" not in response.headers["Cache-Control"]
    assert site.client.get("/ldes", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    quads = site.quads("/ldes")
    root = f"{BASE}/ldes"
    paths = (LDES.timestampPath, LDES.versionOfPath, LDES.versionDeleteObject, TREE.view)
    told = [objects(quads, STREAM, str(path)) for path in paths]
    assert told == [[str(DCTERMS.created)], [str(DCTERMS.isVersionOf)], [str(AS.Delete)], [root]]
    assert len(objects(quads, root, str(TREE.relation))) == 5
    pages = {getattr(quad.object, "value", "") for quad in quads if quad.predicate.value == str(TREE.node)}
    assert pages == {f"{BASE}/ldes/{number}" for number in (1, 2, 3)}


FORMS = {"trig": RdfFormat.TRIG, "nq": RdfFormat.N_QUADS, "jsonld": RdfFormat.JSON_LD}


@pytest.mark.parametrize("extension", FORMS)
def test_a_page_says_the_same_in_every_representation(site: Site, extension: str) -> None:
    """Members, their versions and their statements are the same in TriG, N-Quads and JSON-LD."""
    quads = site.quads(f"/ldes/1.{extension}", FORMS[extension])
    members = sorted(objects(quads, STREAM, str(TREE.member)))
    assert members == [f"{BASE}/history/entreprise/99900000{n}/1" for n in (1, 2)]
    assert objects(quads, members[0], str(RDF.type)) == [str(AS.Create)]
    assert objects(quads, members[0], str(DCTERMS.isVersionOf)) == [f"{BASE}/id/entreprise/999000001"]
    assert sum(quad.graph_name == NamedNode(members[0]) for quad in quads) == 5
    assert objects(quads, f"{BASE}/ldes/1", str(LDES.immutable)) == ["true"]


def test_a_full_page_never_changes(site: Site) -> None:
    """Full pages are cacheable for a year and keep tag and bytes; the last one grows and is revalidated."""
    before = [site.client.get(f"/ldes/{number}") for number in (1, 2, 3)]
    assert [r.headers["Cache-Control"] == ldes.IMMUTABLE for r in before] == [True, True, False]
    site.publish([*FIRST[5:], *company("999000009", "Neuve")])
    after = [site.client.get(f"/ldes/{number}") for number in (1, 2, 3)]
    assert [(r.headers["ETag"], r.data) for r in after[:2]] == [(r.headers["ETag"], r.data) for r in before[:2]]
    assert after[2].headers["ETag"] != before[2].headers["ETag"]
    assert site.client.get("/ldes/5").status_code == 404
    assert site.client.get("/ldes/0").status_code == 404
    assert site.client.get("/ldes", headers={"Accept": "text/turtle"}).status_code == 406


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
    node = _node()
    members: Queue[dict[str, Any]] = Queue()
    command = [node, str(CLIENT / "follow.mjs"), address, str(state), "follow"]
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


def _node() -> str:
    node = shutil.which("node", path=f"{os.environ.get('PATH', '')}:{Path(sys.executable).parent}")
    if node is None or not (CLIENT / "node_modules").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("node or its packages are missing: make clients")
        pytest.skip("node or its packages are missing: make clients")
    return node


def mirror(members: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """Return what a consumer holds that replaces a thing by its latest version and forgets the withdrawn."""
    things: dict[str, set[tuple[str, ...]]] = {}
    for member in members:
        things[member["isVersionOf"]] = {
            tuple(statement[:3]) for statement in member["statements"] if statement[3] == member["id"]
        }
    return {statement for statements in things.values() for statement in statements}


def stated(lines: list[str]) -> set[tuple[str, ...]]:
    """Return N-Triples lines as the client gives terms."""
    quads = parse(input="\n".join(lines), format=RdfFormat.N_TRIPLES)
    return {tuple(term.value for term in quad.triple if hasattr(term, "value")) for quad in quads}


def test_the_reference_client_replicates_and_follows(site: Site, tmp_path: Path) -> None:
    """`ldes-client` takes everything once, then only what is new; its mirror equals each release, rollback included."""
    changed = [*FIRST[5:], *company("999000009", "Neuve", "Une phrase.")]
    with served(site) as (address, asked), following(f"{address}/ldes", tmp_path / "etat") as members:
        got = [members.get(timeout=30) for _ in range(5)]
        assert mirror(got) == stated(FIRST)
        site.publish(changed)
        got += [members.get(timeout=30) for _ in range(2)]
        assert [each["type"] for each in got[5:]] == [str(AS.Delete), str(AS.Create)]
        assert mirror(got) == stated(changed)
        roll_back(site.chronicle.var)
        site.serve()
        got += [members.get(timeout=30) for _ in range(2)]
        assert mirror(got) == stated(FIRST)
        assert len({each["id"] for each in got}) == 9
        assert members.empty()
        assert asked["/ldes/1"] == asked["/ldes/2"] == 1, "an immutable page was fetched again"
