"""The embedded store: Oxigraph in memory, or on disk (RocksDB) built once a release and opened read-only ever after.

Each graph is a store of its own, whose default graph it is. A query runs inside this process, without any limit on
what it may cost or reach: texts must be our own. Public texts go to the query processes of endpoints.evaluation.
"""

from __future__ import annotations

import gzip
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from publisher.errors import StoreError
from publisher.store.base import DEFAULT_TIMEOUT, Capabilities
from publisher.store.conversion import ChunkFile, asked_for, write_bindings, write_graph
from publisher.store.errors import QueryMalformedError
from publisher.store.flow import Flow
from publisher.store.lines import part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import IO, BinaryIO

    from publisher.store.flow import Sink

_PART = 32 << 20


def build_store(directory: Path, files: Iterable[Path]) -> None:
    """Create a store in `directory` whose default graph holds the N-Triples files (`.gz` or not), to be finished.

    It is made ready to be read already: little is to come, and this takes a while.
    """
    store = ox.Store(str(directory))
    load(store, files)
    store.optimize()


def change_store(directory: Path, gone: Iterable[bytes], came: Iterable[bytes]) -> None:
    """Take lines of N-Triples out of a store, then put others in, which hold no blank node.

    Those that go may hold one: whichever a thing has as a value of a property goes, with all that is said of it.
    """
    store = ox.Store(str(directory))
    for quad in ox.parse(b"".join(gone), ox.RdfFormat.N_TRIPLES):
        if isinstance(quad.object, ox.BlankNode):
            for each in list(store.quads_for_pattern(quad.subject, quad.predicate, None)):
                if isinstance(each.object, ox.BlankNode):
                    for said in (each, *store.quads_for_pattern(each.object, None, None)):
                        store.remove(said)
        else:
            store.remove(quad)
    store.extend(ox.parse(b"".join(came), ox.RdfFormat.N_TRIPLES))


def finish_store(directory: Path, files: Iterable[Path]) -> int:
    """Add N-Triples files, small beside it, to a store; return the number of its triples.

    One that was optimized, and changed in a few places since, is read as fast as before.

    The store is closed here, for a store that closes writes to its log; the log, which holds dates and places of this
    machine, is no part of a release.
    """
    store = ox.Store(str(directory))
    load(store, files)
    store.flush()
    size = len(store)
    del store
    for log in directory.glob("LOG*"):
        log.unlink()
    return size


def load(store: ox.Store, files: Iterable[Path]) -> None:
    """Load N-Triples files (`.gz` or not) into the default graph, in parts: Oxigraph holds what it loads in memory.

    A blank node's label means something within one part only: the lines that hold one make the last.
    """
    for path in files:
        blank: list[bytes] = []
        with cast("BinaryIO", gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")) as stream:
            while chunk := stream.read(_PART) + stream.readline():
                plain, apart = part(chunk)
                blank.append(apart)
                if plain:
                    store.bulk_load(plain, ox.RdfFormat.N_TRIPLES)
        if rest := b"".join(blank):
            store.bulk_load(rest, ox.RdfFormat.N_TRIPLES)


class EmbeddedStore:
    """Oxigraph inside this process.

    Args:
        directory: where the graphs are kept, a directory each; None keeps them in memory.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._graphs: dict[str, ox.Store] = {}
        self._active: str | None = None

    def load(self, graph_iri: str, chunks: Iterable[bytes]) -> int:
        """Load N-Triples as the whole content of a graph; return its number of triples.

        Raises:
            StoreError: the chunks are no N-Triples, or the disk does not take them.
        """
        self._remove(graph_iri)
        place = self._place(graph_iri)
        try:
            store = _new(place)
            store.bulk_load(cast("IO[bytes]", ChunkFile(chunks)), ox.RdfFormat.N_TRIPLES)
            if place is not None:
                store.optimize()
                store.flush()
                del store  # RocksDB lets go of the directory
                store = ox.Store.read_only(str(place))
        except (OSError, ValueError, SyntaxError) as error:
            if place is not None:
                shutil.rmtree(place, ignore_errors=True)
            raise StoreError(f"chargement impossible : {error}", f"cannot load: {error}") from error
        self._graphs[graph_iri] = store
        return len(store)

    def activate(self, graph_iri: str) -> None:
        """Make queries see a graph from now on.

        Raises:
            StoreError: it is not here.
        """
        if self._open(graph_iri) is None:
            raise StoreError(f"le magasin n'a pas le graphe {graph_iri}", f"the store does not hold {graph_iri}")
        self._active = graph_iri

    def drop(self, graph_iri: str) -> None:
        """Remove a graph.

        Raises:
            StoreError: the graph is active.
        """
        if graph_iri == self._active:
            raise StoreError(f"{graph_iri} est en service", f"{graph_iri} is in use")
        self._remove(graph_iri)

    def query(
        self, text: str, accept: str, default_graphs: Sequence[str] = (), timeout: float = DEFAULT_TIMEOUT
    ) -> Flow:
        """Return the answer to a query of our own; see Store.query. One default graph at a time.

        When it is late the answer is given up, yet the evaluation runs to its end.
        """
        graphs = list(default_graphs) or ([self._active] if self._active else [])
        if len(graphs) != 1:
            raise StoreError("un graphe et un seul peut être interrogé", "exactly one graph can be queried")
        asked_for(accept)
        store = self._open(graphs[0]) or ox.Store()

        def produce(sink: Sink) -> None:
            try:
                results = store.query(text)
            except SyntaxError as error:
                raise QueryMalformedError(str(error)) from error
            if isinstance(results, ox.QueryTriples):
                write_graph(results, accept, sink)
            else:
                write_bindings(results, accept, sink)

        return Flow(accept, produce, _nothing, first=timeout, whole=timeout)

    def capabilities(self) -> Capabilities:
        """Return what the engine can do."""
        return Capabilities("memory" if self._directory is None else "disk")

    def _place(self, graph_iri: str) -> Path | None:
        return None if self._directory is None else self._directory / sha256(graph_iri.encode()).hexdigest()[:32]

    def _open(self, graph_iri: str) -> ox.Store | None:
        place = self._place(graph_iri)
        if graph_iri not in self._graphs and place is not None and place.is_dir():
            self._graphs[graph_iri] = ox.Store.read_only(str(place))
        return self._graphs.get(graph_iri)

    def _remove(self, graph_iri: str) -> None:
        self._graphs.pop(graph_iri, None)
        place = self._place(graph_iri)
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def _nothing() -> None:
    return None


def _new(place: Path | None) -> ox.Store:
    if place is None:
        return ox.Store()
    place.mkdir(parents=True)
    return ox.Store(str(place))
