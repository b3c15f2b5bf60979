"""What a change did to a thing, field by field, in the words of the pages: from what to what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, RdfFormat, parse
from rdflib.namespace import SKOS

from endpoints.languages import best_text
from endpoints.readings import labels_of
from endpoints.wording import address_label, is_hidden, order_of, term_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Store, Triple

_PREFERRED = NamedNode(str(SKOS.prefLabel))
_TITLES = frozenset({"prefLabel", "title", "label", "name"})
"""Ends of the names of properties that a page shows as its title, and so not as a line."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A property of a thing, or of a node of it, in one language: the values that went, and those that came."""

    property: str
    label: str
    language: str | None
    removed: tuple[str, ...]
    added: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    def line(self) -> str:
        """Return the change on one line, values as a person reads them."""
        field = f"{self.label} ({self.language})" if self.language else self.label
        if self.before and self.after:
            return f"{field} : {_quoted(self.before)} → {_quoted(self.after)}"
        return f"{field} : {'+' if self.after else '−'} {_quoted(self.after or self.before)}"

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON values, the values as the data hold them."""
        return {
            "property": self.property,
            "label": self.label,
            "language": self.language,
            "removed": list(self.removed),
            "added": list(self.added),
        }


def list_fields(store: Store, lang: str, added: Iterable[str], removed: Iterable[str]) -> list[FieldChange]:
    """Return the fields in which N-Triples lines that came and went differ, in the order of a page."""
    sides: dict[tuple[str, str, str | None], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    shown: dict[str, str] = {}
    for side, lines in ((0, removed), (1, added)):
        for triple in _parsed(lines):
            predicate, value = triple.predicate.value, triple.object
            if is_hidden(predicate) and predicate.replace("#", "/").rpartition("/")[2] not in _TITLES:
                continue
            node = str(getattr(triple.subject, "value", ""))
            language = value.language if isinstance(value, Literal) else None
            text = str(getattr(value, "value", value))
            shown[text] = _shown(store, value, lang)
            sides[_part(node), predicate, language][side].append(text)
    order = sorted(sides, key=lambda key: (order_of(key[1]), key[1], key[0], key[2] or ""))
    return [_field(store, lang, key, sides[key], shown) for key in order]


def _field(
    store: Store, lang: str, key: tuple[str, str, str | None], sides: tuple[list[str], list[str]], shown: dict[str, str]
) -> FieldChange:
    part, predicate, language = key
    went, came = sorted(sides[0]), sorted(sides[1])
    label = term_label(store, predicate, lang)
    texts = [tuple(shown[value] for value in side) for side in (went, came)]
    return FieldChange(predicate, f"{part} {label}".strip(), language, tuple(went), tuple(came), *texts)


def _part(node: str) -> str:
    """Return which node of a thing it is: its fragment, or nothing for the thing and its record."""
    _, hash_, fragment = node.partition("#")
    return hash_ + fragment


def _shown(store: Store, value: object, lang: str) -> str:
    if not isinstance(value, NamedNode):
        return str(getattr(value, "value", value))
    best = best_text(labels_of(store, value, _PREFERRED), lang)
    return best.value if best else address_label(value.value, lang)


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"« {value} »" for value in values)


def _parsed(lines: Iterable[str]) -> list[Triple]:
    return [quad.triple for quad in parse(input="\n".join(lines), format=RdfFormat.N_TRIPLES)]
