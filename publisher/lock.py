"""The one lock on a `var` directory: who writes there, what an interrupted writer left, what the disk refuses."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from publisher.errors import AnnuaireError, PublicationBusyError, ReleaseError
from publisher.history import HISTORY
from publisher.refusals import explain_refusal, refusal_reason
from publisher.release import CURRENT, RELEASES, REPORT_JSON, SCRATCH, UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "publish.lock"
_REFUSALS = (
    *(OSError, EOFError, zlib.error, sqlite3.Error),
    *(duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException),
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_WORDS = ("no space left", "disk is full", "file too large", "quota", "max_temp_directory_size")
"""How libraries that give no number say that the disk is full."""


@contextmanager
def publication_lock(var: Path) -> Iterator[None]:
    """Hold the one lock that lets a process write into `var`; the kernel drops it if the process dies.

    What an interrupted writer left is removed at both ends, so that a full disk is not kept full by the attempt.

    Raises:
        PublicationBusyError: another process is publishing.
        ReleaseError: `var` cannot be written, or the disk refuses in between.
    """
    try:
        (var / RELEASES).mkdir(parents=True, exist_ok=True)
        held = hold(var / LOCK)
    except OSError as error:
        why = refusal_reason(error)
        raise ReleaseError(
            f"{var} : écriture impossible ({why['fr']})", f"{var}: not writable ({why['en']})"
        ) from error
    if held is None:
        raise PublicationBusyError(
            "une autre publication est en cours dans ce dossier ; réessayer quand elle sera finie",
            "another publication is running in this directory; try again once it is done",
        )
    try:
        _sweep(var)
        with _refusals():
            yield
    finally:
        _sweep(var)
        os.close(held)


def hold(path: Path) -> int | None:
    """Lock a file, made if need be, and return its descriptor; None when another process holds it.

    Raises:
        OSError: the file cannot be written.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _sweep(var: Path) -> None:
    """Remove what an interrupted writer left behind (only the lock's holder comes here)."""
    for path in (*(var / RELEASES).glob(f"{UNFINISHED}*"), *var.glob(f"{SCRATCH}*"), *(var / HISTORY).glob(".*")):
        shutil.rmtree(path, ignore_errors=True)
    for path in (*var.glob(f".{CURRENT}-*"), *var.glob(f".{REPORT_JSON}"), *(var / HISTORY).glob(".*")):
        with suppress(OSError):
            path.unlink()


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in our words what the system, the databases and the index say when a disk does not do what is asked."""
    try:
        yield
    except (AnnuaireError, BrokenPipeError):
        raise
    except (*_REFUSALS, ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())
        reason = explain_refusal(error) if isinstance(error, OSError) else {"fr": said, "en": said}
        if not isinstance(error, _REFUSALS) and not any(word in said.lower() for word in (*_FULL_WORDS, "os error")):
            raise
        if getattr(error, "errno", None) in _FULL or any(word in said.lower() for word in _FULL_WORDS):
            place = getattr(error, "filename", None) if isinstance(error, OSError) else said
            where = f" ({place})" if place else ""
            raise ReleaseError(
                "disque plein : la version en ligne reste en place ; libérer de la place (« annuaire prune ») et"
                f" recommencer{where}",
                f"disk full: the current release stays; make room ('annuaire prune') and try again{where}",
            ) from error
        raise ReleaseError(
            f"le système refuse, la version en ligne reste en place ({reason['fr']})",
            f"the system refuses, the current release stays ({reason['en']})",
        ) from error
