"""Who runs the directory, where its data come from, and what it says of itself."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from endpoints import quality
from endpoints.app import create_app
from endpoints.suggestions import code_spellings
from publisher.legal import LegalSettings
from tests.pages_fixture import client
from tests.release_fixture import ROOT, write_release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from tests.conftest import Published

__all__ = ["client"]

MISSING = "à renseigner par l'éditeur"


def test_what_the_settings_lack_is_said(client: FlaskClient) -> None:
    """Without settings, the legal notice says of each thing that it is missing, and no conformance is claimed."""
    assert client.get("/mentions-legales").get_data(as_text=True).count(MISSING) == 7
    page = client.get("/accessibilite").get_data(as_text=True)
    assert "Accessibilité : non conforme." in page
    assert "aucun audit" in page
    assert "Défenseur des droits" in page


def test_the_settings_are_shown(tmp_path: Path) -> None:
    """What the settings say stands on the pages, and a change of settings is a new answer of the same release."""
    project = write_release(tmp_path)
    legal = LegalSettings(
        director="Une personne imaginaire", host="Un hébergeur imaginaire", status="partiellement conforme",
        audit="https://audit.example/rapport", audit_date=date(2026, 3, 9),
    )  # fmt: skip
    before = create_app(project, tmp_path).test_client()
    after = create_app(replace(project, legal=legal), tmp_path).test_client()
    page = after.get("/mentions-legales").get_data(as_text=True)
    assert "Une personne imaginaire" in page
    assert page.count(MISSING) == 5
    statement = after.get("/accessibilite").get_data(as_text=True)
    assert "Accessibilité : partiellement conforme." in statement
    assert "https://audit.example/rapport" in statement
    assert before.get("/accessibilite").headers["ETag"] != after.get("/accessibilite").headers["ETag"]


def test_every_table_has_its_source(small_release: Published, tmp_path: Path) -> None:
    """Each table that was read is listed, with its producer, licence and date; outlines with the notes beside them."""
    project, _, release = small_release
    (tmp_path / "served").symlink_to(release.directory)
    page = create_app(project, tmp_path).test_client().get("/sources").get_data(as_text=True)
    assert [table for table in release.report["tables"] if table not in page] == []
    assert page.count("<dt>Licence</dt>") >= len(release.report["tables"])
    real = create_app(replace(project, directory=ROOT), tmp_path).test_client().get("/sources")
    assert 'id="contours"' in real.get_data(as_text=True)


def test_the_report_shows_rules_records_and_completeness(small_release: Published, tmp_path: Path) -> None:
    """The quality page counts findings by rule, leads from each to its record, and shows each property's share."""
    project, _, release = small_release
    (tmp_path / "served").symlink_to(release.directory)
    client = create_app(project, tmp_path).test_client()
    page = client.get("/qualite").get_data(as_text=True)
    records = [each["record"] for each in release.report["findings"] if each["record"]]
    assert records
    assert all(f'href="{record.replace("https://annuaire.example/id/", "/doc/")}"' in page for record in records)
    assert 'id="completude-LegalEntity"' in page
    assert re.search(r"100\s%", page)
    assert client.get("/qualite.json").get_json()["completeness"] == release.counts["completeness"]


def test_the_report_page_lists_some_findings_and_counts_all(
    small_release: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a rule that was broken very often, the page lists the first findings, says how many there are and where."""
    project, _, release = small_release
    (tmp_path / "served").symlink_to(release.directory)
    client = create_app(project, tmp_path).test_client()
    rules = Counter((each["severity"], each["rule"]) for each in release.report["findings"])
    assert max(rules.values()) > 1
    monkeypatch.setattr(quality, "_LISTED", 1)
    listed, _, _ = client.get("/qualite").get_data(as_text=True).partition('id="completude"')
    assert listed.count("Les 1 premiers seulement") == sum(n > 1 for n in rules.values())
    assert listed.count("<tr><td>") == len(rules)
    assert str(max(rules.values())) in listed


def test_every_term_has_its_anchor(client: FlaskClient) -> None:
    """The vocabulary's page has each term of the ontology at its own address, with examples of the release."""
    graph = Graph().parse(ROOT / "ontology" / "annuaire.ttl")
    space = "https://w3id.org/annuaire-territorial/def#"
    names = {str(term).removeprefix(space) for term in graph.subjects() if str(term).startswith(space)}
    page = client.get("/def").get_data(as_text=True)
    assert names - set(re.findall(r'<article class="term" id="(\w+)"', page)) == set()
    assert "Lanterne fictive" in page
    drawn = re.search(r"<svg role.*?</svg>", page, re.DOTALL)
    assert drawn
    table = page[page.index("Le schéma en tableau") :]
    written = re.findall(r'text-anchor="middle"[^>]*>([^<]+)', drawn[0])
    assert written
    assert [name for name in written if name not in table] == []


@pytest.mark.parametrize(
    ("path", "suggested"),
    [
        ("/entreprise", "/entreprises"),
        ("/domaine/velo", "/doc/domaine/velo"),
        ("/doc/entreprise/lyon", "/doc/commune/69123"),
        ("/doc/domaine/eclairag", "/doc/domaine/eclairage"),
        ("/doc/entreprise/lampadaire", "/doc/entreprise/999000017"),
    ],
)
def test_a_missing_page_suggests(client: FlaskClient, path: str, suggested: str) -> None:
    """What is not there leads to what is spelled alike, or bears the name."""
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert f'<li><a href="{suggested}">' in answer.get_data(as_text=True).partition("<main")[2]


@pytest.mark.parametrize(("typed", "code"), [("2a", "2A"), ("1", "01"), ("1001", "01001"), ("velo", "velo")])
def test_a_code_is_meant_whatever_its_case_and_zeros(typed: str, code: str) -> None:
    """An address that ends with a territory's code, spelt as a spreadsheet or a hurried hand does, leads to it."""
    assert code in code_spellings(typed)


@pytest.mark.parametrize("path", ["/", "/donnees", "/catalog.html", "/domaines.html", "/def.html", "/releases.html"])
def test_pages_on_data_are_signposted(client: FlaskClient, path: str) -> None:
    """Such a page names its type, licence and how to cite it, and leads to the RDF that describes it."""
    links = client.get(path, headers={"Accept": "text/html"}).headers.getlist("Link")
    relations = {match[1] for link in links if (match := re.search(r'rel="([\w-]+)"', link))}
    assert {"type", "license", "cite-as", "describedby", "author"} <= relations
    described = [link for link in links if 'rel="describedby"' in link]
    for link in described:
        assert client.get(link[1:].partition(">")[0]).content_type.partition(";")[0] in link
