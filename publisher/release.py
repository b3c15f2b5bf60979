"""A release: an immutable directory, complete and checked before `current` names it.

    var/releases/<id>-<n>/   manifest.json report.json report.ttl dumps/ store/ catalog.nt void.nt counts.json
                             changes.json search/
    var/current              a symbolic link to the active one, switched by rename(2)

`<id>` is the hash of everything that goes in (tables, mappings, ontology, shapes, settings, version), `<n>`
the running number in this `var`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from publisher.dumps import DUMP_NAME
from publisher.errors import PublicationBusyError, ReleaseError
from publisher.fingerprint import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = "manifest.json"
REPORT_JSON = "report.json"
REPORT_TURTLE = "report.ttl"
CATALOG = "catalog.nt"
VOID = "void.nt"
COUNTS = "counts.json"
CHANGES = "changes.json"
STORE = "store"
SEARCH = "search"
DUMPS = "dumps"
SCRATCH = ".brouillon-"
"""How the names of temporary directories begin that a publication works in."""
CURRENT = "current"
RELEASES = "releases"


@dataclass(frozen=True, slots=True)
class Release:
    """A complete release on disk. `name` is `<id>-<number>`; `manifest` is its parsed manifest.json."""

    directory: Path
    name: str
    manifest: dict[str, Any]

    @property
    def number(self) -> int:
        """Its running number in its `var`."""
        return int(self.manifest["number"])

    @property
    def store(self) -> Path:
        """The Oxigraph (RocksDB) store, to be opened read-only."""
        return self.directory / STORE

    @property
    def graph_files(self) -> tuple[Path, ...]:
        """The N-Triples files that make up the default graph: the data dump (gzip), the catalog, the statistics."""
        return self.directory / DUMPS / f"{DUMP_NAME}.nt.gz", self.directory / CATALOG, self.directory / VOID

    @property
    def counts(self) -> dict[str, Any]:
        """The counts computed at publication, as pages show them."""
        return _read_json(self.directory / COUNTS)

    @property
    def report(self) -> dict[str, Any]:
        """The report of the gate and of the checks."""
        return _read_json(self.directory / REPORT_JSON)


def open_release(directory: Path) -> Release:
    """Open a release directory (a symbolic link is followed once, so that the name stays the release's own).

    Raises:
        ReleaseError: the directory or its manifest is absent or unreadable.
    """
    resolved = directory.resolve()
    manifest = _read_json(resolved / MANIFEST)
    if not isinstance(manifest.get("id"), str) or not isinstance(manifest.get("number"), int):
        raise ReleaseError(f"{resolved} : manifeste incomplet", f"{resolved}: incomplete manifest")
    return Release(resolved, resolved.name, manifest)


def current_release(var: Path) -> Release:
    """Open the active release of a `var` directory.

    Raises:
        ReleaseError: nothing has been published there yet.
    """
    link = var / CURRENT
    if not link.exists():
        raise ReleaseError(
            f"{var} : aucune version publiée ; lancer « annuaire publish » d'abord",
            f"{var}: no release yet; run 'annuaire publish' first",
        )
    return open_release(link)


def find_current(var: Path) -> Release | None:
    """Return the active release of a `var` directory, or None when there is none that can be opened."""
    try:
        return current_release(var)
    except ReleaseError:
        return None


def list_releases(var: Path) -> list[Release]:
    """Return the complete releases of a `var` directory, oldest first."""
    root = var / RELEASES
    if not root.is_dir():
        return []
    found = [open_release(path) for path in root.glob("[!.]*") if (path / MANIFEST).is_file()]
    return sorted(found, key=lambda release: release.number)


def first_published(var: Path) -> datetime | None:
    """Return the instant at which the oldest release still there was published."""
    dates = [str(release.manifest["published"]) for release in list_releases(var) if "published" in release.manifest]
    return datetime.fromisoformat(dates[0]) if dates else None


@contextmanager
def publication_lock(var: Path) -> Iterator[None]:
    """Hold the one lock that lets a process publish into `var`; the kernel drops it if the process dies.

    Raises:
        PublicationBusyError: another process is publishing.
        ReleaseError: `var` cannot be written.
    """
    try:
        (var / RELEASES).mkdir(parents=True, exist_ok=True)
        handle = os.open(var / "publish.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ReleaseError(f"{var} : écriture impossible ({error})", f"{var}: not writable ({error})") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise PublicationBusyError(
            "une autre publication est en cours dans ce dossier ; réessayer quand elle sera finie",
            "another publication is running in this directory; try again once it is done",
        ) from error
    try:
        _sweep(var)
        yield
    finally:
        os.close(handle)


def new_workspace(var: Path) -> Path:
    """Create the directory in which a release is built; it is invisible until `seal` renames it."""
    workspace = var / RELEASES / f".en-cours-{os.getpid()}"
    shutil.rmtree(workspace, ignore_errors=True)
    (workspace / DUMPS).mkdir(parents=True)
    return workspace


def next_number(var: Path) -> int:
    """Return the running number of the next release."""
    return max((release.number for release in list_releases(var)), default=0) + 1


def seal(workspace: Path, var: Path, manifest: dict[str, Any]) -> Release:
    """Write the manifest with the sha512 of every file, flush all to disk, give the directory its name.

    `manifest` holds at least `id` and `number`; `files` is added here: path → {sha512, bytes}.
    """
    files = {
        path.relative_to(workspace).as_posix(): {"sha512": file_digest(path), "bytes": path.stat().st_size}
        for path in sorted(workspace.rglob("*"))
        if path.is_file()
    }
    whole = {**manifest, "files": files}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True)
    (workspace / MANIFEST).write_text(text + "\n", encoding="utf-8")
    for path in [*workspace.rglob("*"), workspace]:
        _flush(path)
    target = var / RELEASES / f"{manifest['id']}-{manifest['number']}"
    workspace.rename(target)
    _flush(target.parent)
    return open_release(target)


def activate(release: Release, var: Path) -> None:
    """Make `current` name this release, atomically (rename(2) over the old link)."""
    temporary = var / f".{CURRENT}-{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(release.directory.relative_to(var.resolve()))
    temporary.replace(var / CURRENT)
    _flush(var)


def _sweep(var: Path) -> None:
    """Remove what a killed publication left behind (only the lock's holder comes here)."""
    for path in (*(var / RELEASES).glob(".en-cours-*"), *var.glob(f"{SCRATCH}*")):
        shutil.rmtree(path, ignore_errors=True)
    for path in var.glob(f".{CURRENT}-*"):
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} : illisible ({error})", f"{path}: unreadable ({error})") from error
    return content if isinstance(content, dict) else {}
