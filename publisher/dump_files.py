"""Every file of a release's `dumps/`: the extracts, each dataset in each RDF format, the sums."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from publisher.datasets import DATASETS, WHOLE
from publisher.dumps import DUMP_FORMATS, write_dump
from publisher.extracts import EXTRACTS, Extract
from publisher.fingerprint import file_digest
from publisher.identifiers import Minter
from publisher.ngsi_ld import FILE_NAME, write_entities
from publisher.representations import CSV, GEOJSON, NGSI_LD

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project
    from publisher.validation import Conformant

SUMS = "SHA512SUMS"
SHAPES = "shapes.ttl"


def write_dumps(conformant: Conformant, project: Project, directory: Path) -> list[Extract]:
    """Fill `directory`; return the files that the catalog lists, plain tables and places before linked data."""
    minter = Minter(project.base_uri)
    files: list[Extract] = []
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
        write_dump(triples, targets, project.prefixes, minter.thing("jeu", dataset.key))
        files += [Extract(dataset.key, path, each, None, 0) for each, path in targets.items()]
    companies = [file.path for file in files if file.dataset == "entreprises" and file.representation is CSV]
    if companies:
        path = directory / FILE_NAME
        files.append(Extract("entreprises", path, NGSI_LD, None, write_entities(project, companies, path)))
    _write_shapes(project, directory / SHAPES)
    write_sums(directory)
    return sorted(files, key=lambda file: file.representation not in {CSV, GEOJSON})


def _write_shapes(project: Project, path: Path) -> None:
    """Write the rules that the release conforms to as one Turtle file."""
    texts = [shapes.read_text(encoding="utf-8") for shapes in project.shape_files()]
    path.write_text("\n".join(texts), encoding="utf-8")


def write_sums(directory: Path) -> None:
    """Write the SHA-512 sums of the files of a directory, as `sha512sum --check` reads them."""
    files = sorted(path for path in directory.iterdir() if path.is_file() and path.name != SUMS)
    lines = "".join(f"{file_digest(path)}  {path.name}\n" for path in files)
    (directory / SUMS).write_text(lines, encoding="utf-8")
