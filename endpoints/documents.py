"""The graph of a document: what is said about a thing, its record, and what points at it.

A document holds the thing's statements, those of its sub-nodes (the thing's IRI with a fragment, blank nodes),
the record that describes it with its own sub-nodes, a label for every IRI that is mentioned, and the
statements of others about the thing, at most `INCOMING_LIMIT` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode, Triple
from rdflib.namespace import DCTERMS, PROV, RDF, VOID

from endpoints.readings import LABELS, Node, kept_while_served, labels_of, said_of
from endpoints.records import plain_record
from publisher.identifiers import is_iri
from publisher.vocabulary import IGEO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Store

    from endpoints.serving import OpenRelease, Serving

INCOMING_LIMIT = 500
"""How many statements of others a document repeats; the rest is found with SPARQL or in the dumps."""

_MOST_READ = 20_000
"""How many statements that lead to a thing are looked at for those; no territory has as many that do not count.

To a source leads each record, and none of these counts.
"""

_TYPE = NamedNode(str(RDF.type))
_DERIVED = NamedNode(str(PROV.wasDerivedFrom))
_PART_OF = NamedNode(str(IGEO.subdivisionDirecteDe))
_PROPERTY = NamedNode(str(VOID.property))
_REPLACED = NamedNode(str(DCTERMS.isReplacedBy))


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

    def lacks(self, kind: str, property_: str) -> bool:
        """Return whether surely no thing of a class (the segment of its address) points here by a property."""
        if len(self.incoming) >= INCOMING_LIMIT:
            return False
        pointing = (str(triple.subject) for triple in self.incoming if triple.predicate.value == property_)
        return not any(f"/id/{kind}/" in iri for iri in pointing)

    def values(self, property_: str) -> list[NamedNode]:
        """Return the things that a property of this one leads to."""
        said = (t.object for t in self.own if t.subject == self.thing and t.predicate.value == property_)
        return [node for node in said if isinstance(node, NamedNode)]


def exists(store: Store, thing: NamedNode) -> bool:
    """Return whether anything is said about a thing."""
    return bool(said_of(store, thing))


def thing_named(text: str, base_uri: str) -> NamedNode | None:
    """Return the thing of this instance that the parameter of an address names, or None."""
    return NamedNode(text) if is_iri(text) and text.startswith(f"{base_uri}/id/") else None


def types_of(store: Store, thing: NamedNode) -> tuple[NamedNode, ...]:
    """Return the classes of a thing, in a stable order."""
    return tuple(each for each in said_of(store, thing).get(_TYPE, ()) if isinstance(each, NamedNode))


def successor_of(store: Store, thing: NamedNode) -> NamedNode | None:
    """Return what replaces a thing of which nothing else is said: the commune a former code leads to."""
    said = said_of(store, thing)
    if set(said) != {_REPLACED}:
        return None
    return next((node for node in said[_REPLACED] if isinstance(node, NamedNode)), None)


def find_document(serving: Serving, release: OpenRelease, kind: str, key: str) -> Document:
    """Return the document about the thing of this class and key."""
    store = release.store
    thing = NamedNode(serving.minter.thing(kind, key))
    own = _described(store, thing)
    address = NamedNode(serving.minter.document(kind, key))
    record = _described(store, address) or plain_record(
        store, serving.minter, thing, address, serving.project.licence, serving.tables.get(kind)
    )
    incoming = incoming_of(store, thing, f"{serving.project.base_uri}/id/")
    known: set[object] = {triple.subject for triple in own + record}
    mentioned = _mentioned(own + record, incoming, known)
    labels = tuple(label for node in mentioned for label in label_triples(store, node))
    return Document(thing, address, own, record, tuple(incoming), labels)


def incoming_of(store: Store, thing: NamedNode, ours: str) -> list[Triple]:
    """Return what points at a thing, by property: subdivisions of a territory, and whatever the directory describes.

    Of more than `INCOMING_LIMIT`, the first properties are whole, and the store says what the last one leaves out.
    """
    read = count()
    found = list(islice(_pointing(store, None, thing, ours, read), INCOMING_LIMIT + 1))
    if len(found) > INCOMING_LIMIT or next(read) > _MOST_READ:
        by_property = (_pointing(store, each, thing, ours, count()) for each in _properties(store))
        found = list(islice(chain.from_iterable(by_property), INCOMING_LIMIT))
    return sorted(found, key=lambda triple: (triple.predicate.value, str(triple.subject)))


def _pointing(
    store: Store, property_: NamedNode | None, thing: NamedNode, ours: str, read: Iterator[int]
) -> Iterator[Triple]:
    """Yield what points at a thing, among the first statements; `read` counts these."""
    own = f"{thing.value}#"
    for number, quad in zip(read, store.quads_for_pattern(None, property_, thing), strict=False):
        if number >= _MOST_READ:
            return
        subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
        if quad.predicate == _PART_OF or (subject.startswith(ours) and not subject.startswith(own)):
            yield quad.triple


@kept_while_served(2)
def _properties(store: Store) -> tuple[NamedNode, ...]:
    """Return the properties that the release has, as its VoID description lists them, in order."""
    listed = {quad.object for quad in store.quads_for_pattern(None, _PROPERTY, None)}
    return tuple(sorted((each for each in listed if isinstance(each, NamedNode)), key=str))


def _described(store: Store, node: Node) -> tuple[Triple, ...]:
    """Return the statements of a node and, after them, of the sub-nodes it leads to."""
    found: list[Triple] = []
    waiting: list[Node] = [node]
    seen: set[Node] = {node}
    while waiting:
        each = waiting.pop(0)
        triples = [Triple(each, name, value) for name, values in said_of(store, each).items() for value in values]
        found += triples
        inner = (triple.object for triple in triples if isinstance(triple.object, Node))
        for value in inner:
            if value not in seen and _is_sub_node(value, node):
                seen.add(value)
                waiting.append(value)
    return tuple(found)


def _is_sub_node(value: Node, node: Node) -> bool:
    return isinstance(value, BlankNode) or value.value.startswith(f"{node.value}#")


def _mentioned(described: Iterable[Triple], incoming: Iterable[Triple], known: set[object]) -> Iterator[NamedNode]:
    objects = (triple.object for triple in described)
    subjects = (triple.subject for triple in incoming)
    for node in dict.fromkeys([*objects, *subjects]):
        if isinstance(node, NamedNode) and node not in known:
            yield node


def label_triples(store: Store, node: NamedNode) -> list[Triple]:
    """Return the labels of a node by the first property that has any (preferred label, label, title)."""
    for predicate in LABELS:
        found = labels_of(store, node, predicate)
        if found:
            return [Triple(node, predicate, text) for text in sorted(found, key=str)]
    return []
