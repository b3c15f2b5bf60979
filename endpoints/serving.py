"""The release now served: read from the runtime directory's link, opened once, shared by the requests."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, g
from pyoxigraph import Store

from endpoints.cache import Cache
from endpoints.readings import forget_read
from endpoints.records import properties_by_table, tables_by_class
from endpoints.runtime import SERVED, socket_of
from endpoints.serialisation import Serialiser
from publisher.errors import ReleaseError
from publisher.identifiers import Minter
from publisher.release import Release, open_release

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project

_KEPT_OPEN = 2


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A release opened for reading: its files, its read-only store, its counts."""

    release: Release
    store: Store
    counts: dict[str, Any]

    @property
    def name(self) -> str:
        """The release's name, `<id>-<number>`."""
        return self.release.name


class Serving:
    """What the blueprints share: the settings, the minter, and the release now served."""

    def __init__(self, project: Project, runtime: Path) -> None:
        self.project = project
        self.runtime = runtime
        self.minter = Minter(project.base_uri)
        self.serialiser = Serialiser(project)
        self.cache = Cache()
        self.tables = tables_by_class(project)
        self.properties = properties_by_table(project)
        self.parameters: frozenset[str] = frozenset()
        self._link = os.fspath(runtime / SERVED)
        self._open: dict[str, OpenRelease] = {}
        self._lock = threading.Lock()

    def release(self) -> OpenRelease:
        """Return the release that the link names now; the one before stays open for requests under way.

        Raises:
            ReleaseError: no release is served, or it cannot be read.
        """
        try:
            target = os.readlink(self._link)  # noqa: PTH115 - at every request, where pathlib takes ten times as long
        except OSError as error:
            raise ReleaseError(
                "aucune version publiée n'est servie pour le moment",
                "no release is being served at the moment",
            ) from error
        found = self._open.get(target)
        if found is None:
            with self._lock:
                found = self._open.get(target) or self._opened(target)
        return found

    def find(self) -> OpenRelease | None:
        """Return the release served, or None."""
        try:
            return self.release()
        except ReleaseError:
            return None

    def socket(self, release: OpenRelease) -> Path:
        """Return the address of the evaluation server that answers for a release."""
        return socket_of(self.runtime, release.name)

    def _opened(self, target: str) -> OpenRelease:
        release = open_release((self.runtime / target).resolve())
        try:
            store = Store.read_only(str(release.store))
        except OSError as error:
            raise ReleaseError(f"{release.store} : illisible", f"{release.store}: unreadable") from error
        found = OpenRelease(release, store, release.counts)
        forget_read()
        kept = list(self._open.items())[-(_KEPT_OPEN - 1) :]
        self._open = {**dict(kept), target: found}
        return found


def serving() -> Serving:
    """Return the Serving of the running application."""
    found: Serving = current_app.extensions["annuaire"]
    return found


def served_release() -> OpenRelease:
    """Return the release of this request: read once, so that one answer never mixes two releases."""
    if "release" not in g:
        g.release = serving().release()
    found: OpenRelease = g.release
    return found


def let_go(_error: BaseException | None = None) -> None:
    """Forget what a request held: the contexts of templates are cycles, which would keep former releases open."""
    for name in tuple(g):
        g.pop(name)
