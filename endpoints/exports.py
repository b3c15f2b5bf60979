"""All that a list or a search finds, for programs: made a batch at a time, in the memory of one, however long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from endpoints.answers import answer, flow
from endpoints.queries import Queries
from endpoints.serving import served_release, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from flask import Response
    from pyoxigraph import Triple

    from endpoints.answers import Choice, Link
    from endpoints.searching import Record
    from publisher.representations import Representation

BATCH = 500
"""Things that are read at once: a query for more of them takes longer for each."""

MANY = 20_000
"""Beyond so many things, pages say that the file of all of them, made at publication, is there sooner."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is found: how many things, and `write`, which yields them in the representation chosen."""

    total: int
    write: Callable[[], Iterator[bytes]]

    def answer(self, choice: Choice, path: str, links: Iterable[Link]) -> Response:
        """Return the answer: whole and kept if one batch holds it, else piece by piece."""
        if self.total <= BATCH:
            return answer(choice, lambda: b"".join(self.write()), path=path, links=links)
        return flow(choice, self.write, path, links)


def described(batches: Iterable[Sequence[str]], representation: Representation) -> Iterator[bytes]:
    """Yield what is said of things, in their order, as one graph."""
    queries = Queries(serving().project, served_release().store)
    return serving().serialiser.write_batches((_graph(queries, iris) for iris in batches), representation)


def _graph(queries: Queries, iris: Sequence[str]) -> list[Triple]:
    order = {f"<{iri}>": place for place, iri in enumerate(iris)}
    said = queries.construct("described", {"thing": nodes(iris)})
    return sorted(said, key=lambda triple: (order[str(triple.subject)], str(triple)))


def nodes(iris: Iterable[str]) -> list[NamedNode]:
    """Return IRIs as terms."""
    return [NamedNode(iri) for iri in iris]


def iris_of(records: Iterable[Record]) -> list[str]:
    """Return the IRIs of documents of the search index."""
    return [record["iri"] for record in records]
