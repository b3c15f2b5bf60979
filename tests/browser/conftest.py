"""The small project served, and one Chromium for the tests of a module: the machine's own, nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.visits import AXE, Visitor
from tests.installs import find_chromium, missing
from tests.service_fixture import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import Published


@pytest.fixture(scope="session")
def service(small_release: Published) -> Iterator[str]:
    """Serve the small project; give its address."""
    project, var, _ = small_release
    with served(project, var) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium, once axe-core is there too.

    It lives as long as a module, for Playwright keeps an event loop in this thread that others may want.
    """
    if not AXE.is_file():
        missing("axe-core is missing: make assets")
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def desk(browser: Browser, service: str) -> Iterator[Visitor]:
    """Give a visitor in front of a screen of ordinary size."""
    yield from _visitor(browser, service)


@pytest.fixture
def night_desk(browser: Browser, service: str) -> Iterator[Visitor]:
    """Give one who wants dark colours and no motion."""
    yield from _visitor(browser, service, color_scheme="dark", reduced_motion="reduce")


@pytest.fixture
def plain_desk(browser: Browser, service: str) -> Iterator[Visitor]:
    """Give one whose browser runs no script."""
    yield from _visitor(browser, service, java_script_enabled=False)


@pytest.fixture
def phone(browser: Browser, service: str) -> Iterator[Visitor]:
    """Give a visitor who holds the smallest of phones."""
    viewport = {"width": 320, "height": 740}
    yield from _visitor(browser, service, viewport=viewport, has_touch=True, is_mobile=True)


def _visitor(browser: Browser, service: str, **device: Any) -> Iterator[Visitor]:
    context = browser.new_context(base_url=service, locale="fr-FR", **device)
    context.set_default_timeout(10_000)
    yield Visitor(context.new_page(), service)
    context.close()
