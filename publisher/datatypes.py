"""The datatypes of the CSVW subset: lexical form, value range, XSD IRI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

XSD = "http://www.w3.org/2001/XMLSchema#"

_PATTERNS: dict[str, tuple[str, str]] = {
    # base → (regular expression in RE2, which DuckDB uses; rule named in messages)
    "string": ("", ""),
    "integer": (r"[+-]?[0-9]+", "nombre-entier"),
    "decimal": (r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)", "nombre-decimal"),
    "date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "date"),
    "gYear": (r"[0-9]{4}", "annee"),
    "boolean": (r"true|false", "booleen"),
    "anyURI": (r"(?i)https?://[^\s<>\"{}|^`\\/?#]+\.?[^\s<>\"{}|^`\\]*", "adresse-web"),
}
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


def parse_datatype(value: Any) -> Datatype:
    """Read a CSVW datatype: a name, or an object with `base` and facets.

    Raises:
        ValueError: a datatype or a facet outside the subset, or a format that is no regular expression.
    """
    facets: dict[str, Any] = {"base": value} if isinstance(value, str) else dict(value)
    unknown = [key for key in facets if key not in _KEYS]
    base = facets.get("base", "string")
    if unknown or base not in _PATTERNS:
        raise ValueError(unknown[0] if unknown else base)
    if "format" in facets:
        try:
            re.compile(facets["format"])
        except re.error as error:
            raise ValueError(f"format: {error}") from error
    return Datatype(
        base=base,
        format=facets.get("format"),
        minimum=None if facets.get("minimum") is None else str(facets["minimum"]),
        maximum=None if facets.get("maximum") is None else str(facets["maximum"]),
        min_length=facets.get("minLength"),
        max_length=facets.get("maxLength"),
    )
