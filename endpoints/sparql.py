"""`/sparql`: the SPARQL 1.1 protocol over the release served, and the page for those who come with a browser.

Complete in itself; behind endpoints.edge only pages, descriptions and problems are made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from endpoints.answers import REVALIDATE, Choice, answer
from endpoints.cut_answers import stream
from endpoints.dataset import dataset_triples
from endpoints.evaluation import guard
from endpoints.evaluation.client import evaluate
from endpoints.evaluation.errors import EvaluationError
from endpoints.evaluation.limits import Limits
from endpoints.examples import load_examples
from endpoints.federation_calls import Errand
from endpoints.languages import language
from endpoints.negotiation import negotiate
from endpoints.problems import NotAcceptableError, TooLargeError
from endpoints.query_problems import http_error, query_problem_response
from endpoints.remote import evaluate_remote, is_remote
from endpoints.result_tables import read_table
from endpoints.service_description import PATH, describe_service
from endpoints.serving import served_release, serving
from endpoints.sparql_plans import Plan, plan_answer
from endpoints.sparql_protocol import Sent, read_operation, results_of
from publisher.representations import GRAPH_DOCUMENTS, HTML

if TYPE_CHECKING:
    from endpoints.evaluation.client import Answer

MAX_BODY = 1 << 20

blueprint = Blueprint("sparql", __name__)


@blueprint.route(PATH, methods=["GET", "POST"])
@blueprint.route(PATH + "/", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, describe the service, or show the form to a browser."""
    release = served_release()
    operation = read_operation(_sent())
    if operation is None:
        return _present()
    trusted = serving().project.service.federation
    plan = plan_answer(operation, request.headers.get("Accept"), release.name, guard.MAX_LENGTH, trusted)
    if plan.representation is HTML:
        return show_answer(plan, None)
    response = Response(content_type=plan.representation.content_type)
    if not plan.fixed:
        response.vary.add("Accept")
    response.headers["Cache-Control"] = REVALIDATE
    if not _unchanged(response, plan.tag):
        _stream(_ask(plan), response)
    return response


@blueprint.errorhandler(EvaluationError)
def explain(error: EvaluationError) -> Response:
    """Tell what is wrong with a query: to a browser in the form itself, to a program as a problem."""
    response = query_problem_response(error, request)
    if response.mimetype == HTML.media_type:
        text = request.values.get("query", "")
        response.set_data(_page(text, error=http_error(error).texts[language()]))
    return response


def show_answer(plan: Plan, found: Answer | None) -> Response:
    """Return the page that shows an answer, asked for here unless it is given."""
    response = Response(content_type=HTML.content_type)
    response.vary.update(["Accept-Language", "Cookie"] if plan.fixed else ["Accept", "Accept-Language", "Cookie"])
    response.headers["Cache-Control"] = REVALIDATE
    if _unchanged(response, plan.tag and f"{plan.tag}-{language()}"):
        return response
    with found or _ask(plan) as rows:
        table = read_table(rows, serving().minter)
    response.set_data(_page(plan.operation.query, table=table, formats=results_of(plan.form)))
    return response


def _sent() -> Sent:
    if (request.content_length or 0) > MAX_BODY:
        raise TooLargeError.of_body(MAX_BODY)
    request.max_content_length = MAX_BODY
    address = request.query_string.decode("ascii", "surrogateescape")
    return Sent(request.method, address, request.headers.get("Content-Type"), request.get_data(parse_form_data=False))


def _present() -> Response:
    found = negotiate(request.headers.get("Accept"), (*GRAPH_DOCUMENTS, HTML))
    if found is None:
        raise NotAcceptableError.among([(PATH, r) for r in (*GRAPH_DOCUMENTS, HTML)])
    choice = Choice(found, fixed=False)
    if found is HTML:
        return answer(choice, lambda: _page(""))
    project, serialiser, release = serving().project, serving().serialiser, served_release().release
    void, address = dataset_triples(release), _forwarded_address()
    triples = int(release.manifest.get("triples", 0))  # a store on disk is read whole to be counted
    return answer(
        choice,
        lambda: serialiser.write(describe_service(project, triples, void, address), found),
        state=f"{release.name}-{address}" if address else None,
    )


def _forwarded_address() -> str:
    """Return the service's address as a trusted proxy gives it, when the settings list the host; else nothing."""
    host = request.headers.get("X-Forwarded-Host", "").lower()
    if host not in serving().project.service.hosts:
        return ""
    scheme = "http" if request.headers.get("X-Forwarded-Proto") == "http" else "https"
    return f"{scheme}://{host}{PATH}"


def _unchanged(response: Response, tag: str | None) -> bool:
    """Give an answer its validator; return whether the client holds it already."""
    if tag is None or request.method == "POST":
        return False
    response.set_etag(tag)
    if not request.if_none_match.contains_weak(tag):
        return False
    response.status_code = 304
    return True


def _ask(plan: Plan) -> Answer:
    served = served_release()
    settings = serving().project
    asked = plan.request(settings.base_uri)
    if plan.calls:
        asked = Errand(asked, plan.calls, settings.service.deadline).run()
    if is_remote(served.release):
        return evaluate_remote(served.release, asked, Limits.of(settings.service))
    return evaluate(serving().socket(served), asked)


def _stream(found: Answer, response: Response) -> None:
    """Let the answer flow into the response; a client that leaves, or a HEAD, ends the query."""
    response.call_on_close(found.close)
    response.response = stream(found)
    if found.length is not None:
        response.content_length = found.length


def _page(query: str, **shown: object) -> str:
    return render_template("sparql.html", query=query, examples=load_examples(), **shown)
