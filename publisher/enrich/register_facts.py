"""What SIRENE says of a company, in the register's words: what stock files and the API give alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[float], None]
"""Called with the share of the work done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a head office is: INSEE code of its commune, or a country abroad."""

    status: str
    commune: str
    country: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A legal unit; None is what the source read does not tell, an empty text what it tells to be empty."""

    siren: str
    status: str
    category: str
    processed: str
    name: str = ""
    usual: tuple[str, ...] | None = None
    state: str = ""
    ceased: str = ""
    founded: str = ""
    size: str = ""
    size_year: str = ""
    activity: str = ""
    activity_2025: str = ""
    seat: Seat | None = None
