"""Answers with everything HTTP asks of them: negotiation, validators, links, language.

The entity tag of an answer is strong: it names the release, the software's files, the representation and,
for pages, the language. A client that holds it gets 304 before anything is computed.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, request, stream_with_context
from werkzeug.urls import iri_to_uri

from endpoints.languages import COOKIE, explicit_language, language
from endpoints.negotiation import negotiate
from endpoints.problems import NotAcceptableError
from endpoints.serving import served_release, serving
from publisher.representations import HTML, JSON_LD, RESULTS_CSV, Representation, by_extension

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

REVALIDATE = "public, max-age=0, must-revalidate"
IMMUTABLE = "public, max-age=31536000, immutable"
PARAMETERS = frozenset(
    {
        "page",
        "q",
        "tri",
        "vue",
        "fiche",
        "bbox",
        "limit",
        "offset",
        "datetime",
        "f",
        "bom",
    }
)
"""The query parameters that change a page, besides the language, facets, filters and what questions ask for."""

REPEATABLE = "annuaire.repeatable"
"""Key of the WSGI environment: this answer is the same as long as the release served and its history are."""

REQUEST_ID = "annuaire.request-id"
"""Key of the WSGI environment: the number of the request in the log."""

_PLAIN = re.compile(r"[A-Za-z0-9:/?#@!$&'()*+,;=._~-]*")
"""Addresses that stand in a header as they are."""

_LANGUAGE_KEPT = 180 * 24 * 3600


class Link(NamedTuple):
    """One value of a Link header (RFC 8288)."""

    target: str
    relation: str
    media_type: str | None = None

    def __str__(self) -> str:
        type_ = f'; type="{self.media_type}"' if self.media_type else ""
        target = self.target if _PLAIN.fullmatch(self.target) else iri_to_uri(self.target)
        return f'<{target}>; rel="{self.relation}"{type_}'


class Choice(NamedTuple):
    """A representation and how it was chosen: by the address's extension, or by negotiation."""

    representation: Representation
    fixed: bool


def extension_of(name: str) -> tuple[str, Representation | None]:
    """Split `793.ttl` into the key and the representation; a key without a known extension stays whole."""
    stem, dot, extension = name.rpartition(".")
    found = by_extension(extension) or (RESULTS_CSV if extension == RESULTS_CSV.extension else None)
    return (stem, found) if dot and stem and found else (name, None)


def choose(path: str, offered: Sequence[Representation], fixed: Representation | None = None) -> Choice:
    """Return the representation to answer with; `path` is the negotiated address, without extension.

    Raises:
        NotAcceptableError: the Accept header excludes all that is offered.
    """
    if fixed is not None and fixed in offered:
        return Choice(fixed, fixed=True)
    found = negotiate(request.headers.get("Accept"), offered)
    if found is None:
        raise NotAcceptableError.among([(f"{path}.{r.extension}", r) for r in offered])
    return Choice(found, fixed=False)


def choose_as(path: str, offered: Sequence[Representation], extension: str | None) -> Choice:
    """Return the representation with an extension that `forms` let through, else the one to negotiate (`choose`)."""
    return choose(path, offered, next((r for r in offered if r.extension == extension), None))


def forms(offered: Iterable[Representation]) -> str:
    """Return the end of a route that takes the extension of each of these representations as `extension`."""
    return f".<any({', '.join(r.extension for r in offered)}):extension>"


def alternates(path: str, offered: Iterable[Representation]) -> list[Link]:
    """Return the links to each representation of a negotiated address."""
    return [Link(f"{path}.{r.extension}", "alternate", r.media_type) for r in offered]


def answer(
    choice: Choice,
    build: Callable[[], str | bytes],
    *,
    path: str | None = None,
    links: Iterable[Link] = (),
    state: str | None = None,
    repeatable: bool = False,
) -> Response:
    """Return the chosen representation, built only when the client does not hold it already.

    `path` is the negotiated address; the answer then names the fixed address in Content-Location. `state` names
    what the answer was made from when that is not the release served; it is `repeatable` if that is the release and
    the history up to it.
    """
    response, tag = _headed(choice, path, links, state)
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    if state is None or repeatable:
        request.environ[REPEATABLE] = True
    key = (tag, request.path, explicit_language(), known_parameters())
    response.set_data(serving().cache.get(key, build))
    return response


def flow(choice: Choice, write: Callable[[], Iterator[bytes]], path: str, links: Iterable[Link] = ()) -> Response:
    """Return an answer of any length as `answer` does, but piece by piece; it is not kept."""
    response, _ = _headed(choice, path, links, None)
    if response.status_code == HTTPStatus.OK:
        response.response = stream_with_context(write())
    return response


def page(build: Callable[[], str], links: Iterable[Link] = ()) -> Response:
    """Return a page that exists in HTML only."""
    return answer(Choice(HTML, fixed=True), build, links=links)


def known_parameters() -> tuple[tuple[str, str], ...]:
    """Return the parameters of this request that change the answer, in order; all others are ignored."""
    known = PARAMETERS | serving().parameters
    return tuple(sorted((name, value) for name, value in request.args.items(multi=True) if name in known))


def entity_tag(representation: Representation, state: str | None = None) -> str:
    """Return the validator of a representation of the release served, or of another state."""
    tail = f"-{language()}" if representation is HTML else ""
    return f"{state or served_release().name}-{_software()}-{representation.name}{tail}"


def remember_language(response: Response) -> None:
    """Keep the language that the address asked for; nothing else is ever kept."""
    asked = explicit_language()
    if asked and asked != request.cookies.get(COOKIE):
        response.set_cookie(COOKIE, asked, max_age=_LANGUAGE_KEPT, samesite="Lax", path="/")


def _headed(choice: Choice, path: str | None, links: Iterable[Link], state: str | None) -> tuple[Response, str]:
    """Return an answer without content yet, which is not needed if it is 304, and its validator."""
    representation = choice.representation
    response = Response(content_type=representation.content_type)
    tag = entity_tag(representation, state)
    response.set_etag(tag)
    response.headers["Cache-Control"] = REVALIDATE
    _vary(response, choice)
    for link in links:
        if representation is JSON_LD and link.relation == "alternate":
            continue  # PyLD, Python's JSON-LD library, fails on a document with several
        response.headers.add("Link", str(link))
    if path is not None:
        response.headers["Content-Location"] = iri_to_uri(f"{path}.{representation.extension}")
    if representation is HTML:
        response.headers["Content-Language"] = language()
        remember_language(response)
    if request.if_none_match.contains_weak(tag):
        response.status_code = HTTPStatus.NOT_MODIFIED
        del response.headers["Content-Type"]
    return response, tag


def _vary(response: Response, choice: Choice) -> None:
    if not choice.fixed:
        response.vary.add("Accept")
    if choice.representation is HTML:
        response.vary.update(["Accept-Language", "Cookie"])


@lru_cache(maxsize=1)
def _software() -> str:
    """Return a digest of this package's files: a page changes when its template does."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".html", ".rq", ".po", ".css", ".ttl"}:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
