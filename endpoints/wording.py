"""What things are called on a page: labels of properties, classes and external addresses, by language.

A label in the release comes first (the ontology's own terms), then `labels.ttl` beside this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, parse
from rdflib.namespace import RDFS, SH

from endpoints.languages import best_text
from endpoints.readings import kept_while_served, labels_of

if TYPE_CHECKING:
    from pyoxigraph import Store

LABELS_FILE = Path(__file__).parent / "labels.ttl"
_LABEL = NamedNode(str(RDFS.label))
_LAST = 90


@dataclass(slots=True)
class Entry:
    """How a property, a class or an address is shown."""

    labels: list[Literal] = field(default_factory=list)
    order: int = _LAST
    hidden: bool = False


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """Return the table of `labels.ttl` by IRI."""
    found: dict[str, Entry] = {}
    for quad in parse(path=str(LABELS_FILE), format=RdfFormat.TURTLE):
        if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, Literal):
            continue
        entry = found.setdefault(quad.subject.value, Entry())
        if quad.predicate == _LABEL:
            entry.labels.append(quad.object)
        elif quad.predicate.value == str(SH.order):
            entry.order = int(quad.object.value)
        elif quad.predicate.value == str(SH.deactivated):
            entry.hidden = quad.object.value == "true"
    return found


def order_of(iri: str) -> int:
    """Return the rank of a property on a page."""
    return entries().get(iri, Entry()).order


def is_hidden(iri: str) -> bool:
    """Return whether a property is never shown as a line of its own."""
    return entries().get(iri, Entry()).hidden


@kept_while_served(1024)
def term_label(store: Store, iri: str, lang: str) -> str:
    """Return the name of a property or class; the end of its IRI when nobody has named it."""
    best = best_text(labels_of(store, NamedNode(iri), _LABEL) or entries().get(iri, Entry()).labels, lang)
    return best.value if best else iri.rstrip("/").replace("#", "/").rpartition("/")[2]


def address_label(iri: str, lang: str) -> str:
    """Return the name of an external address: its own, or that of its site with what follows; else itself."""
    whole = best_text(entries().get(iri, Entry()).labels, lang)
    if whole:
        return whole.value
    namespace = iri[: iri.rfind("/") + 1]
    site = best_text(entries().get(namespace, Entry()).labels, lang)
    return f"{site.value} : {iri[len(namespace) :]}" if site else iri.removeprefix("https://").rstrip("/")
