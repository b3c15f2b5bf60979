"""The search index of a large graph, made by a process of its own: the interpreter serves one thread at a time.

To index and to write dumps and history take it in turn all the while; apart, they use both processors. That process
reads a pipe which ends with the one that started it: it never goes on alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree
from threading import Thread

from publisher.search_index import build_search_index
from publisher.statements import open_statements

LARGE = 256 << 20
"""From this size of its file in bytes on, a graph is indexed apart: of one of 60 MiB, that spared 1 s of 14."""


def index_apart(triples: Path, directory: Path, placed: Path) -> None:
    """Write the index of an N-Triples file into a new directory; see `publisher.search_index.build_search_index`.

    The table of statements is best kept beside the file. Where the process fails, for want of memory or any other
    reason, this one does its work, or says why it cannot.
    """
    command = [sys.executable, "-m", __name__, str(triples), str(directory), str(placed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        failed = process.wait()
    if failed:
        rmtree(directory, ignore_errors=True)
        _index(triples, directory, placed)


def _index(triples: Path, directory: Path, placed: Path) -> None:
    with open_statements(triples, triples.parent) as statements:
        build_search_index(statements, directory, placed)


def _end_with_parent() -> None:
    """End as soon as nobody holds the other end of the pipe."""
    while os.read(0, 1):  # `sys.stdin` would hold a lock that the interpreter wants when it ends
        pass
    os._exit(1)


def main() -> None:
    """Index what the arguments say."""
    Thread(target=_end_with_parent, daemon=True).start()
    triples, directory, placed = map(Path, sys.argv[1:])
    _index(triples, directory, placed)


if __name__ == "__main__":
    main()
