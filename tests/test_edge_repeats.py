"""Pages that the edge answers again by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from endpoints.app import create_app
from endpoints.edge import Edge
from tests.release_fixture import COMPANY, write_release

if TYPE_CHECKING:
    from pathlib import Path

PATH = f"/doc/entreprise/{COMPANY}"
HTML = {"accept": "text/html"}


@dataclass
class _Scope:
    path: str
    headers: dict[str, str]
    method: str = "GET"
    query_string: str = ""
    client: str = "127.0.0.1:1"
    server: str = "127.0.0.1:2"
    scheme: str = "http"
    http_version: str = "1.1"


@dataclass
class _Protocol:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, _fields(headers), body

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, _fields(headers)


def _fields(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Return headers with the lines of one name joined, which means the same (RFC 9110, §5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == "x-request-id":
            continue  # each request has its own
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


class Site:
    """A web process over a release, whose application counts the requests that reach it."""

    def __init__(self, runtime: Path) -> None:
        self.runtime, self.reached = runtime, 0
        app = create_app(write_release(runtime), runtime)
        app.before_request(self._count)
        self._edge = Edge(app)

    def _count(self) -> None:
        self.reached += 1

    def get(self, path: str = PATH, headers: dict[str, str] | None = None, **scope: str) -> _Protocol:
        """Return the answer to a request."""
        answered: Any = _Protocol()
        asyncio.run(self._edge.__rsgi__(_Scope(path, headers or HTML, **scope), answered))  # type: ignore[arg-type]
        return answered  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runtime directory that serves a release."""
    return tmp_path_factory.mktemp("repeats")


@pytest.fixture(scope="module")
def site(release: Path) -> Site:
    """A site over it."""
    return Site(release)


def test_a_repeated_request_gets_the_same_answer_from_the_edge(site: Site) -> None:
    """Asked again in the same way, a page comes with the same headers and bytes, without the application."""
    first, reached = site.get(), site.reached
    again = site.get()
    assert (again, site.reached) == (first, reached)
    assert first.status == 200


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"accept": "text/turtle"}, ""),
        ({**HTML, "accept-language": "en"}, ""),
        ({**HTML, "cookie": "lang=en"}, ""),
        ({**HTML, "accept-encoding": "gzip"}, ""),
        (HTML, "lang=en"),
    ],
)
def test_what_an_answer_varies_by_tells_requests_apart(site: Site, headers: dict[str, str], query: str) -> None:
    """Another representation, language or coding is another answer, which is kept beside the first."""
    plain = site.get()
    other = site.get(headers=headers, query_string=query)
    reached = site.reached
    assert (other.status, other.body != plain.body) == (200, True)
    assert site.get(headers=headers, query_string=query) == other
    assert (site.get(), site.reached) == (plain, reached)


def test_a_kept_page_is_confirmed_and_described(site: Site) -> None:
    """Of a kept page, 304 goes to a client that holds it, and HEAD tells its length."""
    kept, reached = site.get(), site.reached
    known = site.get(headers={**HTML, "if-none-match": f'"other", W/{kept.headers["etag"]}'})
    told = site.get(method="HEAD")
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", kept.headers["etag"])
    assert not {"content-type", "content-encoding", "content-length"} & set(known.headers)
    assert (told.status, told.body, told.headers["content-length"]) == (200, b"", str(len(kept.body)))
    assert site.reached == reached


@pytest.mark.parametrize("path", ["/doc/entreprise/123456789", "/health/live", "/releases"])
def test_errors_and_what_changes_within_a_release_are_not_kept(site: Site, path: str) -> None:
    """What a release alone does not decide is asked of the application each time."""
    site.get(path)
    reached = site.reached
    site.get(path)
    assert site.reached == reached + 1


def test_another_release_is_another_page(tmp_path: Path) -> None:
    """Once another release is served, a page is asked of the application anew, and names that release."""
    site = Site(tmp_path)
    before = site.get()
    write_release(tmp_path, 2)
    after = site.get()
    assert before.headers["annuaire-release"] != after.headers["annuaire-release"] == "essai-2"
    assert site.get() == after
