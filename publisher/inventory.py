"""Which pieces the dumps of a dataset are made of, and where each lies: what a later release can take from there.

In `releases/<id>-<n>/pieces/<dataset>.json`:

    {"made": …, "pieces": [[digest, bytes], …], "files": {format: [[bytes there, bytes unpacked, CRC-32], …]}}
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha512
from importlib.metadata import version
from itertools import accumulate
from typing import TYPE_CHECKING
from zlib import ZLIB_RUNTIME_VERSION

from publisher.compact_json import write_compact
from publisher.dumps import DUMP_FORMATS
from publisher.errors import ReleaseError
from publisher.fingerprint import file_digest, software_digest
from publisher.identifiers import Minter
from publisher.packing import HEAD, Part, unpack
from publisher.pieces import Piece, digest
from publisher.release import DUMPS, FORMAT
from publisher.representations import N_QUADS, N_TRIPLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from publisher.dumps import Taken
    from publisher.project import Project
    from publisher.release import Release
    from publisher.representations import Representation

PIECES = "pieces"
"""The directory of a release that holds the inventories."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the dumps of a dataset depend on beside its statements, as a hash; their pieces; the parts of each file."""

    made: str
    pieces: Sequence[Piece]
    files: Mapping[str, Sequence[Part]]

    def write(self, path: Path) -> None:
        """Write it beside those of the other datasets."""
        path.parent.mkdir(exist_ok=True)
        said = {"made": self.made, "pieces": [(each.digest, each.size) for each in self.pieces], "files": self.files}
        path.write_text(write_compact(said) + "\n", encoding="utf-8")


def conditions(project: Project, key: str) -> str:
    """Return the hash of all that the dumps of a dataset depend on beside its statements."""
    prefixes = sorted(project.prefixes.items())
    said = [FORMAT, software_digest(), version("pyoxigraph"), ZLIB_RUNTIME_VERSION, graph_of(project, key), prefixes]
    return sha512(json.dumps(said).encode()).hexdigest()


def graph_of(project: Project, key: str) -> str:
    """Return the IRI of the graph that the N-Quads of a dataset name."""
    return Minter(project.base_uri).thing("jeu", key)


def targets_in(directory: Path, key: str) -> dict[Representation, Path]:
    """Return the file of each format of a dataset's dumps."""
    return {each: directory / f"{key}.{each.extension}.gz" for each in DUMP_FORMATS}


class FormerDump:
    """The dumps of a dataset, in a release or just made, from which pieces are taken as they are."""

    def __init__(self, inventory: Inventory, files: Mapping[str, Path]) -> None:
        self.pieces = inventory.pieces
        self._files = files
        self._numbers = {each.digest: number for number, each in enumerate(inventory.pieces)}
        self._parts = {name: inventory.files[name] for name in files}
        self._starts = {
            name: [*accumulate((part.packed for part in parts), initial=len(HEAD))]
            for name, parts in self._parts.items()
        }

    def take(self, piece: Piece, *, first: bool) -> Taken:
        """Return a piece as it is in each file, if it is there; it is the first in both, or in neither."""
        number = self._numbers.get(piece.digest)
        if number is None or first != (number == 0):
            return {}
        return {name: self._read(name, number + 1) for name in self._files}

    def lines(self, number: int) -> bytes:
        """Return the statements of a piece.

        Raises:
            ReleaseError: they are not what they were.
        """
        content = unpack(*self._read(N_TRIPLES.name, number + 1))
        if digest(content) != self.pieces[number].digest:
            raise ReleaseError("morceau abîmé", "damaged part")
        return content

    def _read(self, name: str, number: int) -> tuple[Part, bytes]:
        """Return a part of a file, the first being what stands before all pieces; threads may read at once."""
        part = self._parts[name][number]
        with self._files[name].open("rb") as file:
            return part, os.pread(file.fileno(), part.packed, self._starts[name][number])


def dumps_made(inventory: Inventory, files: Mapping[Representation, Path]) -> FormerDump:
    """Return dumps just made: those of other datasets hold the same pieces; N-Quads do not, they name their graph."""
    return FormerDump(inventory, {each.name: path for each, path in files.items() if each is not N_QUADS})


def former_dumps(release: Release, key: str, made: str) -> FormerDump | None:
    """Return the dumps of a dataset in a release, if they depend on the same and are as sealed, their inventory too."""
    paths = {each.name: path for each, path in targets_in(release.directory / DUMPS, key).items()}
    index = release.directory / PIECES / f"{key}.json"
    if not all(is_as_sealed(release, path) for path in (index, *paths.values())):
        return None
    said = json.loads(index.read_text(encoding="utf-8"))
    if said["made"] != made:
        return None
    sizes = [size for _, size in said["pieces"]]
    starts = accumulate(sizes, initial=0)
    pieces = [Piece(digest, start, size) for (digest, size), start in zip(said["pieces"], starts, strict=False)]
    parts = {name: [Part(*part) for part in said["files"][name]] for name in paths}
    return FormerDump(Inventory(made, pieces, parts), paths)


def is_as_sealed(release: Release, path: Path) -> bool:
    """Return whether a file of a release is there, and what its manifest says."""
    said = release.manifest.get("files", {}).get(path.relative_to(release.directory).as_posix(), {})
    try:
        return bool(said) and file_digest(path) == said["sha512"]
    except FileNotFoundError:
        return False
