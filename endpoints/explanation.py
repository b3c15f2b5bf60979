"""Why an address answers as it does: the Accept header received, the representation chosen, what else there is.

It asks this very application, so that what is explained is what happens. Never cached: the answer is the client's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, request

from endpoints.languages import language
from endpoints.negotiation import negotiate, weigh
from endpoints.problems import BadRequestError
from endpoints.serving import serving
from publisher.representations import HTML, JSON, by_media_type

if TYPE_CHECKING:
    from endpoints.negotiation import Weight

blueprint = Blueprint("explanation", __name__)

PATH = "/representation"
_NOTHING = "application/x-nothing"
"""A media type that nothing is available as: asking for it makes an address list what there is (406)."""

_EXCLUDED = (PATH, "/sparql", "/reconcile", "/health", "/static")
"""Addresses whose answer depends on more than a path and a header."""

_NONE = HTTPStatus.NOT_ACCEPTABLE
_LONGEST = 300
_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TRIED = (_BROWSER, "*/*", "text/turtle", "application/ld+json, text/turtle;q=0.5", "text/csv", "image/png")
"""Headers to try, as browsers and programs send them."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One representation of an address: its own address, its type, and how the header weighs it."""

    href: str
    media_type: str
    weight: Weight
    chosen: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of a request for `path` with this Accept header; `reason` names the rule that decided."""

    path: str
    accept: str | None
    status: int
    media_type: str | None
    location: str | None
    reason: str
    alternatives: tuple[Alternative, ...]


@blueprint.get(PATH)
def representation() -> Response:
    """Answer with the explanation, as a page or as JSON; `accept` stands in for the header, to try another."""
    accept = request.args.get("accept", request.headers.get("Accept"))
    found = explain(_asked_path(), accept)
    form = negotiate(request.headers.get("Accept"), (JSON, HTML)) or JSON
    if form is HTML:
        body = render_template("representation.html", found=found, tried=TRIED, own="accept" not in request.args)
    else:
        body = json.dumps(_told(found), ensure_ascii=False, indent=1) + "\n"
    response = Response(body, content_type=form.content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    if form is HTML:
        response.headers["Content-Language"] = language()
    return response


def explain(path: str, accept: str | None) -> Explanation:
    """Return what a request for a path gives."""
    answered = _ask(path, accept)
    offered = _ask(path, _NOTHING)
    listed = (offered.get_json(silent=True) or {}).get("alternatives", []) if offered.status_code == _NONE else []
    media_type = answered.mimetype if answered.status_code not in {_NONE, HTTPStatus.SEE_OTHER} else None
    alternatives = tuple(
        Alternative(each["href"], each["type"], weigh(accept, by_media_type(each["type"])), each["type"] == media_type)
        for each in listed
    )
    location = answered.headers.get("Location")
    reason = _reason(path, accept, answered, alternatives)
    return Explanation(path, accept, answered.status_code, media_type, location, reason, alternatives)


def _reason(path: str, accept: str | None, answered: Response, alternatives: tuple[Alternative, ...]) -> str:
    """Return the rule that decided: see the texts of the page."""
    if answered.status_code >= HTTPStatus.BAD_REQUEST:
        return "refused" if answered.status_code == _NONE else "error"
    if answered.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        return "redirected"
    if not alternatives:
        return "extension" if "." in path.rpartition("/")[2] else "only"
    if not accept:
        return "absent"
    best = [each for each in alternatives if each.weight == max(other.weight for other in alternatives)]
    return "first" if len(best) > 1 else "best"


def _ask(path: str, accept: str | None) -> Response:
    """Return what this application answers, in a context of its own."""
    headers = {} if accept is None else {"Accept": accept}
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 — the way Flask documents
    with app.app_context(), app.test_request_context(path, headers=headers):  # a `g` of its own, too
        answered: Response = app.full_dispatch_request()
        answered.close()
        return answered


def _asked_path() -> str:
    """Return the address to explain, without parameters; only pages and documents of this site.

    Raises:
        BadRequestError: it is no such address.
    """
    asked = request.args.get("de", "/")
    path = urlsplit(asked).path
    if not asked.startswith("/") or asked.startswith(("//", *_EXCLUDED)) or len(asked) > _LONGEST:
        raise BadRequestError(
            "« de » : une adresse de ce site est attendue, comme /doc/departement/69",
            "'de': an address of this site is expected, such as /doc/departement/69",
        )
    return path


def _told(found: Explanation) -> dict[str, Any]:
    """Return an explanation as plain JSON values, with a line of curl for each form."""
    base = serving().project.base_uri
    return {
        **asdict(found),
        "alternatives": [{**asdict(each), "weight": each.weight._asdict()} for each in found.alternatives],
        "curl": [f"curl -H 'Accept: {each.media_type}' {base}{found.path}" for each in found.alternatives],
    }
