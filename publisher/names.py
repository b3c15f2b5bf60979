"""Names as they are compared: without accents, case, punctuation, legal form; the same for data and questions."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ß": "ss"})
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_SOCIETY = re.compile(r"\bsté\b", re.IGNORECASE)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_SPACED_FORMS = re.compile(r"\b(?:s a s u|s a s|s a r l|s a|e u r l|s n c|s c i c|s c o p)\b")
_LEGAL_PHRASES = re.compile(
    r"\b(?:societe (?:par actions simplifiee|a responsabilite limitee|anonyme|en nom collectif"
    r"|cooperative(?: et participative| de production| d interet collectif)?|d economie mixte|publique locale"
    r"|en commandite(?: simple| par actions)?|civile(?: immobiliere)?)"
    r"|entreprise (?:unipersonnelle a responsabilite limitee|individuelle)|groupement d interet economique"
    r"|(?:unipersonnelle|a associe unique)$)"
)
_ABBREVIATIONS = (
    (re.compile(r"\bcommunautes? de communes\b"), "cc"),
    (re.compile(r"\bcommunaute d agglo(?:meration)?\b"), "ca"),
    (re.compile(r"\bcommunaute urbaine\b"), "cu"),
    (re.compile(r"\bst\b"), "saint"),
    (re.compile(r"\bste\b"), "sainte"),
)
_FORMS = "sa sas sasu sarl sarlu eurl snc scop scic sca scs sci scp sem seml semop spl selarl selas gie earl ei eirl"
LEGAL_FORMS = frozenset(_FORMS.split())
"""Initials of French legal forms (Code de commerce, livre II; loi n° 47-1775 for the cooperatives)."""

_WEAK = (
    "l d le la les de du des et and the of en a au aux sur sous lez les societe ste groupe group ville commune mairie "
    "departement region cc ca cu"
)
WEAK_WORDS = frozenset(_WEAK.split())
"""Words that hardly tell a name from another."""


def clean(text: str) -> str:
    """Return a text that UTF-8 can write: JSON may spell half a character."""
    return text.encode("utf-8", "replace").decode()


def fold(text: str) -> str:
    """Return a text in lower case, without accents; anything but letters and digits becomes one space."""
    lowered = text.casefold()
    if not lowered.isascii():
        lowered = _ACCENTS.sub("", unicodedata.normalize("NFKD", lowered.translate(_LETTERS)))
    return " ".join(_WORD.findall(lowered))


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name that are compared: initials joined, usual abbreviations, no legal form.

    A name that is nothing but a legal form keeps it: it must remain something.
    """
    spelt = _SOCIETY.sub("société", name)  # without its accent, it is « sainte »
    folded = fold(_INITIALS.sub(lambda found: found[0].replace(".", "") + " ", spelt))
    folded = _SPACED_FORMS.sub(lambda found: found[0].replace(" ", ""), folded)
    for long, short in _ABBREVIATIONS:
        folded = long.sub(short, folded)
    kept = tuple(word for word in _LEGAL_PHRASES.sub(" ", folded).split() if word not in LEGAL_FORMS)
    return kept or tuple(folded.split())
