"""The changes as a Linked Data Event Stream (https://w3id.org/ldes/specification) in TREE pages.

A member is a version of a thing of ours: what was done (`as:Create`, `as:Update`, `as:Delete`), when, and everything
then said about the thing (`endpoints.members`), in the default graph: any RDF format holds it. `stream.ttl` says
what the stream is. Pages fill up in order and never change once full; only the root and the page being filled do.
Where there are more pages than one document should name, the root leads to nodes that lead to them, on as many levels
as need be; a page keeps its address, and a node whose pages are full changes no more either.
Addresses of pages are relative, so that the stream can be followed on any host; the identifiers of stream and
members carry the base URI.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse
from rdflib.namespace import DCTERMS, PROV, RDF, XSD

from endpoints.answers import IMMUTABLE, Link, alternates, answer, choose_as, forms
from endpoints.members import describe_version, write_version
from endpoints.negotiation import negotiate
from endpoints.past import served_history
from endpoints.problems import NotFoundError
from endpoints.serving import serving
from publisher.representations import JSON_LD, N_QUADS, N_TRIPLES, STREAM_PAGES, TRIG, TURTLE
from publisher.vocabulary import LDES, TREE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from endpoints.answers import Choice
    from publisher.history import History
    from publisher.representations import Representation
    from publisher.steps import Change

blueprint = Blueprint("ldes", __name__)

PATH = "/ldes"
MEMBERS = 250
"""How many members a full page holds."""

FANOUT = 100
"""How many pages, or nodes of the level below, the root and each node lead to at most."""

DESCRIPTION = Path(__file__).with_name("stream.ttl")
_RELATIVE = (TURTLE, JSON_LD, TRIG)
_WRITTEN_AS = {TRIG: TURTLE, N_QUADS: N_TRIPLES}
"""All is in the default graph: what is written in the smaller language is a document of the larger one too."""

_HERE = "urn:uuid:b6a8c1f0-3f6e-4c57-9d0a-5b1f4e2d7c93"
"""Stands for the origin in the addresses of pages until they are written: no data has it."""


@blueprint.get(PATH)
@blueprint.get(PATH + forms(STREAM_PAGES))
def root(extension: str | None = None) -> Response:
    """Answer with the root of the stream: what it is, and where its pages are."""
    choice, history = _choose(PATH, extension), served_history()
    links = [Link(serving().project.licence, "license"), *alternates(PATH, STREAM_PAGES)]
    state = f"ldes-{history.number}-{history.total}"
    return answer(choice, lambda: _write(_described(history), choice.representation), links=links, state=state)


@blueprint.get(f"{PATH}/<int:number>")
@blueprint.get(f"{PATH}/<int:number>{forms(STREAM_PAGES)}")
@blueprint.get(f"{PATH}/niveau-<int(min=1):level>/<int:number>")
@blueprint.get(f"{PATH}/niveau-<int(min=1):level>/<int:number>{forms(STREAM_PAGES)}")
def fragment(number: int, level: int = 0, extension: str | None = None) -> Response:
    """Answer with a page of members (level 0), or with a node that leads to pages."""
    choice, history = _choose(_address(level, number), extension), served_history()
    if level > _height(history.total):
        raise NotFoundError.at(request.path)
    first, last = (number - 1) * _span(level) + 1, min(number * _span(level), history.total)
    if not 1 <= first <= last:
        raise NotFoundError.at(request.path)
    full = last == number * _span(level)
    page = _page(level, number)

    def build() -> bytes:
        said = _divided(history, page, level - 1, first, last) if level else _listed(history, first, last)
        return _write((*_presented(page, full=full), *said), choice.representation)

    response = answer(choice, build, state=f"ldes-page-{level}-{number}-{last}")
    if full:
        response.headers["Cache-Control"] = IMMUTABLE
    return response


def stream() -> str:
    """Return the IRI of the event stream."""
    return f"{serving().project.base_uri}{PATH}#flux"


def _choose(path: str, extension: str | None) -> Choice:
    """Choose a representation; one without relative addresses, which lead to the base's host, only if need be."""
    if extension is None and negotiate(request.headers.get("Accept"), _RELATIVE):
        return choose_as(path, _RELATIVE, None)
    return choose_as(path, STREAM_PAGES, extension)


def _described(history: History) -> Iterator[Triple]:
    """Yield the root's statements."""
    project = serving().project
    root_ = f"{project.base_uri}{PATH}"
    for quad in parse(path=str(DESCRIPTION), format=RdfFormat.TURTLE, base_iri=root_):
        yield Triple(*(_page() if term == NamedNode(root_) else term for term in quad.triple))
    for lang in ("fr", "en"):
        yield _said(NamedNode(stream()), DCTERMS.title, Literal(project.title[lang], language=lang))
    yield _said(NamedNode(stream()), DCTERMS.license, NamedNode(project.licence))
    yield from _divided(history, _page(), _height(history.total), 1, history.total)


def _presented(page: NamedNode, *, full: bool) -> Iterator[Triple]:
    """Yield what a page or a node says of itself."""
    yield _said(NamedNode(stream()), RDF.type, NamedNode(str(LDES.EventStream)))
    yield _said(page, RDF.type, NamedNode(str(TREE.Node)))
    if full:
        yield _said(page, LDES.immutable, Literal(True))  # noqa: FBT003 — the literal's value


def _divided(history: History, page: NamedNode, level: int, first: int, last: int) -> Iterator[Triple]:
    """Yield the relations of a page to those of a level that hold some members."""
    for start in range(first, last + 1, _span(level)):
        number, end = start // _span(level) + 1, start + _span(level) - 1
        led = _page(level, number)
        yield from _relation(page, led, number, "GreaterThanOrEqualToRelation", history.changes(start, start))
        if end <= last:
            yield from _relation(page, led, number, "LessThanOrEqualToRelation", history.changes(end, end))


def _relation(page: NamedNode, led: NamedNode, number: int, kind: str, bound: Sequence[Change]) -> Iterator[Triple]:
    node = BlankNode(f"{kind[0]}{number}")
    yield _said(page, TREE.relation, node)
    yield _said(node, RDF.type, NamedNode(TREE[kind]))
    yield _said(node, TREE.node, led)
    yield _said(node, TREE.path, NamedNode(str(PROV.generatedAtTime)))
    yield _said(node, TREE.value, Literal(bound[0].instant, datatype=NamedNode(str(XSD.dateTime))))


def _listed(history: History, first: int, last: int) -> Iterator[Triple]:
    """Yield the statements of a page about its members, one after another, in the order of the stream."""
    ours = NamedNode(stream())
    for change in history.changes(first, last):
        yield _said(ours, TREE.member, NamedNode(change.version))
        lines = [*describe_version(serving().minter, change), *write_version(change, history.state(change))]
        yield from (quad.triple for quad in parse(input="\n".join(lines), format=RdfFormat.N_TRIPLES))


def _span(level: int) -> int:
    """Return how many members a page (level 0), or all pages of a node, hold once full."""
    return int(MEMBERS * FANOUT**level)


def _height(total: int) -> int:
    """Return the level that the root leads to: pages, or the least one with so few nodes."""
    return next(level for level in count() if total <= FANOUT * _span(level))


def _address(level: int, number: int) -> str:
    return f"{PATH}/niveau-{level}/{number}" if level else f"{PATH}/{number}"


def _write(triples: Iterable[Triple], representation: Representation) -> bytes:
    written = serving().serialiser.write(triples, _WRITTEN_AS.get(representation, representation))
    origin = "" if representation in _RELATIVE else serving().project.base_uri
    return written.replace(_HERE.encode(), origin.encode())


def _page(level: int = 0, number: int = 0) -> NamedNode:
    """Return the address of a page or of a node; without a number, of the root."""
    return NamedNode(_HERE + (_address(level, number) if number else PATH))


def _said(subject: NamedNode | BlankNode, predicate: str, value: NamedNode | BlankNode | Literal) -> Triple:
    return Triple(subject, NamedNode(str(predicate)), value)
