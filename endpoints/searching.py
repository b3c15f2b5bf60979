"""The search index of the release served, opened read-only, and the questions asked of it.

tantivy wants to lock the directory that it reads. A release never changes, and may belong to another user; so
its files are linked into the runtime directory, and the lock lives there.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import tantivy

from publisher.errors import ReleaseError
from publisher.names import WEAK_WORDS, words
from publisher.release import SEARCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from endpoints.serving import OpenRelease, Serving

Record = dict[str, Any]
"""A document as `publisher.search_index` keeps it: iri, kind, labels, names, code, places, domains, …"""

Ask = tuple[tantivy.Occur, tantivy.Query]
MAX_WORDS = 12
"""A name of more words than this is compared by its first ones."""

_SHORTEST_WHOLE, _SHORT, _LONG = 3, 4, 8
_WEAK = 0.08
_FEW = 16
_KEPT = 8192
_SWEEPS = 5
"""Attempts to remove a directory of links: the library may put its lock back while it watches it."""
_opening = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class SearchIndex:
    """The index of one release. `record` reads a document by its place, `weight` says how telling a word is."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    record: Callable[[int, int], Record]
    weight: Callable[[str], float]

    def named(self, name: Sequence[str], kinds: Iterable[str], limit: int) -> list[Record]:
        """Return the documents whose names are near the words of a name, the nearest first, roughly."""
        return self.ask([(tantivy.Occur.Must, self._names(name[:MAX_WORDS])), *self.among("kind", kinds)], limit)

    def exactly(self, name: Sequence[str], kinds: Iterable[str], limit: int = 10) -> list[Record]:
        """Return the documents that bear this name, spaces and word order aside."""
        wholes = {"".join(name), "".join(sorted(name))}
        return self.ask([*self.among("whole", wholes), *self.among("kind", kinds)], limit)

    def coded(self, codes: Iterable[str], kinds: Iterable[str], limit: int = 10) -> list[Record]:
        """Return the documents that one of these codes (SIREN, INSEE, slug) leads to."""
        return self.ask([*self.among("code", codes), *self.among("kind", kinds)], limit)

    def thing(self, iri: str) -> Record | None:
        """Return the document of a thing, or None."""
        return next(iter(self.ask(self.among("iri", [iri]), 1)), None)

    def named_thing(self, iri: str) -> Record | None:
        """Return the document of a thing that goes by a name, or None; a contract has an object and no name."""
        found = self.thing(iri)
        return found if found and "names" in found else None

    def starting(self, prefix: Sequence[str], kinds: Iterable[str], limit: int) -> list[Record]:
        """Return the documents whose names have these words, the last perhaps unfinished; populous places first."""
        asked: list[Ask] = [(tantivy.Occur.Must, self._term("name", word)) for word in prefix[:-1]]
        asked += [(tantivy.Occur.Must, self._fuzzy(word, 0, prefix=True)) for word in prefix[-1:]]
        return self.ask([*asked, *self.among("kind", kinds)], limit, order="population")

    def among(self, field: str, values: Iterable[str]) -> list[Ask]:
        """Return the condition that a field holds one of these values; none when there are no values to choose from."""
        listed = sorted(set(values))
        return [(tantivy.Occur.Must, self._constant(field, listed))] if listed else []

    def ask(self, asked: Sequence[Ask], limit: int, *, order: str | None = None) -> list[Record]:
        """Return the documents that meet all conditions, best first, or the largest of a number field first."""
        query = tantivy.Query.boolean_query(list(asked))
        hits = self.searcher.search(query, limit=limit, count=False, order_by_field=order).hits
        return [self.record(place.segment_ord, place.doc) for _, place in hits]

    def _names(self, name: Sequence[str]) -> tantivy.Query:
        """Return what finds a name: its words, near or exact, each as telling as it is rare; or the name as a whole."""
        whole = "".join(name)
        asked = [(tantivy.Occur.Should, self._word(word)) for word in name]
        asked.append((tantivy.Occur.Should, self._boosted(self._term("whole", whole), 20.0)))
        if len(whole) >= _SHORTEST_WHOLE:
            near = self._fuzzy(whole, 1 if len(whole) < _LONG else 2, field="whole")
            asked.append((tantivy.Occur.Should, self._boosted(near, 8.0)))
        return tantivy.Query.boolean_query(asked)

    def _word(self, word: str) -> tantivy.Query:
        weight = 4.0 * self.weight(word)
        exact = self._boosted(tantivy.Query.const_score_query(self._term("name", word), 1.0), weight)
        if len(word) < _SHORT or word in WEAK_WORDS:
            return exact
        distance = 1 if len(word) < _LONG else 2
        near = self._boosted(self._fuzzy(word, distance), 0.7 * weight)
        return tantivy.Query.disjunction_max_query([exact, near])

    def _constant(self, field: str, values: list[str]) -> tantivy.Query:
        """Return a condition that filters and leaves the order alone; a set of terms is read whole, single ones not."""
        if len(values) <= _FEW:
            some = [(tantivy.Occur.Should, self._term(field, value)) for value in values]
            return tantivy.Query.const_score_query(tantivy.Query.boolean_query(some), 0.0)
        return tantivy.Query.const_score_query(tantivy.Query.term_set_query(self.schema, field, values), 0.0)

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self.schema, field, value, index_option="basic")

    def _fuzzy(self, word: str, distance: int, *, field: str = "name", prefix: bool = False) -> tantivy.Query:
        return tantivy.Query.fuzzy_term_query(self.schema, field, word, distance=distance, prefix=prefix)

    @staticmethod
    def _boosted(query: tantivy.Query, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(query, boost)


def search_index(serving: Serving, release: OpenRelease) -> SearchIndex:
    """Return the index of a release, opened once.

    Raises:
        ReleaseError: the release has no index, or it cannot be read.
    """
    return _opened(release.release.directory / SEARCH, serving.runtime)


def open_index(directory: Path, place: Path) -> SearchIndex:
    """Open an index through links to its files in another directory, where they are needed for that moment only.

    Raises:
        ReleaseError: there is no index, or it cannot be read.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _linked(directory, place) as links:
            index = tantivy.Index.open(str(links))
            index.config_reader(reload_policy="manual")
            searcher = index.searcher()
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"{directory} : index de recherche absent ou illisible", f"{directory}: no search index, or unreadable"
        ) from error
    return _over(index.schema, searcher)


@contextmanager
def _linked(directory: Path, place: Path) -> Iterator[Path]:
    """Give a directory of links to the files of another, removed afterwards whatever the library still does there."""
    links = Path(mkdtemp(prefix=f"{SEARCH}-", dir=place))
    try:
        for path in directory.resolve(strict=True).iterdir():
            (links / path.name).symlink_to(path)
        yield links
    finally:
        for _ in range(_SWEEPS):
            rmtree(links, ignore_errors=True)
            if not links.exists():
                break


def _over(schema: tantivy.Schema, searcher: tantivy.Searcher) -> SearchIndex:
    total = log(searcher.num_docs + 2)

    @lru_cache(maxsize=_KEPT)
    def record(segment: int, document: int) -> Record:
        stored = searcher.doc(tantivy.DocAddress(segment, document)).get_all("fiche")
        found: Record = json.loads(bytes(stored[0]))
        return found

    @lru_cache(maxsize=_KEPT)
    def weight(word: str) -> float:
        if word in WEAK_WORDS:
            return _WEAK
        return (total - log(searcher.doc_freq("name", word) + 1)) / total

    return SearchIndex(schema, searcher, record, weight)


@lru_cache(maxsize=2)
def _opened_once(directory: Path, place: Path) -> SearchIndex:
    return open_index(directory, place)


def _opened(directory: Path, place: Path) -> SearchIndex:
    with _opening:
        return _opened_once(directory, place)


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name as asked, no more than are compared."""
    return words(text)[:MAX_WORDS]
