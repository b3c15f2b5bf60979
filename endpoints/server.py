"""The process tree of `annuaire serve`.

    annuaire serve ─┬─ web processes (Granian)
                    └─ evaluation server of the release served ── query workers

This process owns the runtime directory, follows `var/current`, warms the evaluation server of a new release before the
link `served` names it, reads the settings again when asked, gives the figures of `/metrics`, replaces what dies, and
leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from endpoints.journal import install_journal
from endpoints.metrics import Figures
from endpoints.reloading import Settings
from endpoints.supervision import Service
from endpoints.web_processes import ServerError
from publisher.refusals import refusal_reason
from publisher.release import current_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from publisher.project import Project

_POLL = 1.0
_LONGEST = 60
"""Characters of the runtime directory's path: a socket's address has room for about a hundred, its name included."""

_log = logging.getLogger(__name__)
_SHORT = Path("/tmp")  # noqa: S108 - mkdtemp makes a directory that is ours alone


def serve(project: Project, var: Path, *, host: str, port: int, workers: int) -> None:
    """Serve the current release of `var`, and those that follow it, until SIGTERM or SIGINT.

    SIGHUP has the settings read again. Answers under way end before the stop; a second signal does not wait for them.

    Raises:
        ReleaseError: nothing has been published.
        PortBusyError: another program listens there.
        ServerError: the web processes or the evaluation server cannot be started.
    """
    release = current_release(var)
    install_journal()
    with _held_port(host, port) as held, _runtime_directory() as runtime, _signals() as signals:
        service = Service(project, runtime)
        settings = Settings(project, service)
        figures = Figures(runtime, service.state)
        try:
            service.switch(release)
            service.web.start(host, held, workers)
            figures.tend(project.service.metrics)
            shown = f"[{host}]" if ":" in host else host
            with contextlib.suppress(OSError):  # nobody reads it, or the disk is full: the service goes on
                print(f"http://{shown}:{held} – {release.name} (Ctrl-C : arrêter / to stop)", flush=True)  # noqa: T201
            while not signals.wait(_POLL):
                if signals.takes_reload():
                    settings.reread()
                service.tend()
                service.follow(var)
                figures.tend(settings.project.service.metrics)
            _log.info("stopping", extra={"event": "stop"})
        finally:
            service.stop(signals.urgent)
            figures.close()


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


class _Signals:
    """What the operator has asked for by signals; `urgent` once a stop has been asked for twice."""

    def __init__(self) -> None:
        self._asked, self.urgent = threading.Event(), threading.Event()
        self._stopped = self._reloads = False

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if number == signal.SIGHUP:
            self._reloads = True
        elif self._stopped:
            self.urgent.set()
        else:
            self._stopped = True
        self._asked.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a signal, for so long at most; return whether to stop."""
        self._asked.wait(seconds)
        if not self._stopped:
            self._asked.clear()
        return self._stopped

    def takes_reload(self) -> bool:
        """Return whether the settings are to be read again, once."""
        asked, self._reloads = self._reloads, False
        return asked


@contextlib.contextmanager
def _signals() -> Iterator[_Signals]:
    """Note SIGTERM, SIGINT and SIGHUP, for as long as the server runs."""
    signals = _Signals()
    listened = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, signals.note) for number in listened}
    try:
        yield signals
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
            why = refusal_reason(error)
            raise PortBusyError(
                f"{host}:{port} est déjà pris ou interdit ({why['fr']}) ; choisir un autre port avec --port",
                f"{host}:{port} is taken or not allowed ({why['en']}); choose another with --port",
            ) from error
        yield found
