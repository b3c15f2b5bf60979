"""A document's graph as a page view: named properties with named values, record, breadcrumbs."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from flask_babel import format_datetime, gettext
from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, RDF, SKOS, XSD

from endpoints.documents import label_triples
from endpoints.languages import best_text, euros, written_day, written_number
from endpoints.readings import kept_while_served, labels_of, said_of
from endpoints.views import Classification, NodeView, PageView, Property, Source, Upkeep, Value
from endpoints.wording import address_label, is_hidden, order_of, term_label
from publisher.record_states import TO_REVIEW
from publisher.vocabulary import ASC, IGEO, LEGAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Store, Triple

    from endpoints.documents import Document
    from publisher.identifiers import Minter

_LABELS = (
    str(SKOS.prefLabel),
    "http://www.w3.org/2006/vcard/ns#fn",
    "http://www.w3.org/2000/01/rdf-schema#label",
    str(DCTERMS.title),
)
_PREFERRED = NamedNode(str(SKOS.prefLabel))
_EUROS = {str(ASC.montant), str(ASC.aide)}
_PARENTS = (NamedNode(str(IGEO.subdivisionDirecteDe)), NamedNode(str(SKOS.broader)))
_MAX_DEPTH = 6
_UNNAMED_STEP = "/doc/arrondissement/"
"""An arrondissement bears the name of its chief town: between the two it would read as a repetition."""

_SUB_NODE_TEXT = (str(SKOS.notation), *_LABELS)

Values = dict[str, list[NamedNode | BlankNode | Literal]]


class PageWriter:
    """Turns a document's graph into a view, in one language."""

    def __init__(self, store: Store, minter: Minter, lang: str) -> None:
        self._store = store
        self._minter = minter
        self._lang = lang
        self._texts: dict[str, list[Literal]] = defaultdict(list)
        self._nodes: dict[str, Values] = {}

    def view(self, kind: str, key: str, document: Document) -> PageView:
        """Return the view of a document."""
        self._read(document.own + document.record, document.triples)
        thing, record = self._nodes[_name(document.thing)], self._nodes[_name(document.address)]
        groups = self._groups(record)
        covered = groups[0].covers if groups else frozenset()
        types = sorted(_names(thing.get(str(RDF.type), ())), key=order_of)
        return PageView(
            kind=kind,
            key=key,
            iri=document.thing.value,
            path=self._minter.document_path(kind, key),
            title=self.label(document.thing.value),
            nature=self.term(_main_type(types)) if types else "",
            properties=self._properties(thing, covered),
            sources=[self.source(iri) for iri in sorted(_names(record.get(str(PROV.wasDerivedFrom), ())))],
            licence=self._first(record, DCTERMS.license),
            modified=self._day(record, DCTERMS.modified),
            groups=groups,
            response=self._first(record, ASC.reponseEntreprise),
            upkeep=self._upkeep(record),
            breadcrumbs=self._breadcrumbs(document.thing),
        )

    def nodes(self, triples: Iterable[Triple]) -> list[NodeView]:
        """Return each named thing that the triples describe."""
        listed = list(triples)
        self._read((), listed)
        described = _by_node(listed)
        self._nodes = {name: node for name, node in described.items() if name.startswith("_:") or "#" in name}
        return [self._node(name, node) for name, node in described.items() if name not in self._nodes]

    def _node(self, name: str, node: Values) -> NodeView:
        types = tuple(_names(node.get(str(RDF.type), ())))
        nature = self.term(_main_type(list(types))) if types else ""
        return NodeView(name, self.label(name), nature, types, self._properties(node, frozenset()))

    def _read(self, described: Iterable[Triple], triples: Iterable[Triple]) -> None:
        self._nodes = _by_node(described)
        self._texts = defaultdict(list)
        for triple in triples:
            if triple.predicate.value in _LABELS and isinstance(triple.object, Literal):
                self._texts[_name(triple.subject)].append(triple.object)

    def label(self, iri: str) -> str:
        """Return the name of a thing, or of an external address."""
        best = best_text(self._texts.get(iri) or labels_of(self._store, NamedNode(iri), _PREFERRED), self._lang)
        return best.value if best else address_label(iri, self._lang)

    def _properties(self, thing: Values, covered: frozenset[str]) -> list[Property]:
        shown = sorted((iri for iri in thing if not is_hidden(iri)), key=lambda iri: (order_of(iri), iri))
        return [Property(iri, self.term(iri), self.values(iri, thing[iri]), iri in covered) for iri in shown]

    def values(self, predicate: str, terms: Iterable[NamedNode | BlankNode | Literal]) -> tuple[Value, ...]:
        """Return the values to show: of texts in several languages, those of one."""
        listed = list(terms)
        texts = [term for term in listed if isinstance(term, Literal) and term.language]
        best = best_text(texts, self._lang)
        kept = [t for t in listed if not isinstance(t, Literal) or not best or t.language == best.language]
        found = [self._literal(predicate, t) if isinstance(t, Literal) else self._link(t) for t in kept]
        return tuple(sorted(found, key=lambda value: value.text.casefold()))

    def _literal(self, predicate: str, term: Literal) -> Value:
        if term.language:
            return Value(term.value, lang=None if term.language == self._lang else term.language)
        return Value(_formatted(predicate, term))

    def _link(self, term: NamedNode | BlankNode) -> Value:
        name = _name(term)
        inner = self._nodes.get(name)
        if inner is not None:
            texts = next((inner[p] for p in _SUB_NODE_TEXT if p in inner), [])
            best = best_text((t for t in texts if isinstance(t, Literal)), self._lang)
            return Value(best.value if best else name)
        path = self._minter.path_of(name)
        return Value(self.label(name), href=path or name, external=path is None)

    def _first(self, node: Values, predicate: str) -> Value | None:
        found = self.values(str(predicate), node.get(str(predicate), ()))
        return found[0] if found else None

    def _day(self, node: Values, predicate: str) -> str | None:
        found = self._first(node, predicate)
        return found.text if found else None

    def _upkeep(self, record: Values) -> Upkeep | None:
        day, author, state = (self._first(record, each) for each in (ASC.verifieLe, ASC.verifiePar, ASC.statutFiche))
        to_review = state is not None and state.text == TO_REVIEW
        if not (day or to_review):
            return None
        return Upkeep(day.text if day else None, author.text if author else None, to_review)

    def term(self, iri: str) -> str:
        """Return the name of a property or class."""
        return term_label(self._store, iri, self._lang)

    def source(self, iri: str) -> Source:
        """Return the source of a table, as its description names it."""
        return _source(self._store, self._minter, iri, self._lang)

    def describe_source(self, iri: str) -> Source:
        """Read the source of a table, with the names of what it mentions."""
        said = said_of(self._store, NamedNode(iri))
        node = {property_.value: list(values) for property_, values in said.items()}
        mentioned = (value for values in said.values() for value in values if isinstance(value, NamedNode))
        self._read((), [label for each in mentioned for label in label_triples(self._store, each)])
        self._texts[iri] = [title for title in node.get(str(DCTERMS.title), ()) if isinstance(title, Literal)]
        producer = self._first(node, DCTERMS.publisher)
        return Source(
            title=self._link(NamedNode(iri)),
            origin=self._first(node, DCTERMS.source),
            producer=producer.text if producer else None,
            modified=self._day(node, DCTERMS.modified),
            licence=self._first(node, DCTERMS.license),
        )

    def _groups(self, record: Values) -> list[Classification]:
        """Return the groups of statements of one origin, those that give their ground first."""
        parts = sorted(_names(record.get(str(DCTERMS.hasPart), ())))
        parts = [part for part in parts if str(ASC.GroupeDeProvenance) in _names(self._nodes[part][str(RDF.type)])]
        return [self._group(part) for part in sorted(parts, key=lambda part: str(ASC.motif) not in self._nodes[part])]

    def _group(self, iri: str) -> Classification:
        node = self._nodes[iri]
        return Classification(
            label=self.label(iri),
            covers=frozenset(_names(node.get(str(ASC.porteSur), ()))),
            motive=self._day(node, ASC.motif),
            detail=self._day(node, ASC.motifDetail),
            sources=tuple(sorted(_names(node.get(str(PROV.wasDerivedFrom), ())))),
        )

    def _breadcrumbs(self, thing: NamedNode) -> list[Value]:
        """Return the chain of larger territories or broader domains, the largest first."""
        chain: list[Value] = []
        node = thing
        for _ in range(_MAX_DEPTH):
            said = said_of(self._store, node)
            above = (value for property_ in _PARENTS for value in said.get(property_, ()))
            parent = next((o for o in above if isinstance(o, NamedNode)), None)
            path = self._minter.path_of(parent.value) if parent else None
            if parent is None or path is None:
                break
            if not path.startswith(_UNNAMED_STEP):
                chain.append(Value(thing_label(self._store, parent, self._lang), href=path))
            node = parent
        return chain[::-1]


@kept_while_served(256)
def _source(store: Store, minter: Minter, iri: str, lang: str) -> Source:
    return PageWriter(store, minter, lang).describe_source(iri)


def thing_label(store: Store, node: NamedNode, lang: str) -> str:
    """Return the preferred label of a thing."""
    best = best_text(labels_of(store, node, _PREFERRED), lang)
    return best.value if best else node.value


def _by_node(triples: Iterable[Triple]) -> dict[str, Values]:
    nodes: dict[str, Values] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        if isinstance(triple.object, NamedNode | BlankNode | Literal):
            nodes[_name(triple.subject)][triple.predicate.value].append(triple.object)
    return nodes


def _name(node: object) -> str:
    return f"_:{node.value}" if isinstance(node, BlankNode) else str(getattr(node, "value", node))


def _names(terms: Iterable[object]) -> list[str]:
    return [_name(term) for term in terms if isinstance(term, NamedNode)]


def _main_type(types: list[str]) -> str:
    """Return the class that names a thing best: one of ours, then INSEE's, then a legal entity."""
    for start in (str(ASC), str(IGEO), str(LEGAL), str(SKOS), str(DCAT), str(FOAF)):
        for iri in types:
            if iri.startswith(start):
                return iri
    return types[0]


def _formatted(predicate: str, term: Literal) -> str:
    datatype = term.datatype.value
    with suppress(ValueError, InvalidOperation):
        if datatype == str(XSD.date):
            return written_day(date.fromisoformat(term.value))
        if datatype == str(XSD.dateTime):
            return str(format_datetime(datetime.fromisoformat(term.value), "long", rebase=False))
        if datatype == str(XSD.boolean):
            return str(gettext("oui") if term.value in {"true", "1"} else gettext("non"))
        if predicate in _EUROS:
            return euros(Decimal(term.value))
        if datatype in {str(XSD.integer), str(XSD.decimal)}:
            return written_number(Decimal(term.value))
    return term.value
