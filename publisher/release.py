"""A release: an immutable directory, complete and checked before `current` names it.

    var/releases/<id>-<n>/   manifest.json report.json report.ttl dumps/ pieces/ store/ catalog.nt void.nt
                             counts.json changes.json search/
    var/current              a symbolic link to the active one, switched by rename(2)

`<id>` is the hash of everything that goes in (tables, mappings, ontology, shapes, settings, version), `<n>`
the running number in this `var`. A running number is never given twice, whatever was pruned or lost.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from publisher.dumps import DUMP_NAME
from publisher.errors import ReleaseError
from publisher.fingerprint import file_digests
from publisher.history import releases_known
from publisher.refusals import unreadable_reason

FORMAT = 3
"""The number of what those who serve a release rely on: its files, the fields of its search index, its counts."""

MANIFEST = "manifest.json"
REPORT_JSON = "report.json"
REPORT_TURTLE = "report.ttl"
CATALOG = "catalog.nt"
VOID = "void.nt"
COUNTS = "counts.json"
CHANGES = "changes.json"
REVIEWS = "reviews.csv"
STORE = "store"
SEARCH = "search"
DUMPS = "dumps"
SCRATCH = ".brouillon-"
"""How the names of temporary directories begin that a publication works in."""
CURRENT = "current"
RELEASES = "releases"
COPIED = "current.copie-"
UNFINISHED = ".en-cours-"
"""How the names begin of directories of releases that are being built or removed."""


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
    place = directory.parent / directory.readlink() if directory.is_symlink() else directory
    place = Path(os.path.abspath(place))  # noqa: PTH100 - `releases` may itself be a link, which is not followed
    manifest = _read_json(place / MANIFEST)
    if not isinstance(manifest.get("id"), str) or not isinstance(manifest.get("number"), int):
        raise ReleaseError(f"{place} : manifeste incomplet", f"{place}: incomplete manifest")
    return Release(place, place.name, manifest)


def current_release(var: Path) -> Release:
    """Open the active release of a `var` directory.

    Raises:
        ReleaseError: nothing has been published there yet, or what `current` names is not there.
    """
    link, name = var / CURRENT, current_name(var)
    if name is None and not link.exists():
        raise ReleaseError(
            f"{var} : aucune version publiée ; lancer « annuaire publish » d'abord",
            f"{var}: no release yet; run 'annuaire publish' first",
        )
    if name is None or not (var / RELEASES / name / MANIFEST).is_file():
        raise ReleaseError(
            f"{link} : la version {name or '?'} n'est pas dans {RELEASES}/ ; lancer « annuaire rollback ID »"
            " ou « annuaire publish »",
            f"{link}: release {name or '?'} is not in {RELEASES}/; run 'annuaire rollback ID' or 'annuaire publish'",
        )
    return open_release(var / RELEASES / name)


def current_name(var: Path) -> str | None:
    """Return the name of the active release, be it there or not; None when `current` names none.

    A copy made by a tool that follows links has a directory there: its manifest gives the name.
    """
    link = var / CURRENT
    if link.is_symlink():
        return link.readlink().name
    with suppress(ReleaseError):
        return "{id}-{number}".format_map({"id": "?", "number": "?", **_read_json(link / MANIFEST)})
    return None


def find_current(var: Path) -> Release | None:
    """Return the active release of a `var` directory, or None when there is none that can be opened."""
    try:
        return current_release(var)
    except ReleaseError:
        return None


def list_releases(var: Path) -> list[Release]:
    """Return the releases of a `var` directory that can be opened, oldest first."""
    found = []
    for path in _entries(var):
        with suppress(ReleaseError):
            found.append(open_release(path))
    return sorted(found, key=lambda release: release.number)


def list_damaged(var: Path) -> list[str]:
    """Return the names of what lies among the releases and cannot be opened as one: half copied, without manifest."""
    return sorted({path.name for path in _entries(var)} - {release.name for release in list_releases(var)})


def ensure_format(release: Release) -> None:
    """Refuse to serve a release that another version of the software wrote, in another format.

    Raises:
        ReleaseError: saying what to do.
    """
    found = release.manifest.get("format", 1)
    if found == FORMAT:
        return
    older = isinstance(found, int) and found < FORMAT
    raise ReleaseError(
        f"{release.name} : version au format {found}, ce logiciel lit le format {FORMAT} ; "
        + ("lancer « annuaire publish --force »" if older else "mettre le logiciel à jour"),
        f"{release.name}: the release has format {found}, this software reads format {FORMAT}; "
        + ("run 'annuaire publish --force'" if older else "upgrade the software"),
    )


def first_published(var: Path) -> datetime | None:
    """Return the instant at which the oldest release still there was published."""
    dates = [str(release.manifest["published"]) for release in list_releases(var) if "published" in release.manifest]
    return datetime.fromisoformat(dates[0]) if dates else None


def new_workspace(var: Path) -> Path:
    """Create the directory in which a release is built; it is invisible until `seal` renames it."""
    workspace = var / RELEASES / f"{UNFINISHED}{os.getpid()}"
    shutil.rmtree(workspace, ignore_errors=True)
    (workspace / DUMPS).mkdir(parents=True)
    return workspace


def next_number(var: Path) -> int:
    """Return the running number of the next release: above all that are there, damaged ones too, or ever were."""
    names = {*(path.name for path in _entries(var)), *releases_known(var)}
    numbers = (name.rpartition("-")[2] for name in names)
    return max((int(number) for number in numbers if number.isdecimal()), default=0) + 1


def seal(workspace: Path, var: Path, manifest: dict[str, Any]) -> Release:
    """Write the manifest with the sha512 of every file, flush all to disk, give the directory its name.

    `manifest` holds at least `id` and `number`; `format` and `files` (path → {sha512, bytes}) are added here.
    """
    digests = file_digests([path for path in sorted(workspace.rglob("*")) if path.is_file()])
    files = {
        path.relative_to(workspace).as_posix(): {"sha512": digest, "bytes": path.stat().st_size}
        for path, digest in digests.items()
    }
    whole = {"format": FORMAT, **manifest, "files": files}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True)
    (workspace / MANIFEST).write_text(text + "\n", encoding="utf-8")
    for path in [*workspace.rglob("*"), workspace]:
        flush(path)
    target = var / RELEASES / f"{manifest['id']}-{manifest['number']}"
    workspace.rename(target)
    flush(target.parent)
    return open_release(target)


def activate(release: Release, var: Path) -> None:
    """Make `current` name this release, atomically (rename(2) over the old link).

    A directory that stands in the link's place, as some ways to copy leave one, is moved to `current.copie-…`.
    """
    link, temporary = var / CURRENT, var / f".{CURRENT}-{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(RELEASES) / release.name)
    if link.is_dir() and not link.is_symlink():
        link.rename(var / f"{COPIED}{os.getpid()}-{time.time_ns()}")
    temporary.replace(link)
    flush(var)


def flush(path: Path) -> None:
    """Wait until a file or directory is on disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entries(var: Path) -> list[Path]:
    root = var / RELEASES
    return [path for path in root.glob("[!.]*") if path.is_dir()] if root.is_dir() else []


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = unreadable_reason(error)
        raise ReleaseError(f"{path} : illisible ({why['fr']})", f"{path}: unreadable ({why['en']})") from error
    return content if isinstance(content, dict) else {}
