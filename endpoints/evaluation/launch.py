"""Starting and stopping the evaluation server of a release, from the process that will own it."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import EvaluationUnavailableError
from endpoints.evaluation.fork_server import READY, limits_argument
from endpoints.evaluation.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.release import Release

_START_TIME = 120.0
_STOP_TIME = 5.0

_TRIPLE = 350
"""Bytes that a triple takes in the in-memory store (337 measured, on a graph of 389,493)."""


@dataclass(frozen=True, slots=True)
class EvaluationServer:
    """A running evaluation server. The process that started it must stop it, or die: it then ends by itself."""

    socket: Path
    process: subprocess.Popen[bytes]

    def is_alive(self) -> bool:
        """Return whether the server process runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the server and its workers, and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_TIME)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.socket.unlink(missing_ok=True)


def fits_in_memory(triples: int, limits: Limits, memory: int) -> bool:
    """Return whether a graph of that size may be held in a machine's memory, rather than read from its files.

    Workers share the graph, but reading counts references, which copies the pages read: if each worker scans it whole
    at the same time, there are as many copies. Half of the memory must have room for them.
    """
    return triples <= limits.disk and triples * _TRIPLE * (1 + limits.workers) <= memory // 2


def start_evaluation(release: Release, socket: Path, limits: Limits | None = None) -> EvaluationServer:
    """Start the evaluation server of a release and wait until it can be asked.

    It has a session of its own: a Ctrl-C in the terminal reaches its owner, which decides.

    Raises:
        EvaluationUnavailableError: it did not start.
    """
    socket.unlink(missing_ok=True)
    limits, triples = limits or Limits(), int(release.manifest.get("triples", 0))
    on_disk = not fits_in_memory(triples, limits, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    files = ["--store", str(release.store), "--triples", str(triples)] if on_disk else map(str, release.graph_files)
    command = [sys.executable, "-m", "endpoints.evaluation.fork_server", release.name, str(socket), *files]
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [*command, "--limits", limits_argument(limits), "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    server = EvaluationServer(socket, process)
    try:
        line = _first_line(process, _START_TIME)
    finally:
        if process.stdout is not None:
            process.stdout.close()
    if line.strip() != READY.encode():
        with contextlib.suppress(OSError):
            server.stop()
        raise EvaluationUnavailableError(
            f"le serveur de requêtes de la version {release.name} n'a pas démarré",
            f"the query server of release {release.name} did not start",
        )
    return server


def _first_line(process: subprocess.Popen[bytes], timeout: float) -> bytes:
    """Return what the process first writes; empty when it ends or stays silent."""
    if process.stdout is None:
        return b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            if selector.select(left):
                return process.stdout.readline()
    return b""
