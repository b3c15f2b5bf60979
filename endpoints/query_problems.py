"""The errors of a query's evaluation as HTTP errors."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from endpoints.evaluation.errors import (
    AnswerCutError,
    AnswerTooLargeError,
    ClientBusyError,
    EvaluationBusyError,
    EvaluationError,
    EvaluationUnavailableError,
    FederationError,
    FederationTimeoutError,
    QueryCrashedError,
    QueryMemoryError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    QueryTooComplexError,
    QueryTooLongError,
    QueryUnsupportedError,
)
from endpoints.problems import HttpError, problem_response
from publisher.representations import PROBLEM_JSON

if TYPE_CHECKING:
    from flask import Request, Response

RETRY_AFTER = 5
_LATER = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class _QueryProblemError(HttpError):
    """An HTTP error whose status comes from the evaluation error it stands for."""

    status: ClassVar[HTTPStatus]


def _problem(status: HTTPStatus, kind: str) -> type[_QueryProblemError]:
    return type(f"{kind}Problem", (_QueryProblemError,), {"status": status})


_PROBLEMS: dict[type[EvaluationError], type[_QueryProblemError]] = {
    kind: _problem(status, kind.__name__.removesuffix("Error"))
    for kind, status in (
        (QuerySyntaxError, HTTPStatus.BAD_REQUEST),
        (QueryTooLongError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (QueryTooComplexError, HTTPStatus.BAD_REQUEST),
        (QueryRefusedError, HTTPStatus.FORBIDDEN),
        (QueryTimeoutError, HTTPStatus.GATEWAY_TIMEOUT),
        (QueryMemoryError, HTTPStatus.INSUFFICIENT_STORAGE),
        (AnswerTooLargeError, HTTPStatus.INSUFFICIENT_STORAGE),
        (QueryUnsupportedError, HTTPStatus.BAD_REQUEST),
        (QueryCrashedError, HTTPStatus.INSUFFICIENT_STORAGE),
        (AnswerCutError, HTTPStatus.BAD_GATEWAY),
        (FederationTimeoutError, HTTPStatus.GATEWAY_TIMEOUT),
        (FederationError, HTTPStatus.BAD_GATEWAY),
        (ClientBusyError, HTTPStatus.TOO_MANY_REQUESTS),
        (EvaluationBusyError, HTTPStatus.SERVICE_UNAVAILABLE),
        (EvaluationUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
        (EvaluationError, HTTPStatus.INTERNAL_SERVER_ERROR),
    )
}


def http_error(error: EvaluationError) -> HttpError:
    """Return the HTTP error that tells a client of an evaluation error."""
    kind = next(problem for known, problem in _PROBLEMS.items() if isinstance(error, known))
    problem = kind(error.texts["fr"], error.texts["en"])
    if kind.status in _LATER:
        problem.headers["Retry-After"] = str(RETRY_AFTER)
    return problem


def query_problem_response(error: EvaluationError, request: Request) -> Response:
    """Return an evaluation error as an answer; a problem document names the reason, and the place of a mistake."""
    response = problem_response(http_error(error), request)
    if response.mimetype == PROBLEM_JSON.media_type:
        report = error.report()
        members = {name: report[name] for name in ("reason", "line", "column") if report.get(name) is not None}
        problem = {**json.loads(response.get_data()), **members}
        response.set_data(json.dumps(problem, ensure_ascii=False, indent=1) + "\n")
    return response
