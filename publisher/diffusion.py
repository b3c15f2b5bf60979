"""What SIRENE does not want spread, and natural persons: the one home of these signs.

A legal unit of status P (« diffusion partielle », article A123-96 of the Code de commerce) shows neither name nor
address: SIRENE writes `[ND]` in their place. Legal categories that begin with 1 are natural persons (Insee,
« catégories juridiques »). `publisher.discretion` keeps to them in the steward's tables, `publisher.enrich` in SIRENE's
own files.
"""

from __future__ import annotations

OPEN = "O"
"""The status of diffusion of what may be shown; any other may not."""

NOT_DISCLOSED = "[ND]"
NATURAL_PERSON = "1"
"""How the legal categories of natural persons begin."""


def is_partial(status: str) -> bool:
    """Return whether a unit or establishment of this status objects to being spread; an unknown status does too."""
    return status.strip().upper() != OPEN


def is_natural_person(category: str) -> bool:
    """Return whether a legal category of four digits is that of a natural person."""
    return category.strip().startswith(NATURAL_PERSON)


def disclosed(text: str) -> str:
    """Return a value of SIRENE, or an empty text where it says that the value is not disclosed."""
    return "" if NOT_DISCLOSED in text.upper() else text.strip()
