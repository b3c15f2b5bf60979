"""Reading a request of the SPARQL 1.1 protocol (https://www.w3.org/TR/sparql11-protocol/, §2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from werkzeug.http import parse_options_header

from endpoints.evaluation.errors import UpdateRefusedError
from endpoints.problems import BadRequestError, UnsupportedMediaTypeError
from publisher.identifiers import is_iri
from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS, HTML

if TYPE_CHECKING:
    from collections.abc import KeysView, Sequence

    from publisher.representations import Representation

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORMAT_PARAMETERS = ("format", "output", "results")
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
_BYTE_ORDER_MARK = "\ufeff"
"""What some editors put before a text that they save; no part of it (RFC 3629, §6)."""

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


class Sent(NamedTuple):
    """What a client has sent: method, query string as in the address, Content-Type, body."""

    method: str
    query_string: str
    content_type: str | None = None
    body: bytes = b""


class Operation(NamedTuple):
    """A query operation: the text, the dataset asked for, and the formats named in parameters, in order."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: tuple[str, ...]


class _Parameters:
    """Parameters by name. Bytes that are not UTF-8 are an error only where they are read."""

    def __init__(self, encoded: str | bytes) -> None:
        sent = encoded.encode("utf-8", "surrogateescape") if isinstance(encoded, str) else encoded
        self._values: dict[bytes, list[bytes]] = {}
        for pair in sent.split(b"&"):
            name, _, value = pair.partition(b"=")
            self._values.setdefault(_unquoted(name), []).append(_unquoted(value))

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._values

    @property
    def names(self) -> KeysView[bytes]:
        """The names of the parameters."""
        return self._values.keys()

    def values(self, name: str) -> list[str]:
        """Return the values of a parameter, in order.

        Raises:
            BadRequestError: one is not UTF-8.
        """
        found = self._values.get(name.encode())
        if found is None:
            return []
        try:
            return [value.decode() for value in found]
        except UnicodeDecodeError as error:
            raise _not_utf8() from error


def _unquoted(text: bytes) -> bytes:
    spaced = text.replace(b"+", b" ")
    return unquote_to_bytes(spaced) if b"%" in spaced else spaced


def read_operation(sent: Sent) -> Operation | None:
    """Return the query operation of a request, or None for a GET without a query.

    Raises:
        BadRequestError: no query or several, text that is not UTF-8, a graph that is no IRI.
        UnsupportedMediaTypeError: a body that is not read here.
        UpdateRefusedError: an update.
    """
    address = _Parameters(sent.query_string)
    if sent.method != "POST":
        return _from_parameters(address, address, required=False)
    media_type, options = parse_options_header(sent.content_type)
    if media_type.lower() == FORM:
        return _from_parameters(_Parameters(sent.body), address, required=True)
    if media_type.lower() == UPDATE:
        raise UpdateRefusedError
    if media_type.lower() != QUERY:
        raise UnsupportedMediaTypeError(f"envoi attendu en {FORM} ou {QUERY}", f"content must be {FORM} or {QUERY}")
    _check_charset(options.get("charset", "utf-8"))
    if "query" in address or "update" in address:
        raise BadRequestError(
            "requête donnée deux fois, dans le corps et en paramètre",
            "query given twice, in the body and as a parameter",
        )
    try:
        return _operation(sent.body.decode(), (address,))
    except UnicodeDecodeError as error:
        raise _not_utf8() from error


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


def _from_parameters(parameters: _Parameters, address: _Parameters, *, required: bool) -> Operation | None:
    if "update" in parameters or "update" in address:
        raise UpdateRefusedError
    queries = parameters.values("query")
    if len(queries) > 1 or (queries and parameters is not address and "query" in address):
        raise BadRequestError("paramètre « query » donné plusieurs fois", "parameter 'query' given several times")
    if not queries and not required:
        return None
    if not queries:
        raise BadRequestError("paramètre « query » absent", "parameter 'query' is missing")
    return _operation(queries[0], (parameters,) if parameters is address else (parameters, address))


def _operation(text: str, sources: Sequence[_Parameters]) -> Operation:
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if len(sources) == 1 and sources[0].names == {b"query"}:
        return Operation(text, (), (), ())
    return Operation(
        text,
        _graphs(sources, "default-graph-uri"),
        _graphs(sources, "named-graph-uri"),
        tuple(value for source in sources for name in FORMAT_PARAMETERS for value in _readable(source, name)),
    )


def _readable(source: _Parameters, name: str) -> list[str]:
    """Return the formats named; nonsense is never an error."""
    try:
        return source.values(name)
    except BadRequestError:
        return []


def _graphs(sources: Sequence[_Parameters], name: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(value for source in sources for value in source.values(name) if value))
    for value in found:
        if not is_iri(value):
            raise BadRequestError(f"{name} : « {value} » n'est pas un IRI absolu", f"{name}: not an absolute IRI")
    return found


def _check_charset(charset: str) -> None:
    if charset.lower() not in _UTF8:
        raise UnsupportedMediaTypeError("seul UTF-8 est lu", "only UTF-8 is read")


def _not_utf8() -> BadRequestError:
    return BadRequestError("la requête n'est pas en UTF-8", "the query is not UTF-8")
