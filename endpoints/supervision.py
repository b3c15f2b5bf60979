"""The processes that serve a release: started, watched, replaced, drained, ended."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation import client
from endpoints.evaluation.errors import EvaluationError, EvaluationUnavailableError
from endpoints.evaluation.launch import EvaluationServer, start_evaluation
from endpoints.evaluation.limits import Limits
from endpoints.metrics import State
from endpoints.remote import is_remote
from endpoints.runtime import REFUSED, SERVED, socket_of
from endpoints.web_processes import WebProcesses
from publisher.errors import AnnuaireError
from publisher.release import Release, current_release, ensure_format

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from publisher.project import Project

_RETRY = 30.0
_MISSES = 3
_DRAIN = 2.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Draining:
    """The evaluation server of a release no longer served: it ends once its last query has."""

    server: EvaluationServer
    since: float


class Service:
    """The processes that serve, and the runtime directory through which they find each other."""

    def __init__(self, project: Project, runtime: Path) -> None:
        self._runtime, self._limits = runtime, Limits.of(project.service)
        self.web = WebProcesses(project, runtime)
        self._release: Release | None = None
        self._evaluation: EvaluationServer | None = None
        self._draining: list[_Draining] = []
        self._started = self._misses = self._restarts = 0
        self._failed: tuple[str, float] | None = None

    def switch(self, release: Release) -> None:
        """Start a release's evaluation server, then name the release as served; the one before drains.

        A release that a remote engine answers for needs no such server.

        Raises:
            ReleaseError: another version of the software wrote the release, in another format.
            EvaluationUnavailableError: the evaluation server does not start; what is served stays.
        """
        ensure_format(release)
        started = self._start_evaluation(release)
        self._take(release, started)
        _link(release.directory, self._runtime / SERVED)

    def reload(self, project: Project) -> None:
        """Serve with other settings, by other processes; those before end what they have begun.

        Raises:
            AnnuaireError: they do not start; everything stays as it was.
        """
        before, release = self._limits, self._release
        self._limits = Limits.of(project.service)
        started = None
        try:
            if self._limits != before and self._evaluation is not None and release is not None:
                started = self._start_evaluation(release)
            self.web.replace(project)
        except AnnuaireError:
            self._limits = before
            if started is not None:
                started.stop()
            raise
        if started is not None and release is not None:
            self._take(release, started)

    def state(self) -> State:
        """Return what is known of the release served and of the processes."""
        release, queries, workers = self._release, {"running": 0, "waiting": 0, "processes": 0}, []
        if self._evaluation is not None:
            with contextlib.suppress(EvaluationError):
                told = client.health(self._evaluation.socket)
                queries = {"running": told["busy"], "waiting": told["queued"], "processes": told["workers"]}
                workers = told["pids"]
        evaluation = [self._evaluation.process.pid] if self._evaluation else []
        return State(
            release=release.name if release else "",
            published=release.manifest.get("published") if release else None,
            refused=self._failed[0] if self._failed else None,
            queries=queries,
            processes={"supervisor": [os.getpid()], "evaluation": evaluation, "query": workers},
            restarts={"web": self.web.restarts, "evaluation": self._restarts},
        )

    def follow(self, var: Path) -> None:
        """Serve the release that `current` names now, if it is another; a failure leaves the present one in place."""
        try:
            release = current_release(var)
        except AnnuaireError as error:
            if self._failed is None or self._failed[0] or time.monotonic() > self._failed[1]:
                self._refuse("", error)
            return
        if self._release is not None and release.name == self._release.name:
            self._failed = None
            (self._runtime / REFUSED).unlink(missing_ok=True)
            return
        if self._failed is not None and self._failed[0] == release.name and time.monotonic() < self._failed[1]:
            return
        try:
            self.switch(release)
        except AnnuaireError as error:
            self._refuse(release.name, error)
        else:
            _log.info("release %s is served", release.name, extra={"event": "release"})

    def tend(self) -> None:
        """Replace what has died or hangs, end what has drained.

        Raises:
            ServerError: the web processes die as soon as they start.
        """
        self.web.tend()
        if self._evaluation is not None and self._release is not None and not self._is_healthy(self._evaluation):
            _log.warning("evaluation server of %s restarted", self._release.name)
            self._restarts += 1
            self._evaluation.stop()
            with contextlib.suppress(EvaluationUnavailableError):
                self._evaluation = start_evaluation(self._release, self._evaluation.socket, self._limits)
            self._misses = 0
        for old in list(self._draining):
            if self._has_drained(old):
                old.server.stop()
                self._draining.remove(old)

    def stop(self, urgent: threading.Event) -> None:
        """End every process: the web first, so that no request meets an evaluation server already gone.

        Answers under way may end, unless it becomes urgent.
        """
        self.web.stop(urgent)
        for server in [old.server for old in self._draining] + [s for s in [self._evaluation] if s]:
            server.stop()

    def _start_evaluation(self, release: Release) -> EvaluationServer | None:
        if is_remote(release):
            return None
        self._started += 1
        return start_evaluation(release, self._runtime / f"{release.name}.{self._started}", self._limits)

    def _take(self, release: Release, started: EvaluationServer | None) -> None:
        """Let a release's new evaluation server be the one that is asked."""
        if started is not None:
            _link(started.socket, socket_of(self._runtime, release.name))
        if self._evaluation is not None:
            self._draining.append(_Draining(self._evaluation, time.monotonic()))
        self._release, self._evaluation, self._misses = release, started, 0

    def _refuse(self, name: str, error: AnnuaireError) -> None:
        """Say that a newer release is not served, and why: in the log, and to who asks for the service's health."""
        self._failed = name, time.monotonic() + _RETRY
        _log.error("release not served: %s", error.texts["en"], extra={"event": "release", "facts": {"refused": name}})
        written = self._runtime / f".{REFUSED}"
        written.write_text(json.dumps({"release": name, "detail": error.texts}, ensure_ascii=False), encoding="utf-8")
        written.replace(self._runtime / REFUSED)

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


def _link(target: Path, link: Path) -> None:
    """Have a link name something else, at once."""
    temporary = link.with_name(f".{link.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
