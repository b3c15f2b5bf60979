"""Words as typed → what finds them in the index: exact words first, their beginnings next, near ones as a last resort.

Every word must be found in a name, a description, a domain, a place or a project. A word that nothing contains or
begins with is taken for a slip of the keyboard, and those near it are looked for instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tantivy

from publisher.names import WEAK_WORDS, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoints.searching import SearchIndex

MAX_WORDS = 10
_SHORT, _LONG = 4, 8
"""From how many letters on a word may differ by one letter, and by two."""

_NAME, _TEXT = 4.0, 1.0
_BEGINNING, _NEAR = 0.5, 0.3
_PLURALS = ("", "s", "x")
_SIREN_DIGITS = 9
_NUMBER = re.compile(r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}(?: ?[0-9]{5})?")


def words_of(text: str) -> tuple[str, ...]:
    """Return the words that a search compares: without accents, each once, without those that tell nothing."""
    folded = list(dict.fromkeys(fold(text).split()))[:MAX_WORDS]
    telling = tuple(word for word in folded if word not in WEAK_WORDS)
    return telling or tuple(folded)


class WordQuery:
    """The query for words, over one index, among the documents of some kinds."""

    def __init__(self, index: SearchIndex, among: tantivy.Query) -> None:
        self._index = index
        self._among = among

    def query(self, text: str) -> tantivy.Query | None:
        """Return what finds a text; None for a text without a word or number."""
        if (siren := _number(text)) is not None:
            return _any([self._term("code", siren), self._term("text", siren)])
        words = words_of(text)
        return _all([self._word(word) for word in words]) if words else None

    def unknown(self, text: str) -> tuple[str, ...]:
        """Return the words that nothing contains or begins with."""
        if _number(text) is not None:
            return ()
        return tuple(word for word in words_of(text) if not self._is_known(word))

    def _word(self, word: str) -> tantivy.Query:
        if not self._is_known(word) and len(word) >= _SHORT:
            return self._near(word)
        if len(word) < _SHORT:
            forms = [word + ending for ending in _PLURALS]
            return _any(
                [_boosted(self._term(f, form), b) for f, b in (("name", _NAME), ("text", _TEXT)) for form in forms]
            )
        return _any(
            [
                _boosted(self._term("name", word), _NAME),
                _boosted(self._beginning("name", word), _NAME * _BEGINNING),
                _boosted(self._term("text", word), _TEXT),
                _boosted(self._beginning("text", word), _TEXT * _BEGINNING),
            ]
        )

    def _near(self, word: str) -> tantivy.Query:
        distance = 1 if len(word) < _LONG else 2
        return _any(
            [
                _boosted(self._fuzzy("name", word, distance), _NAME * _NEAR),
                _boosted(self._fuzzy("text", word, distance), _TEXT * _NEAR),
            ]
        )

    def _is_known(self, word: str) -> bool:
        if len(word) < _SHORT:
            found = [self._term("text", word + ending) for ending in _PLURALS]
        else:
            found = [self._beginning("text", word)]
        asked = _all([self._among, _any(found)])
        return bool(self._index.searcher.search(asked, limit=1, count=False).hits)

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, field, value, index_option="freq")

    def _beginning(self, field: str, word: str) -> tantivy.Query:
        return self._fuzzy(field, word, 0)

    def _fuzzy(self, field: str, word: str, distance: int) -> tantivy.Query:
        return tantivy.Query.fuzzy_term_query(self._index.schema, field, word, distance=distance, prefix=True)


def _number(text: str) -> str | None:
    """Return the SIREN that a text is, alone (9 digits) or as the beginning of a SIRET (14)."""
    return text.replace(" ", "")[:_SIREN_DIGITS] if _NUMBER.fullmatch(text) else None


def _all(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _any(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.disjunction_max_query(list(queries))


def _boosted(query: tantivy.Query, boost: float) -> tantivy.Query:
    return tantivy.Query.boost_query(query, boost)
