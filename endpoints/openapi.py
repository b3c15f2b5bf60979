"""The description of the service for programs, `/openapi.json`, as OpenAPI 3.1.0 has it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from endpoints.api_further import FURTHER, FURTHER_GROUPS
from endpoints.api_parameters import PARAMETERS, SCHEMAS
from endpoints.api_paths import GROUPS, OPERATIONS
from endpoints.geo_features import COLLECTIONS
from endpoints.list_request import COLLECTIONS as LISTS
from endpoints.problems import OFFERED, TITLES
from endpoints.search_request import FACETS, ORDERS, VIEWS
from endpoints.searches import SEARCHABLE
from publisher.fingerprint import software_version
from publisher.representations import HTML, JSON, PROBLEM_JSON

if TYPE_CHECKING:
    from endpoints.api_operations import Operation
    from publisher.project import Project

_ALWAYS = (400, 404, 406, 429, 503)
_SENT = (408, 413, 415)
_EVALUATED = (403, 413, 502, 504, 507)
_OTHERS: dict[str, tuple[int, ...]] = {
    "/id/{class}/{key}": (301, 410),
    "/doc/{class}/{key}": (301, 410),
    "/doc/{class}/{key}.{extension}": (301, 410),
    "/history/{class}/{key}": (301, 410),
    "/history/{class}/{key}.{extension}": (301, 410),
    "/history/{class}/{key}/{number}": (410,),
    "/sparql": _EVALUATED,
    "/territoires": (303,),
    "/questions/{question}": _EVALUATED,
    "/dumps/{file}": (206, 416),
    "/dumps/{release}/{file}": (206, 416),
    "/history/{number}.nq.gz": (206, 416),
}
"""What a path may answer with, besides what every path may."""

_LENIENT = "/reconcile"
"""Where a number that is none counts as absent."""

_TEXT = {"type": "string"}
_BODIES: dict[str, dict[str, Any]] = {
    "/sparql": {
        "application/sparql-query": {"schema": _TEXT, "example": "ASK { ?s ?p ?o }"},
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "properties": {"query": _TEXT}, "required": ["query"]}
        },
    },
    "/reconcile": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "properties": {"queries": _TEXT, "extend": _TEXT},
                "anyOf": [{"required": ["queries"]}, {"required": ["extend"]}],
            },
            "example": {"queries": '{"q0": {"query": "Lyon"}}'},
        }
    },
    "/verifier": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "fichier": {"type": "string", "format": "binary"},
                    "table": _TEXT,
                    "rendu": {"type": "string", "example": "tableau"},
                },
                "required": ["fichier"],
            }
        }
    },
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": _TEXT,
        "status": {"type": "integer"},
        "title": _TEXT,
        "detail": _TEXT,
        "texts": {"type": "object", "additionalProperties": _TEXT},
        "alternatives": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "status", "title", "detail"],
}


def describe_service(project: Project) -> dict[str, Any]:
    """Return the description: every path of the service, what it takes and what it may answer."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in (*OPERATIONS, *FURTHER):
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    groups = {**GROUPS, **FURTHER_GROUPS}
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
        "tags": [{"name": name, "description": f"{text['fr']} / {text['en']}"} for name, text in groups.items()],
        "paths": paths,
        "components": {
            "responses": {_name(status): _problem(status) for status in TITLES},
            "schemas": {"Problem": _PROBLEM},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    identifier = "-".join(part.strip("{}.") for part in operation.path.split("/") if part) or "home"
    asked = operation.parameters if HTML not in operation.answers else (*operation.parameters, "lang")
    described: dict[str, Any] = {
        "operationId": f"{operation.method}-{identifier}",
        "tags": [operation.group],
        "summary": operation.texts["fr"],
        "description": operation.texts["en"],
        "parameters": [
            *(_parameter(name, "path", operation) for name in operation.path_parameters),
            *(_parameter(name, "query", operation) for name in asked),
        ],
        "responses": _responses(operation),
    }
    if operation.method == "post":
        described["requestBody"] = {"required": True, "content": _BODIES[operation.path]}
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {each.media_type: {} for each in operation.answers}
    found: dict[str, Any] = {str(operation.status): {"description": operation.texts["en"]}}
    if content:
        found[str(operation.status)]["content"] = content
    others = {*_ALWAYS, *_OTHERS.get(operation.path, ()), *(_SENT if operation.method == "post" else (304,))}
    for status in sorted(HTTPStatus(each) for each in others):
        if status >= HTTPStatus.BAD_REQUEST:
            found[str(int(status))] = {"$ref": f"#/components/responses/{_name(status)}"}
        else:
            found[str(int(status))] = {"description": status.phrase}
    for code, told in found.items():
        if code.startswith("3") and code != "304":
            told["headers"] = {"Location": {"schema": _TEXT}}
    return found


def _parameter(name: str, place: str, operation: Operation) -> dict[str, Any]:
    text = PARAMETERS[name]
    schema = dict(_TEXT if operation.path.startswith(_LENIENT) else {**_TEXT, **SCHEMAS.get(name, {})})
    if name in (choices := _choices(operation)):
        schema["enum"] = [*choices[name], ""]
    elif name == "extension":
        schema["enum"] = list(dict.fromkeys(each.extension for each in operation.answers))
    elif name == "collection":
        schema["enum"] = list(COLLECTIONS)
    if name in FACETS and _list_of(operation) in SEARCHABLE:
        schema = {"type": "array", "items": schema}
    described = {"name": name, "in": place, "description": f"{text['fr']} / {text['en']}", "schema": schema}
    if "example" in schema:
        described["example"] = schema.pop("example")
    elif "example" in schema.get("items", {}):
        described["example"] = [schema["items"].pop("example")]
    return {**described, "required": True} if place == "path" else described


def _choices(operation: Operation) -> dict[str, tuple[str, ...]]:
    """Return the values that the parameters of a list may have; an empty one counts as none."""
    name = _list_of(operation)
    if name in LISTS:
        return {"tri": LISTS[name].orders, "vue": LISTS[name].views}
    if name in SEARCHABLE:
        return {"tri": ORDERS, "vue": VIEWS} | {each.name: each.values for each in FACETS.values() if each.values}
    return {}


def _list_of(operation: Operation) -> str:
    return operation.path[1:].partition(".")[0]


def _name(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.name.split("_"))


def _problem(status: HTTPStatus) -> dict[str, Any]:
    content: dict[str, Any] = {each.media_type: {} for each in OFFERED}
    for each in (PROBLEM_JSON, JSON):
        content[each.media_type] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": " / ".join(TITLES[status]), "content": content}
