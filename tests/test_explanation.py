"""Why an address answers as it does is told to whoever asks, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.pages_fixture import client
from tests.release_fixture import COMPANY

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

ADDRESS = f"/doc/entreprise/{COMPANY}"


def ask(client: FlaskClient, path: str, accept: str | None) -> dict[str, object]:
    """Return the explanation of a path for an Accept header, as a program gets it."""
    query = urlencode({"de": path, **({} if accept is None else {"accept": accept})})
    answer = client.get(f"/representation?{query}")
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, object] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("path", "accept", "status", "media_type", "reason"),
    [
        (ADDRESS, "text/turtle", 200, "text/turtle", "best"),
        (ADDRESS, "text/html,*/*;q=0.5", 200, "text/html", "best"),
        (ADDRESS, "*/*", 200, "text/turtle", "first"),
        (ADDRESS, None, 200, "text/turtle", "absent"),
        (ADDRESS, "image/png", 406, None, "refused"),
        (f"{ADDRESS}.ttl", "text/html", 200, "text/turtle", "extension"),
        ("/donnees", "text/turtle", 200, "text/html", "only"),
        (f"/id/entreprise/{COMPANY}", "text/turtle", 303, None, "redirected"),
        ("/doc/entreprise/0", "text/turtle", 404, "text/turtle", "error"),
    ],
)
def test_what_happens_is_explained(
    client: FlaskClient, path: str, accept: str | None, status: int, media_type: str | None, reason: str
) -> None:
    """The status, the type and the rule that decided are those of the address itself."""
    found = ask(client, path, accept)
    assert (found["status"], found["media_type"], found["reason"]) == (status, media_type, reason)
    real = client.get(path, headers={} if accept is None else {"Accept": accept})
    assert real.status_code == status
    assert media_type in {None, real.mimetype}


def test_alternatives_are_weighed(client: FlaskClient) -> None:
    """Each form has the quality that the header gives it, and an address that answers with it."""
    found = ask(client, ADDRESS, "application/ld+json;q=0.3, text/*;q=0.7")
    weights = {each["media_type"]: each["weight"]["quality"] for each in found["alternatives"]}  # type: ignore[attr-defined]
    assert weights["application/ld+json"] == 0.3
    assert weights["text/turtle"] == weights["text/html"] == 0.7
    assert weights["application/rdf+xml"] == 0
    for each in found["alternatives"]:  # type: ignore[attr-defined]
        assert client.get(each["href"]).mimetype == each["media_type"]


def test_people_see_the_header_they_sent(client: FlaskClient) -> None:
    """A browser gets a page with its own header as text, uncached, and every page leads there without naming it."""
    sent = 'text/html, x/"<b>";q=0.1'
    answer = client.get(f"/representation?de={ADDRESS}", headers={"Accept": sent})
    page = answer.get_data(as_text=True)
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert f'href="/representation?{urlencode({"de": ADDRESS})}"' in client.get(
        ADDRESS, headers={"Accept": "text/html"}
    ).get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["https://example.org/", "//example.org/", "/representation", "/sparql", "x", "/" * 400]
)
def test_other_addresses_are_refused(client: FlaskClient, path: str) -> None:
    """Only pages and documents of this site are explained."""
    assert client.get("/representation", query_string={"de": path}).status_code == 400
