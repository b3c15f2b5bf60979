"""Every kind of page in a real browser: accessible, whole on any screen, and nothing asked of anyone else."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from tests.browser.visits import Visitor

pytestmark = pytest.mark.xdist_group("browser")

MORE = (
    "/entreprises?domaine=eclairage",
    "/entreprises?vue=carte",
    f"/entreprises?q={'xyz' * 60}",
    "/projets",
    "/conventions",
    "/pratiques",
    "/solutions",
    "/sparql?query=SELECT%20*%20%7B%3Fs%20a%20%3Fc%7D%20LIMIT%203&format=html",
    "/questions/entreprises-par-departement",
    "/contact",
    "/ogc?f=html",
    "/reconcile",
    "/verifier",
    "/doc/collectivite/999000060",
    "/history/entreprise/999000003",
)
ERRORS = ("/doc/entreprise/000", "/questions/entreprises-d-un-siren?siren=1")
ALIKE = ("arrondissements", "departements", "intercommunalites")
"""Territories whose pages are made like those of régions and communes."""


def read(address: str) -> str:
    """Return what an address answers to a browser."""
    request = Request(address, headers={"Accept": "text/html", "Accept-Language": "fr"})  # noqa: S310 — our own server
    with urlopen(request, timeout=20) as answer:  # noqa: S310 — same
        text: str = answer.read().decode()
    return text


@pytest.fixture(scope="module")
def pages(service: str) -> list[str]:
    """Return the paths of every kind of page: those of the sitemap, one of each kind of thing, and some more."""
    found = list(MORE)
    for address in re.findall(r"<loc>https://[^/<]+(/[^<]+)", read(f"{service}/sitemap.xml")):
        if any(kind in address for kind in ALIKE):
            continue
        paths = re.findall(r"<loc>https://[^/<]+(/[^<]*)", read(service + address))
        found += paths if address.endswith("/pages-1.xml") else paths[:1]
    return [*dict.fromkeys(found)]


def test_every_page_is_accessible_on_a_phone(phone: Visitor, pages: list[str]) -> None:
    """At 320 pixels, all unfolded, no page has anything that axe-core finds, and none scrolls sideways."""
    found = {}
    for path in pages:
        phone.see(path)
        phone.unfold()
        found[path] = [*phone.violations(), *phone.overflow()]
    assert {path: violations for path, violations in found.items() if violations} == {}
    assert phone.errors == []
    assert phone.strangers == []


def test_every_page_is_accessible_at_a_desk(night_desk: Visitor, pages: list[str]) -> None:
    """In English and dark colours no page has anything that axe-core finds."""
    found = {}
    for path in pages:
        night_desk.see(f"{path}{'&' if '?' in path else '?'}lang=en")
        found[path] = night_desk.violations()
    assert {path: violations for path, violations in found.items() if violations} == {}
    assert night_desk.errors == []
    assert night_desk.strangers == []


@pytest.mark.parametrize("path", ["/", "/entreprises?vue=carte", "/doc/region/84"])
def test_a_wall_of_pixels_is_no_harm(desk: Visitor, path: str) -> None:
    """On a screen of 4K letters grow, and nothing is wider than the screen."""
    desk.see(path)
    before = desk.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert desk.overflow(3840) == []
    assert desk.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > before


def test_errors_are_accessible_too(desk: Visitor) -> None:
    """What is not there, or makes no sense, is said so on a page like the others."""
    found = {}
    for path in ERRORS:
        desk.see(path)
        found[path] = desk.violations()
    assert not any(found.values()), found
    assert [each for each in desk.errors if "404" not in each] == []


def test_no_two_pages_have_one_title(service: str, pages: list[str]) -> None:
    """Each page has a title of its own, which says what it is about before it names the site."""
    titles: dict[str, str] = {}
    for path in pages:
        (title,) = re.findall(r"<title>(.*?)</title>", read(service + path))
        assert titles.setdefault(unescape(title), path) == path


def test_every_table_says_what_it_is(service: str, pages: list[str]) -> None:
    """Each table has a caption, and each of its headings a scope."""
    tables = [
        (path, table) for path in pages for table in re.findall(r"<table.*?</table>", read(service + path), re.DOTALL)
    ]
    assert tables
    for path, table in tables:
        assert "<caption" in table, path
        assert not re.search(r"<th(?![^>]*\bscope=)[ >]", table), path
