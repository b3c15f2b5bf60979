"""Every file of a release's `dumps/`: the extracts, each dataset in each RDF format, the sums."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import sha512
from importlib.metadata import version
from typing import TYPE_CHECKING
from zlib import ZLIB_RUNTIME_VERSION

from publisher.datasets import DATASETS, WHOLE
from publisher.dumps import DUMP_FORMATS, write_dump
from publisher.extracts import EXTRACTS, Extract
from publisher.fingerprint import file_digest, software_version
from publisher.identifiers import Minter
from publisher.ngsi_ld import FILE_NAME, write_entities
from publisher.release import DUMPS
from publisher.representations import CSV, GEOJSON, NGSI_LD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from publisher.project import Project
    from publisher.release import Release
    from publisher.validation import Conformant

SUMS = "SHA512SUMS"
SOURCES = "dumps"
"""Where a manifest says what dumps are made from."""
SHAPES = "shapes.ttl"


@dataclass(frozen=True, slots=True)
class Dumps:
    """The files that the catalog lists, and for each dataset in linked data what its dumps are made from, as a hash."""

    files: tuple[Extract, ...]
    sources: dict[str, str]


def write_dumps(conformant: Conformant, project: Project, directory: Path, former: Release | None = None) -> Dumps:
    """Fill `directory`; plain tables and places come before linked data.

    The dumps of a dataset that are what they were in `former` are copied from there, each with its own sum checked.
    """
    minter = Minter(project.base_uri)
    files: list[Extract] = []
    sources: dict[str, str] = {}
    for extract in conformant.extracts:
        path = directory / extract.path.name
        shutil.copyfile(extract.path, path)
        files.append(
            Extract(extract.dataset, path, extract.representation, extract.table, extract.rows, extract.period)
        )
        for description in sorted(extract.path.parent.glob(f"{extract.path.stem}.*json")):
            if description.suffix == ".json":
                shutil.copyfile(description, directory / description.name)
    for dataset in DATASETS:
        triples = conformant.triples if dataset is WHOLE else conformant.triples.parent / EXTRACTS / f"{dataset.key}.nt"
        if not triples.is_file():
            continue
        targets = {each: directory / f"{dataset.key}.{each.extension}.gz" for each in DUMP_FORMATS}
        graph = minter.thing("jeu", dataset.key)
        sources[dataset.key] = _source_of(triples, project, graph)
        if not _copied(former, dataset.key, sources[dataset.key], targets.values()):
            write_dump(triples, targets, project.prefixes, graph)
        files += [Extract(dataset.key, path, each, None, 0) for each, path in targets.items()]
    companies = [file.path for file in files if file.dataset == "entreprises" and file.representation is CSV]
    if companies:
        path = directory / FILE_NAME
        files.append(Extract("entreprises", path, NGSI_LD, None, write_entities(project, companies, path)))
    _write_shapes(project, directory / SHAPES)
    write_sums(directory)
    return Dumps(tuple(sorted(files, key=lambda file: file.representation not in {CSV, GEOJSON})), sources)


def _source_of(triples: Path, project: Project, graph: str) -> str:
    """Return the hash of all that the dumps of a dataset depend on."""
    others = [software_version(), version("pyoxigraph"), ZLIB_RUNTIME_VERSION, graph, sorted(project.prefixes.items())]
    return sha512(f"{file_digest(triples)}\n{json.dumps(others)}".encode()).hexdigest()


def _copied(former: Release | None, dataset: str, source: str, targets: Iterable[Path]) -> bool:
    """Copy a dataset's dumps from a release where they were made from the same; tell whether all could be."""
    if former is None or former.manifest.get(SOURCES, {}).get(dataset) != source:
        return False
    said = former.manifest.get("files", {})
    for target in targets:
        name = f"{DUMPS}/{target.name}"
        try:
            shutil.copyfile(former.directory / name, target)
        except FileNotFoundError:
            return False
        if file_digest(target) != said.get(name, {}).get("sha512"):
            return False
    return True


def _write_shapes(project: Project, path: Path) -> None:
    """Write the rules that the release conforms to as one Turtle file."""
    texts = [shapes.read_text(encoding="utf-8") for shapes in project.shape_files()]
    path.write_text("\n".join(texts), encoding="utf-8")


def write_sums(directory: Path) -> None:
    """Write the SHA-512 sums of the files of a directory, as `sha512sum --check` reads them."""
    files = sorted(path for path in directory.iterdir() if path.is_file() and path.name != SUMS)
    lines = "".join(f"{file_digest(path)}  {path.name}\n" for path in files)
    (directory / SUMS).write_text(lines, encoding="utf-8")
