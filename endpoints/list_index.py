"""The list of the towns of the plan: what it is narrowed and ordered by, read once a release and kept.

An inverted index: by filter and value, the places of the rows that have it; by order, all places. It is held in memory:
there are no more towns than communes.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from endpoints.list_request import COLLECTIONS
from endpoints.listing import plain
from endpoints.queries import Queries
from endpoints.serving import served_release, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from endpoints.list_request import Chosen, Collection, ListRequest

_Said = dict[str, list[str]]
"""What is said of one row: the values of each property, by the last part of its IRI."""

Town = tuple[str, str, float, float]
_ORDERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "annee": ("annee", str),
    "date": ("date", str),
    "montant": ("montant", Decimal),
    "population": ("population", int),
}
"""Orders other than by name: the property, the largest value first, and how values compare."""


@dataclass(frozen=True, slots=True, eq=False)
class ListIndex:
    """The index of one list: by place, the IRIs of its rows and of the things they show, the day and point of each."""

    rows: tuple[str, ...]
    things: tuple[str, ...]
    days: tuple[str | None, ...]
    points: tuple[Town | None, ...]
    _places: Mapping[str, Mapping[str, frozenset[int]]]
    _orders: Mapping[str, tuple[int, ...]]

    def find(self, chosen: Chosen) -> frozenset[int]:
        """Return the places of the rows that have every value."""
        found = [self._places[name].get(value, frozenset()) for name, value in chosen]
        return frozenset.intersection(*found) if found else frozenset(range(len(self.rows)))

    def ordered(self, request: ListRequest) -> list[int]:
        """Return the places of what a request finds, in its order."""
        found = self.find(request.chosen)
        return [place for place in self._orders[request.order] if place in found]

    def total(self, chosen: Chosen) -> int:
        """Return how many rows have every value."""
        return len(self.find(chosen))

    def page(self, request: ListRequest, size: int) -> tuple[int, list[str]]:
        """Return how many rows a request finds, and those of its page."""
        found = self.ordered(request)
        first = (request.page - 1) * size
        return len(found), [self.rows[place] for place in found[first : first + size]]

    def batches(self, request: ListRequest, size: int) -> Iterator[list[str]]:
        """Yield all rows that a request finds, in its order, so many at a time; at least one list."""
        found = self.ordered(request)
        for start in range(0, max(1, len(found)), size):
            yield [self.rows[place] for place in found[start : start + size]]

    def listed(self, request: ListRequest) -> list[str]:
        """Return the things that the rows which a request finds show, each once, in its order."""
        return list(dict.fromkeys(self.things[place] for place in self.ordered(request)))

    def counts(self, request: ListRequest, name: str) -> dict[str, int]:
        """Return how many rows have each value of a filter, whatever is chosen in it."""
        found = self.find(tuple(pair for pair in request.chosen if pair[0] != name))
        counted = {value: len(found & places) for value, places in self._places[name].items()}
        return {value: count for value, count in counted.items() if count}


_loaded: dict[tuple[Path, str], ListIndex] = {}
_lock = threading.Lock()


def list_index(collection: Collection) -> ListIndex:
    """Return the index of a list of the release served."""
    release = served_release()
    key = (release.release.directory, collection.name)
    found = _loaded.get(key)
    if found is None:
        found = _read(collection)
        with _lock:
            for other in [each for each in _loaded if each[0] != key[0]][: -len(COLLECTIONS)]:
                del _loaded[other]
            _loaded[key] = found
    return found


def _read(collection: Collection) -> ListIndex:
    terms = {"class": NamedNode(collection.class_)}
    said: dict[str, _Said] = defaultdict(lambda: defaultdict(list))
    for row in Queries(serving().project, served_release().store).solutions(collection.index, terms):
        name = row["said"].value.replace("#", "/").rpartition("/")[2]
        said[row["row"].value][name].append(row["value"].value)
    rows = sorted(said, key=lambda iri: (plain(min(said[iri]["prefLabel"], default="")), iri))
    values = [said[iri] for iri in rows]
    return ListIndex(
        rows=tuple(rows),
        things=tuple(min(own["convention"], default=iri) for iri, own in zip(rows, values, strict=True)),
        days=tuple(max(own["date"], default=None) for own in values),
        points=tuple(_town(own) for own in values),
        _places={name: _inverted(name, values) for name in collection.filters},
        _orders={name: _in_order(name, values) for name in collection.orders},
    )


def _town(said: _Said) -> Town | None:
    """Return the name, département, longitude and latitude of a row that is a town."""
    if not (said["long"] and said["lat"] and said["departement"]):
        return None
    code = said["departement"][0].rpartition("/")[2]
    return min(said["prefLabel"], default=""), code, float(said["long"][0]), float(said["lat"][0])


def _inverted(name: str, values: Iterable[_Said]) -> dict[str, frozenset[int]]:
    places: dict[str, set[int]] = defaultdict(set)
    for place, said in enumerate(values):
        for value in _keys(name, said):
            places[value].add(place)
    return {value: frozenset(found) for value, found in places.items()}


def _keys(name: str, said: _Said) -> Iterable[str]:
    """Return the values of a filter as an address has them: the key of a thing, a number; the year of a date."""
    if name == "annee":
        return {value[:4] for value in (*said["annee"], *said["date"])}
    return {value.rpartition("/")[2] for value in said[name]}


def _in_order(order: str, values: list[_Said]) -> tuple[int, ...]:
    """Return the places by an order; those that it does not tell apart by name, those without a value last."""
    if order not in _ORDERS:
        return tuple(range(len(values)))
    name, compared = _ORDERS[order]
    known = [place for place, said in enumerate(values) if said[name]]
    known.sort(key=lambda place: max(map(compared, values[place][name])), reverse=True)
    return (*known, *(place for place, said in enumerate(values) if not said[name]))
