"""What shapes can reach from a focus node: the statements that decide of it, in a graph of any size.

A constraint reads values along its path, other properties of the focus node, the classes of a value. A part of the
graph that holds all these statements for some focus nodes gives the results of the whole for them (W3C « Shapes
Constraint Language », 2017, §2.1.3 and §4). What is understood is listed here; of all else, that a part of the graph
would give the same results is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdflib import BNode, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

from publisher.errors import ShapesError
from publisher.shape_language import name_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)

_NAMES = """
    name description order group defaultValue severity message deactivated
    path datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive minLength maxLength
    pattern flags languageIn uniqueLang hasValue in qualifiedMinCount qualifiedMaxCount ignoredProperties
"""
_LOCAL = {*TARGETS, *(SH[name] for name in _NAMES.split())}
"""What reads nothing, or the values alone."""

_COMPARED = {SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals}
_SHAPES = {SH.property, SH.node, SH["not"], SH.qualifiedValueShape}
_LISTS = {SH["and"], SH["or"], SH.xone}
_KINDS = {SH.NodeShape, SH.PropertyShape}


@dataclass(frozen=True, slots=True)
class Step:
    """A move from a node to others: along a property, forwards or backwards."""

    predicate: str
    backwards: bool = False


@dataclass(slots=True)
class Reach:
    """The steps that may be taken from a node, each with those from where it leads; `every`: all it says is read."""

    steps: dict[Step, Reach] = field(default_factory=dict)
    every: bool = False

    def at(self, step: Step) -> Reach:
        """Return what is reached after a step."""
        return self.steps.setdefault(step, Reach())


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes with the same targets: (kind of target, node) pairs; and what they reach from a focus node."""

    targets: tuple[tuple[URIRef, Node], ...]
    shapes: tuple[Node, ...]
    reach: Reach


def find_reach(shapes: Graph) -> list[Group]:
    """Return the shapes with targets by these targets, and what they reach.

    Raises:
        ShapesError: a shape says something of which it is not known what it reads; names the shape.
    """
    _refuse_unsaid(shapes)
    grouped: dict[tuple[tuple[URIRef, Node], ...], list[Node]] = {}
    for shape in sorted({shape for term in TARGETS for shape in shapes.subjects(term)}, key=str):
        targets = tuple((term, node) for term in TARGETS for node in sorted(shapes.objects(shape, term), key=str))
        grouped.setdefault(targets, []).append(shape)
    groups = []
    for targets, members in grouped.items():
        reach = Reach()
        for shape in members:
            _follow(shapes, shape, [reach])
        groups.append(Group(targets, tuple(members), reach))
    return groups


def _refuse_unsaid(shapes: Graph) -> None:
    """Refuse constraint components of a project's own, shapes that are classes too, and targets without a name."""
    speaking = {subject for subject, predicate, _ in shapes if str(predicate).startswith(str(SH))}
    for shape in speaking:
        for kind in set(shapes.objects(shape, RDF.type)) - _KINDS:
            raise _unknown(shapes, shape, kind)
        for term in TARGETS:
            if any(isinstance(target, BNode) for target in shapes.objects(shape, term)):
                raise _unknown(shapes, shape, term)


def _follow(shapes: Graph, shape: Node, focus: list[Reach]) -> None:
    """Add what a shape reads from its focus nodes; recursive shapes have been refused."""
    path = shapes.value(shape, SH.path)
    values = focus if path is None else list(_walk(shapes, path, focus, shape))
    for predicate, node in shapes.predicate_objects(shape):
        if predicate in _SHAPES:
            _follow(shapes, node, values)
        elif predicate in _LISTS:
            for member in Collection(shapes, node):
                _follow(shapes, member, values)
        elif predicate in _COMPARED:
            for each in focus:
                each.at(Step(str(node)))
        elif predicate == SH["class"]:
            for value in values:
                value.at(Step(str(RDF.type)))
        else:
            _read(shapes, shape, predicate, values)


def _read(shapes: Graph, shape: Node, predicate: Node, values: list[Reach]) -> None:
    """Add what a closed shape reads, and refuse what is not understood.

    Of a closed property shape, the engine reads other nodes than the standard says.
    """
    if predicate == SH.closed and (shape, SH.path, None) not in shapes:
        for value in values:
            value.every = True
    elif str(predicate).startswith(str(SH)) and predicate not in _LOCAL:
        raise _unknown(shapes, shape, predicate)


def _walk(shapes: Graph, path: Node, starts: Iterable[Reach], shape: Node) -> Iterator[Reach]:
    """Yield where a path leads to (§2.3.1); one of any length is not understood."""
    starts = list(starts)
    if isinstance(path, URIRef):
        yield from (start.at(Step(str(path))) for start in starts)
    elif shapes.value(path, RDF.first) is not None:
        for step in Collection(shapes, path):
            starts = list(_walk(shapes, step, starts, shape))
        yield from starts
    elif (steps := shapes.value(path, SH.alternativePath)) is not None:
        for each in Collection(shapes, steps):
            yield from _walk(shapes, each, starts, shape)
    elif isinstance(inverse := shapes.value(path, SH.inversePath), URIRef):
        yield from (start.at(Step(str(inverse), backwards=True)) for start in starts)
    elif (optional := shapes.value(path, SH.zeroOrOnePath)) is not None:
        yield from starts
        yield from _walk(shapes, optional, starts, shape)
    else:
        raise _unknown(shapes, shape, next(shapes.predicates(path), SH.path))


def _unknown(shapes: Graph, shape: Node, term: Node) -> ShapesError:
    name = shapes.namespace_manager.normalizeUri(str(term)).replace(str(SH), "sh:").strip("<>")
    texts = (f"{name} lit peut-être tout le graphe", f"{name} may read all of the graph")
    return ShapesError(*texts, shape=name_shape(shapes, shape))
