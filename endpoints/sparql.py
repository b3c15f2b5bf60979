"""`/sparql`: the SPARQL 1.1 protocol over the release served, and the page for those who come with a browser."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from endpoints.answers import REVALIDATE, Choice, answer
from endpoints.cut_answers import stream
from endpoints.evaluation import guard
from endpoints.evaluation.client import evaluate
from endpoints.evaluation.errors import EvaluationError
from endpoints.evaluation.frames import QueryRequest
from endpoints.examples import load_examples
from endpoints.languages import language
from endpoints.negotiation import negotiate
from endpoints.problems import NotAcceptableError
from endpoints.query_problems import http_error, query_problem_response
from endpoints.remote import evaluate_remote, is_remote
from endpoints.result_tables import read_table
from endpoints.service_description import PATH, describe_service
from endpoints.serving import served_release, serving
from endpoints.sparql_protocol import Operation, chosen_format, read_operation, results_of
from publisher.representations import GRAPH_DOCUMENTS, HTML, RESULTS_JSON, TURTLE, Representation

if TYPE_CHECKING:
    from endpoints.evaluation.client import Answer

blueprint = Blueprint("sparql", __name__)


@blueprint.route(PATH, methods=["GET", "POST"])
@blueprint.route(PATH + "/", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, describe the service, or show the form to a browser."""
    release = served_release()
    operation = read_operation(request)
    if operation is None:
        return _present(len(release.store))
    text = guard.inspect(operation.query)
    representation, fixed = _representation(operation, text.form)
    response = Response(content_type=representation.content_type)
    if not fixed:
        response.vary.add("Accept")
    response.headers["Cache-Control"] = REVALIDATE
    if request.method != "POST" and not text.varies:
        tag = _entity_tag(operation, representation, release.name)
        response.set_etag(tag)
        if request.if_none_match.contains_weak(tag):
            response.status_code = 304
            return response
    if representation is HTML:
        return _show(operation, response)
    _stream(_ask(operation, representation), response)
    return response


@blueprint.errorhandler(EvaluationError)
def explain(error: EvaluationError) -> Response:
    """Tell what is wrong with a query: to a browser in the form itself, to a program as a problem."""
    response = query_problem_response(error, request)
    if response.mimetype == HTML.media_type:
        text = request.values.get("query", "")
        response.set_data(_page(text, error=http_error(error).texts[language()]))
    return response


def _present(triples: int) -> Response:
    found = negotiate(request.headers.get("Accept"), (*GRAPH_DOCUMENTS, HTML))
    if found is None:
        raise NotAcceptableError.among([(PATH, r) for r in (*GRAPH_DOCUMENTS, HTML)])
    choice = Choice(found, fixed=False)
    if found is HTML:
        return answer(choice, lambda: _page(""))
    project, serialiser = serving().project, serving().serialiser
    return answer(choice, lambda: serialiser.write(describe_service(project, triples), found))


def _representation(operation: Operation, form: str | None) -> tuple[Representation, bool]:
    """Return what to answer with, and whether a parameter fixed it, whatever the Accept header says."""
    offered = (*results_of(form), HTML)
    named = chosen_format(operation.formats, offered)
    if named is not None:
        return named, True
    found = negotiate(request.headers.get("Accept"), offered)
    if found is None:
        raise NotAcceptableError.among([(PATH, r) for r in offered])
    return found, False


def _ask(operation: Operation, representation: Representation) -> Answer:
    served, base = served_release(), serving().project.base_uri + PATH
    asked = QueryRequest(
        operation.query, representation.name, operation.default_graphs, operation.named_graphs, base_iri=base
    )
    if is_remote(served.release):
        return evaluate_remote(served.release, asked)
    return evaluate(serving().socket(served), asked)


def _stream(found: Answer, response: Response) -> None:
    """Let the answer flow into the response; a client that leaves, or a HEAD, ends the query."""
    response.call_on_close(found.close)
    response.response = stream(found)
    if found.length is not None:
        response.content_length = found.length


def _show(operation: Operation, response: Response) -> Response:
    form = guard.inspect(operation.query).form
    table_format = RESULTS_JSON if RESULTS_JSON in results_of(form) else TURTLE
    with _ask(operation, table_format) as found:
        table = read_table(found, serving().minter)
    response.vary.update(["Accept-Language", "Cookie"])
    response.set_data(_page(operation.query, table=table, formats=results_of(form)))
    return response


def _page(query: str, **shown: object) -> str:
    return render_template("sparql.html", query=query, examples=load_examples(), **shown)


def _entity_tag(operation: Operation, representation: Representation, release: str) -> str:
    asked = [release, representation.name, operation.query, operation.default_graphs, operation.named_graphs]
    if representation is HTML:
        asked.append(language())
    return hashlib.sha256(json.dumps(asked).encode("utf-8", "surrogatepass")).hexdigest()[:32]
