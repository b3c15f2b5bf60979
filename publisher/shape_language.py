"""What a shapes graph may say: a term, a pattern or a reference that the gate would pass over is refused by name.

SHACL leaves unknown terms alone (W3C « Shapes Constraint Language », 2017, §1.5): a misspelt `sh:minCount` would
check nothing, and nobody would know. Well-formedness is W3C's own « SHACL for SHACL » (appendix C), as pySHACL
carries it; the rest is what that leaves out.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from importlib.metadata import distribution
from typing import TYPE_CHECKING

import shacl
from rdflib import BNode, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH

from publisher.errors import ShapesError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node

_NAMES = """
    targetClass targetNode targetSubjectsOf targetObjectsOf property path severity message deactivated
    name description order group defaultValue
    alternativePath inversePath zeroOrMorePath oneOrMorePath zeroOrOnePath
    class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive minLength maxLength
    pattern flags languageIn uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone node
    qualifiedValueShape qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint closed ignoredProperties
    hasValue in
    sparql select ask prefixes declare prefix namespace parameter optional labelTemplate
    validator nodeValidator propertyValidator shapesGraph suggestedShapesGraph
    conforms result resultPath resultSeverity resultMessage focusNode value sourceShape sourceConstraintComponent
    sourceConstraint detail shapesGraphWellFormed
"""
_TERMS = frozenset(_NAMES.split())
"""Of shapes and constraints (§2 to §6); those of reports too, for a graph may hold both."""

_SPACE = str(SH)
_ONE = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
_LISTS = (SH["and"], SH["or"], SH.xone)
_FLAGS = frozenset("ismx")
_PART = re.compile(r"\\.|.", re.DOTALL)
_SELECT = re.compile(r"\bselect\b", re.IGNORECASE)


def check_shapes(shapes: Graph) -> None:
    """Do nothing when the gate understands every term, pattern and reference.

    Raises:
        ShapesError: names the shape, and what is wrong with it.
    """
    _check_terms(shapes)
    _check_form(shapes)
    _check_patterns(shapes)
    _check_references(shapes)


def needs_reference(shapes: Graph) -> bool:
    """Return whether a shape has a query within its query, which only pySHACL checks as §5.3 and appendix A demand."""
    queries = (text for term in (SH.select, SH.ask) for text in shapes.objects(None, term))
    return any(len(_SELECT.findall(str(query))) > 1 for query in queries)


def _check_terms(shapes: Graph) -> None:
    for subject, predicate, value in shapes:
        term = _local(predicate)
        if term and term not in _TERMS:
            _refuse_term(shapes, subject, predicate)
        if _local(value) and not _exists(value):
            _refuse_term(shapes, subject, value)


def _refuse_term(shapes: Graph, subject: Node, term: Node) -> None:
    if _exists(term):
        texts = (f"sh:{_local(term)} n'est pas géré par le contrôle", f"sh:{_local(term)} is not supported by the gate")
    else:
        texts = (f"sh:{_local(term)} n'existe pas dans SHACL", f"sh:{_local(term)} does not exist in SHACL")
    raise ShapesError(*texts, shape=name_shape(shapes, subject))


def _exists(term: Node) -> bool:
    return str(term) in _existing()


@cache
def _existing() -> frozenset[str]:
    return frozenset(str(term) for term in dir(SH)) | {_SPACE + name for name in _TERMS}


def _local(term: Node) -> str:
    """Return a term's name in the SHACL namespace; empty for others."""
    return term[len(_SPACE) :] if isinstance(term, URIRef) and term.startswith(_SPACE) else ""


def _check_form(shapes: Graph) -> None:
    report = _shacl_for_shacl().validate_text(shapes.serialize(format="nt"), "ntriples")
    for result in sorted(report.results, key=lambda each: (each.path is None, each.focus_node, each.component)):
        said = f"{result.path or ''} {result.value or ''}".strip()
        raise ShapesError(
            f"forme mal formée ({result.component}) {said}",
            f"ill-formed shape ({result.component}) {said}",
            shape=name_shape(shapes, _node(result.focus_node)),
        )


@cache
def _shacl_for_shacl() -> shacl.Shapes:
    path: Path = distribution("pyshacl").locate_file("pyshacl/assets/shacl-shacl.ttl")  # type: ignore[assignment]
    return shacl.Shapes.from_file(str(path))


def _node(text: str) -> Node:
    return URIRef(text[1:-1]) if text.startswith("<") else BNode(text.removeprefix("_:"))


def _check_patterns(shapes: Graph) -> None:
    for shape, pattern in shapes.subject_objects(SH.pattern):
        if trouble := _trouble(str(pattern)):
            raise ShapesError(
                f'sh:pattern "{pattern}" : expression illisible ou ambiguë ({trouble})',
                f'sh:pattern "{pattern}": unreadable or ambiguous expression ({trouble})',
                shape=name_shape(shapes, shape),
            )
        flags = str(shapes.value(shape, SH.flags) or "")
        if unknown := "".join(sorted(set(flags) - _FLAGS)):
            raise ShapesError(
                f"sh:flags : « {unknown} » n'est pas géré (i, s, m, x)",
                f"sh:flags: '{unknown}' is not supported (i, s, m, x)",
                shape=name_shape(shapes, shape),
            )


def _trouble(pattern: str) -> str:
    """Return what is wrong with a regular expression, as the engines read it; empty if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns of what may come to mean a difference of sets
            re.compile(pattern)
    except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
        return str(error)
    within = False
    for part in _PART.findall(pattern):
        if part == "[" and within:
            return "[ dans [ ]"
        within = part == "[" or (within and part != "]")
    return ""


def _check_references(shapes: Graph) -> None:
    """Refuse a reference to a shape that is nowhere, and a shape that refers to itself (§3.4.3: undefined)."""
    edges = {shape: list(_referred(shapes, shape)) for shape in set(shapes.subjects())}
    for shape, others in edges.items():
        for other in others:
            if other not in edges:
                raise ShapesError(
                    f"la forme {other} n'est définie nulle part",
                    f"the shape {other} is defined nowhere",
                    shape=name_shape(shapes, shape),
                )
    done: set[Node] = set()
    for shape in edges:
        _follow(shapes, edges, shape, done)


def _follow(shapes: Graph, edges: dict[Node, list[Node]], start: Node, done: set[Node]) -> None:
    path: list[tuple[Node, Iterator[Node]]] = [(start, iter(edges[start]))] if start not in done else []
    within = {start}
    while path:
        shape, others = path[-1]
        other = next(others, None)
        if other is None:
            path.pop()
            within.discard(shape)
            done.add(shape)
        elif other in within:
            raise ShapesError(
                "forme récursive : elle revient à elle-même", "recursive shape: it comes back to itself",
                shape=name_shape(shapes, other),
            )  # fmt: skip
        elif other not in done:
            within.add(other)
            path.append((other, iter(edges[other])))


def _referred(shapes: Graph, shape: Node) -> Iterator[Node]:
    for term in _ONE:
        yield from shapes.objects(shape, term)
    for term in _LISTS:
        for members in shapes.objects(shape, term):
            yield from Collection(shapes, members)


def name_shape(shapes: Graph, node: Node) -> str:
    """Return the IRI of a node, or of the nearest shape with one that leads to it."""
    seen: set[Node] = set()
    while isinstance(node, BNode) and node not in seen:
        seen.add(node)
        node = next(iter(sorted(shapes.subjects(None, node), key=lambda each: isinstance(each, BNode))), node)
    return str(node)
