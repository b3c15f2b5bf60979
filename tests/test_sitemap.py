"""Crawlers find every page: an index, parts that are not too long, days that come from the data."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from endpoints import sitemap
from tests.pages_fixture import client
from tests.release_fixture import COMPANY

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

BASE = "https://annuaire.example"
_SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def entries(client: FlaskClient, address: str, element: str) -> dict[str, str | None]:
    """Return the addresses of a sitemap, each with its day."""
    answer = client.get(urlsplit(address).path)
    assert (answer.status_code, answer.content_type) == (200, "application/xml; charset=utf-8")
    root = ET.fromstring(answer.get_data())  # noqa: S314 — our own answer
    found = root.findall(f"s:{element}", _SPACE)
    return {str(each.findtext("s:loc", None, _SPACE)): each.findtext("s:lastmod", None, _SPACE) for each in found}


def everything(client: FlaskClient) -> dict[str, str | None]:
    """Return the entries of all parts."""
    found: dict[str, str | None] = {}
    for part in entries(client, "/sitemap.xml", "sitemap"):
        found |= entries(client, part, "url")
    return found


def test_the_index_leads_to_every_page(client: FlaskClient) -> None:
    """The parts hold the fixed pages, the lists and the document of each thing, all of them published."""
    found = everything(client)
    wanted = ["/", "/entreprises", f"/doc/entreprise/{COMPANY}", "/doc/domaine/eclairage", "/doc/commune/69123"]
    assert {BASE + path for path in wanted} <= set(found)
    for address in found:
        path = urlsplit(address).path
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 200, path


def test_days_come_from_the_data(client: FlaskClient) -> None:
    """A page's day is that of its record's source, else of its table; a page that no table makes has none."""
    found = everything(client)
    assert found[f"{BASE}/doc/entreprise/{COMPANY}"] == "2025-11-23"
    assert found[f"{BASE}/doc/departement/69"] == "2026-01-01"
    assert found[f"{BASE}/donnees"] is None


def test_parts_are_split(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part holds at most so many addresses; the next part holds the rest, and nothing is lost or repeated."""
    whole = everything(client)
    monkeypatch.setattr(sitemap, "MOST", 2)
    client.application.extensions["annuaire"].cache = type(client.application.extensions["annuaire"].cache)()
    parts = entries(client, "/sitemap.xml", "sitemap")
    sizes = [len(entries(client, part, "url")) for part in parts]
    assert max(sizes) == 2
    assert sum(sizes) == len(whole)
    client.application.extensions["annuaire"].cache = type(client.application.extensions["annuaire"].cache)()


@pytest.mark.parametrize("path", ["/sitemaps/pages-2.xml", "/sitemaps/inconnu-1.xml", "/sitemaps/pages-0.xml"])
def test_other_parts_are_not_found(client: FlaskClient, path: str) -> None:
    """A part beyond the last, or of nothing, is 404."""
    assert client.get(path).status_code == 404


def test_parameters_build_nothing_anew(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter after the address of the index is answered with the index that is kept."""
    kept = client.get("/sitemap.xml").get_data()
    monkeypatch.setattr(sitemap, "_parts", None)
    assert client.get("/sitemap.xml?page=2").get_data() == kept


def test_robots_are_told_where_to_go(client: FlaskClient) -> None:
    """robots.txt names the sitemap and keeps crawlers from asking queries."""
    answer = client.get("/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    lines = answer.get_data(as_text=True).splitlines()
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert "Disallow: /sparql?" in lines
