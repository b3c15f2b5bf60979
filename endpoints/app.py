"""The Flask application: blueprints, languages, errors as answers, headers that every answer carries."""

from __future__ import annotations

import logging
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestedRangeNotSatisfiable,
    RequestEntityTooLarge,
)

from endpoints import content_policy
from endpoints.answers import REQUEST_ID
from endpoints.compression import install_compression
from endpoints.examples import load_examples
from endpoints.languages import install_languages
from endpoints.list_request import COLLECTIONS
from endpoints.parameters import LANGUAGE
from endpoints.presentation import install_presentation
from endpoints.problems import (
    BadRequestError,
    HttpError,
    MethodNotAllowedError,
    NotFoundError,
    RangeNotSatisfiableError,
    TooLargeError,
    problem_response,
)
from endpoints.search_request import FACETS
from endpoints.serving import Serving, let_go, served_release
from endpoints.structured_data import install_structured_data
from endpoints.template_texts import TranslatedEnvironment
from publisher.errors import AnnuaireError, ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project

BLUEPRINTS = (
    "resources",
    "lists",
    "search",
    "vocabulary",
    "ontology",
    "catalog",
    "dumps",
    "quality",
    "reviews",
    "home",
    "health",
    "geojson",
    "locator",
    "ogc",
    "sitemap",
    "questions",
    "dataset",
    "editor",
    "cite",
    "about",
    "api_guide",
    "explanation",
    "suggestions",
    "reconciliation",
    "feeds",
    "history",
    "ldes",
    "comparisons",
    "releases",
    "sparql",
    "table_review",
    "territories",
)
"""The modules whose `blueprint` makes up the site, in no particular order."""

_PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Link, ETag, Location, Content-Location, Annuaire-Release, Retry-After, X-Request-Id"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    content_policy.HEADER: content_policy.POLICY,
    "Permissions-Policy": _PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match, Range",
    "Access-Control-Max-Age": "86400",
}
_LONGEST_PATH = 256
_log = logging.getLogger(__name__)


def create_app(project: Project, runtime: Path) -> Flask:
    """Return the application that serves the release named by the runtime directory's link."""
    app = Flask("endpoints", static_folder="static", template_folder="templates")
    app.jinja_environment = TranslatedEnvironment
    app.extensions["annuaire"] = Serving(project, runtime)
    app.extensions["annuaire"].parameters = _parameters()
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    packaged = FileSystemLoader(f"{app.root_path}/templates")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(str(project.directory / "templates")), packaged])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_compression(app)
    install_languages(app)
    install_presentation(app)
    install_structured_data(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"endpoints.{name}").blueprint)
    app.register_error_handler(AnnuaireError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http_exception)
    app.register_error_handler(Exception, _answer_unexpected)
    app.after_request(_complete)
    app.teardown_appcontext(let_go)
    return app


def _parameters() -> frozenset[str]:
    """Return the parameters that facets, filters and questions add to those of any page."""
    filters = [name for each in COLLECTIONS.values() for name in each.filters]
    asked = [each.name for example in load_examples() for each in example.parameters if each.kind != LANGUAGE]
    return frozenset([*FACETS, *filters, *asked])


def _answer_error(error: AnnuaireError) -> Response:
    return problem_response(error, request)


def _answer_http_exception(error: HTTPException) -> Response:
    """Give werkzeug's own errors our texts and formats."""
    if isinstance(error, MethodNotAllowed):
        return _answer_error(MethodNotAllowedError(tuple(error.valid_methods or ())))
    if isinstance(error, NotFound):
        return _answer_error(NotFoundError.at(request.path))
    if isinstance(error, RequestedRangeNotSatisfiable):
        return _answer_error(RangeNotSatisfiableError(error.length))
    if isinstance(error, RequestEntityTooLarge):
        return _answer_error(TooLargeError("envoi trop volumineux", "the content is too large"))
    return _answer_error(BadRequestError("demande mal formée", "malformed request"))


def _answer_unexpected(error: Exception) -> Response:
    """Say nothing of an unforeseen error to the client, everything to the log."""
    number = request.environ.get(REQUEST_ID, "")
    facts = {"request_id": number, "method": request.method, "path": request.path[:_LONGEST_PATH]}
    _log.error("unexpected error", exc_info=error, extra={"event": "error", "facts": facts})
    fr, en = (f" : {number}", f": {number}") if number else ("", "")
    return _answer_error(
        HttpError(f"une erreur imprévue a été consignée{fr}", f"an unexpected error has been logged{en}")
    )


def _complete(response: Response) -> Response:
    """Add what every answer carries, redirects and errors included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    with suppress(ReleaseError):  # an answer before any release, of /health/live say, names none
        response.headers["Annuaire-Release"] = served_release().name
    if request.method == "OPTIONS":
        allowed = response.headers.get("Allow", "GET, HEAD, OPTIONS")
        response.headers.setdefault("Access-Control-Allow-Methods", allowed)
        for name, value in _PREFLIGHT.items():
            response.headers.setdefault(name, value)
    return response
