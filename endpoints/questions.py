"""The catalogue of questions: `/questions`, and an address for each question with its parameters.

A question is asked of the query processes like any other SPARQL text. Its answer is a page (a table, beside it a chart
or a map), CSV or SPARQL JSON; the questions themselves are RDF (endpoints.question_graph).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from endpoints.answers import Choice, Link, alternates, answer, choose, extension_of
from endpoints.charts import draw_bars, draw_map
from endpoints.choices import Asked, UnknownValueError, pickers, read_values
from endpoints.evaluation.client import evaluate
from endpoints.evaluation.errors import EvaluationError
from endpoints.evaluation.frames import QueryRequest
from endpoints.evaluation.limits import Limits
from endpoints.examples import THEMES, Example, load_examples
from endpoints.languages import language
from endpoints.parameters import LANGUAGE
from endpoints.presentation import href
from endpoints.problems import NotFoundError, problem_response
from endpoints.query_problems import query_problem_response
from endpoints.question_graph import PATH, describe_questions
from endpoints.question_tables import points, question_table
from endpoints.remote import evaluate_remote, is_remote
from endpoints.result_tables import ResultTable, read_table
from endpoints.serving import served_release, serving
from publisher.representations import (
    GRAPH_DOCUMENTS,
    HTML,
    PROBLEM_JSON,
    RESULTS_CSV,
    RESULTS_JSON,
    TURTLE,
    Representation,
)

if TYPE_CHECKING:
    from pathlib import Path

    from endpoints.evaluation.client import Answer

blueprint = Blueprint("questions", __name__)

OFFERED = (HTML, *GRAPH_DOCUMENTS)
RESULTS = {"SELECT": (RESULTS_CSV, RESULTS_JSON), "ASK": (RESULTS_JSON,)}
OUTLINES = "data/territoires/departements.geojson"
_ANSWER_BYTES = 32 * 1024 * 1024


@blueprint.get(PATH)
def questions() -> Response:
    """Answer with the catalogue of questions, as a page or as RDF."""
    return _catalogue(choose(PATH, OFFERED))


@blueprint.get(f"{PATH}.<extension>")
def questions_as(extension: str) -> Response:
    """Answer with the catalogue in the representation that the extension names."""
    found = next((r for r in OFFERED if r.extension == extension), None)
    if found is None:
        raise NotFoundError.at(request.path)
    return _catalogue(Choice(found, fixed=True))


@blueprint.get(f"{PATH}/<name>")
def question(name: str) -> Response:
    """Answer a question: a page, its result as CSV or JSON, or the question itself as RDF."""
    key, fixed = _split(name)
    example = next((each for each in load_examples() if each.key == key), None)
    offered = (HTML, *(RESULTS.get(example.form, ()) if example else ()), *GRAPH_DOCUMENTS)
    if example is None or (fixed and fixed not in offered):
        raise NotFoundError.at(request.path)
    path = f"{PATH}/{key}"
    choice = choose(path, offered, fixed)
    found = choice.representation
    if found in GRAPH_DOCUMENTS:
        graph = describe_questions([example], serving().project)
        return answer(choice, lambda: serving().serialiser.write(graph, found), path=path)
    asked = read_values(example, page=found is HTML)
    if found is HTML:
        return answer(choice, lambda: _page(example, asked), links=_links(path, example, asked))
    return answer(choice, lambda: _ask(example, asked, found).read(), links=_links(path, example, asked))


@blueprint.errorhandler(EvaluationError)
def explain(error: EvaluationError) -> Response:
    """Tell why a question has no answer at the moment."""
    return query_problem_response(error, request)


@blueprint.errorhandler(UnknownValueError)
def propose(error: UnknownValueError) -> Response:
    """Tell that a value is unknown: to a browser in the form, with proposals; to a program as a problem."""
    response = problem_response(error, request)
    if response.mimetype == HTML.media_type:
        key, _ = _split(str((request.view_args or {}).get("name")))
        example = next(each for each in load_examples() if each.key == key)
        values = {each.name: request.args.get(each.name, "") for each in example.parameters if each.kind != LANGUAGE}
        response.set_data(_form(example, values, error=error))
    elif response.mimetype == PROBLEM_JSON.media_type:
        proposed = [{"value": choice.value, "name": choice.name} for choice in error.proposals]
        problem = {**json.loads(response.get_data()), "parameter": error.parameter.name, "proposals": proposed}
        response.set_data(json.dumps(problem, ensure_ascii=False, indent=1) + "\n")
    return response


def _split(name: str) -> tuple[str, Representation | None]:
    if name.endswith(".json"):
        return name.removesuffix(".json"), RESULTS_JSON
    return extension_of(name)


def _catalogue(choice: Choice) -> Response:
    examples = load_examples()

    def build() -> str | bytes:
        if choice.representation is HTML:
            ordered = sorted(examples, key=lambda example: all(p.kind == LANGUAGE for p in example.parameters))
            themes = {theme: [each for each in ordered if each.theme == theme] for theme in THEMES}
            return render_template("questions.html", themes=themes, asked_language=LANGUAGE)
        graph = describe_questions(examples, serving().project)
        return serving().serialiser.write(graph, choice.representation)

    return answer(choice, build, path=PATH, links=alternates(PATH, OFFERED))


def _links(path: str, example: Example, asked: Asked) -> list[Link]:
    """Return the links to the same answer in other formats, and to the question as RDF."""
    named = {"csv": RESULTS_CSV, "json": RESULTS_JSON}
    results = [
        Link(href(f"{path}.{extension}", **asked.picked), "alternate", representation.media_type)
        for extension, representation in named.items()
        if representation in RESULTS.get(example.form, ())
    ]
    return [*results, Link(f"{path}.ttl", "describedby", TURTLE.media_type)]


def _ask(example: Example, asked: Asked, representation: Representation) -> Answer:
    """Have the query processes answer a question."""
    served = served_release()
    wanted = QueryRequest(example.bound(asked.terms), representation.name, answer_bytes=_ANSWER_BYTES)
    if is_remote(served.release):
        return evaluate_remote(served.release, wanted, Limits.of(serving().project.service))
    return evaluate(serving().socket(served), wanted)


def _page(example: Example, asked: Asked) -> str:
    representation = TURTLE if example.form == "CONSTRUCT" else RESULTS_JSON
    with _ask(example, asked, representation) as found:
        table = read_table(found, serving().minter)
    shown = question_table(example, table, language()) if table.boolean is None and table.text is None else None
    drawings = _drawings(example, table, serving().project.directory)
    return _form(example, asked.values, asked=asked, result=table, table=shown, **drawings)


def _form(example: Example, values: dict[str, str], **shown: object) -> str:
    return render_template(
        "question.html", question=example, values=values, pickers=pickers(example), hidden=LANGUAGE, **shown
    )


def _drawings(example: Example, table: ResultTable, directory: Path) -> dict[str, object]:
    if example.chart is None or not table.rows:
        return {}
    series = points(example.chart, table)
    if example.chart.kind == "map":
        return {"map": draw_map(series, directory / OUTLINES)}
    return {"bars": draw_bars(series), "series": len(series)}
