"""Data extension of the reconciliation service: values of properties for things already recognised (API 0.2, § 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from endpoints.languages import text_in
from endpoints.problems import BadRequestError, TooLargeError
from endpoints.reconciliation_terms import Property, find_property, find_type, name_of
from publisher.names import clean

if TYPE_CHECKING:
    from endpoints.searching import Record, SearchIndex

MAX_IDS = 1000
_MAX_PROPERTIES = 40
_PLACES = frozenset({"commune", "epci", "departement", "region"})

SETTINGS: tuple[dict[str, Any], ...] = (
    {
        "name": "limit",
        "type": "number",
        "default": 0,
        "label": {"fr": "Nombre de valeurs", "en": "Number of values"},
        "help_text": {
            "fr": "Nombre de valeurs par ligne, 0 pour toutes",
            "en": "How many values a row, 0 for all of them",
        },
    },
)
"""What a client may set for each property."""


def extend(index: SearchIndex, asked: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return the answer to a data extension query; a thing or property unknown here has no values.

    Raises:
        BadRequestError: `ids` or `properties` is not what the protocol says.
        TooLargeError: there are too many of them.
    """
    ids, properties = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise BadRequestError("« ids » doit être une liste de textes", "'ids' must be a list of strings")
    if not isinstance(properties, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), str) for each in properties
    ):
        raise BadRequestError("chaque propriété doit avoir un « id »", "each property must have an 'id'")
    if len(ids) > MAX_IDS or len(properties) > _MAX_PROPERTIES:
        raise TooLargeError(
            f"au plus {MAX_IDS} choses et {_MAX_PROPERTIES} propriétés",
            f"at most {MAX_IDS} things and {_MAX_PROPERTIES} properties",
        )
    rows = {}
    for iri in ids:
        record = index.named_thing(clean(iri))
        rows[iri] = {each["id"]: _values(record, each, lang) if record else [] for each in properties}
    return {"meta": [_meta(each["id"], lang) for each in properties], "rows": rows}


def _meta(name: str, lang: str) -> dict[str, Any]:
    known = find_property(name)
    if known is None:
        return {"id": name, "name": name}
    found: dict[str, Any] = {"id": name, "name": known.names[lang]}
    type_ = find_type(known.value_type) if known.value_type else None
    return found | {"type": {"id": type_.id, "name": type_.names[lang]}} if type_ else found


def _values(record: Record, asked: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    known = find_property(asked["id"])
    settings = asked.get("settings")
    limit = settings.get("limit") if isinstance(settings, dict) else None
    found = _all_values(record, known, lang) if known else []
    try:
        count = int(limit or 0)
    except (TypeError, ValueError, OverflowError):
        count = 0
    return found[:count] if count > 0 else found


def _all_values(record: Record, known: Property, lang: str) -> list[dict[str, Any]]:  # noqa: PLR0911 — one return a kind of value
    """Return the values of a property as the protocol writes them."""
    kind, territory = record["kind"], record["kind"] in {"commune", "departement", "region", "intercommunalite"}
    if known.id in _PLACES:
        place = record.get("places", {}).get(known.id)
        return _entities([place], lang) if place else []
    if known.id in {"domaine", "domaineParent"}:
        return _entities(record.get("domains" if known.id == "domaine" else "ancestors", []), lang)
    if known.id == "siren":
        return [{"str": record["code"]}] if kind in {"entreprise", "intercommunalite"} else []
    if known.id == "codeINSEE":
        return [{"str": record["code"]}] if territory else []
    if known.id == "annee":
        return [{"int": year} for year in record.get("years", [])]
    if known.id == "population":
        return [{"int": record["population"]}] if "population" in record else []
    if known.id == "actionCoeurDeVille":
        yes, no = ("oui", "non") if lang == "fr" else ("yes", "no")
        return [{"str": yes if record.get("acv") else no}] if "commune" in record.get("places", {}) else []
    texts = {
        "nom": [name_of(record, lang)],
        "autresNoms": record.get("others", []),
        "description": [text_in(record.get("description", {}), lang)],
    }
    return [{"str": text} for text in texts[known.id] if text]


def _entities(references: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    return [{"id": each["iri"], "name": text_in(each["labels"], lang)} for each in references]
