"""The embedded store: Oxigraph on disk (RocksDB), built once a release and opened read-only ever after."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import IO


def build_store(directory: Path, files: Iterable[Path]) -> ox.Store:
    """Create a store in `directory` whose default graph holds the N-Triples files (`.gz` or not)."""
    store = ox.Store(str(directory))
    load(store, files)
    store.optimize()
    store.flush()
    return store


def load(store: ox.Store, files: Iterable[Path]) -> None:
    """Load N-Triples files (`.gz` or not) into the default graph."""
    for path in files:
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as stream:
                store.bulk_load(cast("IO[bytes]", stream), ox.RdfFormat.N_TRIPLES)
        else:
            store.bulk_load(path=path, format=ox.RdfFormat.N_TRIPLES)
