"""What visitors come for, done in a real browser on the real data: at a desk, on a phone, with keys alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.visits import Visitor

pytestmark = pytest.mark.xdist_group("real_release")

SHOWN = "#resultats ~ .cards h3"
LIGHTING = "/entreprises?domaine=eclairage"
INLINE = "inline style"
"""The editor's column handles have a style of their own, which the policy refuses; our style sheet has it."""


@pytest.fixture(scope="module")
def service(real_service: str) -> str:
    """Send the visitors to the repository's own data."""
    return real_service


def facet(page: Page, title: str) -> Locator:
    """Return the choices of a facet."""
    return page.locator(".facets > details", has=page.locator("summary", has_text=title)).get_by_role("link")


def total(page: Page) -> int:
    """Return how many companies the page says that it found."""
    return int(page.locator("h1 .count").inner_text())


def press(visitor: Visitor, wanted: str, *, limit: int = 120) -> None:
    """Press Tab until an element of that text has the focus, which must be seen; then press Enter."""
    for _ in range(limit):
        visitor.page.keyboard.press("Tab")
        if visitor.focused().startswith(wanted):
            assert visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            visitor.page.keyboard.press("Enter")
            return
    pytest.fail(f"{wanted} is not reached by the keyboard")


def test_an_officer_finds_who_lights_streets_near_her(desk: Visitor) -> None:
    """From the home page: search, narrow by domain and région, open a company, come back, take the table along."""
    page = desk.page
    desk.see("/")
    page.get_by_label("Un besoin, un nom").fill("eclairage")
    page.get_by_role("button", name="Chercher").click()
    found = total(page)
    facet(page, "Domaine").get_by_text("Éclairage public").click()
    assert 0 < total(page) <= found
    region = facet(page, "Région").first
    name = region.inner_text()
    region.click()
    narrowed, kept = page.url, total(page)
    assert "domaine=eclairage" in narrowed
    assert "region=" in narrowed
    assert 0 < kept < found
    company = page.locator(SHOWN).first.inner_text()
    page.get_by_role("link", name=company).click()
    assert page.get_by_role("heading", level=1).inner_text() == company
    page.go_back()
    assert page.url == narrowed
    with page.expect_download() as exported:
        page.get_by_role("link", name="CSV", exact=True).click()
    table = Path(exported.value.path()).read_text(encoding="utf-8-sig")
    assert company in table
    assert len(table.splitlines()) == kept + 1
    page.get_by_role("link", name=re.compile(f"Retirer : Région : {name}")).click()
    assert "region=" not in page.url
    assert desk.errors == []


def test_on_a_phone_results_come_first(phone: Visitor) -> None:
    """On a phone the menu and the filters are folded until they are tapped, and filters work then."""
    page = phone.page
    phone.see("/entreprises")
    first = page.locator(SHOWN).first.bounding_box()
    assert first
    assert first["y"] < page.viewport_size["height"]  # type: ignore[index]
    rubric = page.get_by_role("navigation", name="Rubriques").get_by_role("link", name="Territoires")
    assert not rubric.is_visible()
    page.get_by_text("Menu", exact=True).tap()
    assert rubric.is_visible()
    lighting = facet(page, "Domaine").get_by_text("Éclairage public")
    assert not lighting.is_visible()
    page.get_by_text("Affiner", exact=True).tap()
    page.locator(".facets summary", has_text="autres").first.tap()
    lighting.tap()
    page.wait_for_url("**domaine=eclairage")
    assert total(page) > 0
    assert phone.errors == []


def test_filters_are_there_without_scripts(plain_desk: Visitor) -> None:
    """Where no script runs, menu and filters are unfolded on a large screen and unfold on a small one."""
    page = plain_desk.page
    plain_desk.see("/entreprises")
    region = facet(page, "Région").first
    assert region.is_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not region.is_visible()
    page.get_by_text("Affiner", exact=True).click()
    assert region.is_visible()


def test_keys_alone_lead_to_a_company(desk: Visitor) -> None:
    """With the keyboard: the skip link comes first, then filters, the map's départements and a company are reached."""
    page = desk.page
    desk.see("/entreprises")
    page.keyboard.press("Tab")
    assert desk.focused() == "Aller au contenu"
    assert page.get_by_text("Aller au contenu").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    press(desk, "Carte")
    page.wait_for_url("**vue=carte**")
    page.locator("#resultats").click()
    while page.evaluate("document.activeElement.closest('svg') === null"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**departement=**")
    press(desk, "Liste")
    page.wait_for_url(lambda address: "vue=" not in address)
    company = page.locator(SHOWN).first.inner_text()
    press(desk, company)
    page.wait_for_url("**/doc/entreprise/**")
    assert desk.errors == []


def test_a_researcher_changes_a_question(desk: Visitor) -> None:
    """In the editor an example question is run, changed and run again, with keys."""
    page = desk.page
    desk.see("/sparql")
    page.locator(".yasqe").wait_for()
    page.get_by_text("Partir d'une question").click()
    page.get_by_role("link", name="Combien d'entreprises par région").click()
    page.locator(".yasr table tbody tr").first.wait_for()
    page.locator(".tabPanel.active .CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("SELECT ?essai { VALUES ?essai { 4807 } }")
    page.keyboard.press("Control+Enter")
    page.locator(".tabPanel.active .yasr td", has_text="4807").wait_for()
    assert [each for each in desk.errors if INLINE not in each] == []
    assert desk.strangers == []


def test_a_list_prints_without_navigation(desk: Visitor) -> None:
    """On paper the list of companies is left, without menu, filters, form or links to files; its page is said."""
    page = desk.page
    desk.see("/entreprises")
    assert not page.locator(".printed").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".printed").is_visible()
    assert page.locator(SHOWN).first.is_visible()
    for hidden in ("header.site nav", ".facets", "form", ".languages", ".skip", "#en-donnees"):
        assert not any(each.is_visible() for each in page.locator(hidden).all()), hidden
    assert page.pdf(format="A4").startswith(b"%PDF")
