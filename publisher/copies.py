"""The copies that a `var` directory keeps of what fetched sources gave: the last ones that were published.

    var/sources/<name>.json           which copy it is (see `publisher.mapping.Copy`), and of which address
    var/sources/<name>-<sha512>       its bytes

A copy is whole or not there: its description is replaced by rename(2) once its bytes are on disk, and it counts only
as long as they have its checksum.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from publisher.fingerprint import file_digest
from publisher.mapping import Copy
from publisher.notes import link_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from publisher.mapping import Mapping, Part

SOURCES = "sources"
_SHORT = 16


def find_copy(var: Path, part: Part) -> tuple[Path, Copy] | None:
    """Return the copy kept of a source, if there is one of its address and it is intact."""
    directory = var / SOURCES
    try:
        content = json.loads((directory / f"{part.name}.json").read_text(encoding="utf-8"))
        if content.pop("address") != part.address:
            return None
        copy = Copy(**content)
        path = _path(directory, part, copy)
        return (path, copy) if file_digest(path) == copy.sha512 else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_copies(mappings: Iterable[Mapping], var: Path) -> None:
    """Keep the fetched sources of a release that is about to become current, in the place of the copies before."""
    for mapping in (part for each in mappings for part in each.parts):
        part = mapping.part
        if part and part.copy and part.address:
            directory = var / SOURCES
            directory.mkdir(exist_ok=True)
            path = _path(directory, part, part.copy)
            if path != mapping.path:
                _write(path, mapping.path)
            description = {"address": part.address, **asdict(part.copy)}
            beside = directory / f".{part.name}.json"
            beside.write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            _flush(beside)
            beside.replace(directory / f"{part.name}.json")
            _flush(directory)
            for old in directory.glob(f"{part.name}-{'[0-9a-f]' * _SHORT}"):
                if old != path:
                    old.unlink()


def describe_copies(mappings: Iterable[Mapping]) -> dict[str, list[dict[str, Any]]]:
    """Return what a manifest says of fetched sources, under `sources`; nothing when there is none."""
    parts = (each for mapping in mappings for each in mapping.parts)
    described = [
        {
            "name": part.part.name,
            "address": link_of(part.notes, "dc:source"),
            "sha512": part.part.copy.sha512,
            "fetched": part.part.copy.fetched,
            "kept": bool(part.notices),
        }
        for part in parts
        if part.part and part.part.copy
    ]
    return {"sources": described} if described else {}


def _path(directory: Path, part: Part, copy: Copy) -> Path:
    return directory / f"{part.name}-{copy.sha512[:_SHORT]}"


def _write(path: Path, content: Path) -> None:
    beside = path.with_name(f".{path.name}")
    shutil.copyfile(content, beside)
    _flush(beside)
    beside.replace(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
