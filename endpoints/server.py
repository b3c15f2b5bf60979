"""The process tree of `annuaire serve`.

    annuaire serve ─┬─ web processes (Granian)
                    └─ evaluation server of the release served ── query workers

This process owns the runtime directory, follows `var/current`, warms the evaluation server of a new release before the
link `served` names it, replaces what dies, and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from endpoints.evaluation.limits import Limits
from endpoints.supervision import ServerError, Service
from publisher.release import current_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from publisher.project import Project

_POLL = 1.0
_LONGEST = 60
"""Characters of the runtime directory's path: a socket's address has room for about a hundred, its name included."""

_SHORT = Path("/tmp")  # noqa: S108 - mkdtemp makes a directory that is ours alone


def serve(project: Project, var: Path, *, host: str, port: int, workers: int) -> None:
    """Serve the current release of `var`, and those that follow it, until SIGTERM or SIGINT.

    Raises:
        ReleaseError: nothing has been published.
        PortBusyError: another program listens there.
        ServerError: the web processes or the evaluation server cannot be started.
    """
    release = current_release(var)
    with _held_port(host, port) as held, _runtime_directory() as runtime, _stop_signals() as stopped:
        service = Service(project, runtime, Limits.of(project.service))
        try:
            service.switch(release)
            service.start_web(host, held, workers)
            shown = f"[{host}]" if ":" in host else host
            print(f"http://{shown}:{held} – {release.name} (Ctrl-C : arrêter / to stop)", flush=True)  # noqa: T201
            while not stopped.wait(_POLL):
                service.tend()
                service.follow(var)
        finally:
            service.stop()


class PortBusyError(ServerError):
    """The address to listen on is taken, or not ours to take."""


@contextlib.contextmanager
def _runtime_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="annuaire-"))
    if len(os.fspath(directory)) > _LONGEST and _SHORT.is_dir():
        directory.rmdir()
        directory = Path(tempfile.mkdtemp(prefix="annuaire-", dir=_SHORT))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Turn SIGTERM and SIGINT into an event, for as long as the server runs."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, former in before.items():
            signal.signal(number, former)


@contextlib.contextmanager
def _held_port(host: str, port: int) -> Iterator[int]:
    """Hold the port to listen on (a free one for 0) against other programs, and give its number.

    The web processes share their port (SO_REUSEPORT), which would let a second server of the same user join them
    unnoticed. So the port is first asked for alone, then held by a socket that shares it but never listens.

    Raises:
        PortBusyError: the port is taken or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as alone, socket.socket(family) as holder:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            alone.bind((host, port))
            found = int(alone.getsockname()[1])
            alone.close()
            holder.bind((host, found))
        except OSError as error:
            raise PortBusyError(
                f"{host}:{port} est déjà pris ou interdit ({error.strerror}) ; choisir un autre port avec --port",
                f"{host}:{port} is taken or not allowed ({error.strerror}); choose another with --port",
            ) from error
        yield found
