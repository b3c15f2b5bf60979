"""The features of a collection, selected and counted: few are held in memory, many are found in the search index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from pyoxigraph import NamedNode

from endpoints.documents import exists
from endpoints.faceted_search import FacetedSearch
from endpoints.geo_features import WORLD, box_around, features_of, load_features
from endpoints.listing import plain
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.search_request import SearchRequest
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from publisher.names import words
from publisher.search_index import NO_DAY, POSITION
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import tantivy

    from endpoints.geo_features import Box, Feature, GeoCollection
    from endpoints.ogc_parameters import Wish
    from endpoints.searching import SearchIndex

Days = tuple[str, str]
"""The first and the last day (ISO 8601)."""


class FeatureSource(Protocol):
    """The features of one collection in the release served."""

    def select(self, wanted: Mapping[str, str], wish: Wish) -> tuple[int, list[Feature]]:
        """Return how many features have every value asked for and are where and when asked; and those of the page.

        A value is a key (`69`) or what a property of the filter's name holds (`Rhône`): clients such as GDAL pass
        their conditions on a property on to the parameter of its name (OGC 17-069r4, §7.15.5). A domain stands for
        its narrower ones too.

        Raises:
            NotFoundError: no such domain or territory is published.
        """

    def find(self, key: str) -> Feature | None:
        """Return the feature with a key, or None."""

    def extent(self) -> tuple[Box, Days | None]:
        """Return the box around all features, the world's when none has a place, and their first and last day."""


def source_of(collection: GeoCollection) -> FeatureSource:
    """Return the features of a collection of the release served."""
    if not collection.kind:
        return LoadedFeatures(collection)
    return _over(search_index(serving(), served_release()), collection)


@dataclass(frozen=True, slots=True)
class LoadedFeatures:
    """Features that are held in memory."""

    collection: GeoCollection

    def select(self, wanted: Mapping[str, str], wish: Wish) -> tuple[int, list[Feature]]:
        """Select as `FeatureSource` says."""
        features = load_features(self.collection)
        kept: Iterable[Feature] = features
        for name in self.collection.filters:
            if value := wanted.get(name):
                things = {each.iri for each in features if each.properties.get(name) == value}
                things = things or self._having(name, value)
                kept = [feature for feature in kept if feature.iri in things]
        found = [feature for feature in kept if wish.admits(feature, self.collection.date)]
        return len(found), found[wish.offset : wish.offset + wish.limit]

    def find(self, key: str) -> Feature | None:
        """Return the feature with a key, or None."""
        return next((feature for feature in load_features(self.collection) if feature.key == key), None)

    def extent(self) -> tuple[Box, Days | None]:
        """Return the extent as `FeatureSource` says."""
        features, date = load_features(self.collection), self.collection.date
        days = sorted(str(f.properties[date]) for f in features if f.properties.get(date)) if date else []
        return box_around(features), (f"{days[0]}-01-01"[:10], f"{days[-1]}-12-31"[:10]) if days else None

    def _having(self, name: str, key: str) -> set[str]:
        topic = _published(name, key)
        if topic is None:
            raise _unknown(name, key)
        terms = {"class": NamedNode(self.collection.class_), "property": NamedNode(str(ASC[name])), "topic": topic}
        rows = Queries(serving().project, served_release().store).solutions("selected", terms)
        return {row["thing"].value for row in rows}


@dataclass(frozen=True, slots=True)
class IndexedFeatures:
    """Features that the search index holds."""

    collection: GeoCollection
    index: SearchIndex
    search: FacetedSearch

    def select(self, wanted: Mapping[str, str], wish: Wish) -> tuple[int, list[Feature]]:
        """Select as `FeatureSource` says; by name."""
        values = ((name, wanted.get(name)) for name in self.collection.filters)
        chosen = tuple((name, (self._code(name, value),)) for name, value in values if value)
        total, records = self.search.within(SearchRequest("", chosen), self._conditions(wish), wish.offset, wish.limit)
        return total, list(features_of(self.collection, records))

    def find(self, key: str) -> Feature | None:
        """Return the feature with a key, or None."""
        record = self.index.thing(serving().minter.thing(self.collection.kind, key))
        known = record is not None and record["kind"] == self.collection.kind
        return next(features_of(self.collection, [record]), None) if record and known else None

    def extent(self) -> tuple[Box, Days | None]:
        """Return the extent as `FeatureSource` says."""
        bounds = (self.search.extreme(field, kind) for kind in ("min", "max") for field in POSITION)
        west, south, east, north = (0.0 if bound is None else round(bound, 6) for bound in bounds)
        box = (west, south, east, north) if (west, south, east, north) != (0.0,) * 4 else WORLD
        dated = [self.search.between("debut", NO_DAY[0] + 1, NO_DAY[1])]
        first, last = self.search.extreme("debut", "min", dated), self.search.extreme("fin", "max", dated)
        dates = self.collection.date and first is not None and last is not None
        return box, (_day(first), _day(last)) if dates and first and last else None

    def _code(self, name: str, value: str) -> str:
        """Return the key that a value of a filter stands for."""
        if _published(name, value):
            return value
        for record in self.index.exactly(words(value), [name]):
            if plain(value) in map(plain, record["labels"].values()):
                code: str = record["code"]
                return code
        raise _unknown(name, value)

    def _conditions(self, wish: Wish) -> list[tantivy.Query]:
        """Return what the box and the time asked for require."""
        found = []
        if wish.box is not None:
            west, south, east, north = wish.box
            found.append(self.search.between(POSITION[1], south, north))
            across = west > east
            sides = [(west, WORLD[2]), (WORLD[0], east)] if across else [(west, east)]
            found.append(self.search.any_of([self.search.between(POSITION[0], *side) for side in sides]))
        if self.collection.date and wish.start:
            found.append(self.search.between("fin", _number(wish.start), NO_DAY[1]))
        if self.collection.date and wish.end:
            found.append(self.search.between("debut", NO_DAY[0], _number(wish.end)))
        return found


@lru_cache(maxsize=8)
def _over(index: SearchIndex, collection: GeoCollection) -> IndexedFeatures:
    return IndexedFeatures(collection, index, FacetedSearch(index, collection.kind, collection.filters))


def _published(name: str, key: str) -> NamedNode | None:
    thing = NamedNode(serving().minter.thing(name, key))
    return thing if exists(served_release().store, thing) else None


def _unknown(name: str, key: str) -> NotFoundError:
    return NotFoundError(f"{name} inconnu : {key[:64]}", f"unknown {name}: {key[:64]}")


def _number(day: str) -> int:
    return int(day.replace("-", ""))


def _day(number: float) -> str:
    text = f"{int(number):08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
