"""A visitor of the site in a real browser, who notices what goes wrong behind the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """options => axe.run(document, options).then(found => found.violations.flatMap(violation =>
    violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_EDITOR_LINES = "CodeMirror-scroll"
"""The lines of the query: the field that the editor keeps the focus in scrolls them, though it is beside them."""


class Visitor:
    """A page of the browser, the errors of its console and the hosts that it asked."""

    def __init__(self, page: Page, service: str) -> None:
        self.page = page
        self.host = urlsplit(service).netloc
        self.errors: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url} {error}"))
        page.on("request", self._watch)

    def see(self, path: str) -> None:
        """Open a page of the site, and wait until its editor, if it has one, is there."""
        self.page.goto(path)
        if self.page.locator("#editeur[data-source]").count():
            self.page.locator(".tabPanel.active .CodeMirror").wait_for()

    def violations(self) -> list[str]:
        """Return what axe-core finds on the page by its rules of WCAG 2.2 AA and of good practice."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(
            _RUN, {"runOnly": _RULES, "resultTypes": ["violations"], "preload": False}
        )
        return [each for each in found if not ("scrollable-region" in each and _EDITOR_LINES in each)]

    def overflow(self, width: int | None = None) -> list[str]:
        """Say by how many pixels the page is wider than the screen, or than one of that width."""
        if width:
            self.page.set_viewport_size({"width": width, "height": 2160})
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [f"{wider} pixels too wide"] if wider else []

    def unfold(self) -> None:
        """Open all that the page keeps folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")

    def focused(self) -> str:
        """Return the text of the element that has the focus."""
        text: str = self.page.evaluate("document.activeElement.innerText ?? ''")
        return text.strip()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{self.page.url} {message.text}")

    def _watch(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc != self.host:
            self.strangers.append(request.url)
