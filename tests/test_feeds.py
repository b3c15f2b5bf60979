"""The Atom feed and its archives, tombstones, the past of things, releases and their differences."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from rdflib import URIRef
from rdflib.namespace import DCTERMS, PROV, XSD

from endpoints import comparisons, feeds
from endpoints.document_pages import shorten
from publisher.changes import DELETE
from publisher.upkeep import prune, roll_back
from tests.history_fixture import BASE, LABEL, Site, company, town
from tests.pages_fixture import read_graph

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

ATOM = "{http://www.w3.org/2005/Atom}"
HTML = {"Accept": "text/html"}
FIRST = [line for n in range(1, 6) for line in company(f"99900000{n}", f"Fictive {n} & <fils>")]
GONE = "/doc/entreprise/999000001"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Give a site with two releases: of five companies, one changed and one withdrawn."""
    made = Site(tmp_path)
    made.publish([*FIRST, *town("69123", "Lyon")])
    made.publish([*FIRST[5:], *company("999000002", "Fictive 2 & <fils>", "Une phrase."), *town("69123", "Lyon")])
    return made


def entries(response: TestResponse) -> list[ET.Element]:
    """Return the entries of a feed after checking what RFC 4287 requires of it."""
    assert response.status_code == 200
    assert response.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(response.data)  # noqa: S314 — our own answer
    assert feed.tag == f"{ATOM}feed"
    assert [len(feed.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    assert feed.find(f"{ATOM}link[@rel='self']") is not None
    found = feed.findall(f"{ATOM}entry")
    for entry in found:
        assert [len(entry.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert len(entry.findall(f"{ATOM}link[@rel='alternate']")) == 1
    return found


def link(response: TestResponse, relation: str) -> str | None:
    """Return the path of a feed's link."""
    found = ET.fromstring(response.data).find(f"{ATOM}link[@rel='{relation}']")  # noqa: S314 — our own answer
    return None if found is None else found.attrib["href"].removeprefix(BASE)


def test_feed_has_an_entry_for_each_changed_thing(site: Site) -> None:
    """Entries are newest first, named in the language asked for, with what was done as category."""
    response = site.client.get("/changes.atom")
    titles = [entry.findtext(f"{ATOM}title") for entry in entries(response)]
    assert titles[:2] == ["Fictive 2 & <fils> : modification", "Fictive 1 & <fils> : retrait"]
    assert len(titles) == 7
    english = [entry.findtext(f"{ATOM}title") for entry in entries(site.client.get("/changes.atom?lang=en"))]
    assert english[1] == "Fictive 1 & <fils>: withdrawn"
    withdrawn = entries(response)[1]
    assert withdrawn.findall(f"{ATOM}category")[0].attrib["term"] == DELETE
    assert len({entry.findtext(f"{ATOM}id") for entry in entries(response)}) == 7


def test_feed_can_be_revalidated(site: Site) -> None:
    """The same feed answers 304; after a rollback to a release seen before, its tag is another."""
    tag = site.client.get("/changes.atom").headers["ETag"]
    assert site.client.get("/changes.atom", headers={"If-None-Match": tag}).status_code == 304
    roll_back(site.chronicle.var)
    site.serve()
    roll_back(site.chronicle.var)
    site.serve()
    response = site.client.get("/changes.atom", headers={"If-None-Match": tag})
    assert [entry.findtext(f"{ATOM}title") for entry in entries(response)][:2] == [
        "Fictive 2 & <fils> : modification",
        "Fictive 1 & <fils> : retrait",
    ]
    assert len(entries(response)) == 11


def test_archives_hold_every_entry_and_never_change(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Following prev-archive from the feed gives every entry (RFC 5005); archives are immutable."""
    monkeypatch.setattr(feeds, "ENTRIES", 3)
    page, seen = "/changes.atom", []
    while page:
        response = site.client.get(page)
        seen += [str(entry.findtext(f"{ATOM}id")) for entry in entries(response)]
        assert ("immutable" in response.headers["Cache-Control"]) == (page != "/changes.atom")
        assert (b"<fh:archive/>" in response.data) == (page != "/changes.atom")
        page = link(response, "prev-archive") or ""
    assert len(set(seen)) == 7
    assert site.client.get("/changes/3.atom").status_code == 404
    before = site.client.get("/changes/1.atom").data
    site.publish(FIRST)
    assert site.client.get("/changes/1.atom").data == before


@pytest.mark.parametrize(
    ("extension", "form"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_a_withdrawn_thing_has_a_tombstone(site: Site, extension: str, form: str) -> None:
    """What was withdrawn answers 410 in the format asked: what it was, when it went, the last release that held it."""
    response = site.client.get(f"{GONE}.{extension}")
    assert response.status_code == 410
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    told = {str(value) for value in read_graph(response.data, form).objects()}
    assert {"Fictive 1 & <fils>", f"{BASE}/releases/essai-1", "https://www.w3.org/ns/activitystreams#Tombstone"} <= told
    assert any(value.startswith("2026-03-01T08:00:01") for value in told)


def test_a_tombstone_is_a_page_too(site: Site) -> None:
    """A browser gets a page with the way to what was said; the thing's own address is gone as well."""
    for path in (GONE, GONE.replace("/doc/", "/id/")):
        response = site.client.get(path, headers=HTML)
        assert response.status_code == 410
        assert "Fictive 1 &amp; &lt;fils&gt; : fiche retirée" in response.text
        assert '<a href="/history/entreprise/999000001/1">' in response.text
    assert site.client.get("/doc/entreprise/999000777", headers=HTML).status_code == 404
    english = site.client.get(f"{GONE}?lang=en", headers=HTML).text
    assert "withdrawn record" in english


def test_a_thing_that_comes_back_is_there_again(site: Site) -> None:
    """Brought back, it answers 200, and its past tells the gap."""
    site.publish([*FIRST, *town("69123", "Lyon")])
    assert site.client.get(f"{GONE}.ttl").status_code == 200
    response = site.client.get("/history/entreprise/999000001", headers=HTML)
    assert response.text.count("<tr><td>") == 3
    graph = read_graph(site.client.get("/history/entreprise/999000001.nt").data, "nt")
    assert sum("wasRevisionOf" in str(predicate) for predicate in graph.predicates()) == 2


def test_a_document_tells_its_own_past(site: Site) -> None:
    """A thing's page names its versions and leads to what each changed; its RDF leads to them, its headers too."""
    path = "/doc/entreprise/999000002"
    page = site.client.get(path, headers=HTML)
    assert '<a href="/history/entreprise/999000002/2"><time datetime="2026-03-01T08:00:01+00:00">' in page.text
    assert page.text.index("</a> modification,") < page.text.index("</a> ajout<")
    assert '</history/entreprise/999000002>; rel="version-history"' in page.headers.getlist("Link")
    version = URIRef(f"{BASE}/history/entreprise/999000002/2")
    graph = read_graph(site.client.get(f"{path}.ttl").data, "turtle")
    assert graph.value(URIRef(f"{BASE}/id/entreprise/999000002"), DCTERMS.hasVersion) == version
    assert graph.value(version, PROV.wasRevisionOf) == URIRef(f"{BASE}/history/entreprise/999000002/1")
    changed = site.client.get("/history/entreprise/999000002/2", headers=HTML).text
    assert "&#34;Une phrase.&#34;@fr" in changed
    assert "version-history" not in str(site.client.get("/doc/commune/69123", headers=HTML).headers)


def test_a_page_keeps_to_the_latest_versions_and_the_first() -> None:
    """However long its past, a page names five versions at most, the first among them."""
    assert shorten([1, 2, 3]) == [1, 2, 3]
    assert shorten([*range(9, 0, -1)]) == [9, 8, 7, 6, 1]


def test_a_new_date_of_a_source_is_a_change_of_that_source_only(site: Site) -> None:
    """When a table is published again with a new date only, the feed has one entry: its source's."""
    source = f"{BASE}/id/source/entreprises"
    named = f'<{source}> <{LABEL}> "Entreprises fictives"@fr .'
    dated = [f'<{source}> <{DCTERMS.modified}> "2026-0{n}-01"^^<{XSD.date}> .' for n in (1, 2)]
    linked = [f"<{BASE}/doc/entreprise/99900000{n}> <{PROV.wasDerivedFrom}> <{source}> ." for n in range(1, 6)]
    site.publish([*FIRST, *linked, named, dated[0]])
    known = len(entries(site.client.get("/changes.atom")))
    site.publish([*FIRST, *linked, named, dated[1]])
    titles = [entry.findtext(f"{ATOM}title") for entry in entries(site.client.get("/changes.atom"))]
    assert (len(titles), titles[0]) == (known + 1, "Entreprises fictives : modification")


def test_the_past_of_a_withdrawn_thing_stays_readable(site: Site) -> None:
    """Each version has an address, with what was said then of the version, not of the thing; others are not found."""
    response = site.client.get("/history/entreprise/999000001/1", headers={"Accept": "application/n-triples"})
    assert f'<{BASE}/history/entreprise/999000001/1> <{LABEL}> "Fictive 1 & <fils>"@fr .' in response.text.splitlines()
    assert f"\n<{BASE}/id/" not in response.text
    assert "Fictive 1" in site.client.get("/history/entreprise/999000001/1", headers=HTML).text
    assert site.client.get("/history/entreprise/999000001/2").status_code == 200
    assert site.client.get("/history/entreprise/999000001/3").status_code == 404
    assert site.client.get("/history/entreprise/999000777").status_code == 404
    assert site.client.get("/history/2").headers["Location"] == "/releases/essai-2"
    assert b"activitystreams#Delete" in gzip.decompress(site.client.get("/history/2.nq.gz", buffered=True).data)
    assert site.client.get("/history/3.nq.gz").status_code == 404


def test_releases_tell_what_each_changed(site: Site) -> None:
    """The list and each release, as page, JSON and RDF, with notes in French and English; pruned ones stay listed."""
    page = site.client.get("/releases", headers=HTML)
    assert "Entreprises : 1 retrait (Fictive 1 &amp; &lt;fils&gt;)." in page.text
    assert "Companies: 1 withdrawal" in site.client.get("/releases?lang=en", headers=HTML).text
    prune(site.chronicle.var, 1)
    told = json.loads(site.client.get("/releases.json").data)
    assert [(each["name"], each["kept"]) for each in told["releases"]] == [("essai-2", True), ("essai-1", False)]
    assert told["current"] == "essai-2"
    assert site.client.get("/releases", headers={**HTML, "If-None-Match": page.headers["ETag"]}).status_code == 200
    graph = read_graph(site.client.get("/releases/essai-2.ttl").data, "turtle")
    assert f"{BASE}/releases/essai-1" in {str(value) for value in graph.objects()}
    assert "Version essai-1" in site.client.get("/releases/essai-1", headers=HTML).text
    changes = json.loads(site.client.get("/releases/essai-2.json").data)["changes"]
    assert changes["counts"]["entreprise"] == {"added": 0, "changed": 1, "removed": 1}
    assert site.client.get("/releases/autre").status_code == 404


def test_any_two_releases_can_be_compared(site: Site) -> None:
    """The difference is a page, JSON, and two N-Triples files; names and numbers are both taken."""
    told = json.loads(site.client.get("/releases/1/diff/2.json").data)
    assert told["counts"] == {"added": 0, "changed": 1, "removed": 1}
    assert (told["page"], told["pages"]) == (1, 1)
    removed = site.client.get("/releases/essai-1/diff/essai-2/removed.nt").text.splitlines()
    added = site.client.get("/releases/essai-2/diff/essai-1/added.nt").text.splitlines()
    assert sorted(removed) == sorted(added) == sorted(FIRST[:5])
    page = site.client.get("/releases/2/diff/1", headers=HTML).text
    assert "De essai-2 à essai-1" in page
    assert site.client.get("/releases/1/diff/9").status_code == 404


def test_a_large_difference_is_paged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page holds so many things and statements; following `next` gives the whole patch; beyond it is nothing."""
    monkeypatch.setattr(comparisons, "THINGS", 2)
    monkeypatch.setattr(comparisons, "STATEMENTS", 1)
    new = [line for n in range(1, 6) for line in company(f"99900001{n}", f"Neuve {n}")]
    site.publish([*new, *town("69123", "Lyon"), *town("69001", "Fictive"), *town("69002", "Fictive")])
    page, lines = "/releases/2/diff/3/added.nt", []
    while page:
        response = site.client.get(page)
        lines += response.text.splitlines()
        links = (link for link in response.headers.getlist("Link") if 'rel="next"' in link)
        page = next(links, "").partition(">")[0][1:]
    assert sorted(lines) == sorted([*new, *town("69001", "Fictive"), *town("69002", "Fictive")])
    told = json.loads(site.client.get("/releases/2/diff/3.json?page=5").data)
    assert (told["page"], told["pages"], told["counts"]) == (5, 5, {"added": 5, "changed": 0, "removed": 4})
    assert sum(map(len, told["things"].values())) == 1
    html = site.client.get("/releases/2/diff/3?page=5", headers=HTML).text
    assert 'href="/releases/essai-2/diff/essai-3?page=4"' in html
    for wrong in ("6", "0", "x", "1e3"):
        assert site.client.get(f"/releases/2/diff/3?page={wrong}").status_code == 404


def test_a_release_before_the_history_has_feeds_all_the_same(site: Site) -> None:
    """Without a history, the feed is valid and empty and the release is listed."""
    for path in (site.chronicle.var / "history").iterdir():
        path.unlink()
    assert entries(site.client.get("/changes.atom")) == []
    assert site.client.get("/releases", headers=HTML).status_code == 200
    assert site.client.get(GONE).status_code == 404
