"""The changes as a Linked Data Event Stream (https://w3id.org/ldes/specification) in TREE pages.

A member is a version of a thing of ours: what was done (`as:Create`, `as:Update`, `as:Delete`), when, and everything
then said about the thing (`endpoints.members`), in the default graph: any RDF format holds it. `stream.ttl` says
what the stream is. Pages fill up in order and never change once full; only the root and the page being filled do.
Addresses of pages are relative, so that the stream can be followed on any host; the identifiers of stream and
members carry the base URI.
"""

from __future__ import annotations

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
    from collections.abc import Iterable, Iterator

    from endpoints.answers import Choice
    from publisher.history import History
    from publisher.representations import Representation

blueprint = Blueprint("ldes", __name__)

PATH = "/ldes"
MEMBERS = 250
"""How many members a full page holds."""

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
def members(number: int, extension: str | None = None) -> Response:
    """Answer with a page of members."""
    choice, history = _choose(f"{PATH}/{number}", extension), served_history()
    first, last = (number - 1) * MEMBERS + 1, min(number * MEMBERS, history.total)
    if not 1 <= first <= last:
        raise NotFoundError.at(request.path)
    full = last == number * MEMBERS

    def build() -> bytes:
        return _write(_listed(history, number, first, last), choice.representation)

    response = answer(choice, build, state=f"ldes-page-{number}-{last}")
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
    for number in range(1, -(-history.total // MEMBERS) + 1):
        first, last = (number - 1) * MEMBERS + 1, number * MEMBERS
        yield from _relation(number, "GreaterThanOrEqualToRelation", history.changes(first, first)[0].instant)
        if last <= history.total:
            yield from _relation(number, "LessThanOrEqualToRelation", history.changes(last, last)[0].instant)


def _relation(number: int, kind: str, instant: str) -> Iterator[Triple]:
    node = BlankNode(f"{kind[0]}{number}")
    yield _said(_page(), TREE.relation, node)
    yield _said(node, RDF.type, NamedNode(TREE[kind]))
    yield _said(node, TREE.node, _page(number))
    yield _said(node, TREE.path, NamedNode(str(PROV.generatedAtTime)))
    yield _said(node, TREE.value, Literal(instant, datatype=NamedNode(str(XSD.dateTime))))


def _listed(history: History, number: int, first: int, last: int) -> Iterator[Triple]:
    """Yield the statements of a page, member after member, in the order of the stream."""
    ours = NamedNode(stream())
    yield _said(ours, RDF.type, NamedNode(str(LDES.EventStream)))
    yield _said(_page(number), RDF.type, NamedNode(str(TREE.Node)))
    if last == number * MEMBERS:
        yield _said(_page(number), LDES.immutable, Literal(True))  # noqa: FBT003 — the literal's value
    for change in history.changes(first, last):
        yield _said(ours, TREE.member, NamedNode(change.version))
        lines = [*describe_version(serving().minter, change), *write_version(change, history.state(change))]
        yield from (quad.triple for quad in parse(input="\n".join(lines), format=RdfFormat.N_TRIPLES))


def _write(triples: Iterable[Triple], representation: Representation) -> bytes:
    written = serving().serialiser.write(triples, _WRITTEN_AS.get(representation, representation))
    origin = "" if representation in _RELATIVE else serving().project.base_uri
    return written.replace(_HERE.encode(), origin.encode())


def _page(number: int | None = None) -> NamedNode:
    return NamedNode(f"{_HERE}{PATH}/{number}" if number else f"{_HERE}{PATH}")


def _said(subject: NamedNode | BlankNode, predicate: str, value: NamedNode | BlankNode | Literal) -> Triple:
    return Triple(subject, NamedNode(str(predicate)), value)
