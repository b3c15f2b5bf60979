"""The contract of a store: a place that holds the graphs of releases and answers SPARQL queries.

A graph is loaded whole under an IRI of its own, and never changes; which one queries see is a pointer of ours.
Nothing is ever copied or moved inside a store. The contract is tested in tests/contract/ against every store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.store.flow import Flow

DEFAULT_TIMEOUT = 30.0
"""Seconds to wait for the first bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do, as far as its callers must know.

    `standard_dataset` says whether the graphs passed with a query are all that it can see, as the SPARQL protocol
    demands (§2.1.4); where they are not, texts that name graphs must not reach the engine. `extension_functions` says
    whether it has functions that reach beyond the data (files, other hosts).
    """

    kind: str
    standard_dataset: bool = True
    extension_functions: bool = False


class Store(Protocol):
    """Holds graphs by IRI and answers queries over one of them as the default graph."""

    def load(self, graph_iri: str, chunks: Iterable[bytes]) -> int:
        """Load N-Triples (UTF-8, cut anywhere) as the whole content of a graph; return its number of triples.

        What the graph held before is dropped; if loading fails, nothing of it stays.

        Raises:
            StoreError: the chunks are no N-Triples, or the store cannot take them.
        """
        ...

    def activate(self, graph_iri: str) -> None:
        """Make a loaded graph the one that queries see from now on. The engine itself is not told.

        Raises:
            StoreError: the store does not hold that graph.
        """
        ...

    def drop(self, graph_iri: str) -> None:
        """Remove a graph; one that is absent is no error.

        Raises:
            StoreError: the graph is active, or the store refuses.
        """
        ...

    def query(
        self, text: str, accept: str, default_graphs: Sequence[str] = (), timeout: float = DEFAULT_TIMEOUT
    ) -> Flow:
        """Return the answer to a query: its status (200), its media type and, once, its bytes.

        `accept` is the media type of one of publisher.representations' results, which must suit the query form.
        Without `default_graphs` the query sees the active graph; otherwise the union of those named, where one that
        the store does not hold is empty. `timeout` is in seconds, to the first bytes. Closing the answer before its
        end ends the query.

        Raises:
            QueryMalformedError: the text is not a SPARQL query.
            StoreTimeoutError, StoreUnreachableError, StoreAnswerError: the engine is late, away, or makes no sense;
                also while iterating, when it happens later.
        """
        ...

    def capabilities(self) -> Capabilities:
        """Return what the engine can do."""
        ...


def release_graph(base_uri: str, release: str) -> str:
    """Return the IRI of the graph that holds a release; `release` is its name, `<id>-<number>`."""
    return f"{base_uri}/id/release/{release}"
