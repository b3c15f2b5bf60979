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
from endpoints.openapi import describe_service
from endpoints.serving import served_release, serving
from publisher.representations import OPENAPI_3_1

if TYPE_CHECKING:
    from endpoints.api_operations import Operation

blueprint = Blueprint("api_guide", __name__)

DESCRIPTION = "/openapi.json"
_COMPANY = NamedNode("http://www.w3.org/ns/legal#LegalEntity")
_NO_COMPANY = "000000000"


@blueprint.get("/api")
def guide() -> Response:
    """Answer with every path, each with a line of curl that works on this release."""
    links = [Link(DESCRIPTION, "service-desc", OPENAPI_3_1.media_type)]
    return page(lambda: render_template("api.html", groups=_groups(), parameters=PARAMETERS), links)


@blueprint.get(DESCRIPTION)
def description() -> Response:
    """Answer with the same in OpenAPI."""
    return answer(
        Choice(OPENAPI_3_1, fixed=True),
        lambda: json.dumps(describe_service(serving().project), ensure_ascii=False, indent=1) + "\n",
    )


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
