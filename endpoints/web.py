"""The web processes: Granian over the edge and the Flask application behind it.

Started by endpoints.web_processes as `python -m endpoints.web RUNTIME HOST PORT WORKERS GRACE PARENT`.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import resource
import signal
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from endpoints.evaluation.confinement import die_with_parent
from endpoints.journal import Journal, install_journal
from endpoints.runtime import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoints.edge import Edge
    from publisher.project import Project

_CONNECTIONS = 4_096
"""Connections that one web process has open at most; those that wait for a body hold no more than themselves."""

_HEADER_TIME = 15_000
"""Milliseconds to send the headers of a request, the first one or a next one on the same connection."""

_LOG = {
    "handlers": {name: {"class": "endpoints.journal.JournalHandler"} for name in ("console", "access")},
}


def load_application(runtime: Path, server: int, processes: int) -> Edge:
    """Return the application of one web process, which ends when the server that started it does."""
    from endpoints.app import create_app  # noqa: PLC0415 — the process that only watches over these loads none of it
    from endpoints.edge import Edge  # noqa: PLC0415 — same

    die_with_parent(server, signal.SIGTERM)
    _allow_descriptors()
    install_journal()
    project: Project = pickle.loads((runtime / SETTINGS).read_bytes())  # noqa: S301 - ours, in a directory of our own
    edge = Edge(create_app(project, runtime), processes, Journal() if project.service.journal else None)
    edge.start()
    gc.collect()
    gc.freeze()  # what is there now stays: no collection need go through it again
    return edge


def run(runtime: Path, host: str, port: int, workers: int, grace: int) -> None:
    """Serve until told to stop by SIGTERM or SIGINT; answers under way then have `grace` seconds to end.

    A web process that dies is replaced.

    Each web process starts as a fresh interpreter: a fork would inherit this one's threads.
    """
    multiprocessing.set_start_method("spawn")
    server = Server(
        "endpoints.app:create_app",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        runtime_mode=RuntimeModes.mt,  # a tenth more answers a second than `st`, with as many threads
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_TIME),
        backlog=_CONNECTIONS,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=grace,
        log_level=LogLevels.error,
        log_dictconfig=_LOG,
        websockets=False,
    )
    load = cast("Callable[..., Callable[..., object]]", partial(load_application, runtime, os.getpid(), workers))
    server.serve(target_loader=load, wrap_loader=False)


def _allow_descriptors() -> None:
    """Raise the limit of open files as far as the system lets us: one connection may take three."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * _CONNECTIONS if hard == resource.RLIM_INFINITY else min(4 * _CONNECTIONS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def main(arguments: list[str]) -> None:
    """Run the web processes as the command line says."""
    runtime, host, port, workers, grace, parent = arguments
    die_with_parent(int(parent), signal.SIGTERM)
    run(Path(runtime), host, int(port), int(workers), int(grace))


if __name__ == "__main__":
    # By its own name: it is what a fresh web process imports.
    import_module("endpoints.web").main(sys.argv[1:])
