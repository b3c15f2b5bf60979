"""Reading a request of the SPARQL 1.1 protocol (https://www.w3.org/TR/sparql11-protocol/, §2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import UpdateRefusedError
from endpoints.problems import BadRequestError, TooLargeError, UnsupportedMediaTypeError
from publisher.identifiers import is_iri
from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS, HTML

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Request
    from werkzeug.datastructures import MultiDict

    from publisher.representations import Representation

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
MAX_BODY = 1 << 20

FORMAT_PARAMETERS = ("format", "output", "results")
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
_OTHER_NAMES = {
    "application/x-turtle": "turtle",
    "json-ld": "jsonld",
    "json+ld": "jsonld",
    "n-triples": "ntriples",
    "n-quads": "nquads",
    "rdf": "rdfxml",
    "rdf+xml": "rdfxml",
    "rdf/xml": "rdfxml",
    "xml": "rdfxml",
    "json": "jsonld",
    "ttl": "turtle",
}
"""How clients name the graph formats besides our names, extensions and media types."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A query operation: the text, the dataset asked for, and the formats named in parameters, in order."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: tuple[str, ...]


def read_operation(request: Request) -> Operation | None:
    """Return the query operation of a request, or None for a GET without a query.

    Raises:
        BadRequestError: no query or several, text that is not UTF-8, a graph that is no IRI.
        UnsupportedMediaTypeError, TooLargeError: a body that is not read here.
        UpdateRefusedError: an update.
    """
    if request.method != "POST":
        return _from_parameters(request.args, request.args, required=False)
    _check_length(request)
    if request.mimetype == FORM:
        request.max_form_memory_size = MAX_BODY
        return _from_parameters(request.form, request.args, required=True)
    if request.mimetype == UPDATE:
        raise UpdateRefusedError
    if request.mimetype != QUERY:
        raise UnsupportedMediaTypeError(f"envoi attendu en {FORM} ou {QUERY}", f"content must be {FORM} or {QUERY}")
    _check_charset(request.mimetype_params.get("charset", "utf-8"))
    try:
        text = request.get_data(cache=False).decode()
    except UnicodeDecodeError as error:
        raise BadRequestError("la requête n'est pas en UTF-8", "the query is not UTF-8") from error
    if "query" in request.args or "update" in request.args:
        raise BadRequestError(
            "requête donnée deux fois, dans le corps et en paramètre",
            "query given twice, in the body and as a parameter",
        )
    return _operation(text, request.args, request.args)


def chosen_format(formats: Sequence[str], offered: Sequence[Representation]) -> Representation | None:
    """Return the first named format that is among those offered; what is unknown or unfit is passed over."""
    for name in formats:
        found = _named(name, offered)
        if found is not None:
            return found
    return None


def results_of(form: str | None) -> tuple[Representation, ...]:
    """Return what a query form (`select`, `ask`, `construct`, `describe`, or unknown) can be answered with."""
    return GRAPH_RESULTS if form in {"construct", "describe"} else BINDINGS_RESULTS


def _named(name: str, offered: Sequence[Representation]) -> Representation | None:
    wish = name.partition(";")[0].strip().lower().replace(" ", "+")
    for representation in offered:
        names = {representation.name, representation.extension, representation.media_type, *representation.aliases}
        if wish in names:
            return representation
    other = _OTHER_NAMES.get(wish)
    return next((r for r in offered if r.name == other and r is not HTML), None)


def _from_parameters(
    parameters: MultiDict[str, str], address: MultiDict[str, str], *, required: bool
) -> Operation | None:
    if "update" in parameters or "update" in address:
        raise UpdateRefusedError
    queries = parameters.getlist("query")
    if len(queries) > 1:
        raise BadRequestError("paramètre « query » donné plusieurs fois", "parameter 'query' given several times")
    if not queries and not required:
        return None
    if not queries:
        raise BadRequestError("paramètre « query » absent", "parameter 'query' is missing")
    return _operation(queries[0], parameters, address)


def _operation(text: str, parameters: MultiDict[str, str], address: MultiDict[str, str]) -> Operation:
    sources = (parameters,) if parameters is address else (parameters, address)
    return Operation(
        text,
        _graphs(sources, "default-graph-uri"),
        _graphs(sources, "named-graph-uri"),
        tuple(value for source in sources for name in FORMAT_PARAMETERS for value in source.getlist(name)),
    )


def _graphs(sources: Sequence[MultiDict[str, str]], name: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(value for source in sources for value in source.getlist(name) if value))
    for value in found:
        if not is_iri(value):
            raise BadRequestError(f"{name} : « {value} » n'est pas un IRI absolu", f"{name}: not an absolute IRI")
    return found


def _check_length(request: Request) -> None:
    if (request.content_length or 0) > MAX_BODY:
        raise TooLargeError(f"envoi de plus de {MAX_BODY} octets", f"content of more than {MAX_BODY} bytes")
    request.max_content_length = MAX_BODY


def _check_charset(charset: str) -> None:
    if charset.lower() not in _UTF8:
        raise UnsupportedMediaTypeError("seul UTF-8 est lu", "only UTF-8 is read")
