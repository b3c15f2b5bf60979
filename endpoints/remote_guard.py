"""What a public text must not say to an engine that is not ours, told from its tokens.

Comes after endpoints.evaluation.guard. Virtuoso 7 has functions that fetch URLs (`bif:http_get`) and open to everyone
in its default settings, pragmas (`define`), SQL between backquotes; and it adds the graphs that a text names to those
passed with it. So for such engines functions are those of the standard and the casts of XML Schema, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoints.evaluation.errors import QueryRefusedError, QuerySyntaxError
from endpoints.evaluation.lexer import IRI, NAME, OPEN, OTHER, WORD, tokens

if TYPE_CHECKING:
    from endpoints.evaluation.lexer import Token
    from publisher.store.base import Capabilities

_CASTS = "http://www.w3.org/2001/XMLSchema#"
_SCHEMES = ("bif:", "sql:")
_GRAPHS = ("FROM", "GRAPH")


def has_word(text: str, keyword: str) -> bool:
    """Return whether a keyword stands in a text, or may be read in it."""
    return any(token.kind == WORD and keyword in token.text.upper() for token in tokens(text))


def check(text: str, known: Capabilities) -> None:
    """Refuse what the engine would do beyond the query language or beyond the release.

    Raises:
        QueryRefusedError: an extension, or a graph where the engine does not keep graphs apart.
        QuerySyntaxError: a prefix that is not declared.
    """
    found = list(tokens(text))
    if not known.standard_dataset:
        _check_graphs(found)
    if known.extension_functions:
        _check_extensions(found)


def _check_graphs(found: list[Token]) -> None:
    for token in found:
        # A part of a word is enough: an engine may need no space before a keyword.
        if token.kind == WORD and any(word in token.text.upper() for word in _GRAPHS):
            raise QueryRefusedError(
                "requête refusée : ce service n'a qu'un graphe, sans FROM ni GRAPH",
                "query refused: this service has one graph, without FROM or GRAPH",
            )


def _check_extensions(found: list[Token]) -> None:
    prefixes = _prefixes(found)
    for token, following in zip(found, [*found[1:], None], strict=True):
        if token.kind == WORD and "DEFINE" in token.text.upper():
            raise _extension()
        if token.kind == OTHER and token.text in "`\\":
            raise _extension()
        if token.kind == IRI and ("\\" in token.text or any(s in token.text.lower() for s in _SCHEMES)):
            raise _extension()
        if token.kind == NAME and token.text.partition(":")[0] not in prefixes:
            raise QuerySyntaxError(f"préfixe non déclaré (undeclared prefix) : {token.text}")
        called = following is not None and following.kind == OPEN and following.text == "("
        if called and token.kind in {IRI, NAME} and not _is_cast(token, prefixes):
            raise _extension()


def _prefixes(found: list[Token]) -> dict[str, list[str]]:
    """Return what each prefix is declared to be, every time it is."""
    declared: dict[str, list[str]] = {}
    for word, name, iri in zip(found, found[1:], found[2:], strict=False):
        if word.kind == WORD and word.text.upper() == "PREFIX" and name.kind == NAME and iri.kind == IRI:
            declared.setdefault(name.text.partition(":")[0], []).append(iri.text[1:-1])
    return declared


def _is_cast(token: Token, prefixes: dict[str, list[str]]) -> bool:
    if token.kind == IRI:
        return token.text[1:].startswith(_CASTS)
    return all(iri == _CASTS for iri in prefixes[token.text.partition(":")[0]])


def _extension() -> QueryRefusedError:
    return QueryRefusedError(
        "requête refusée : seules les fonctions de SPARQL 1.1 et les conversions de type xsd: sont admises",
        "query refused: only the functions of SPARQL 1.1 and the xsd: casts are allowed",
    )
