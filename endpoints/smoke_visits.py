"""Requests to an instance as a client from outside makes them, and what every answer must carry."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from rdflib import Graph
from rdflib.compare import isomorphic

from publisher.errors import AnnuaireError
from publisher.refusals import refusal_reason
from publisher.representations import GRAPH_DOCUMENTS

if TYPE_CHECKING:
    from email.message import Message
    from http.client import HTTPMessage
    from typing import IO

TIMEOUT = 30
RELEASE = "Annuaire-Release"


class MissError(AnnuaireError):
    """Something that an instance does not do as it should."""


class UnreachableError(AnnuaireError):
    """Nothing answers at the address given."""


@dataclass(frozen=True, slots=True)
class Visit:
    """An answer: its status, headers and body."""

    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get_content_type()


class _Stay(HTTPRedirectHandler):
    """Follows no redirection: a client of an instance must see each of them."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Return nothing: the redirection itself is the answer."""


class Visitor:
    """Visits one instance, and remembers the releases that its answers name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.releases: set[str] = set()
        self._opener = build_opener(_Stay())

    def visit(self, path: str, accept: str = "*/*", **headers: str) -> Visit:
        """Return the answer of a path, whatever its status; it must be open to scripts of other sites (CORS).

        Raises:
            MissError: no answer, or one without CORS or the name of its release.
        """
        sent = {"Accept": accept, **{name.replace("_", "-"): value for name, value in headers.items()}}
        try:
            found = self._open(Request(self.url + path, headers=sent))  # noqa: S310 — the operator's own address
        except (URLError, OSError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            why = refusal_reason(cause) if isinstance(cause, OSError) else dict.fromkeys(("fr", "en"), str(cause))
            raise MissError(f"{path} : pas de réponse ({why['fr']})", f"{path}: no answer ({why['en']})") from error
        if found.headers.get("Access-Control-Allow-Origin") != "*":
            raise MissError(f"{path} : en-tête CORS absent", f"{path}: no CORS header")
        self.note(found.headers.get(RELEASE), path)
        return found

    def note(self, release: str | None, path: str) -> None:
        """Remember the release that an answer names.

        Raises:
            MissError: it names none.
        """
        if path.startswith("/health/"):
            return
        if not release:
            raise MissError(f"{path} : en-tête {RELEASE} absent", f"{path}: no {RELEASE} header")
        self.releases.add(release)

    def get(self, path: str, accept: str = "*/*", **headers: str) -> Visit:
        """Return an answer of status 200.

        Raises:
            MissError: it has another status.
        """
        found = self.visit(path, accept, **headers)
        expect(found.status == HTTPStatus.OK, f"{path} : {found.status} au lieu de 200", f"{path}: {found.status}")
        return found

    def graph(self, path: str, media_type: str) -> Graph:
        """Return the graph at a path in one RDF format, which must be the one asked for."""
        found = self.get(path, media_type)
        expect(found.media_type == media_type, *[f"{path} : {found.media_type} ≠ {media_type}"] * 2)
        return Graph().parse(data=found.body, format=media_type)

    def same_graphs(self, path: str) -> Graph:
        """Return the graph at a path, which must be the same in every RDF format."""
        first, *others = [self.graph(path, each.media_type) for each in GRAPH_DOCUMENTS]
        for other, representation in zip(others, GRAPH_DOCUMENTS[1:], strict=True):
            if not isomorphic(first, other):
                name = representation.name
                raise MissError(f"{path} : {name} et turtle diffèrent", f"{path}: {name} and turtle differ")
        return first

    def _open(self, request: Request) -> Visit:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return Visit(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Visit(error.code, error.headers, error.read())


def expect(condition: object, fr: str, en: str) -> None:
    """Refuse what is not so.

    Raises:
        MissError: the condition does not hold.
    """
    if not condition:
        raise MissError(fr, en)


def is_address(url: str) -> bool:
    """Return whether a text is the address of a web site."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment


def reach(visitor: Visitor) -> None:
    """Make sure that an instance answers at all.

    Raises:
        UnreachableError: nothing there, or nothing of ours.
    """
    try:
        visitor.get("/health/live")
    except MissError as error:
        fr, en = error.texts["fr"], error.texts["en"]
        url = visitor.url
        raise UnreachableError(f"{url} ne répond pas : {fr}", f"{url} does not answer: {en}") from error
