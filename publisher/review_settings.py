"""How records are kept up: the table `[revue]` of `annuaire.toml`, optional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from publisher.service import SettingError

REVIEW = "revue"
REVIEW_KEYS = frozenset({"mois", "organisations"})
_MONTHS, _MOST_MONTHS = 12, 120


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """After how many months a record is to be checked again, and who checks besides the publisher."""

    months: int = _MONTHS
    organisations: tuple[str, ...] = ()


def read_review(settings: dict[str, Any]) -> ReviewSettings:
    """Return these settings from the settings file's content.

    Raises:
        SettingError: a value is of the wrong type or out of bounds.
    """
    given = settings.get(REVIEW, {})
    if not isinstance(given, dict):
        raise SettingError(REVIEW, "une table est attendue", "a table is expected")
    months = given.get("mois", _MONTHS)
    if type(months) is not int or not 1 <= months <= _MOST_MONTHS:
        raise SettingError(
            f"{REVIEW}.mois",
            f"un nombre entier de 1 à {_MOST_MONTHS} est attendu",
            f"a whole number from 1 to {_MOST_MONTHS} is expected",
        )
    names = given.get("organisations", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise SettingError(f"{REVIEW}.organisations", "une liste de noms est attendue", "a list of names is expected")
    return ReviewSettings(months, tuple(name.strip() for name in names))
