"""Requests made from the service's own OpenAPI description, and bytes of which no description speaks.

A longer run: `python -m tests.benchmarks.fuzzing`.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from tests.fuzzing_fixture import checks_of, describe, operations_of
from tests.service_fixture import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("fuzzing")

FEW = settings(
    max_examples=2,  # of each kind, right and wrong; the longer run makes thousands
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def address(small_release: Published) -> Iterator[str]:
    """Serve the small release."""
    project, var, _ = small_release
    with served(project, var) as found:
        yield found


def test_what_is_described_is_what_is_answered(address: str) -> None:
    """Every path answers requests made from its description, right or wrong, as the description says."""
    found = operations_of(describe(address))
    assert len(found) > 80
    for operation in found:
        if operation.path == "/verifier" or {*operation.definition.raw["tags"]} & {"forms", "pages"}:
            continue  # as others, or seconds each: the longer run asks them too
        for mode in GenerationMode:
            _try(operation, mode)


def _try(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> None:
    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        case.call_and_validate(checks=checks_of(operation.path), timeout=20)

    with contextlib.suppress(Unsatisfiable):  # there is nothing to get wrong
        run()


SEGMENTS = (
    "..", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/annuaire.toml", "%00", "%0d%0aX-Evil:%201", "%0a", "%09", "%20",
    "%ff%fe", "%ed%a0%80", "%c0%ae%c0%ae", "%F0%9F%98%80", "é", "%25%32%65", "a" * 100_000, "%41" * 30_000, ";a=b",
    "%3Cscript%3E", "%22onload=", "\\..\\", "~root", "http:%2f%2fevil.example", "//evil.example", "-1", "1e9",
    "9" * 400, "%E2%80%AE", "%7B%7B7*7%7D%7D", "$%7Bx%7D", "?", "%3F", "%23", "*", "null", "69.", ".ttl", "69.ttl.ttl",
    "69.ttl%00.html",
)  # fmt: skip
PLACES = (
    "/{}", "/id/{}", "/id/entreprise/{}", "/doc/{}/69", "/doc/departement/{}", "/doc/departement/{}.ttl", "/dumps/{}",
    "/dumps/{}/annuaire.nt.gz", "/history/departement/{}", "/history/{}", "/releases/{}", "/releases/{}/diff/{}",
    "/questions/{}", "/entreprises.{}", "/cartes/departement/{}.svg", "/static/{}", "/ldes/{}", "/changes/{}.atom",
    "/ogc/collections/departements/items/{}", "/ogc/ogc/{}", "/reconcile/suggest/{}", "/reconcile/view?id={}",
    "/sitemaps/{}-1.xml", "/representation?de=/{}", "/territoires?q={}", "/contact?fiche={}", "/cite?fiche={}",
    "/entreprises?q={}&region={}", "/health/{}", "/verifier/{}",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_odd_addresses_get_an_honest_answer(address: str, place: str) -> None:
    """Whatever stands in an address, the answer is no server error, breaks no header and repeats no markup."""
    for segment in SEGMENTS:
        _check(address, place.replace("{}", segment))


@given(st.sampled_from(PLACES), st.text(max_size=40), st.sampled_from(["*/*", "text/html", "text/turtle"]))
@settings(max_examples=150)
def test_any_text_in_an_address(address: str, place: str, text: str, accept: str) -> None:
    """So with any text, percent-encoded or as it is."""
    for written in (quote(text.encode("utf-8", "surrogatepass"), safe=""), text):
        _check(address, place.replace("{}", written), accept)


def _check(address: str, path: str, accept: str = "text/html") -> None:
    status, headers, body = _ask(address, path, accept)
    if status in {0, 400, 414, 431} and not body:
        return  # the line itself is refused, without a word, before it reaches the service
    assert status < 500, path[:200]
    assert "x-evil" not in headers
    place = headers.get("location", "/")
    assert not re.search(r"[\x00-\x20\x7f-\U0010ffff]", place), place
    assert place.startswith("/"), place
    assert not place.startswith(("//", "/\\")), place
    assert b"<script>" not in body or not headers["content-type"].startswith("text/html")
    assert headers.get("x-content-type-options") == "nosniff"
    assert b"root:x:" not in body


def _ask(address: str, path: str, accept: str) -> tuple[int, dict[str, str], bytes]:
    """Send an address as it is, which an HTTP client would not; 0 when the connection ends without an answer."""
    parts = urlsplit(address)
    head = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        try:
            connection.sendall(head.encode("utf-8", "surrogatepass"))
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (ConnectionError, http.client.BadStatusLine):
            return 0, {}, b""
