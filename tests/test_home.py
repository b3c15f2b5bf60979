"""The home page: figures, and the latest changes in words."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import endpoints
from tests.history_fixture import FIRST, SECOND, Site, company
from tests.pages_fixture import client

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

STYLE = Path(endpoints.__file__).parent / "static" / "annuaire.css"
MANY = [line for number in range(10, 20) for line in company(f"9990000{number}", f"Fictive {number}")]


def changes(site: Site, lang: str = "fr") -> str:
    """Return the part of the home page that tells the latest changes."""
    text = site.client.get("/", query_string={"lang": lang}).get_data(as_text=True)
    return text.partition('id="changements"')[2].partition("</section>")[0]


def test_each_of_a_few_changes_is_told(tmp_path: Path) -> None:
    """Things that a release touched are named, newest first, each with its day, what happened and a link."""
    site = Site(tmp_path)
    site.publish(FIRST)
    site.publish(SECOND)
    told = changes(site)
    assert '<time datetime="2026-03-01">1 mars 2026</time>' in told
    assert '<a href="/doc/entreprise/999000003?lang=fr">Gamma</a>, ajout' in told
    assert ">Alpha fictive</a>, modification" in told
    assert '<a href="/history/entreprise/999000002?lang=fr">Bêta fictive</a>, retrait' in told
    assert told.count("<li>") == 5 + 2
    assert '<a href="/changes.atom?lang=fr">' in told


def test_many_changes_are_summed_up(tmp_path: Path) -> None:
    """A release that touched more is one line: its notes, in the page's language, and a link to it."""
    site = Site(tmp_path)
    site.publish(FIRST)
    site.publish([*FIRST, *MANY])
    assert "Entreprises : 10 ajouts." in changes(site)
    told = changes(site, "en")
    assert "Companies: 10 additions." in told
    assert '<a href="/releases/essai-2?lang=en">this release</a>' in told


def test_figures_lead_on(client: FlaskClient) -> None:
    """The figures lead to the lists that they count, contracts and towns of the plan among them."""
    text = client.get("/").get_data(as_text=True)
    for path in ("/entreprises", "/marches", "/projets", "/conventions", "/territoires"):
        assert f'<a href="{path}"><strong>' in text


def test_the_home_page_holds_its_style_and_names_it(client: FlaskClient) -> None:
    """A first visit waits for no stylesheet; the policy lets in this style and no other, repeated visits included."""
    page = client.get("/")
    head = page.get_data(as_text=True).partition("</head>")[0]
    style = head.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert style == STYLE.read_text(encoding="utf-8")
    assert 'rel="stylesheet"' not in head
    assert f"style-src 'self' 'sha256-{digest}';" in policy
    assert client.get("/", headers={"If-None-Match": page.headers["ETag"]}).headers["Content-Security-Policy"] == policy
    assert "sha256" not in client.get("/donnees").headers["Content-Security-Policy"]
