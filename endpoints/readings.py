"""What pages read of the release served, and read over again: kept once read, forgotten with the release."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib.namespace import DCTERMS, RDF, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyoxigraph import Store

Node = NamedNode | BlankNode
Value = NamedNode | BlankNode | Literal

LABELS = tuple(NamedNode(str(term)) for term in (SKOS.prefLabel, RDFS.label, DCTERMS.title))
_FIRST = {NamedNode(str(RDF.type)): 0, **dict.fromkeys(LABELS, 1)}
_NODES, _LABELS = 2_048, 16_384
"""Nodes, and lists of labels, that a web process keeps: about 15 and 10 MB."""

_Read = TypeVar("_Read", bound="Callable[..., object]")
_forget: list[Callable[[], None]] = []


def kept_while_served(most: int) -> Callable[[_Read], _Read]:
    """Keep what a function of a store (or an index) and hashable things returns, of late, until `forget_read`."""

    def keep(read: _Read) -> _Read:
        kept = lru_cache(maxsize=most)(read)
        _forget.append(kept.cache_clear)
        return cast("_Read", kept)

    return keep


def forget_read() -> None:
    """Let go of all that was kept, and of the stores and indexes that it comes from."""
    for clear in _forget:
        clear()


@kept_while_served(_NODES)
def said_of(store: Store, node: Node) -> Mapping[NamedNode, tuple[Value, ...]]:
    """Return the values of each property of a node, in reading order: its classes, its labels, the rest."""
    said: dict[NamedNode, list[Value]] = {}
    for quad in store.quads_for_pattern(node, None, None):
        if isinstance(quad.object, Value):
            said.setdefault(quad.predicate, []).append(quad.object)
    order = sorted(said, key=lambda property_: (_FIRST.get(property_, 2), property_.value))
    return {property_: _in_order(said[property_]) for property_ in order}


def _in_order(values: list[Value]) -> tuple[Value, ...]:
    return tuple(values) if len(values) == 1 else tuple(sorted(values, key=str))


@kept_while_served(_LABELS)
def labels_of(store: Store, node: NamedNode, property_: NamedNode) -> tuple[Literal, ...]:
    """Return the texts that a property gives a node, read alone: of most nodes a page shows no more."""
    found = (quad.object for quad in store.quads_for_pattern(node, property_, None))
    return tuple(text for text in found if isinstance(text, Literal))
