"""The home page: figures, and the latest changes in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.history_fixture import FIRST, SECOND, Site, company
from tests.pages_fixture import client

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

__all__ = ["client"]

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
