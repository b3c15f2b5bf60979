"""Pages show names, say where things come from, lead on, in French and in English."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.pages_fixture import client
from tests.release_fixture import BUYER, COMPANY, CONTRACT, LONELY

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

COMPANY_PAGE = f"/doc/entreprise/{COMPANY}.html"
PAGES = [
    "/",
    "/entreprises",
    "/projets",
    "/conventions",
    "/solutions",
    "/pratiques",
    "/domaines",
    "/territoires",
    "/donnees",
    "/contact",
    "/def",
    "/qualite",
    "/a-propos",
    "/sources",
    "/api",
    "/mentions-legales",
    "/accessibilite",
    "/verifier",
    "/representation",
    "/releases",
    "/catalog.html",
    COMPANY_PAGE,
    f"/doc/entreprise/{LONELY}.html",
    "/doc/projet/lanterne-fictive.html",
    "/doc/convention/fictive-1.html",
    f"/doc/marche/{CONTRACT}.html",
    f"/doc/collectivite/{BUYER}.html",
    "/doc/domaine/eclairage.html",
    "/doc/domaine/securite.html",
    "/doc/departement/69.html",
    "/doc/departement/01.html",
    "/doc/region/84.html",
    "/doc/commune/69123.html",
    "/doc/commune/69029.html",
    "/doc/arrondissement/691.html",
    "/doc/source/entreprises.html",
    "/doc/entreprise/0.html",
]


class Outline(HTMLParser):
    """What a page is made of: headings, links, and anything a strict policy would block."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.links: list[str] = []
        self.identifiers: list[str] = []
        self.blocked: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        named = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self.links.append(named.get("href") or "")
        if "id" in named:
            self.identifiers.append(named["id"] or "")
        data = named.get("type") == "application/ld+json"
        inline = tag == "style" or (tag == "script" and "src" not in named and not data)
        if inline or "style" in named or any(name.startswith("on") for name in named):
            self.blocked.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that tags nest."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_page_is_sound(client: FlaskClient, path: str, lang: str) -> None:
    """Each page nests, has one first heading and no skipped level, unique ids, its language, nothing inline.

    But for a style that the page's policy names by its hash.
    """
    answer = client.get(path, query_string={"lang": lang}, headers={"Accept": "text/html"})
    text = answer.get_data(as_text=True)
    outline = Outline(text)
    assert answer.headers["Content-Language" if answer.status_code == 200 else "Vary"]
    assert f'<html lang="{lang}">' in text
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    assert len(outline.identifiers) == len(set(outline.identifiers))
    assert outline.blocked == ["style"] * answer.headers["Content-Security-Policy"].count("'sha256-")
    assert '<main id="contenu"' in text


@pytest.mark.parametrize("path", PAGES[:-1])
def test_no_page_is_a_dead_end(client: FlaskClient, path: str) -> None:
    """Every local link of a page leads to something published."""
    text = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
    local = {link for link in Outline(text).links if link.startswith("/") and not link.startswith("/sparql")}
    assert len(local) > 8
    broken = [link for link in local if status(client, link) != 200]
    assert broken == []


def status(client: FlaskClient, link: str) -> int:
    """Return the status of a link as a browser asks for it."""
    return client.get(link, headers={"Accept": "text/html, */*;q=0.1"}, buffered=True).status_code


def test_company_page_answers_the_officer(client: FlaskClient) -> None:
    """It leads with the offer, names domain and place, marks what is the directory's own, and its source."""
    text = client.get(COMPANY_PAGE).get_data(as_text=True)
    assert "<h1>Lampadaires Imaginaires</h1>" in text
    assert '<p class="lead">Éclaire des rues' in text
    assert '<a href="/doc/domaine/eclairage">Éclairage public</a>' in text
    assert '<a href="/doc/departement/69">Rhône</a>' in text
    assert "d&#39;après example.org/imaginaire" in text or "d'après example.org/imaginaire" in text
    assert "classement de l'annuaire" in text
    assert "Ministère imaginaire, 23 novembre 2025" in text
    assert "ne vaut ni agrément ni recommandation" in text
    assert "/contact?fiche=https%3A%2F%2Fannuaire.example%2Fid%2Fentreprise%2F999000017" in text
    assert "siège" not in text
    assert "L&#39;Imaginaire &lt;éclairé&gt;" in text


def test_english_is_complete(client: FlaskClient) -> None:
    """With `?lang=en` labels, dates and interface are English, and the links keep the language."""
    text = client.get(COMPANY_PAGE, query_string={"lang": "en"}).get_data(as_text=True)
    assert "Lights streets that do not exist." in text
    assert '<a href="/doc/domaine/eclairage?lang=en">Street lighting</a>' in text
    assert "November 23, 2025" in text
    assert "neither an approval nor a recommendation" in text


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "expected"),
    [
        ("", None, None, "fr"),
        ("", None, "en-GB, fr;q=0.5", "en"),
        ("", None, "de, it", "fr"),
        ("", "fr", "en", "fr"),
        ("?lang=en", "fr", "fr", "en"),
        ("?lang=xx", None, "en", "en"),
    ],
)
def test_language_is_chosen(
    client: FlaskClient, query: str, cookie: str | None, accepted: str | None, expected: str
) -> None:
    """The address decides, then the cookie, then Accept-Language, then French."""
    headers = {"Cookie": f"lang={cookie}"} if cookie else {}
    headers |= {"Accept-Language": accepted} if accepted else {}
    answer = client.get(f"/{query}", headers=headers)
    assert answer.headers["Content-Language"] == expected
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    assert ("Set-Cookie" in answer.headers) == (query == "?lang=en")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/doc/domaine/eclairage.html", ["Lampadaires Imaginaires", "Auvergne-Rhône-Alpes"]),
        ("/doc/domaine/securite.html", ["Lampadaires Imaginaires", "Vidéoprotection"]),
        ("/doc/departement/69.html", ["Lampadaires Imaginaires", "Convention fictive", "Bron", "Ain"]),
        ("/doc/region/84.html", ["Ébénisterie du Nuage", "Rhône", "Mobilité"]),
        ("/doc/commune/69123.html", ["Lanterne fictive", "520\u202f774", "Bron"]),
        ("/doc/projet/lanterne-fictive.html", ["Lampadaires Imaginaires", "600\u202f000", "€"]),
    ],
)
def test_pages_show_what_points_at_them(client: FlaskClient, path: str, shown: list[str]) -> None:
    """A domain or a territory lists its companies and what is around it; amounts and dates are written out."""
    text = client.get(path).get_data(as_text=True)
    assert [words for words in shown if words not in text] == []


def test_lists_ignore_accents_and_case(client: FlaskClient) -> None:
    """A list of names is in the order of an index."""
    text = client.get("/entreprises").get_data(as_text=True)
    assert text.index("Ébénisterie") < text.index("Lampadaires")


def test_list_narrows_and_pages(client: FlaskClient) -> None:
    """A list narrows to a domain or a territory, and says so; what does not exist is 404."""
    assert "Ébénisterie" not in client.get("/entreprises?domaine=eclairage").get_data(as_text=True)
    assert "Ébénisterie" in client.get("/entreprises?departement=69").get_data(as_text=True)
    for query in ("domaine=inconnu", "page=2", "page=0", "page=x", "page=9999999999"):
        assert client.get(f"/entreprises?{query}").status_code == 404


def test_list_is_data_too(client: FlaskClient) -> None:
    """The same list is a table in CSV, narrowed alike."""
    rows = client.get("/entreprises.csv?domaine=eclairage").get_data(as_text=True).splitlines()
    assert rows[0].startswith("adresse,siren,nom,offre_fr")
    assert len(rows) == 2
    assert rows[1].startswith("https://annuaire.example/id/entreprise/999000017,999000017,Lampadaires Imaginaires")


def test_every_page_has_the_strict_policy(client: FlaskClient) -> None:
    """The content policy allows this site's own files and nothing inline."""
    headers = client.get("/").headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Annuaire-Release"] == "essai-1"


def test_style_sheet_is_small(client: FlaskClient) -> None:
    """The one style sheet is under 30 kB."""
    assert len(client.get("/static/annuaire.css", buffered=True).get_data()) < 30_000


def test_contact_carries_the_record(client: FlaskClient) -> None:
    """The contact page prefills a letter with a record of ours, and ignores any other text."""
    about = client.get("/contact?fiche=https://annuaire.example/id/entreprise/999000017").get_data(as_text=True)
    assert "mailto:contact@annuaire.example?subject=https%3A//annuaire.example/id/entreprise/999000017" in about
    other = client.get("/contact?fiche=https://evil.example/").get_data(as_text=True)
    assert "subject=" not in other
    assert "<code>" not in other
