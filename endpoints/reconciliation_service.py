"""What the reconciliation service says of itself and answers: manifest, results, suggestions (API 0.2, § 3 to 6)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from endpoints.languages import LANGUAGES
from endpoints.matching import Candidate, find_candidates
from endpoints.problems import TooLargeError
from endpoints.reconciliation_data import SETTINGS
from endpoints.reconciliation_queries import BATCH_SIZE, QueryError, read_question
from endpoints.reconciliation_terms import (
    PROPERTIES,
    TYPES,
    Property,
    Type,
    description_of,
    find_type,
    name_of,
    properties_of,
    type_reference,
    types_of,
)
from endpoints.searching import name_words
from publisher.names import clean, fold
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoints.searching import Record, SearchIndex
    from publisher.project import Project

PATH = "/reconcile"
PREVIEW_SIZE = (440, 300)
SUGGESTED = 10
BATCH_TIME = 10
"""Seconds that a batch may take; a hundred ordinary queries take two or three."""

_SUGGESTION_POOL = 60
_TITLES = {"fr": "{} : réconciliation", "en": "{}: reconciliation"}


def manifest(project: Project, version: str, lang: str) -> dict[str, Any]:
    """Return the service manifest (API 0.2, § 3.1); every address in it is under the instance's base URI."""
    base = project.base_uri + PATH
    width, height = PREVIEW_SIZE
    settings = [{**each, "label": each["label"][lang], "help_text": each["help_text"][lang]} for each in SETTINGS]
    return {
        "versions": ["0.1", "0.2"],
        "name": _TITLES[lang].format(project.title[lang]),
        "identifierSpace": f"{project.base_uri}/id/",
        "schemaSpace": str(ASC),
        "documentation": f"{base}.html",
        "serviceVersion": version,
        "logo": f"{project.base_uri}/static/icone.svg",
        "defaultTypes": [type_reference(each, lang) for each in TYPES],
        "view": {"url": f"{base}/view?id={{{{id}}}}"},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}", "width": width, "height": height},
        "suggest": {
            name: {
                "service_url": base,
                "service_path": f"/suggest/{name}",
                "flyout_service_url": base,
                "flyout_service_path": f"/flyout/{name}?id=${{id}}",
            }
            for name in ("entity", "property", "type")
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/properties"},
            "property_settings": settings,
        },
        "batchSize": BATCH_SIZE,
    }


def results(index: SearchIndex, batch: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return the answers to a batch, by the keys of its queries.

    Raises:
        TooLargeError: they take too long together.
    """
    answers: dict[str, Any] = {}
    until = time.monotonic() + BATCH_TIME
    for key, query in batch.items():
        if time.monotonic() > until:
            raise TooLargeError(
                f"lot trop long : {len(answers)} requêtes sur {len(batch)} en {BATCH_TIME} s ; en envoyer moins",
                f"this batch takes too long: {len(answers)} of {len(batch)} queries in {BATCH_TIME} s; send fewer",
            )
        answers[key] = _result(index, query, lang)
    return answers


def _result(index: SearchIndex, query: Any, lang: str) -> dict[str, Any]:
    try:
        found = find_candidates(index, read_question(query))
    except QueryError as error:
        return {"result": [], "error": error.texts[lang]}
    return {"result": [_candidate(each, lang) for each in found]}


def _candidate(candidate: Candidate, lang: str) -> dict[str, Any]:
    record, likeness = candidate.record, candidate.likeness
    features: list[dict[str, Any]] = [{"id": "identifier", "value": candidate.by_code}]
    if likeness is not None:
        features.append({"id": "name_words", "value": round(100 * likeness.words, 1)})
        features.append({"id": "name_spelling", "value": round(100 * likeness.whole, 1)})
        features.append({"id": "name_same", "value": likeness.is_same})
    features += [{"id": f"property_{name}", "value": value} for name, value in candidate.agreements.items()]
    return {
        "id": record["iri"],
        "name": name_of(record, lang),
        "description": description_of(record, lang),
        "type": types_of(record, lang),
        "score": candidate.score,
        "match": candidate.match,
        "features": features,
    }


def suggest_entities(index: SearchIndex, prefix: str, type_: Type | None, cursor: int, lang: str) -> dict[str, Any]:
    """Return things whose name starts with what has been typed, or that have it as identifier."""
    kinds = type_.kinds if type_ else frozenset()
    typed = name_words(clean(prefix))
    found = {record["iri"]: record for record in index.coded([clean(prefix).strip().replace(" ", "")], kinds)}
    if typed:
        for record in (*index.exactly(typed, kinds, 20), *index.starting(typed, kinds, _SUGGESTION_POOL)):
            found.setdefault(record["iri"], record)
    listed = list(found.values())[cursor : cursor + SUGGESTED]
    return {
        "result": [
            {
                "id": each["iri"],
                "name": name_of(each, lang),
                "description": description_of(each, lang),
                "notable": types_of(each, lang),
            }
            for each in listed
        ]
    }


def suggest_terms(name: str, prefix: str, cursor: int, lang: str) -> dict[str, Any]:
    """Return the types or properties that contain a text in their name or identifier; an empty text finds them all."""
    terms: Iterable[Type | Property] = TYPES if name == "type" else [each for each in PROPERTIES if each.evidence]
    wanted = fold(prefix)
    found = [
        each for each in terms if any(wanted in fold(text) for text in (each.id, *(each.names[k] for k in LANGUAGES)))
    ]
    listed = found[cursor : cursor + 2 * SUGGESTED]
    return {"result": [_term(each, lang) for each in listed]}


def _term(term: Type | Property, lang: str) -> dict[str, Any]:
    if isinstance(term, Type):
        return type_reference(term, lang)
    types = (found.names[lang] for name in term.types if (found := find_type(name)))
    return {"id": term.id, "name": term.names[lang], "description": ", ".join(types)}


def propose_properties(name: str | None, limit: int | None, lang: str) -> dict[str, Any]:
    """Return the properties that can be fetched for things of a type (API 0.2, § 7.2)."""
    type_ = find_type(name) if name else None
    listed = properties_of(type_) if type_ or not name else []
    answer: dict[str, Any] = {"properties": [{"id": e.id, "name": e.names[lang]} for e in listed[:limit]]}
    if name:
        answer["type"] = type_.id if type_ else name
    return answer | ({"limit": limit} if limit is not None else {})


def summary(record: Record, lang: str) -> dict[str, Any]:
    """Return what a preview shows of a thing."""
    return {
        "iri": record["iri"],
        "name": name_of(record, lang),
        "type": types_of(record, lang)[0]["name"],
        "line": description_of(record, lang),
        "text": record.get("description", {}).get(lang, "") if record["kind"] != "domaine" else "",
        "domains": [each["labels"].get(lang) or each["labels"]["fr"] for each in record.get("domains", [])],
    }
