"""A search over the index of a release: how many things are found, those of one page, the counts of each facet.

The counts of a facet disregard what is chosen in that facet: they say what choosing another value would add.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

import tantivy

from endpoints.search_request import AMOUNT, DATE, FACETS, NAME, RECENT, RELEVANCE, YEAR, SearchRequest
from endpoints.search_words import WordQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from endpoints.search_request import Facet
    from endpoints.searching import Record, SearchIndex

PAGE_SIZE = 30
_MOST_VALUES = 2000
"""More than there are intercommunalités, of which France has 1,254 (Insee, 2026)."""

_STRIDE = 20_000
"""Places of documents that are asked for at once, where all that is found is read: each time, all is put in order."""

_LAST = 2**63 - 1
"""No rank is as great."""

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
        found = self._hits([self._query(request)], size, request.order, (request.page - 1) * size)
        return found.count, self._records(found.hits)  # type: ignore[attr-defined]

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

    def batches(self, request: SearchRequest, size: int) -> Iterator[list[Record]]:
        """Yield all that a search finds, in the order of its pages, so many at a time; at least one list."""
        query = self._query(request)
        for offset in count(0, _STRIDE):
            hits = self._hits([query], _STRIDE, request.order, offset).hits
            for start in range(0, len(hits) if offset else max(1, len(hits)), size):
                yield self._records(hits[start : start + size])
            if len(hits) < _STRIDE:
                return

    def iris(self, offset: int, limit: int) -> list[str]:
        """Return the IRIs of some of all things, from one place in alphabetical order to another; in no such order."""
        first, next_ = (self._hits([self._kind], 1, NAME, place).hits for place in (offset, offset + limit))
        if not first:
            return []
        ranks = self.between("rang", int(first[0][0]), int(next_[0][0]) - 1 if next_ else _LAST)
        # An aggregation reads values; documents would be read whole, and texts sorted one by one.
        asked = {"iri": {"terms": {"field": "iri", "size": limit}}}
        found = _read(self._index.searcher.aggregate(_all_of([self._kind, ranks]), asked))
        return sorted(bucket["key"] for bucket in found["iri"]["buckets"])

    def within(
        self, request: SearchRequest, conditions: Sequence[tantivy.Query], offset: int, limit: int
    ) -> tuple[int, list[Record]]:
        """Return how many things a search finds that meet further conditions, and some of them, by name."""
        asked = [self._query(request), *conditions]
        total = self._hits(asked, 1, NAME).count  # type: ignore[attr-defined]
        return total, self._records(self._hits(asked, limit, NAME, offset).hits if offset < total else [])

    def extreme(self, field: str, kind: str, conditions: Sequence[tantivy.Query] = ()) -> float | None:
        """Return the least or the greatest (`min`, `max`) value of a field among all things that meet conditions."""
        asked = {"value": {kind: {"field": field}}}
        found = _read(self._index.searcher.aggregate(_all_of([self._kind, *conditions]), asked))
        value: float | None = found["value"]["value"]
        return value

    def between(self, field: str, least: float, most: float) -> tantivy.Query:
        """Return the condition that a number is within bounds, these included."""
        type_ = tantivy.FieldType.Unsigned if isinstance(least, int) else tantivy.FieldType.Float
        return tantivy.Query.range_query(self._index.schema, field, type_, least, most)

    @staticmethod
    def any_of(conditions: Iterable[tantivy.Query]) -> tantivy.Query:
        """Return the condition that at least one of these is met."""
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in conditions])

    def total(self, request: SearchRequest) -> int:
        """Return how many things a search finds."""
        return int(self._index.searcher.search(self._query(request), limit=1).count)  # type: ignore[attr-defined]

    def _count(self, text: str, chosen: Iterable[tuple[str, tuple[str, ...]]], facets: Iterable[str]) -> Counts:
        asked = {name: {"terms": {"field": FACETS[name].field, "size": _MOST_VALUES}} for name in facets}
        found = _read(self._index.searcher.aggregate(self._query(SearchRequest(text, tuple(chosen))), asked))
        return {name: _buckets(found[name]["buckets"]) for name in asked}

    def _query(self, request: SearchRequest) -> tantivy.Query:
        words = self._words.query(request.text) if request.text else None
        asked = [self._kind, *([words] if words else [])]
        asked += [self._having(FACETS[name], values) for name, values in request.chosen]
        return _all_of(asked)

    def _hits(self, asked: Iterable[tantivy.Query], limit: int, order: str, offset: int = 0) -> tantivy.SearchResult:
        return self._index.searcher.search(_all_of(asked), limit=limit, offset=offset, **_SORTING[order])

    def _records(self, hits: Iterable[tuple[Any, tantivy.DocAddress]]) -> list[Record]:
        return [self._index.record(place.segment_ord, place.doc) for _, place in hits]

    def _having(self, facet: Facet, values: tuple[str, ...]) -> tantivy.Query:
        listed = [int(value) for value in values] if facet.field == _NUMERIC else list(values)
        return _constant(tantivy.Query.term_set_query(self._index.schema, facet.field, listed))


_SORTING: dict[str, dict[str, Any]] = {
    RELEVANCE: {},
    NAME: {"order_by_field": "rang", "order": tantivy.Order.Asc},
    RECENT: {"order_by_field": "recent", "order": tantivy.Order.Desc},
    YEAR: {"order_by_field": "recent", "order": tantivy.Order.Desc},
    DATE: {"order_by_field": "debut", "order": tantivy.Order.Desc},
    AMOUNT: {"order_by_field": "montant", "order": tantivy.Order.Desc},
}


def _all_of(asked: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in asked])


def _read(aggregated: str | dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aggregated) if isinstance(aggregated, str) else aggregated
    return found


def _constant(query: tantivy.Query) -> tantivy.Query:
    """Return a condition that filters and leaves the order alone."""
    return tantivy.Query.const_score_query(query, 0.0)


def _buckets(buckets: list[dict[str, Any]]) -> dict[str, int]:
    found = {}
    for bucket in buckets:
        key = bucket["key"]
        found[str(int(key)) if isinstance(key, float | int) else key] = bucket["doc_count"]
    return found
