"""The datatypes of the CSVW subset: lexical form, value range, XSD IRI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import duckdb

XSD = "http://www.w3.org/2001/XMLSchema#"

_UCS = "".join(  # « ucschar » of RFC 3987, but the no-break space
    f"{chr(first)}-{chr(last)}"
    for first, last in (
        (0xA1, 0xD7FF),
        (0xF900, 0xFDCF),
        (0xFDF0, 0xFFEF),
        *((plane << 16, (plane << 16) + 0xFFFD) for plane in range(1, 14)),
        (0xE1000, 0xEFFFD),
    )
)
_CHARACTER = rf"[A-Za-z0-9._~!$&'()*+,;=:@{_UCS}-]|%[0-9A-Fa-f]{{2}}"
_LABEL = f"[A-Za-z0-9_{_UCS}-]+"
WEB_ADDRESS = (
    rf"(?i:https?)://(localhost|{_LABEL}(\.{_LABEL})+)\.?(:[0-9]{{1,5}})?"
    rf"(/({_CHARACTER}|/)*)?(\?({_CHARACTER}|[/?])*)?(#({_CHARACTER}|[/?])*)?"
)
"""An absolute http(s) IRI (RFC 3987), without credentials: a regular expression for RE2 and for Python."""

_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"  # XML Schema 1.0 has no year 0000

_PATTERNS: dict[str, tuple[str, str]] = {
    # base → (regular expression in RE2, which DuckDB uses; rule named in messages)
    "string": ("", ""),
    "integer": (r"[+-]?[0-9]+", "nombre-entier"),
    "decimal": (r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)", "nombre-decimal"),
    "date": (rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}", "date"),
    "gYear": (_YEAR, "annee"),
    "boolean": (r"true|false", "booleen"),
    "anyURI": (WEB_ADDRESS, "adresse-web"),
}
_LIMIT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,6})?")
_KEYS = frozenset({"base", "format", "minimum", "maximum", "minLength", "maxLength"})


@dataclass(frozen=True, slots=True)
class Datatype:
    """A base datatype with optional facets (« 6.4 Datatypes », Metadata Vocabulary for Tabular Data)."""

    base: str
    format: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None

    @property
    def iri(self) -> str | None:
        """The datatype IRI of its literals; None for plain strings."""
        return None if self.base == "string" else XSD + self.base

    @property
    def pattern(self) -> str:
        """The regular expression (RE2) that the whole lexical form must match; empty when anything does."""
        return _PATTERNS[self.base][0]

    @property
    def rule(self) -> str:
        """The rule that a malformed value breaks."""
        return _PATTERNS[self.base][1]


def is_web_address(value: object) -> bool:
    """Return whether a value is an absolute http(s) address."""
    return isinstance(value, str) and re.fullmatch(WEB_ADDRESS, value) is not None


def parse_datatype(value: Any) -> Datatype:
    """Read a CSVW datatype: a name, or an object with `base` and facets.

    Raises:
        ValueError: a datatype or a facet outside the subset, or a format that is no regular expression of RE2.
    """
    facets = {"base": value} if isinstance(value, str) else value
    if not isinstance(facets, dict):
        raise ValueError(repr(value))  # noqa: TRY004 — a description's fault, like the others
    base = facets.get("base", "string")
    unknown = sorted(facets.keys() - _KEYS)
    if unknown or not isinstance(base, str) or base not in _PATTERNS:
        raise ValueError(unknown[0] if unknown else repr(base))
    for facet in facets.keys() - {"base"}:
        if not _is_facet(facet, facets[facet], base):
            raise ValueError(f"{base} + {facet}: {facets[facet]!r}")
    return Datatype(
        base=base,
        format=facets.get("format"),
        minimum=None if "minimum" not in facets else str(facets["minimum"]),
        maximum=None if "maximum" not in facets else str(facets["maximum"]),
        min_length=facets.get("minLength"),
        max_length=facets.get("maxLength"),
    )


def _is_facet(facet: str, value: object, base: str) -> bool:
    """Return whether a facet goes with a base, and its value is of the right kind."""
    if facet == "format":
        return base == "string" and isinstance(value, str) and _is_expression(value)
    if facet in {"minLength", "maxLength"}:
        return base == "string" and isinstance(value, int) and not isinstance(value, bool)
    if base == "date":
        return isinstance(value, str) and _is_date(value)
    number = isinstance(value, str | int | float) and not isinstance(value, bool)
    return base in {"integer", "decimal", "gYear"} and number and bool(_LIMIT.fullmatch(str(value)))


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@cache
def _is_expression(value: str) -> bool:
    """Return whether RE2, as DuckDB runs it on cells, accepts a regular expression."""
    try:
        duckdb.execute("SELECT regexp_full_match('', ?)", [value])
    except duckdb.Error:
        return False
    return True
