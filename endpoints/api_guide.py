"""The guide for programs, `/api`, and its machine-readable form, `/openapi.json` (OpenAPI 3.1.0)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode
from rdflib.namespace import RDF

from endpoints.answers import Choice, Link, answer, page
from endpoints.api_parameters import PARAMETERS
from endpoints.api_paths import GROUPS, OPERATIONS
from endpoints.problems import TITLES
from endpoints.serving import served_release, serving
from publisher.fingerprint import software_version
from publisher.representations import OPENAPI_3_1, PROBLEM_JSON, TEXT

if TYPE_CHECKING:
    from http import HTTPStatus

    from endpoints.api_paths import Operation

blueprint = Blueprint("api_guide", __name__)

DESCRIPTION = "/openapi.json"
_COMPANY = NamedNode("http://www.w3.org/ns/legal#LegalEntity")
_NO_COMPANY = "000000000"
_PROBLEMS = ("BadRequest", "NotFound", "NotAcceptable", "ServiceUnavailable")


@blueprint.get("/api")
def guide() -> Response:
    """Answer with every path, each with a line of curl that works on this release."""
    links = [Link(DESCRIPTION, "service-desc", OPENAPI_3_1.media_type)]
    return page(lambda: render_template("api.html", groups=_groups(), parameters=PARAMETERS), links)


@blueprint.get(DESCRIPTION)
def description() -> Response:
    """Answer with the same in OpenAPI."""
    return answer(Choice(OPENAPI_3_1, fixed=True), lambda: json.dumps(_openapi(), ensure_ascii=False, indent=1) + "\n")


def example_of(operation: Operation) -> str:
    """Return an operation's line of curl, with a company and a release that are there."""
    values = {"base": serving().project.base_uri, "siren": _company(), "release": served_release().name}
    line = operation.curl
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", value)
    return line


def _company() -> str:
    found = next(served_release().store.quads_for_pattern(None, NamedNode(str(RDF.type)), _COMPANY), None)
    return found.subject.value.rpartition("/")[2] if found and isinstance(found.subject, NamedNode) else _NO_COMPANY


def _groups() -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "title": title,
            "operations": [(each, example_of(each)) for each in OPERATIONS if each.group == name],
        }
        for name, title in GROUPS.items()
    ]


def _openapi() -> dict[str, Any]:
    project = serving().project
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": project.title["fr"],
            "summary": project.title["en"],
            "description": project.description["fr"],
            "version": software_version(),
            "contact": {"name": project.publisher_name, "email": project.contact_email, "url": project.contact_url},
            "license": {"name": "Licence des données / licence of the data", "url": project.licence},
        },
        "servers": [{"url": project.base_uri}],
        "tags": [{"name": name, "description": f"{text['fr']} / {text['en']}"} for name, text in GROUPS.items()],
        "paths": paths,
        "components": {
            "responses": {name: _problem(status) for status in TITLES if (name := _name(status)) in _PROBLEMS},
            "schemas": {"Problem": _PROBLEM},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    identifier = "-".join(part.strip("{}.") for part in operation.path.split("/") if part)
    answered: dict[str, Any] = {"description": operation.texts["en"]}
    if operation.status >= 300:  # noqa: PLR2004 — a redirection says where
        answered["headers"] = {"Location": {"schema": {"type": "string"}}}
    if operation.answers:
        answered["content"] = {each.media_type: {} for each in operation.answers}
    described: dict[str, Any] = {
        "operationId": f"{operation.method}-{identifier}",
        "tags": [operation.group],
        "summary": operation.texts["fr"],
        "description": operation.texts["en"],
        "parameters": [
            *(_parameter(name, "path") for name in operation.path_parameters),
            *(_parameter(name, "query") for name in operation.parameters),
        ],
        "responses": {
            str(operation.status): answered,
            **{
                str(int(status)): {"$ref": f"#/components/responses/{_name(status)}"}
                for status in TITLES
                if _name(status) in _PROBLEMS
            },
        },
    }
    if operation.method == "post":
        described["requestBody"] = {"required": True, "content": {_sent(operation): {"schema": {"type": "string"}}}}
    return described


def _sent(operation: Operation) -> str:
    return "application/sparql-query" if operation.path == "/sparql" else "application/x-www-form-urlencoded"


def _parameter(name: str, place: str) -> dict[str, Any]:
    text = PARAMETERS[name]
    described = {"name": name, "in": place, "description": f"{text['fr']} / {text['en']}", "schema": {"type": "string"}}
    return {**described, "required": True} if place == "path" else described


def _name(status: HTTPStatus) -> str:
    return status.phrase.replace(" ", "")


def _problem(status: HTTPStatus) -> dict[str, Any]:
    content = {PROBLEM_JSON.media_type: {"schema": {"$ref": "#/components/schemas/Problem"}}, TEXT.media_type: {}}
    return {"description": " / ".join(TITLES[status]), "content": content}


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "alternatives": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "status", "title", "detail"],
}
