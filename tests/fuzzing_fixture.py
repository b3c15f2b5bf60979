"""The service's OpenAPI description, as schemathesis takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from schemathesis import CheckFunction
    from schemathesis.schemas import APIOperation, BaseSchema

DESCRIPTION = "/openapi.json"
CHECKS: tuple[CheckFunction, ...] = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
"""Other methods are refused everywhere, and cases are not related: tests of their own see that."""

_LANGUAGES = frozenset({"/sparql", "/reconcile", "/ogc/collections/{collection}/items"})
"""Paths whose parameters are in a language of their own, of which JSON Schema cannot tell right from wrong."""

_FORM = "/verifier"
"""Where any file is right, and other fields of the form do not count."""


def checks_of(path: str) -> list[CheckFunction]:
    """Return what is checked of the answers of a path."""
    if path == _FORM:
        return [*CHECKS]
    if path in _LANGUAGES:
        return [*CHECKS, negative_data_rejection]
    return [*CHECKS, negative_data_rejection, positive_data_acceptance]


def describe(address: str) -> BaseSchema:
    """Return the description that a service gives, to be asked of that very service."""
    written = schemathesis.serializer("application/sparql-query")
    written(lambda _, value: str(value).encode("utf-8", "replace"))
    schema = schemathesis.openapi.from_url(f"{address}{DESCRIPTION}")
    schema.config.update(base_url=address)
    return schema


def operations_of(schema: BaseSchema) -> list[APIOperation[Any, Any, Any, Any]]:
    """Return the operations of a description, all of which are well formed."""
    found = []
    for each in schema.get_all_operations():
        assert isinstance(each, Ok), each
        found.append(each.ok())
    return found
