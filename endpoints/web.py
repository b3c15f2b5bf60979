"""The web processes: Granian over the Flask application.

Started by endpoints.server as `python -m endpoints.web PROJECT RUNTIME HOST PORT WORKERS PARENT`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from endpoints.app import create_app
from endpoints.evaluation.confinement import die_with_parent
from publisher.project import load_project

if TYPE_CHECKING:
    from flask import Flask

BLOCKING_THREADS = 128
_STOP_TIME = 5
_LOG = {
    "handlers": {
        name: {"formatter": form, "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        for name, form in (("console", "generic"), ("access", "access"))
    }
}


def load_application(project: Path, runtime: Path, server: int) -> Flask:
    """Return the application of one web process, which ends when the server that started it does."""
    die_with_parent(server, signal.SIGTERM)
    return create_app(load_project(project), runtime)


def run(project: Path, runtime: Path, host: str, port: int, workers: int) -> None:
    """Serve until told to stop by SIGTERM or SIGINT; a web process that dies is replaced.

    Each web process starts as a fresh interpreter: a fork would inherit this one's threads.
    """
    multiprocessing.set_start_method("spawn")
    server = Server(
        "endpoints.app:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=BLOCKING_THREADS,
        backpressure=2 * BLOCKING_THREADS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=_STOP_TIME,
        log_level=LogLevels.error,
        log_dictconfig=_LOG,
        websockets=False,
    )
    server.serve(target_loader=partial(load_application, project, runtime, os.getpid()), wrap_loader=False)


def main(arguments: list[str]) -> None:
    """Run the web processes as the command line says."""
    project, runtime, host, port, workers, parent = arguments
    die_with_parent(int(parent), signal.SIGTERM)
    run(Path(project), Path(runtime), host, int(port), int(workers))


if __name__ == "__main__":
    # By its own name: it is what a fresh web process imports.
    import_module("endpoints.web").main(sys.argv[1:])
