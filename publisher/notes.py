"""The `dc:` notes of a description: texts by language, one address, one date; and what they must look like."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from publisher.datatypes import is_web_address
from publisher.errors import MappingError

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = frozenset({"dc:title", "dc:description", "dc:publisher"})
_LINKS = frozenset({"dc:source", "dc:license"})
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def texts_of(notes: dict[str, Any], key: str) -> dict[str, str]:
    """Return the texts by language of a note; a text without a language is French."""
    value = notes.get(key, [])
    nodes = value if isinstance(value, list) else [value]
    plain = [{"@value": node} if isinstance(node, str) else node for node in nodes]
    return {node.get("@language", "fr"): node["@value"] for node in plain}


def link_of(notes: dict[str, Any], key: str) -> str | None:
    """Return the address of a note: `{"@id": "https://…"}`."""
    return str(notes[key]["@id"]) if key in notes else None


def date_of(notes: dict[str, Any], key: str) -> str | None:
    """Return the date of a note (ISO 8601; the year or the month may stand alone): `{"@value": "2026-03-09"}`."""
    return str(notes[key]["@value"]) if key in notes else None


def check_note(value: Any, key: str, path: Path) -> None:
    """Refuse a note of another form than its readers above know.

    Raises:
        MappingError: says what is expected.
    """
    if key in _TEXTS:
        nodes = value if isinstance(value, list) else [value]
        fine = all(isinstance(node, str) or _is_text(node) for node in nodes)
        expected = '[{"@value": "…", "@language": "fr"}, …]'
    elif key in _LINKS:
        fine = isinstance(value, dict) and value.keys() == {"@id"} and is_web_address(value["@id"])
        expected = '{"@id": "https://…"}'
    else:
        fine = isinstance(value, dict) and value.keys() <= {"@value", "@type"} and _is_date(value.get("@value"))
        expected = '{"@value": "2026-03-09", "@type": "xsd:date"}'
    if not fine:
        raise MappingError(f"{expected} est attendu", f"{expected} is expected", path=path, key=key)


def _is_text(node: Any) -> bool:
    known = isinstance(node, dict) and node.keys() <= {"@value", "@language"}
    return known and isinstance(node.get("@value"), str) and node.get("@language", "fr") in {"fr", "en"}


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat((value + "-01-01")[:10])
    except ValueError:
        return False
    return True
