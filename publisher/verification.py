"""Whether releases and history are what their manifests say: sums, sizes, store, counts."""

from __future__ import annotations

import gzip
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

from pyoxigraph import Store

from publisher.errors import AnnuaireError, ReleaseError, Texts
from publisher.fingerprint import file_digest
from publisher.history import HISTORY, open_history, step_file
from publisher.release import MANIFEST, find_current

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.release import Release

_READ = 1 << 20


def verify_release(release: Release) -> list[Texts]:
    """Return what is wrong with a release; nothing when it is whole."""
    faults = list(_files(release))
    return faults or list(_contents(release))


def verify_history(var: Path) -> list[Texts]:
    """Return what is wrong with the history up to the active release."""
    current = find_current(var)
    if current is None or "step" not in current.manifest:
        return []
    with closing(open_history(var, current.name)) as history:
        if history.number < int(current.manifest["step"]):
            return [_fault(HISTORY, "l'étape de la version active manque", "the active release's step is missing")]
        return [
            _fault(path.name, "étape absente ou abîmée", "step absent or damaged")
            for step in history.steps()
            if not _is_readable(path := step_file(var / HISTORY, step.number))
        ]


def ensure_whole(release: Release) -> None:
    """Refuse a release that is not what its manifest says.

    Raises:
        ReleaseError: with the first fault.
    """
    for fault in verify_release(release):
        raise ReleaseError(f"{release.name} : {fault['fr']}", f"{release.name}: {fault['en']}")


def _files(release: Release) -> Iterator[Texts]:
    listed = release.manifest.get("files", {})
    there = {path.relative_to(release.directory).as_posix() for path in release.directory.rglob("*") if path.is_file()}
    for name in sorted(there - listed.keys() - {MANIFEST}):
        yield _fault(name, "fichier que le manifeste ne connaît pas", "file that the manifest does not know")
    for name, said in sorted(listed.items()):
        path = release.directory / name
        if name not in there:
            yield _fault(name, "absent", "missing")
        elif path.stat().st_size != said["bytes"]:
            yield _fault(name, "taille différente du manifeste", "size differs from the manifest")
        elif file_digest(path) != said["sha512"]:
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


def _count_lines(path: Path) -> int:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_READ), b""))


def _is_readable(path: Path) -> bool:
    try:
        _count_lines(path)
    except (OSError, EOFError, zlib.error):
        return False
    return True


def _fault(name: str, fr: str, en: str) -> Texts:
    return {"fr": f"{name} : {fr}", "en": f"{name}: {en}"}
