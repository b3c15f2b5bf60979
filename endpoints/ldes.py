"""The changes as a Linked Data Event Stream (https://w3id.org/ldes/specification) in TREE pages.

A member is a version of a thing of ours: what was done (`as:Create`, `as:Update`, `as:Delete`), when, and, in a
graph that bears the member's name, everything then said about the thing. Pages fill up in order and never change
once full; only the root and the page being filled do. Addresses of pages are relative, so that the stream can be
followed on any host; the identifiers of stream and members carry the base URI.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import RdfFormat, parse, serialize
from rdflib import Literal
from rdflib.namespace import DCTERMS, PROV, RDF, XSD

from endpoints.answers import Choice, Link, alternates, answer, choose
from endpoints.past import served_history
from endpoints.problems import NotFoundError
from endpoints.serving import serving
from publisher.representations import GRAPH_SETS, JSON_LD, N_QUADS, TRIG
from publisher.vocabulary import AS, LDES, TREE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.history import Change, History
    from publisher.representations import Representation

blueprint = Blueprint("ldes", __name__)

PATH = "/ldes"
MEMBERS = 250
"""How many members a full page holds."""

IMMUTABLE = "public, max-age=31536000, immutable"
_POLLING = 3600
_EXTENSIONS = {representation.extension: representation for representation in GRAPH_SETS}
_NEGOTIATED = (TRIG, JSON_LD)
"""N-Quads knows no relative address: it is had by its extension only, lest a client be sent to another host."""


@blueprint.get(PATH)
def root() -> Response:
    """Answer with the root of the stream: what it is, and where its pages are."""
    return _root(choose(PATH, _NEGOTIATED))


@blueprint.get(f"{PATH}.<any(trig, nq, jsonld):extension>")
def root_as(extension: str) -> Response:
    """Answer with the root in the representation that the extension names."""
    return _root(Choice(_EXTENSIONS[extension], fixed=True))


@blueprint.get(f"{PATH}/<int:number>")
def members(number: int) -> Response:
    """Answer with a page of members."""
    return _page(number, choose(f"{PATH}/{number}", _NEGOTIATED))


@blueprint.get(f"{PATH}/<int:number>.<any(trig, nq, jsonld):extension>")
def members_as(number: int, extension: str) -> Response:
    """Answer with a page of members in the representation that the extension names."""
    return _page(number, Choice(_EXTENSIONS[extension], fixed=True))


def stream() -> str:
    """Return the IRI of the event stream."""
    return f"{serving().project.base_uri}{PATH}#flux"


def _root(choice: Choice) -> Response:
    history = served_history()
    links = [Link(serving().project.licence, "license"), *alternates(PATH, GRAPH_SETS)]
    state = f"ldes-{history.number}-{history.total}"
    return answer(choice, lambda: _write(_described(history), choice.representation), links=links, state=state)


def _page(number: int, choice: Choice) -> Response:
    history = served_history()
    first, last = (number - 1) * MEMBERS + 1, min(number * MEMBERS, history.total)
    if not 1 <= first <= last:
        raise NotFoundError.at(request.path)
    full = last == number * MEMBERS

    def build() -> str | bytes:
        return _write(_listed(history, number, first, last), choice.representation)

    response = answer(choice, build, state=f"ldes-page-{number}-{last}")
    if full:
        response.headers["Cache-Control"] = IMMUTABLE
    return response


def _described(history: History) -> Iterator[str]:
    """Yield the root's statements, one N-Quads line each."""
    project, root_, ours = serving().project, _node(), stream()
    yield _line(ours, RDF.type, _iri(LDES.EventStream))
    for lang in ("fr", "en"):
        yield _line(ours, DCTERMS.title, Literal(project.title[lang], lang=lang).n3())
    yield _line(ours, DCTERMS.license, _iri(project.licence))
    yield _line(ours, LDES.timestampPath, _iri(DCTERMS.created))
    yield _line(ours, LDES.versionOfPath, _iri(DCTERMS.isVersionOf))
    for action in ("Create", "Update", "Delete"):
        yield _line(ours, LDES[f"version{action}Path"], _iri(RDF.type))
        yield _line(ours, LDES[f"version{action}Object"], _iri(AS[action]))
    yield _line(ours, LDES.pollingInterval, Literal(_POLLING, datatype=XSD.integer).n3())
    yield _line(ours, TREE.view, _iri(root_))
    yield _line(root_, RDF.type, _iri(TREE.Node))
    total = history.total
    for number in range(1, -(-total // MEMBERS) + 1):
        first, last = (number - 1) * MEMBERS + 1, number * MEMBERS
        yield from _relation(number, "GreaterThanOrEqualToRelation", history.changes(first, first)[0].instant)
        if last <= total:
            yield from _relation(number, "LessThanOrEqualToRelation", history.changes(last, last)[0].instant)


def _relation(number: int, kind: str, instant: str) -> Iterator[str]:
    node = f"_:{kind[0]}{number}"
    yield f"<{_node()}> <{TREE.relation}> {node} ."
    for predicate, value in (
        (RDF.type, _iri(TREE[kind])),
        (TREE.node, _iri(_node(number))),
        (TREE.path, _iri(DCTERMS.created)),
        (TREE.value, _instant(instant)),
    ):
        yield f"{node} <{predicate}> {value} ."


def _listed(history: History, number: int, first: int, last: int) -> Iterator[str]:
    """Yield the statements of a page, one N-Quads line each, member after member."""
    page, ours = _node(number), stream()
    yield _line(ours, RDF.type, _iri(LDES.EventStream))
    yield _line(page, RDF.type, _iri(TREE.Node))
    if last == number * MEMBERS:
        yield _line(page, LDES.immutable, f'"true"^^<{XSD.boolean}>')
    for change in history.changes(first, last):
        yield _line(ours, TREE.member, _iri(change.version))
        yield from describe_version(history, change)
        for line in history.state(change):
            yield f"{line[:-1]}<{change.version}> ."


def describe_version(history: History, change: Change) -> Iterator[str]:
    """Yield what is said of a version itself, as N-Triples lines."""
    yield _line(change.version, RDF.type, _iri(change.action))
    yield _line(change.version, DCTERMS.isVersionOf, _iri(change.thing))
    yield _line(change.version, DCTERMS.created, _instant(change.instant))
    yield _line(change.version, PROV.wasGeneratedBy, _iri(serving().minter.step(change.number)))
    if earlier := history.latest(change.thing, change.number - 1):
        yield _line(change.version, PROV.wasRevisionOf, _iri(earlier.version))


def _write(lines: Iterator[str], representation: Representation) -> bytes:
    text = "\n".join(lines) + "\n"
    if representation is N_QUADS:
        return text.encode()
    quads = parse(input=text, format=RdfFormat.N_QUADS)
    form = {TRIG: RdfFormat.TRIG, JSON_LD: RdfFormat.JSON_LD}[representation]
    written = (serialize(quads, format=form) or b"").decode()
    base = re.escape(serving().project.base_uri)
    opening, closing = ('"@id":"', '"') if representation is JSON_LD else ("<", ">")
    return re.sub(rf"{opening}{base}({PATH}(?:/[0-9]+)?){closing}", rf"{opening}\1{closing}", written).encode()


def _node(number: int | None = None) -> str:
    return f"{serving().project.base_uri}{PATH}" + (f"/{number}" if number else "")


def _line(subject: str, predicate: str, value: str) -> str:
    return f"<{subject}> <{predicate}> {value} ."


def _iri(iri: str) -> str:
    return f"<{iri}>"


def _instant(instant: str) -> str:
    return f'"{instant}"^^<{XSD.dateTime}>'
