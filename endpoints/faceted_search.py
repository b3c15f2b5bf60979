"""A search over the index of a release: how many things are found, those of one page, the counts of each facet.

The counts of a facet disregard what is chosen in that facet: they say what choosing another value would add.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import tantivy

from endpoints.search_request import FACETS, NAME, RECENT, RELEVANCE, SearchRequest
from endpoints.search_words import WordQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoints.search_request import Facet
    from endpoints.searching import Record, SearchIndex

PAGE_SIZE = 30
_MOST_VALUES = 2000
"""More than there are intercommunalités, of which France has 1,254 (Insee, 2026)."""

_NUMERIC = "annee"
Counts = dict[str, dict[str, int]]
"""By facet, by value: how many things have it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds: how many things, those of the page asked for, the counts of facets, words not known."""

    total: int
    records: list[Record]
    counts: Counts
    unknown: tuple[str, ...]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


class FacetedSearch:
    """Searches among the documents of one kind in one index, by some facets."""

    def __init__(self, index: SearchIndex, kind: str, facets: Iterable[str]) -> None:
        self._index = index
        self._facets = tuple(name for name in facets if FACETS[name].counted)
        self._kind = _constant(tantivy.Query.term_query(index.schema, "kind", kind, index_option="basic"))
        self._words = WordQuery(index, self._kind)
        self._counted = lru_cache(maxsize=64)(self._count)

    def find(self, request: SearchRequest) -> Found:
        """Return a page of what a search finds, with the counts of every facet."""
        total, records = self.page(request)
        unknown = self._words.unknown(request.text) if request.text else ()
        return Found(total, records, self.counts(request), unknown)

    def page(self, request: SearchRequest, size: int = PAGE_SIZE) -> tuple[int, list[Record]]:
        """Return how many things a search finds, and those of the page asked for."""
        first, sorting = (request.page - 1) * PAGE_SIZE, _SORTING[request.order]
        found = self._index.searcher.search(self._query(request), limit=size, offset=first, **sorting)
        records = [self._index.record(place.segment_ord, place.doc) for _, place in found.hits]
        return found.count, records  # type: ignore[attr-defined]

    def counts(self, request: SearchRequest, facets: Iterable[str] | None = None) -> Counts:
        """Return how many things have each value of some facets; by default of all those that are counted."""
        wanted = tuple(facets) if facets is not None else self._facets
        chosen = {name for name, _ in request.chosen}
        found = dict(self._counted(request.text, request.chosen, tuple(each for each in wanted if each not in chosen)))
        for name in wanted:
            if name in chosen:
                others = tuple(pair for pair in request.chosen if pair[0] != name)
                found |= self._counted(request.text, others, (name,))
        return found

    def iris(self, request: SearchRequest) -> list[str]:
        """Return the IRIs of all that a search finds."""
        searcher = self._index.searcher
        found = searcher.search(
            self._query(request), limit=searcher.num_docs, count=False, order_by_field="iri", order=tantivy.Order.Asc
        )
        return [iri for iri, _ in found.hits]

    def _count(self, text: str, chosen: Iterable[tuple[str, tuple[str, ...]]], facets: Iterable[str]) -> Counts:
        asked = {name: {"terms": {"field": FACETS[name].field, "size": _MOST_VALUES}} for name in facets}
        found = self._index.searcher.aggregate(self._query(SearchRequest(text, tuple(chosen))), asked)
        if isinstance(found, str):
            found = json.loads(found)
        return {name: _buckets(found[name]["buckets"]) for name in asked}

    def _query(self, request: SearchRequest) -> tantivy.Query:
        words = self._words.query(request.text) if request.text else None
        asked = [self._kind, *([words] if words else [])]
        asked += [self._having(FACETS[name], values) for name, values in request.chosen]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in asked])

    def _having(self, facet: Facet, values: tuple[str, ...]) -> tantivy.Query:
        listed = [int(value) for value in values] if facet.field == _NUMERIC else list(values)
        return _constant(tantivy.Query.term_set_query(self._index.schema, facet.field, listed))


_SORTING: dict[str, dict[str, Any]] = {
    RELEVANCE: {},
    NAME: {"order_by_field": "rang", "order": tantivy.Order.Asc},
    RECENT: {"order_by_field": "recent", "order": tantivy.Order.Desc},
}


def _constant(query: tantivy.Query) -> tantivy.Query:
    """Return a condition that filters and leaves the order alone."""
    return tantivy.Query.const_score_query(query, 0.0)


def _buckets(buckets: list[dict[str, Any]]) -> dict[str, int]:
    found = {}
    for bucket in buckets:
        key = bucket["key"]
        found[str(int(key)) if isinstance(key, float | int) else key] = bucket["doc_count"]
    return found
