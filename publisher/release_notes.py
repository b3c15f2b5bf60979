"""What a step changed, in figures and in words: `changes.json`, and notes for people in French and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.changes import CREATE, DELETE, UPDATE
from publisher.indexing import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.errors import Texts
    from publisher.history import History
    from publisher.identifiers import Minter
    from publisher.steps import Step

ACTIONS = {"added": CREATE, "changed": UPDATE, "removed": DELETE}
_NOUNS = {
    "added": ({"fr": "ajout", "en": "addition"}, {"fr": "ajouts", "en": "additions"}),
    "changed": ({"fr": "modification", "en": "change"}, {"fr": "modifications", "en": "changes"}),
    "removed": ({"fr": "retrait", "en": "withdrawal"}, {"fr": "retraits", "en": "withdrawals"}),
}
_CLASSES = {
    "entreprise": {"fr": "entreprises", "en": "companies"},
    "projet": {"fr": "projets d'innovation", "en": "innovation projects"},
    "solution": {"fr": "solutions", "en": "solutions"},
    "pratique": {"fr": "bonnes pratiques", "en": "good practices"},
    "marche": {"fr": "marchés publics", "en": "public contracts"},
    "convention": {"fr": "conventions Action cœur de ville", "en": "Action Cœur de Ville agreements"},
    "collectivite": {"fr": "collectivités", "en": "local authorities"},
    "domaine": {"fr": "domaines", "en": "domains"},
    "organisation": {"fr": "organismes", "en": "organisations"},
    "source": {"fr": "sources", "en": "sources"},
}
_NAMED = 5
"""How many things a note names before it only counts."""


def describe_step(history: History, minter: Minter, step: Step, limit: int) -> dict[str, Any]:
    """Return what a step changed: counts by class, statements, notes, and lists of at most `limit` things."""
    counts = {
        kind: {name: found.get(action, 0) for name, action in ACTIONS.items()}
        for kind, found in history.counts(step.number).items()
    }
    things = {
        name: [
            {"iri": each.thing, "class": each.kind, "label": each.labels, "document": minter.path_of(each.thing)}
            for each in history.changes_of(step.number, action, limit)
        ]
        for name, action in ACTIONS.items()
    }
    return {
        "step": step.number,
        "release": step.release,
        "previous": step.previous,
        "rollback": step.undone,
        "by": step.signed,
        "reason": step.reason,
        "statements": {"added": step.added, "removed": step.removed},
        "counts": counts,
        "others": step.others,
        "things": things,
        "complete": all(sum(c[name] for c in counts.values()) == len(things[name]) for name in ACTIONS),
        "notes": list(write_notes(history, step)),
    }


def write_notes(history: History, step: Step) -> Iterator[Texts]:
    """Yield the notes on a step, one sentence each, in French and English."""
    if step.undone:
        yield {
            "fr": f"Retour à la version {step.release}.",
            "en": f"Back to release {step.release}.",
        }
    elif step.previous is None:
        yield {"fr": "Première version.", "en": "First release."}
    if step.reason:
        yield {"fr": f"Motif : {_sentence_of(step.reason)}", "en": f"Reason: {_sentence_of(step.reason)}"}
    counts = history.counts(step.number)
    order = [*_CLASSES, *counts]
    counts = dict(sorted(counts.items(), key=lambda each: order.index(each[0])))
    for name, action in ACTIONS.items():
        for kind, found in counts.items():
            if found.get(action):
                yield _sentence(history, step, name, kind, found[action])
    places = {kind: found for kind, found in step.others.items() if kind != VOCABULARY}
    for chosen, texts in ((places, _PLACES), ({k: v for k, v in step.others.items() if k == VOCABULARY}, _TERMS)):
        if chosen:
            added, removed = (sum(found[sense] for found in chosen.values()) for sense in ("added", "removed"))
            yield {lang: text.format(added=added, removed=removed) for lang, text in texts.items()}
    if not counts and not step.others:
        yield {"fr": "Les données sont les mêmes.", "en": "The data are the same."}


_PLACES = {
    "fr": "Territoires de référence : +{added} −{removed} énoncés.",
    "en": "Reference territories: +{added} −{removed} statements.",
}
_TERMS = {
    "fr": "Vocabulaire : +{added} −{removed} énoncés.",
    "en": "Vocabulary: +{added} −{removed} statements.",
}


def _sentence(history: History, step: Step, name: str, kind: str, number: int) -> Texts:
    chosen = history.changes_of(step.number, ACTIONS[name], kind=kind) if number <= _NAMED else []
    noun = _NOUNS[name][number > 1]
    sentence = {}
    for lang, colon in (("fr", " : "), ("en", ": ")):
        text = f"{upper_first(class_name(kind, lang))}{colon}{number} {noun[lang]}"
        names = ", ".join(each.label(lang) for each in chosen)
        sentence[lang] = f"{text} ({names})." if names else f"{text}."
    return sentence


def _sentence_of(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def class_name(kind: str, lang: str) -> str:
    """Return the name of a class of things, in the plural."""
    return _CLASSES.get(kind, {"fr": kind, "en": kind})[lang]


def upper_first(text: str) -> str:
    """Return a text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]
