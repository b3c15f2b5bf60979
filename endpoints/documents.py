"""The graph of a document: what is said about a thing, its record, and what points at it.

A document holds the thing's statements, those of its sub-nodes (the thing's IRI with a fragment, blank nodes),
the record that describes it with its own sub-nodes, a label for every IRI that is mentioned, and the
statements of others about the thing, at most `INCOMING_LIMIT` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SKOS

from endpoints.labels import labels_of
from endpoints.queries import Queries, Term
from endpoints.records import plain_record
from publisher.identifiers import is_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Store

    from endpoints.serving import OpenRelease, Serving

INCOMING_LIMIT = 500
"""How many statements of others a document repeats; the rest is found with SPARQL or in the dumps."""

LABELS = tuple(NamedNode(str(term)) for term in (SKOS.prefLabel, RDFS.label, DCTERMS.title))
_TYPE = NamedNode(str(RDF.type))
_DERIVED = NamedNode(str(PROV.wasDerivedFrom))
_REPLACED = NamedNode(str(DCTERMS.isReplacedBy))
_FIRST = {_TYPE: 0, **dict.fromkeys(LABELS, 1)}

Node = NamedNode | BlankNode


@dataclass(frozen=True, slots=True)
class Document:
    """What is published about one thing: `own` with its sub-nodes, `record`, `incoming`, and `labels`."""

    thing: NamedNode
    address: NamedNode
    own: tuple[Triple, ...]
    record: tuple[Triple, ...]
    incoming: tuple[Triple, ...]
    labels: tuple[Triple, ...]

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The whole graph, in reading order: the label of what points at the thing goes with its statement."""
        around = self.incoming + self.labels
        rank = {node: index for index, node in reversed(list(enumerate(triple.subject for triple in around)))}
        return self.own + self.record + tuple(sorted(around, key=lambda triple: rank[triple.subject]))

    @property
    def sources(self) -> list[str]:
        """The sources of the record and of its groups, by address."""
        said = (triple.object for triple in self.record if triple.predicate == _DERIVED)
        return sorted({node.value for node in said if isinstance(node, NamedNode)})

    def values(self, property_: str) -> list[NamedNode]:
        """Return the things that a property of this one leads to."""
        said = (t.object for t in self.own if t.subject == self.thing and t.predicate.value == property_)
        return [node for node in said if isinstance(node, NamedNode)]


def exists(store: Store, thing: NamedNode) -> bool:
    """Return whether anything is said about a thing."""
    return next(store.quads_for_pattern(thing, None, None), None) is not None


def thing_named(text: str, base_uri: str) -> NamedNode | None:
    """Return the thing of this instance that the parameter of an address names, or None."""
    return NamedNode(text) if is_iri(text) and text.startswith(f"{base_uri}/id/") else None


def types_of(store: Store, thing: NamedNode) -> tuple[NamedNode, ...]:
    """Return the classes of a thing, in a stable order."""
    found = [quad.object for quad in store.quads_for_pattern(thing, _TYPE, None)]
    return tuple(sorted((c for c in found if isinstance(c, NamedNode)), key=str))


def successor_of(store: Store, thing: NamedNode) -> NamedNode | None:
    """Return what replaces a thing of which nothing else is said: the commune a former code leads to."""
    if next(store.quads_for_pattern(thing, _REPLACED, None), None) is None:
        return None
    said = list(store.quads_for_pattern(thing, None, None))
    if {quad.predicate for quad in said} != {_REPLACED}:
        return None
    return next((quad.object for quad in said if isinstance(quad.object, NamedNode)), None)


def find_document(serving: Serving, release: OpenRelease, kind: str, key: str) -> Document:
    """Return the document about the thing of this class and key."""
    store = release.store
    thing = NamedNode(serving.minter.thing(kind, key))
    own = _described(store, thing)
    address = NamedNode(serving.minter.document(kind, key))
    record = _described(store, address) or plain_record(
        store, serving.minter, thing, address, serving.project.licence, serving.tables.get(kind)
    )
    queries = Queries(serving.project, store)
    terms: dict[str, Term] = {"topic": thing, "things": Literal(f"{serving.project.base_uri}/id/")}
    rows = queries.solutions("incoming", terms, INCOMING_LIMIT)
    incoming = [Triple(row["thing"], row["property"], thing) for row in rows]
    known: set[object] = {triple.subject for triple in own + record}
    mentioned = _mentioned(own + record, incoming, known)
    labels = tuple(label for node in mentioned for label in _labels(store, node))
    return Document(thing, address, own, record, tuple(incoming), labels)


def _described(store: Store, node: Node) -> tuple[Triple, ...]:
    """Return the statements of a node and, after them, of the sub-nodes it leads to."""
    found: list[Triple] = []
    waiting: list[Node] = [node]
    seen: set[Node] = {node}
    while waiting:
        triples = [q.triple for q in store.quads_for_pattern(waiting.pop(0), None, None)]
        found += sorted(triples, key=_reading_order)
        for triple in triples:
            value = triple.object
            if isinstance(value, NamedNode | BlankNode) and value not in seen and _is_sub_node(value, node):
                seen.add(value)
                waiting.append(value)
    return tuple(found)


def _is_sub_node(value: Node, node: Node) -> bool:
    return isinstance(value, BlankNode) or value.value.startswith(f"{node.value}#")


def _reading_order(triple: Triple) -> tuple[int, str, str]:
    return _FIRST.get(triple.predicate, 2), triple.predicate.value, str(triple.object)


def _mentioned(described: Iterable[Triple], incoming: Iterable[Triple], known: set[object]) -> Iterator[NamedNode]:
    objects = (triple.object for triple in described)
    subjects = (triple.subject for triple in incoming)
    for node in dict.fromkeys([*objects, *subjects]):
        if isinstance(node, NamedNode) and node not in known:
            yield node


def _labels(store: Store, node: NamedNode) -> list[Triple]:
    """Return the labels of a node by the first property that has any (preferred label, label, title)."""
    for predicate in LABELS:
        found = labels_of(store, node, predicate)
        if found:
            return sorted((Triple(node, predicate, text) for text in found), key=_reading_order)
    return []
