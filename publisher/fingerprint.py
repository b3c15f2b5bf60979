"""The identity of a release: a hash of everything that goes in, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from publisher.mapping import Mapping
    from publisher.project import Project

_LENGTH = 12
_UNPUBLISHED = frozenset({"directory", "legal", "service"})
"""What of a project no published byte depends on: where it lies, the limits of the service, who answers for it."""


def software_version() -> str:
    """Return the version of the installed software."""
    try:
        return version("annuaire-territorial")
    except PackageNotFoundError:
        return "0"


def table_digests(mappings: Iterable[Mapping]) -> dict[str, str]:
    """Return the sha512 of each table's file, by label."""
    return {mapping.label: file_digest(mapping.path) for mapping in mappings}


def release_id(project: Project, mappings: Iterable[Mapping]) -> str:
    """Return the id of the release that these inputs give: 12 hexadecimal digits of a sha512."""
    paths = [
        *project.vocabulary_files(),
        *project.shape_files(),
        *project.catalog_shape_files(),
        *(path for mapping in mappings for path in (mapping.metadata, mapping.path)),
    ]
    whole = hashlib.sha512(f"{software_version()}\n{_published_settings(project)}".encode())
    for path in sorted(paths):
        name = path.relative_to(project.directory).as_posix()
        whole.update(f"\n{name} {file_digest(path) if path.is_file() else None}".encode())
    return whole.hexdigest()[:_LENGTH]


def _published_settings(project: Project) -> str:
    said = {field.name: getattr(project, field.name) for field in fields(project) if field.name not in _UNPUBLISHED}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def file_digest(path: Path) -> str:
    """Return the sha512 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
