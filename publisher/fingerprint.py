"""The identity of a release: a hash of everything that goes in, and of nothing else."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from publisher.local_ids import REGISTER, read_register, register_text
from publisher.review_settings import ReviewSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.local_ids import Entry
    from publisher.mapping import Mapping
    from publisher.project import Project

_LENGTH = 12
_SOFTWARE = Path(__file__).parent
_CODE = frozenset({".py", ".rq", ".sql", ".toml"})
_UNPUBLISHED = frozenset({"directory", "engine", "legal", "review", "service", "sources"})
"""What of a project no published byte depends on: where it lies, what converts it, the limits of the service, who
answers for it.

Sources do count, where there are any, and reviews where they are set.
"""


def software_version() -> str:
    """Return the version of the installed software."""
    try:
        return version("annuaire-territorial")
    except PackageNotFoundError:
        return "0"


@cache
def software_digest() -> str:
    """Return the sha512 of the code that makes releases: two states of it may say to be the same version."""
    files = sorted(path for path in _SOFTWARE.rglob("*") if path.suffix in _CODE)
    named = (f"{path.relative_to(_SOFTWARE).as_posix()} {file_digest(path)}" for path in files)
    return hashlib.sha512("\n".join(named).encode()).hexdigest()


def table_digests(mappings: Iterable[Mapping]) -> dict[str, str]:
    """Return the sha512 of each file that tables are read from, by label."""
    return {label: file_digest(path) for mapping in mappings for label, path in mapping.files}


def release_id(project: Project, mappings: Iterable[Mapping], register: Sequence[Entry] | None = None) -> str:
    """Return the id of the release that these inputs give: 12 hexadecimal digits of a sha512.

    `register` holds the local ids that it will be published with, those of the project unless given.
    """
    files = [*project.vocabulary_files(), *project.shape_files(), *project.catalog_shape_files()]
    tables = list(mappings)
    named = [
        *((path.relative_to(project.directory), path) for path in (*files, *(mapping.metadata for mapping in tables))),
        *((PurePath(label), path) for mapping in tables for label, path in mapping.files),
        *((PurePath(mapping.label).with_name(path.name), path) for mapping in tables for path in mapping.rivals),
    ]
    software = f"{software_version()} {software_digest()}"
    whole = hashlib.sha512(f"{software}\n{_published_settings(project)}".encode())
    for name, path in sorted(named):
        whole.update(f"\n{name.as_posix()} {file_digest(path) if path.is_file() else None}".encode())
    for part in (part for mapping in tables for part in mapping.parts):
        whole.update(f"\n{part.label} {_json(part.notes)}".encode())
    if entries := read_register(project.directory) if register is None else register:
        whole.update(f"\n{REGISTER} {register_text(entries)}".encode())
    return whole.hexdigest()[:_LENGTH]


def _published_settings(project: Project) -> str:
    said = {field.name: getattr(project, field.name) for field in fields(project) if field.name not in _UNPUBLISHED}
    if project.sources:
        said["sources"] = [asdict(source) for source in project.sources]
    if project.review != ReviewSettings():
        said["review"] = asdict(project.review)
    return _json(said)


def _json(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def file_digest(path: Path) -> str:
    """Return the sha512 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()


def file_digests(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the sha512 of each file, in hexadecimal; as many are read at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return dict(zip(paths, threads.map(file_digest, paths), strict=True))
