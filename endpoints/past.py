"""The history as far as the release served: opened once, shared by the requests, opened anew when it grows."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from flask import current_app, g

from endpoints.serving import served_release
from publisher.errors import ReleaseError
from publisher.history import HISTORY, INDEX, empty_history, open_history

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.history import History
    from publisher.release import Release

_KEPT_OPEN = 2
_log = logging.getLogger(__name__)
_Key = tuple[str, int, int]


class Past:
    """The histories that requests read, by release and by state of the index."""

    def __init__(self) -> None:
        self._open: dict[_Key, History] = {}
        self._lock = threading.Lock()

    def of(self, release: Release) -> History:
        """Return the history up to a release; the one before stays open for requests under way."""
        var = directory_of(release)
        key = (release.name, *_state(var / HISTORY / INDEX))
        with self._lock:
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = _opened(var, release.name)
                for old in list(self._open)[:-_KEPT_OPEN]:
                    self._open.pop(old).close()
            return found


def served_history() -> History:
    """Return the history of this request's release: read once, so that one answer never mixes two states."""
    if "history" not in g:
        past: Past = current_app.extensions.setdefault("annuaire-past", Past())
        g.history = past.of(served_release().release)
    found: History = g.history
    return found


def _opened(var: Path, release: str) -> History:
    """Open the history; one that is damaged is said in the log and takes nothing down with it."""
    try:
        return open_history(var, release)
    except ReleaseError as error:
        _log.error("%s", error)
        return empty_history(var)


def directory_of(release: Release) -> Path:
    """Return the directory in which a release was published."""
    return release.directory.parents[1]


def history_state() -> str:
    """Return what names the state of the history in validators: the release served and the last step."""
    return f"{served_release().name}-{served_history().number}"


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns
