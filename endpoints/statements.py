"""What a release states of a thing, read one property at a time: addresses and texts in a stable order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode

from endpoints.languages import best_text
from endpoints.readings import said_of

if TYPE_CHECKING:
    from pyoxigraph import Store

Thing = str | BlankNode
"""A thing by its IRI, or one that has none."""


class Statements:
    """Reads a store; who derives from it has the store and the language that texts are wanted in."""

    __slots__ = ()
    store: Store
    lang: str

    def objects(self, thing: Thing, predicate: str) -> list[object]:
        """Return the values of a property."""
        node = NamedNode(thing) if isinstance(thing, str) else thing
        return list(said_of(self.store, node).get(NamedNode(str(predicate)), ()))

    def iris(self, thing: Thing, predicate: str) -> list[str]:
        """Return the addresses among the values of a property."""
        return sorted(node.value for node in self.objects(thing, predicate) if isinstance(node, NamedNode))

    def literals(self, thing: Thing, predicate: str) -> list[Literal]:
        """Return the literals among the values of a property."""
        return [node for node in self.objects(thing, predicate) if isinstance(node, Literal)]

    def first(self, thing: Thing, predicate: str) -> str | None:
        """Return the first literal of a property, whatever its language."""
        return min((literal.value for literal in self.literals(thing, predicate)), default=None)

    def text(self, thing: Thing, predicate: str) -> str | None:
        """Return a text in the language wanted, else in another."""
        best = best_text(self.literals(thing, predicate), self.lang)
        return best.value if best else None

    def texts(self, thing: Thing, predicate: str) -> list[str]:
        """Return all texts in the language wanted, else in another."""
        literals = self.literals(thing, predicate)
        best = best_text(literals, self.lang)
        return sorted(each.value for each in literals if best and each.language == best.language)
