"""`/reconcile`: the reconciliation service that OpenRefine and other clients speak to.

Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group, final report of 10 April 2023
(https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/). Identifiers of things are
their canonical IRIs. JSONP, optional since 0.2, is not offered; CORS is.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, render_template, request

from endpoints.answers import REVALIDATE, Choice, answer, choose
from endpoints.languages import language
from endpoints.problems import BadRequestError, NotFoundError, TooLargeError, UnsupportedMediaTypeError
from endpoints.reconciliation_data import extend
from endpoints.reconciliation_queries import MAX_BYTES, read_batch, read_object
from endpoints.reconciliation_service import (
    PATH,
    PREVIEW_SIZE,
    manifest,
    propose_properties,
    results,
    suggest_entities,
    suggest_terms,
    summary,
)
from endpoints.reconciliation_terms import TYPES, find_type, properties_of, type_reference
from endpoints.searching import Record, SearchIndex, search_index
from endpoints.serving import served_release, serving
from publisher.fingerprint import software_version
from publisher.names import clean
from publisher.representations import HTML, JSON

blueprint = Blueprint("reconciliation", __name__)

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_FRAMEABLE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)


@blueprint.get(PATH)
@blueprint.get(PATH + "/")
def service() -> Response:
    """Answer a batch or an extension given in the address; without one, with the manifest (a page to a browser)."""
    if "queries" in request.args or "extend" in request.args:
        return _answered(request.args)
    choice = choose(PATH, (JSON, HTML))
    if choice.representation is HTML:
        return _page(choice)
    return _json(manifest(serving().project, software_version(), language()), "Accept")


@blueprint.post(PATH)
@blueprint.post(PATH + "/")
def service_by_form() -> Response:
    """Answer a batch or an extension sent as a form."""
    if (request.content_length or 0) > MAX_BYTES:
        raise TooLargeError(f"envoi de plus de {MAX_BYTES} octets", f"more than {MAX_BYTES} bytes sent")
    if request.mimetype not in _FORMS:
        raise UnsupportedMediaTypeError(
            "envoi attendu en application/x-www-form-urlencoded",
            "content must be application/x-www-form-urlencoded",
        )
    request.max_content_length = request.max_form_memory_size = MAX_BYTES
    return _answered(request.values)


@blueprint.get(f"{PATH}.html")
def guide() -> Response:
    """Answer with the page that says how to use the service."""
    return _page(Choice(HTML, fixed=True))


@blueprint.get(f"{PATH}/suggest/<any(entity, property, type):name>")
def suggest(name: str) -> Response:
    """Answer with what completes the text being typed (API 0.2, § 6)."""
    prefix, cursor = request.args.get("prefix", "")[:200], _number("cursor") or 0
    if name == "entity":
        return _json(suggest_entities(_index(), prefix, find_type(request.args.get("type", "")), cursor, language()))
    return _json(suggest_terms(name, prefix, cursor, language()))


@blueprint.get(f"{PATH}/flyout/<any(entity, property, type):name>")
def flyout(name: str) -> Response:
    """Answer with a few lines of HTML about a suggestion, for the client to show beside it."""
    named = request.args.get("id", "")
    if name == "entity":
        shown = summary(_record(named), language())
    else:
        listed = TYPES if name == "type" else properties_of(None)
        found = next((each for each in listed if each.id == named), None)
        if found is None:
            raise NotFoundError.at(request.full_path)
        shown = {"name": found.names[language()], "line": found.id}
    return _json({"id": named, "html": render_template("reconciliation_bulle.html", shown=shown)})


@blueprint.get(f"{PATH}/preview")
def preview() -> Response:
    """Answer with a small page about a thing, which any site may frame (API 0.2, § 5)."""
    shown = summary(_record(request.args.get("id", "")), language())
    width, height = PREVIEW_SIZE
    page = render_template("reconciliation_apercu.html", shown=shown, path=serving().minter.path_of(shown["iri"]))
    response = _validated(page.encode(), HTML.content_type)
    response.headers["Content-Security-Policy"] = _FRAMEABLE
    response.headers["Content-Language"] = language()
    response.headers["Annuaire-Preview-Size"] = f"{width}x{height}"
    return response


@blueprint.get(f"{PATH}/view")
def view() -> Response:
    """Send a person from an identifier to the document about the thing (303 See Other)."""
    path = serving().minter.path_of(_record(request.args.get("id", ""))["iri"])
    if path is None:
        raise NotFoundError.at(request.full_path)
    return Response(f"{path}\n", status=303, content_type="text/plain; charset=utf-8", headers={"Location": path})


@blueprint.get(f"{PATH}/properties")
def properties() -> Response:
    """Answer with the properties that can be fetched for a type."""
    return _json(propose_properties(request.args.get("type"), _number("limit"), language()))


def _answered(parameters: Any) -> Response:
    if "queries" in parameters:
        return _json(results(_index(), read_batch(parameters["queries"]), language()))
    if "extend" in parameters:
        return _json(extend(_index(), read_object(parameters["extend"], "extend"), language()))
    raise BadRequestError("paramètre « queries » ou « extend » attendu", "parameter 'queries' or 'extend' expected")


def _index() -> SearchIndex:
    return search_index(serving(), served_release())


def _record(iri: str) -> Record:
    found = _index().named_thing(clean(iri))
    if found is None:
        raise NotFoundError.at(request.full_path)
    return found


def _number(name: str) -> int | None:
    """Return a parameter that is a whole number; another text counts as absent."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None  # noqa: PLR2004 — a million is plenty


def _page(choice: Choice) -> Response:
    def build() -> str:
        lang = language()
        types = [(type_reference(each, lang), properties_of(each)) for each in TYPES]
        return render_template("reconciliation.html", types=types)

    return answer(choice, build, path=PATH)


def _json(content: dict[str, Any], *vary: str) -> Response:
    try:
        body = json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character in a key that came from the client
        body = json.dumps(content).encode()
    return _validated(body, JSON.content_type, *vary)


def _validated(body: bytes, content_type: str, *vary: str) -> Response:
    """Return a body with its validator: a client that holds it gets 304."""
    response = Response(body, content_type=content_type)
    response.vary.update(["Accept-Language", "Cookie", *vary])
    response.headers["Cache-Control"] = REVALIDATE if request.method != "POST" else "no-store"
    if request.method != "POST":
        served_release()
        response.set_etag(hashlib.sha256(body).hexdigest()[:32])
        response.make_conditional(request)
    return response
