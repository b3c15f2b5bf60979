"""Placing a release in a remote store, and finding it there again from its manifest.

The manifest says `"store": {"url", "kind", "graph"}`: an address without credentials, the engine, the graph.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from publisher.errors import StoreError
from publisher.store.base import release_graph
from publisher.store.dialects import dialect
from publisher.store.remote import RemoteStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

STORE_KEY = "store"
_READ = 1 << 20


def place(store: RemoteStore, base_uri: str, release: str, files: Iterable[Path], expected: int) -> dict[str, str]:
    """Load a release's N-Triples files into a graph of its own; return what its manifest says of it.

    Raises:
        StoreError: the store does not take it whole; it is then removed there.
    """
    graph = release_graph(base_uri, release)
    found = store.load(graph, _read(files))
    if found != expected:
        store.drop(graph)
        raise StoreError(
            f"le magasin {store.url} a {found} triplets au lieu de {expected} : rien n'est publié",
            f"the store {store.url} holds {found} triples instead of {expected}: nothing is published",
        )
    return {"url": store.url, "kind": store.engine.kind, "graph": graph}


def is_placed(manifest: Mapping[str, Any], store: RemoteStore | None) -> bool:
    """Return whether a manifest's release lies where it is wanted: in that store, or, for None, in no remote one."""
    record = manifest.get(STORE_KEY)
    if store is None or record is None:
        return store is None and record is None
    return bool(record["url"] == store.url and record["kind"] == store.engine.kind)


def placed(manifest: Mapping[str, Any], *, transfer: float = 60.0) -> tuple[RemoteStore, str] | None:
    """Return the store and the graph that hold a release, or None when the embedded store is all it has.

    Raises:
        StoreError: the manifest names no engine that is known.
    """
    record = manifest.get(STORE_KEY)
    if record is None:
        return None
    try:
        return RemoteStore(record["url"], dialect(record["kind"]), transfer=transfer), record["graph"]
    except (KeyError, TypeError) as error:
        raise StoreError("manifeste : magasin illisible", "manifest: unreadable store") from error


def _read(files: Iterable[Path]) -> Iterator[bytes]:
    for path in files:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            while data := stream.read(_READ):
                yield data
