"""The terms of the vocabulary as documentation: what each says, where it stands, and who uses it in the release."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib.namespace import OWL, RDF, RDFS

from endpoints.languages import best_text, language
from endpoints.pages import thing_label
from endpoints.serving import served_release, serving
from endpoints.views import Value
from endpoints.wording import term_label
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad, Triple

KINDS = {
    str(OWL.Class): "class",
    str(OWL.ObjectProperty): "link",
    str(OWL.DatatypeProperty): "value",
    str(OWL.AnnotationProperty): "note",
}
_ABOVE = (str(RDFS.subClassOf), str(RDFS.subPropertyOf))
_DOMAIN, _RANGE = str(RDFS.domain), str(RDFS.range)
_STATUS = "http://www.w3.org/2003/06/sw-vocab-status/ns#term_status"
_EXAMPLES = 2
_LOOKED_AT = 20
"""How many statements are read at most to find those examples: each is an indexed look-up."""


@dataclass(slots=True)
class Term:
    """One term: its texts, and the terms it is tied to; `below` and `properties` are those that point at it."""

    iri: str
    name: str
    label: str
    comment: str
    kind: str
    status: str
    above: list[Value]
    domains: list[str]
    ranges: list[str]
    below: list[Value] = field(default_factory=list)
    properties: list[Value] = field(default_factory=list)
    examples: list[tuple[Value, Value | None]] = field(default_factory=list)


def read_terms(triples: Iterable[Triple]) -> list[Term]:
    """Return the terms that an ontology's triples define, by kind, then in the order of their names."""
    said: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            said[triple.subject.value][triple.predicate.value].append(triple.object)
    terms = [_term(iri, values) for iri, values in said.items() if iri.startswith(str(ASC))]
    by_iri = {term.iri: term for term in terms}
    for term in terms:
        own = Value(term.label, f"#{term.name}")
        for iri in (each.value for name in _ABOVE for each in said[term.iri][name]):
            if iri in by_iri:
                by_iri[iri].below.append(own)
        for iri in term.domains:
            if iri in by_iri:
                by_iri[iri].properties.append(own)
        term.examples = list(_examples(term))
    order = list(KINDS.values())
    return sorted(terms, key=lambda term: (order.index(term.kind), term.name.casefold()))


def name_term(iri: str) -> Value:
    """Return a term as the page shows it: its prefixed name, and where it is described."""
    prefixes = serving().project.prefixes.items()
    text = next((f"{p}:{iri.removeprefix(ns)}" for p, ns in prefixes if iri.startswith(ns)), iri)
    own = iri.startswith(str(ASC))
    return Value(text, f"#{iri.removeprefix(str(ASC))}" if own else iri, external=not own)


def _term(iri: str, said: dict[str, list[NamedNode | Literal]]) -> Term:
    kinds = [KINDS[each.value] for each in said[str(RDF.type)] if each.value in KINDS]
    return Term(
        iri=iri,
        name=iri.removeprefix(str(ASC)),
        label=_text(said[str(RDFS.label)]),
        comment=_text(said[str(RDFS.comment)]),
        kind=kinds[0] if kinds else "note",
        status=_text(said[_STATUS]),
        above=[name_term(each.value) for name in _ABOVE for each in said[name]],
        domains=[each.value for each in said[_DOMAIN]],
        ranges=[each.value for each in said[_RANGE]],
    )


def _text(terms: Iterable[object]) -> str:
    best = best_text((term for term in terms if isinstance(term, Literal)), language())
    return best.value if best else ""


def _examples(term: Term) -> Iterator[tuple[Value, Value | None]]:
    """Yield things of a class, or uses of a property, that have a page here."""
    store, node = served_release().store, NamedNode(term.iri)
    if term.kind == "class":
        found = store.quads_for_pattern(None, NamedNode(str(RDF.type)), node)
    else:
        found = store.quads_for_pattern(None, node, None)
    yield from islice((shown for quad in islice(found, _LOOKED_AT) if (shown := _example(term, quad))), _EXAMPLES)


def _example(term: Term, quad: Quad) -> tuple[Value, Value | None] | None:
    subject = _thing(quad.subject)
    if subject is None or subject.href is None:
        return None
    if term.kind == "class":
        return subject, None
    if isinstance(quad.object, Literal):
        return subject, Value(quad.object.value)
    return subject, _thing(quad.object)


def _thing(node: object) -> Value | None:
    if not isinstance(node, NamedNode) or isinstance(node, BlankNode):
        return None
    path = serving().minter.path_of(node.value)
    if path and path.startswith("/def#"):
        return name_term(node.value)
    named = path if path and path.startswith("/doc/") else None
    label = thing_label(served_release().store, node, language())
    if label == node.value:
        label = term_label(served_release().store, node.value, language())
    return Value(label, named or node.value, external=named is None) if path or node.value.startswith("http") else None
