"""Turtle and N-Triples files → rdflib graphs, read by pyoxigraph: several times faster than rdflib's own parsers."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef

from publisher.errors import ProjectError
from publisher.refusals import unreadable_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rdflib.term import Node

_STRING = "http://www.w3.org/2001/XMLSchema#string"


def read_turtle(*paths: Path) -> Graph:
    """Return the statements of Turtle files as one graph, which knows their prefixes.

    Raises:
        ProjectError: a file is not readable Turtle.
    """
    graph = Graph()
    for path in paths:
        with _readable(path):
            statements = ox.parse(
                path=path,
                format=ox.RdfFormat.TURTLE,
                base_iri=path.absolute().as_uri(),
                rename_blank_nodes=True,  # two files may use the same label
            )
            _add(graph, statements)
        for prefix, namespace in statements.prefixes.items():
            graph.bind(prefix, namespace)
    return graph


def read_statements(path: Path) -> list[ox.Quad]:
    """Return the statements of a Turtle file as they stand: no graph is made of what is read once.

    Raises:
        ProjectError: the file is not readable Turtle.
    """
    statements: list[ox.Quad] = []
    with _readable(path):
        statements += ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=path.absolute().as_uri())
    return statements


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (SyntaxError, OSError, ValueError) as error:
        why = unreadable_reason(error)
        raise ProjectError(f"illisible : {why['fr']}", f"unreadable: {why['en']}", path=path) from error


def read_ntriples(path: Path) -> Graph:
    """Return the statements of an N-Triples file, however many."""
    graph = Graph()
    with no_collection():
        _add(graph, ox.parse(path=path, format=ox.RdfFormat.N_TRIPLES))
    return graph


@contextmanager
def no_collection() -> Iterator[None]:
    """Hold back the garbage collector, which finds nothing among the many small objects of a build."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _add(graph: Graph, statements: Iterable[ox.Quad]) -> None:
    names: dict[str, URIRef] = {}

    def convert(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
        if isinstance(term, ox.NamedNode):
            return names.get(term.value) or names.setdefault(term.value, URIRef(term.value))
        if isinstance(term, ox.BlankNode):
            return BNode(term.value)
        if isinstance(term, ox.Literal):
            datatype = None if term.language else _datatype(term)
            return Literal(term.value, lang=term.language, datatype=datatype)
        raise TypeError(term)

    for quad in statements:
        graph.add((convert(quad.subject), convert(quad.predicate), convert(quad.object)))


def _datatype(term: ox.Literal) -> str | None:
    iri = term.datatype.value
    return None if iri == _STRING else iri
