"""Reading what a reconciliation client sends (Reconciliation Service API 0.2, § 4.1 and § 6.3).

A batch that cannot be read is refused as a whole; a query that makes no sense is answered with an empty result
and the reason, so that the others of its batch get theirs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from endpoints.evidence import Evidence
from endpoints.matching import Question
from endpoints.problems import BadRequestError, TooLargeError
from endpoints.reconciliation_terms import TYPES, find_property, find_type
from publisher.errors import AnnuaireError
from publisher.names import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

BATCH_SIZE = 100
MAX_BYTES = 1_000_000
DEFAULT_LIMIT, MAX_LIMIT = 10, 50
_MAX_TEXT = 300
_MAX_VALUES = 20


class QueryError(AnnuaireError):
    """One query of a batch that makes no sense; the others are answered."""


def read_object(text: str, name: str) -> dict[str, Any]:
    """Return the JSON object that a parameter holds.

    Raises:
        BadRequestError: it is not JSON, or not an object.
        TooLargeError: it is longer than a megabyte.
    """
    if len(text) > MAX_BYTES:
        raise TooLargeError(f"« {name} » dépasse {MAX_BYTES} octets", f"'{name}' exceeds {MAX_BYTES} bytes")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"« {name} » n'est pas du JSON", f"'{name}' is not JSON") from error
    if not isinstance(found, dict):
        raise BadRequestError(f"« {name} » doit être un objet JSON", f"'{name}' must be a JSON object")
    return found


def read_batch(text: str) -> dict[str, Any]:
    """Return a batch of queries by key, not yet read one by one.

    Raises:
        BadRequestError: it is not a JSON object.
        TooLargeError: it holds more queries than the manifest allows.
    """
    batch = read_object(text, "queries")
    if len(batch) > BATCH_SIZE:
        raise TooLargeError(
            f"{len(batch)} requêtes dans un lot ; {BATCH_SIZE} au plus",
            f"{len(batch)} queries in a batch; {BATCH_SIZE} at most",
        )
    return batch


def read_question(query: Any) -> Question:
    """Return one query of a batch. OpenRefine says `should` of every type: another one only for want of it.

    Raises:
        QueryError: it makes no sense.
    """
    if not isinstance(query, dict):
        raise QueryError("la requête doit être un objet", "the query must be an object")
    text = query.get("query", "")
    if not isinstance(text, str):
        raise QueryError("« query » doit être un texte", "'query' must be a string")
    evidence = tuple(_evidence(query.get("properties") or []))
    if not text.strip() and not evidence:
        raise QueryError("ni « query » ni « properties »", "neither 'query' nor 'properties'")
    kinds = _kinds(query.get("type"), query.get("type_strict"))
    preferred = query.get("type_strict") == "should"
    return Question(
        clean(text)[:_MAX_TEXT],
        frozenset() if preferred else kinds,
        kinds if preferred else frozenset(),
        _limit(query.get("limit")),
        evidence,
    )


def _kinds(types: Any, strict: Any) -> frozenset[str]:
    """Return the kinds of things asked for; types that all must hold leave those common to all."""
    named = [types] if isinstance(types, str) else types or []
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise QueryError("« type » doit être un texte ou une liste de textes", "'type' must be a string or several")
    if strict is not None and strict not in ("any", "should", "all"):
        raise QueryError("« type_strict » : any, should ou all", "'type_strict': any, should or all")
    known = [type_.kinds for each in named if each and (type_ := find_type(each))]
    asked = [each for each in named if each]
    if asked and (not known or (strict == "all" and len(known) < len(asked))):
        listed = ", ".join(each.id for each in TYPES)
        raise QueryError(f"type inconnu ; il y a : {listed}", f"unknown type; there are: {listed}")
    if not known:
        return frozenset()
    found = frozenset.intersection(*known) if strict == "all" else frozenset.union(*known)
    if not found:
        raise QueryError("rien ne peut être de tous ces types", "nothing can be of all these types")
    return found


def _limit(limit: Any) -> int:
    if limit is None:
        return DEFAULT_LIMIT
    whole = isinstance(limit, int | float) and not isinstance(limit, bool) and limit == limit // 1
    if not whole or limit < 1:
        raise QueryError("« limit » doit être un entier positif", "'limit' must be a positive integer")
    return int(min(limit, MAX_LIMIT))


def _evidence(properties: Any) -> Iterable[Evidence]:
    if not isinstance(properties, list) or len(properties) > _MAX_VALUES:
        raise QueryError(
            f"« properties » doit être une liste de {_MAX_VALUES} au plus",
            f"'properties' must be a list of {_MAX_VALUES} at most",
        )
    left = _MAX_VALUES
    for each in properties:
        if not isinstance(each, dict) or not isinstance(each.get("pid"), str):
            raise QueryError("chaque propriété a « pid » et « v »", "each property has 'pid' and 'v'")
        known = find_property(each["pid"])
        values = each.get("v")
        listed = values if isinstance(values, list) else [values]
        texts = tuple(text for value in listed[:left] for text in _texts(value) if text.strip())
        left -= len(listed[:left])
        if known and known.evidence and texts:
            yield Evidence(known.id, texts)


def _texts(value: Any) -> list[str]:
    """Return the texts of a value: itself, or the identifier and name of an entity."""
    if isinstance(value, dict):
        return [text for name in ("id", "name") for text in _text(value.get(name))]
    return _text(value)


def _text(value: Any) -> list[str]:
    """Return the text of a string or a number; none of anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    return [clean(str(value))[:_MAX_TEXT]]
