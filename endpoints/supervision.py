"""The processes that serve a release: started, watched, replaced, drained, ended."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation import client
from endpoints.evaluation.errors import EvaluationError, EvaluationUnavailableError
from endpoints.evaluation.launch import EvaluationServer, start_evaluation
from endpoints.remote import is_remote
from endpoints.serving import SERVED, socket_of
from publisher.errors import AnnuaireError
from publisher.release import Release, current_release, ensure_format

if TYPE_CHECKING:
    from pathlib import Path

    from endpoints.evaluation.limits import Limits
    from publisher.project import Project

_START_TIME = 30.0
_STOP_TIME = 10.0
_RETRY = 30.0
_MISSES = 3
_DRAIN = 2.0

_log = logging.getLogger(__name__)


class ServerError(AnnuaireError):
    """A process of the server does not start or does not stay."""


@dataclass(slots=True)
class _Draining:
    """The evaluation server of a release no longer served: it ends once its last query has."""

    server: EvaluationServer
    since: float


class Service:
    """The processes that serve, and the runtime directory through which they find each other."""

    def __init__(self, project: Project, runtime: Path, limits: Limits) -> None:
        self._project, self._runtime, self._limits = project, runtime, limits
        self._release: Release | None = None
        self._evaluation: EvaluationServer | None = None
        self._draining: list[_Draining] = []
        self._web: subprocess.Popen[bytes] | None = None
        self._web_command: list[str] = []
        self._web_began = 0.0
        self._misses = 0
        self._failed: tuple[str, float] | None = None

    def switch(self, release: Release) -> None:
        """Start a release's evaluation server, then name the release as served; the one before drains.

        A release that a remote engine answers for needs no such server.

        Raises:
            ReleaseError: another version of the software wrote the release, in another format.
            EvaluationUnavailableError: the evaluation server does not start; what is served stays.
        """
        ensure_format(release)
        socket = socket_of(self._runtime, release.name)
        started = None if is_remote(release) else start_evaluation(release, socket, self._limits)
        temporary = self._runtime / f".{SERVED}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(release.directory)
        temporary.replace(self._runtime / SERVED)
        if self._evaluation is not None:
            self._draining.append(_Draining(self._evaluation, time.monotonic()))
        self._release, self._evaluation, self._misses = release, started, 0

    def start_web(self, host: str, port: int, workers: int) -> None:
        """Start the web processes and wait until they answer.

        Raises:
            ServerError: they do not.
        """
        listed = [self._project.directory.resolve(), self._runtime, host, port, workers, os.getpid()]
        self._web_command = [sys.executable, "-m", "endpoints.web", *map(str, listed)]
        self._spawn_web()
        until = time.monotonic() + _START_TIME
        while not _answers(host, port):
            if self._web is None or self._web.poll() is not None or time.monotonic() > until:
                raise ServerError(
                    "les processus web n'ont pas démarré (voir les lignes précédentes)",
                    "the web processes did not start (see the lines above)",
                )
            time.sleep(0.05)

    def follow(self, var: Path) -> None:
        """Serve the release that `current` names now, if it is another; a failure leaves the present one in place."""
        try:
            release = current_release(var)
        except AnnuaireError as error:
            _log.warning("%s", error)
            return
        if self._release is not None and release.name == self._release.name:
            return
        if self._failed is not None and self._failed[0] == release.name and time.monotonic() < self._failed[1]:
            return
        try:
            self.switch(release)
        except AnnuaireError as error:
            self._failed = release.name, time.monotonic() + _RETRY
            _log.error("%s", error)

    def tend(self) -> None:
        """Replace what has died or hangs, end what has drained.

        Raises:
            ServerError: the web processes die as soon as they start.
        """
        if self._web is not None and self._web.poll() is not None:
            if time.monotonic() - self._web_began < _START_TIME:
                raise ServerError("les processus web s'arrêtent", "the web processes keep stopping")
            self._spawn_web()
        if self._evaluation is not None and self._release is not None and not self._is_healthy(self._evaluation):
            _log.warning("evaluation server of %s restarted", self._release.name)
            self._evaluation.stop()
            with contextlib.suppress(EvaluationUnavailableError):
                self._evaluation = start_evaluation(self._release, self._evaluation.socket, self._limits)
            self._misses = 0
        for old in list(self._draining):
            if self._has_drained(old):
                old.server.stop()
                self._draining.remove(old)

    def stop(self) -> None:
        """End every process: the web first, so that no request meets an evaluation server already gone."""
        if self._web is not None:
            self._web.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._web.wait(_STOP_TIME)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._web.pid, signal.SIGKILL)  # its session holds the web processes only
            self._web.wait()
        for server in [old.server for old in self._draining] + [s for s in [self._evaluation] if s]:
            server.stop()

    def _spawn_web(self) -> None:
        self._web_began = time.monotonic()
        self._web = subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._web_command, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def _is_healthy(self, server: EvaluationServer) -> bool:
        if not server.is_alive():
            return False
        try:
            client.health(server.socket)
        except EvaluationError:
            self._misses += 1
        else:
            self._misses = 0
        return self._misses < _MISSES

    def _has_drained(self, old: _Draining) -> bool:
        waited = time.monotonic() - old.since
        if waited < _DRAIN:
            return False
        try:
            state = client.health(old.server.socket)
        except EvaluationError:
            return True
        return waited > self._limits.transfer or state["busy"] + state["queued"] == 0


def _answers(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(reachable, port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()
