"""The parameters of a question: what kinds there are, and their values as RDF terms.

A value reaches a query as a term, never as text: it is checked against its kind here, and against the release where
the question is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode
from rdflib.namespace import XSD

from publisher.identifiers import Minter
from publisher.siren import is_siren

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoints.queries import Term

LANGUAGE = "langue"
"""The kind of a parameter that follows the language of the page; nobody is asked for it."""

THINGS = ("domaine", "region", "departement", "commune")
"""The kinds whose values are keys of things that the release describes."""

_SHARED = Minter("")
"""Mints what has the same IRI in every instance: territories and domains."""

_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name in the query and in the address, its kind, and the value when none is given."""

    name: str
    kind: str
    default: str

    def term(self, value: str) -> Term:
        """Return a value as a term.

        Raises:
            ValueError: the value is not of the parameter's kind.
        """
        return _KINDS[self.kind](self.kind, value.strip())


def _thing(kind: str, value: str) -> Term:
    if not _KEY.fullmatch(value):
        raise ValueError(value)
    return NamedNode(_SHARED.thing(kind, value))


def _siren(_kind: str, value: str) -> Term:
    digits = re.sub(r"\s", "", value)
    if not is_siren(digits):
        raise ValueError(value)
    return Literal(digits)


def _number(_kind: str, value: str) -> Term:
    digits = re.sub(r"\s", "", value)
    if not _WHOLE.fullmatch(digits):
        raise ValueError(value)
    return Literal(str(int(digits)), datatype=NamedNode(str(XSD.integer)))


def _date(_kind: str, value: str) -> Term:
    return Literal(date.fromisoformat(value).isoformat(), datatype=NamedNode(str(XSD.date)))


def _language(_kind: str, value: str) -> Term:
    if value not in {"fr", "en"}:
        raise ValueError(value)
    return Literal(value)


_KINDS: dict[str, Callable[[str, str], Term]] = {
    **dict.fromkeys(THINGS, _thing),
    "siren": _siren,
    "nombre": _number,
    "date": _date,
    LANGUAGE: _language,
}
KINDS = frozenset(_KINDS)
