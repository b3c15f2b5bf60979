"""The lists of the release served: the towns of the plan from their own index, all others from the search index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from endpoints.faceted_search import FacetedSearch
from endpoints.list_index import list_index
from endpoints.search_request import NAME, SearchRequest
from endpoints.searching import search_index
from endpoints.serving import served_release, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.list_request import Chosen, Collection, ListRequest
    from endpoints.searching import SearchIndex


class Listing(Protocol):
    """The rows of a list, by IRI; `chosen` are filters with their values, all of which must be met."""

    def total(self, chosen: Chosen) -> int:
        """Return how many rows have every value."""

    def page(self, request: ListRequest, size: int) -> tuple[int, list[str]]:
        """Return how many rows a request finds, and those of its page, in its order."""

    def counts(self, request: ListRequest, name: str) -> dict[str, int]:
        """Return how many rows have each value of a filter, whatever is chosen in it."""

    def batches(self, request: ListRequest, size: int) -> Iterator[list[str]]:
        """Yield all rows that a request finds, in its order, so many at a time; at least one list."""


@dataclass(frozen=True, slots=True)
class IndexedList:
    """A list that the search index holds."""

    search: FacetedSearch

    def total(self, chosen: Chosen) -> int:
        """Return how many rows have every value."""
        return self.search.total(search_of(chosen))

    def page(self, request: ListRequest, size: int) -> tuple[int, list[str]]:
        """Return how many rows a request finds, and those of its page, in its order."""
        total, records = self.search.page(search_of(request.chosen, request.order, request.page), size)
        return total, [record["iri"] for record in records]

    def counts(self, request: ListRequest, name: str) -> dict[str, int]:
        """Return how many rows have each value of a filter, whatever is chosen in it."""
        return self.search.counts(search_of(request.chosen), [name])[name]

    def batches(self, request: ListRequest, size: int) -> Iterator[list[str]]:
        """Yield all rows that a request finds, in its order, so many at a time; at least one list."""
        for records in self.search.batches(search_of(request.chosen, request.order), size):
            yield [record["iri"] for record in records]


def rows_of(collection: Collection) -> Listing:
    """Return the rows of a list of the release served."""
    return indexed(collection) if collection.kind else list_index(collection)


def indexed(collection: Collection) -> IndexedList:
    """Return a list that the search index of the release served holds."""
    return _over(search_index(serving(), served_release()), collection)


def search_of(chosen: Chosen, order: str = NAME, page: int = 1) -> SearchRequest:
    """Return the search that finds the rows with every value."""
    return SearchRequest("", tuple((name, (value,)) for name, value in chosen), order, page)


@lru_cache(maxsize=8)
def _over(index: SearchIndex, collection: Collection) -> IndexedList:
    return IndexedList(FacetedSearch(index, collection.kind, collection.filters))
