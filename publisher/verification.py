"""Whether releases and history are what their manifests say: sums, sizes, store, counts."""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from contextlib import closing
from hashlib import blake2b
from typing import TYPE_CHECKING

from pyoxigraph import Store

from publisher.errors import AnnuaireError, ReleaseError, Texts
from publisher.fingerprint import file_digest
from publisher.history import HISTORY, INDEX, open_history
from publisher.release import (
    COPIED,
    CURRENT,
    MANIFEST,
    RELEASES,
    SCRATCH,
    UNFINISHED,
    find_current,
    list_damaged,
    list_releases,
)
from publisher.steps import step_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from publisher.release import Release

UNREADABLE = (OSError, EOFError, zlib.error, UnicodeError)
_READ = 1 << 20


def verify_directory(var: Path) -> list[Texts]:
    """Return what else in `var` is not what it should be: releases half copied, a `current` that is no link."""
    faults = [
        _fault(f"{RELEASES}/{name}", "illisible : version copiée à moitié", "unreadable: a release half copied")
        for name in list_damaged(var)
    ]
    faults += [
        {lang: f"{release.name} : {text}" for lang, text in fault.items()}
        for release in list_releases(var)
        for fault in missing_files(release)
    ]
    if (var / CURRENT).is_dir() and not (var / CURRENT).is_symlink():
        faults.append(_fault(CURRENT, "dossier au lieu d'un lien", "a directory instead of a link"))
    return faults


def list_leftovers(var: Path) -> list[str]:
    """Return what an interrupted writer left, which the next one removes, and what was moved aside, which stays."""
    patterns = (f"{RELEASES}/{UNFINISHED}*", f"{HISTORY}/.*", f"{SCRATCH}*", f".{CURRENT}-*", f"{COPIED}*")
    found = (path for pattern in patterns for path in var.glob(pattern))
    return sorted(path.relative_to(var).as_posix() for path in found)


def verify_release(release: Release) -> list[Texts]:
    """Return what is wrong with a release; nothing when it is whole."""
    faults = list(_files(release))
    return faults or list(_contents(release))


def verify_history(var: Path) -> list[Texts]:
    """Return what is wrong with the history up to the active release."""
    current = find_current(var)
    if current is None or "step" not in current.manifest:
        return []
    try:
        return list(_faults_of_history(var, current))
    except ReleaseError as error:
        return [{lang: f"{HISTORY} : {text}" for lang, text in error.texts.items()}]
    except (*UNREADABLE, sqlite3.DatabaseError) as error:
        return [_fault(HISTORY, f"illisible ({error})", f"unreadable ({error})")]


def _faults_of_history(var: Path, current: Release) -> Iterator[Texts]:
    if not (var / HISTORY / INDEX).is_file():
        yield _fault(INDEX, "absent ; la prochaine publication le refait", "missing; the next publication makes it")
        return
    with closing(open_history(var, current.name)) as history:
        if history.number < int(current.manifest["step"]):
            yield _fault(HISTORY, "l'étape de la version active manque", "the active release's step is missing")
            return
        paths = [step_file(var / HISTORY, step.number) for step in history.steps()]
        if unreadable := [path.name for path in paths if not _is_readable(path)]:
            yield from (_fault(name, "étape absente ou abîmée", "step absent or damaged") for name in unreadable)
        elif _sum(history.lines()) != _sum((True, line) for line in _lines(current.graph_files[0])):
            yield _fault(HISTORY, "ne mène pas à la version active", "does not lead to the active release")


def ensure_whole(release: Release) -> None:
    """Refuse a release that is not what its manifest says.

    Raises:
        ReleaseError: with the first fault.
    """
    for fault in verify_release(release):
        raise ReleaseError(f"{release.name} : {fault['fr']}", f"{release.name}: {fault['en']}")


def missing_files(release: Release) -> Iterator[Texts]:
    """Yield the files of the manifest that are not there, or not of their size."""
    for name, said in sorted(release.manifest.get("files", {}).items()):
        path = release.directory / name
        if not path.is_file():
            yield _fault(name, "absent", "missing")
        elif path.stat().st_size != said["bytes"]:
            yield _fault(name, "taille différente du manifeste", "size differs from the manifest")


def _files(release: Release) -> Iterator[Texts]:
    listed = release.manifest.get("files", {})
    there = {path.relative_to(release.directory).as_posix() for path in release.directory.rglob("*") if path.is_file()}
    for name in sorted(there - listed.keys() - {MANIFEST}):
        yield _fault(name, "fichier que le manifeste ne connaît pas", "file that the manifest does not know")
    yield from missing_files(release)
    for name, said in sorted(listed.items()):
        path = release.directory / name
        is_there = name in there and path.stat().st_size == said["bytes"]
        if is_there and file_digest(path) != said["sha512"]:
            yield _fault(name, "somme sha512 différente du manifeste", "sha512 differs from the manifest")


def _contents(release: Release) -> Iterator[Texts]:
    """Yield what the sums cannot see: a store that does not open, figures that disagree."""
    said = int(release.manifest["triples"])
    dump, *described = release.graph_files
    lines = _count_lines(dump)
    if lines != said:
        yield _fault(dump.name, f"{lines} triplets au lieu de {said}", f"{lines} triples instead of {said}")
    try:
        size = len(Store.read_only(str(release.store)))
    except OSError as error:
        yield _fault(release.store.name, f"ne s'ouvre pas ({error})", f"does not open ({error})")
        return
    most = said + sum(_count_lines(path) for path in described)
    if not said <= size <= most:
        yield _fault(
            release.store.name, f"{size} triplets, hors de {said}–{most}", f"{size} triples, not {said}–{most}"
        )
    try:
        agreed = release.counts["classes"] == release.manifest["counts"]
    except (AnnuaireError, KeyError):
        agreed = False
    if not agreed:
        yield _fault("counts.json", "ne s'accorde pas avec le manifeste", "disagrees with the manifest")


def _sum(lines: Iterable[tuple[bool, str]]) -> int:
    """Return what lines add up to, some of them taken away, in whatever order they come: a sum of their digests."""
    total = 0
    for added, line in lines:
        digest = int.from_bytes(blake2b(line.encode(), digest_size=16).digest())
        total += digest if added else -digest
    return total


def _lines(dump: Path) -> Iterator[str]:
    with gzip.open(dump, "rt", encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield line.rstrip("\n")


def _count_lines(path: Path) -> int:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_READ), b""))


def _is_readable(path: Path) -> bool:
    try:
        _count_lines(path)
    except UNREADABLE:
        return False
    return True


def _fault(name: str, fr: str, en: str) -> Texts:
    return {"fr": f"{name} : {fr}", "en": f"{name}: {en}"}
