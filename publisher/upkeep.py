"""What keeps a directory of releases in order after publication: going back, clearing out."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from publisher.changes import UNSIGNED, Occasion
from publisher.errors import ReleaseError, UsageError
from publisher.history import open_history, releases_known
from publisher.lock import publication_lock
from publisher.publication import make_current, remove_release
from publisher.recording import draft
from publisher.release import current_name, current_release, ensure_format, find_current, list_releases
from publisher.verification import ensure_whole

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.release import Release
    from publisher.signature import Signature

KEPT = 5
"""How many releases `prune` keeps unless told otherwise."""

_DRAINING = timedelta(minutes=10)
"""How long a release that is current no more is still kept: servers follow `current` with a delay."""


def roll_back(var: Path, wanted: str | None = None, signature: Signature = UNSIGNED) -> Release:
    """Make an earlier release current again, by name or number; without one, that which was current before.

    The history goes on: going back is a step of its own, which the feeds tell.

    Raises:
        UsageError: there is no such release, or it is current already.
        ReleaseError: it is damaged, or older than the history.
    """
    with publication_lock(var):
        current = find_current(var)
        target = find_release(var, wanted or _before(var))
        if current and target.name == current.name:
            raise UsageError(f"{target.name} est déjà en ligne", f"{target.name} is current already")
        ensure_format(target)
        ensure_whole(target)
        base_uri = target.manifest.get("base_uri")
        if not isinstance(base_uri, str):
            raise ReleaseError(
                f"{target.name} a été publiée par un logiciel plus ancien ; la publier de nouveau",
                f"{target.name} was published by older software; publish it again",
            )
        now = datetime.now(tz=UTC).replace(microsecond=0)
        draft(base_uri, var, target.name, target.graph_files[0], Occasion(now, undone=True, signature=signature))
        make_current(target, var)
        return target


def prune(var: Path, keep: int = KEPT) -> list[str]:
    """Remove all releases but the `keep` latest and the current one; return the names of those removed.

    One that was current minutes ago stays: a server may still be answering from it. The history is kept whole. A
    remote store drops the graph of each release removed.

    Raises:
        StoreError: a remote store does not answer; the release then stays.
    """
    with publication_lock(var):
        current = find_current(var)
        removed: list[str] = []
        if current is None:
            return removed
        kept = {current.name, *_draining(var, current), *_latest(var, max(keep, 1))}
        for release in list_releases(var):
            if release.name not in kept:
                remove_release(release)
                removed.append(release.name)
        return removed


def find_release(var: Path, wanted: str) -> Release:
    """Return a release on disk by its name or its number.

    Raises:
        UsageError: there is none.
    """
    for release in list_releases(var):
        if wanted in {release.name, str(release.number)}:
            return release
    raise UsageError(
        f"{wanted} : pas de telle version ; « annuaire releases » donne la liste",
        f"{wanted}: no such release; 'annuaire releases' lists them",
    )


def _latest(var: Path, keep: int) -> list[str]:
    """Return the latest releases that were online; those that never were, for want of a switch, are of no use."""
    known = releases_known(var)
    return [release.name for release in list_releases(var) if not known or release.name in known][-keep:]


def _draining(var: Path, current: Release) -> set[str | None]:
    """Return the releases that were current a short while ago."""
    now = datetime.now(tz=UTC)
    with closing(open_history(var, current.name)) as history:
        return {step.previous for step in history.steps() if now - datetime.fromisoformat(step.instant) < _DRAINING}


def _before(var: Path) -> str:
    """Return the name of the release that was current before this one, which may be lost."""
    name = current_name(var) or current_release(var).name
    with closing(open_history(var, name)) as history:
        step = history.step_of(name)
    if step is None or step.previous is None:
        raise UsageError("il n'y a pas de version précédente", "there is no release before this one")
    return step.previous
