"""Who answers for an instance: the tables `[mentions]` and `[accessibilite]` of `annuaire.toml`, all optional.

What a French public site must say: publisher, director of publication and host (loi n° 2004-575 of 21 June 2004), and
how far it conforms to the RGAA (loi n° 2005-102 of 11 February 2005, article 47). What is not set is shown as missing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from publisher.datatypes import is_web_address
from publisher.service import SettingError

STATUSES = ("non conforme", "partiellement conforme", "totalement conforme")
"""What an audit may conclude; the first holds as long as there is none."""

_MENTIONS = {
    "directeur": "director",
    "adresse": "address",
    "telephone": "telephone",
    "hebergeur": "host",
    "hebergeur_adresse": "host_address",
    "hebergeur_telephone": "host_telephone",
    "donnees_personnelles": "data_protection",
}
_ACCESSIBILITY = {"statut": "status", "audit": "audit", "audit_date": "audit_date"}
KNOWN = {"mentions": frozenset(_MENTIONS), "accessibilite": frozenset(_ACCESSIBILITY)}
"""The settings of each table."""


@dataclass(frozen=True, slots=True)
class LegalSettings:
    """What an instance says of those who answer for it; None is what it does not say.

    `data_protection` is whom to write to about personal data, `audit` the address of an accessibility audit's report.
    """

    director: str | None = None
    address: str | None = None
    telephone: str | None = None
    host: str | None = None
    host_address: str | None = None
    host_telephone: str | None = None
    data_protection: str | None = None
    status: str = STATUSES[0]
    audit: str | None = None
    audit_date: date | None = None

    @property
    def missing(self) -> list[str]:
        """The names of the settings that the legal notice needs and that are absent."""
        return [f"mentions.{name}" for name, field in _MENTIONS.items() if getattr(self, field) is None]

    @property
    def state(self) -> str:
        """A text that changes when a setting does."""
        return "\n".join(f"{each.name}={getattr(self, each.name)}" for each in fields(self))


def read_legal(settings: dict[str, Any]) -> LegalSettings:
    """Return these settings from the settings file's content.

    Raises:
        SettingError: a value is of the wrong type, or conformance is claimed without the audit that found it.
    """
    found: dict[str, Any] = {}
    for table, names in (("mentions", _MENTIONS), ("accessibilite", _ACCESSIBILITY)):
        given = settings.get(table, {})
        if not isinstance(given, dict):
            raise SettingError(table, "une table est attendue", "a table is expected")
        for name, value in given.items():
            found[names[name]] = _value(f"{table}.{name}", value)
    legal = LegalSettings(**found)
    if legal.status != STATUSES[0] and None in (legal.audit, legal.audit_date):
        raise SettingError(
            "accessibilite.statut",
            f"« {legal.status} » se constate par un audit : donner aussi audit et audit_date",
            f"'{legal.status}' is for an audit to find: give audit and audit_date too",
        )
    return legal


def _value(key: str, value: object) -> object:
    if key == "accessibilite.audit_date":
        if type(value) is not date:
            raise SettingError(key, "une date est attendue, comme 2026-03-09", "a date is expected, such as 2026-03-09")
        return value
    if not isinstance(value, str) or not value.strip():
        raise SettingError(key, "un texte est attendu", "a text is expected")
    if key == "accessibilite.statut" and value not in STATUSES:
        listed = ", ".join(STATUSES)
        raise SettingError(key, f"l'une de ces valeurs est attendue : {listed}", f"one of these is expected: {listed}")
    if key == "accessibilite.audit" and not is_web_address(value):
        raise SettingError(key, "une adresse http(s) complète est attendue", "a complete http(s) address is expected")
    return value.strip()
