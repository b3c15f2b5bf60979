"""The classes of the vocabulary and the properties that link them, as a drawing: one arrow a property.

Subjects stand on the left, values on the right; nothing crosses, and the table beside it says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from endpoints.vocabulary_terms import Term

WIDTH, BOX = 800, 250
"""The width of the drawing and of its boxes, in the units of its viewBox."""

_ROW, _GAP, _HEIGHT = 46, 14, 34


@dataclass(frozen=True, slots=True)
class Box:
    """A class: where it is drawn, its name, and below it what it is a sort of, or the prefixed name of another's."""

    x: int
    y: int
    height: int
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A property from a class to another, at a height; `anchor` is its place on the page."""

    y: int
    name: str
    anchor: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing: its boxes, its arrows, its height."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    height: int
    width: int = WIDTH
    box: int = BOX


def draw_classes(
    terms: Iterable[Term], name_class: Callable[[str | None], str], compact: Callable[[str], str]
) -> Diagram:
    """Return the drawing of an ontology's classes.

    `name_class` names a class, and None: anything at all; `compact` gives a prefixed name.
    """
    listed = list(terms)
    above = {term.iri: "".join(f"⊂ {each.text}" for each in term.above[:1]) for term in listed}

    def box(left: int, top: int, height: int, iri: str | None) -> Box:
        note = "" if iri is None else above.get(iri, compact(iri))
        return Box(left, top, height, name_class(iri), note)

    boxes: list[Box] = []
    arrows: list[Arrow] = []
    top = 1
    for source, group in groupby(_links(listed), key=lambda link: link[0]):
        rows = list(group)
        boxes.append(box(1, top, _ROW * (len(rows) - 1) + _HEIGHT, source))
        for target, same in groupby(enumerate(rows), key=lambda row: row[1][1]):
            numbers = [number for number, _ in same]
            height = _ROW * (len(numbers) - 1) + _HEIGHT
            left = WIDTH - BOX - 1
            boxes.append(box(left, top + _ROW * numbers[0], height, target))
        arrows += [
            Arrow(top + _ROW * number + _HEIGHT // 2, term.label, term.name, name_class(source), name_class(target))
            for number, (_, target, term) in enumerate(rows)
        ]
        top += _ROW * (len(rows) - 1) + _HEIGHT + _GAP
    drawn = {each.name for each in boxes}
    alone = [term for term in listed if term.kind == "class" and name_class(term.iri) not in drawn]
    for number, term in enumerate(alone):
        left = 1 if number % 2 == 0 else WIDTH - BOX - 1
        boxes.append(box(left, top + _ROW * (number // 2), _HEIGHT, term.iri))
    return Diagram(tuple(boxes), tuple(arrows), top + _ROW * -(-len(alone) // 2))


def _links(terms: Iterable[Term]) -> list[tuple[str | None, str, Term]]:
    """Return subject, value and property of each link, those that anything may have first."""
    found = [
        (term.domains[0] if term.domains else None, target, term)
        for term in terms
        if term.kind == "link"
        for target in term.ranges
    ]
    return sorted(found, key=lambda link: (link[0] is not None, link[0] or "", link[1]))
