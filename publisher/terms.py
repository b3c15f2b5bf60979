"""The terms of N-Triples as texts, where there are too many to make objects of."""

from __future__ import annotations

from pyoxigraph import Literal, RdfFormat, parse


def iri_of(term: str) -> str:
    """Return the IRI of a term that is one."""
    return term[1:-1]


def read_term(term: str) -> tuple[str, str | None]:
    """Return the text of an IRI, the label of a blank node or the text of a literal, and its language."""
    if term.startswith("<"):
        return term[1:-1], None
    if term.startswith("_:"):
        return term[2:], None
    text, _, mark = term[1:].rpartition('"')
    language = mark[1:] if mark.startswith("@") else None
    return unescape(text) if "\\" in text else text, language


def write_term(value: str | int) -> str:
    """Return a text, a whole number or a truth value, which is a whole number to Python, as a literal."""
    return str(Literal(value))


def unescape(text: str) -> str:
    """Return the text of a literal as it is, of what N-Triples writes between quotes."""
    (quad,) = parse(f'<x:s> <x:p> "{text}" .', format=RdfFormat.N_TRIPLES)
    return str(quad.object.value)
