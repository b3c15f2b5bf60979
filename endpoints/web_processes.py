"""The web processes as the supervisor has them: started, replaced without a gap, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from endpoints.runtime import SETTINGS, leaving_file, ready_file
from publisher.errors import AnnuaireError

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from publisher.project import Project

_START_TIME = 60.0
_MARGIN = 4.0
"""Seconds beyond those that answers under way have to end, for the processes themselves to end."""

_FAREWELL = 1.0
"""Seconds in which clients that keep a connection are told, with their next answer, to connect anew."""

_POLL = 0.05


class ServerError(AnnuaireError):
    """A process of the server does not start or does not stay."""


@dataclass(slots=True)
class _Leaving:
    """Web processes that have been told to end, and when they are ended for good."""

    process: subprocess.Popen[bytes]
    until: float


class WebProcesses:
    """A Granian server and its workers, which read their settings from the runtime directory.

    So what is in `annuaire.toml` counts once it has been accepted, even for a process that is replaced later. Answers
    under way when they are told to end may take as long as any query's answer may (`sparql.transfert`).
    """

    def __init__(self, project: Project, runtime: Path) -> None:
        self._runtime = runtime
        self._write(project)
        self._grace = ceil(project.service.transfer)
        self._place: tuple[str, int, int] = ("", 0, 0)
        self._process: subprocess.Popen[bytes] | None = None
        self._leaving: list[_Leaving] = []
        self._began = 0.0
        self.restarts = 0

    def start(self, host: str, port: int, workers: int) -> None:
        """Start the web processes and wait until they answer.

        Raises:
            ServerError: they do not.
        """
        self._place = host, port, workers
        self._process = self._spawn()
        self._wait(self._process)
        if not _answers(host, port):
            raise _not_started()

    def replace(self, project: Project) -> None:
        """Have others, with other settings, listen beside those that serve; then these end what they have begun.

        Raises:
            ServerError: they do not start; those that serve stay.
        """
        former, began, grace = self._write(project), self._began, self._grace
        self._grace = ceil(project.service.transfer)
        web = self._spawn()
        try:
            self._wait(web)
        except ServerError:
            _end(web)
            self._began, self._grace = began, grace
            (self._runtime / SETTINGS).write_bytes(former)
            raise
        if self._process is not None:
            (self._runtime / leaving_file(self._process.pid)).touch()
            time.sleep(_FAREWELL)
            self._dismiss(self._process, grace)
        self._process = web

    def tend(self) -> None:
        """Replace those that have died, end those that were to leave and have not.

        Raises:
            ServerError: they die as soon as they start.
        """
        if self._process is not None and self._process.poll() is not None:
            if time.monotonic() - self._began < _START_TIME:
                raise ServerError("les processus web s'arrêtent", "the web processes keep stopping")
            self.restarts += 1
            self._process = self._spawn()
        for old in list(self._leaving):
            if old.process.poll() is not None or time.monotonic() > old.until:
                _end(old.process)
                self._leaving.remove(old)
                (self._runtime / leaving_file(old.process.pid)).unlink(missing_ok=True)
                for path in self._runtime.glob(ready_file("*", old.process.pid)):
                    path.unlink()

    def stop(self, urgent: threading.Event) -> None:
        """End them all: no new connection is taken, answers under way may end unless it becomes urgent."""
        if self._process is not None:
            self._dismiss(self._process, self._grace)
            self._process = None
        for old in self._leaving:
            while old.process.poll() is None and time.monotonic() < old.until and not urgent.is_set():
                time.sleep(_POLL)
            _end(old.process)

    def _dismiss(self, web: subprocess.Popen[bytes], grace: int) -> None:
        web.terminate()
        self._leaving.append(_Leaving(web, time.monotonic() + grace + _MARGIN))

    def _write(self, project: Project) -> bytes:
        """Write the settings for the processes to come; return those before."""
        path = self._runtime / SETTINGS
        former = path.read_bytes() if path.exists() else b""
        temporary = path.with_name(f".{SETTINGS}")
        temporary.write_bytes(pickle.dumps(project))
        temporary.replace(path)
        return former

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._began = time.monotonic()
        arguments = [self._runtime, *self._place, self._grace, os.getpid()]
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "endpoints.web", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait(self, web: subprocess.Popen[bytes]) -> None:
        """Wait until each worker of these processes has said that it listens."""
        until = time.monotonic() + _START_TIME
        while len(list(self._runtime.glob(ready_file("*", web.pid)))) < self._place[2]:
            if web.poll() is not None or time.monotonic() > until:
                raise _not_started()
            time.sleep(_POLL)


def _not_started() -> ServerError:
    return ServerError(
        "les processus web n'ont pas démarré (voir les lignes précédentes)",
        "the web processes did not start (see the lines above)",
    )


def _end(web: subprocess.Popen[bytes]) -> None:
    """End web processes for good: their session holds nothing else."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(web.pid, signal.SIGKILL)
    web.wait()


def _answers(host: str, port: int) -> bool:
    """Return whether the service answers soon."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    until = time.monotonic() + _START_TIME
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(reachable, port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(_POLL)
        else:
            return True
        finally:
            connection.close()
    return False
