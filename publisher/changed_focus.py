"""The focus nodes of which changed statements decide: those from which shapes can reach one of them.

A step that shapes take along a changed statement is traced back to where it began. All other focus nodes get the
results that they had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib.namespace import RDF, RDFS, SH

from publisher.portions import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rdflib import URIRef
    from rdflib.term import Node

    from publisher.neighbourhood import Neighbourhood, Statement
    from publisher.reach import Group, Reach, Step

TYPE, SUBCLASS = f"<{RDF.type}>", f"<{RDFS.subClassOf}>"

_Trail = tuple["Step", ...]


def find_changed(graph: Neighbourhood, groups: Sequence[Group]) -> set[str]:
    """Return the nodes of which changed statements may decide, as focus nodes of any shape; some are none (any more).

    Raises:
        UntraceableError: a blank node is on the way.
    """
    found = set[str]()
    for group in groups:
        for term, node in group.targets:
            found.update(_retargeted(graph, term, node))
        for touched, trail in _touched(graph, group.reach, ()):
            found.update(_trace(graph, touched, trail))
    return found


def keep_focus(graph: Neighbourhood, group: Group, nodes: Sequence[str], classes: Sequence[Statement]) -> list[str]:
    """Return those nodes that are focus nodes of a group; `classes` are all that is said of subclasses.

    Raises:
        UntraceableError: a blank node is on the way.
    """
    aims = [_aim(graph, *target, classes) for target in group.targets]
    return [each for each in nodes if any(aimed(each) for aimed in aims)]


def _retargeted(graph: Neighbourhood, term: URIRef, node: Node) -> Iterator[str]:
    """Yield the nodes that a target may mean now, or no more."""
    if term == SH.targetClass:
        yield from (subject for subject, _, _ in graph.changes.get(TYPE, ()))
    elif term in {SH.targetSubjectsOf, SH.targetObjectsOf}:
        place = 0 if term == SH.targetSubjectsOf else 2
        yield from (statement[place] for statement in graph.changes.get(written(node), ()))


def _touched(graph: Neighbourhood, reach: Reach, trail: _Trail) -> Iterator[tuple[str, _Trail]]:
    """Yield where a changed statement may be read, with the steps that lead there."""
    if reach.every:
        yield from ((subject, trail) for each in graph.changes.values() for subject, _, _ in each)
    for step, further in reach.steps.items():
        for statement in graph.changes.get(f"<{step.predicate}>", ()):
            yield statement[2 if step.backwards else 0], trail
        yield from _touched(graph, further, (*trail, step))


def _trace(graph: Neighbourhood, node: str, trail: _Trail) -> set[str]:
    """Return from where the steps lead to a node."""
    nodes = {node}
    for step in reversed(trail):
        nodes = {each for node in nodes for each in graph.before(step, node)}
    return nodes


def _aim(graph: Neighbourhood, term: URIRef, target: Node, classes: Sequence[Statement]) -> Callable[[str], bool]:
    """Return what tells whether a target means a node (§2.1.3)."""
    aimed = written(target)
    if term == SH.targetNode:
        return lambda node: node == aimed
    if term == SH.targetClass:
        below = _below(aimed, classes)
        return lambda node: any(class_ in below for _, _, class_ in graph.said(node, TYPE))
    if term == SH.targetSubjectsOf:
        return lambda node: bool(graph.said(node, aimed))
    return lambda node: bool(graph.leads_to(node, aimed))


def _below(class_: str, classes: Sequence[Statement]) -> set[str]:
    """Return a class and those below it."""
    found = {class_}
    while more := {narrower for narrower, _, wider in classes if wider in found} - found:
        found |= more
    return found
