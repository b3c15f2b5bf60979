"""The evaluation server of one release: `python -m endpoints.evaluation.fork_server NAME SOCKET GRAPH_FILE…`.

It loads the release's graph into memory; or, given a store's directory, leaves it to the workers to open, as RocksDB
does not survive a fork. It forks its workers, listens, and writes one line to its standard output once it can be
asked. It ends when its parent does, on SIGTERM or on SIGINT.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from endpoints.evaluation import confinement
from endpoints.evaluation.dispatcher import Dispatcher
from endpoints.evaluation.limits import Limits
from endpoints.evaluation.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import IO

    from endpoints.evaluation.worker import Source

READY = "ready"
_BACKLOG = 1024
"""Connections the kernel keeps until the loop accepts them, which it does at once; the queue is ours."""


def load_store(files: Iterable[Path]) -> ox.Store:
    """Load a release's graph (N-Triples, gzip or plain) into an in-memory store.

    Raises:
        OSError, SyntaxError: a graph file is absent or damaged.
    """
    store = ox.Store()
    for path in files:
        with cast("IO[bytes]", gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as stream:
            store.bulk_load(stream, format=ox.RdfFormat.N_TRIPLES)
    return store


def check_store(directory: Path) -> None:
    """Open a store on disk in a child, which takes what it leaves behind with it.

    Raises:
        OSError: the store cannot be opened.
    """
    child = os.fork()
    if not child:
        status = 1
        try:
            ox.Store.read_only(str(directory))
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        message = f"{directory}: unreadable"
        raise OSError(message)


def limits_argument(limits: Limits) -> str:
    """Return limits as the text that the command line takes."""
    return json.dumps(asdict(limits))


def _source(options: argparse.Namespace) -> tuple[Source, int]:
    directory: Path | None = options.store
    if directory is not None:
        check_store(directory)
        tables = len(list(directory.glob("*.sst")))
        return lambda: (ox.Store.read_only(str(directory)), tables), options.triples
    # A thread has memory of its own from the allocator: what the workers' queries then take and give back is not
    # scattered among the graph.
    with ThreadPoolExecutor(1) as apart:
        store = apart.submit(load_store, options.files).result()
    return lambda: (store, 0), len(store)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run an evaluation server until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m endpoints.evaluation.fork_server")
    parser.add_argument("name")
    parser.add_argument("socket", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--store", type=Path, help="directory of a RocksDB store to read instead")
    parser.add_argument("--triples", type=int, default=0, help="number of triples of that store")
    parser.add_argument("--limits", default="{}", help="JSON object of endpoints.evaluation.limits.Limits")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process with which to end")
    options = parser.parse_args(arguments)
    limits = Limits(**json.loads(options.limits))
    source, triples = _source(options)
    confinement.seccomp_available()  # imported before the forks, which then share it
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(options.socket))
        listener.listen(_BACKLOG)
        facts: dict[str, object] = {"release": options.name, "triples": triples}
        dispatcher = Dispatcher(listener, Pool(source, limits), limits, facts)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: dispatcher.stop())
        gc.collect()
        gc.freeze()
        dispatcher.start()
        print(READY, flush=True)  # noqa: T201 - the launcher waits for this line
        try:
            dispatcher.run(options.parent)
        finally:
            options.socket.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
