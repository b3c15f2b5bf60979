"""Every file of a release's `dumps/`: the extracts, each dataset in each RDF format, the sums."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.changed_gate import SHAPES, join_rules
from publisher.datasets import DATASETS, WHOLE
from publisher.dumps import write_dump
from publisher.extracts import EXTRACTS, Extract
from publisher.fingerprint import file_digests
from publisher.inventory import PIECES, Inventory, conditions, dumps_made, graph_of, targets_in
from publisher.ngsi_ld import FILE_NAME, write_entities
from publisher.representations import CSV, GEOJSON, NGSI_LD
from publisher.revision import revise

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.dumps import Taken
    from publisher.inventory import FormerDump
    from publisher.pieces import Piece
    from publisher.project import Project
    from publisher.revision import Revision
    from publisher.validation import Conformant

SUMS = "SHA512SUMS"


def write_dumps(conformant: Conformant, project: Project, directory: Path, whole: Revision) -> tuple[Extract, ...]:
    """Fill `directory`, and the inventories beside it; return the files that the catalog lists, linked data last.

    The pieces of dumps that are what they were in the release before are copied from there, each file with its sum
    checked; those that are in the whole, and in another dataset, are made once. `whole` is the graph as it was cut.
    """
    files: list[Extract] = []
    for extract in conformant.extracts:
        path = directory / extract.path.name
        shutil.copyfile(extract.path, path)
        files.append(replace(extract, path=path))
        for description in sorted(extract.path.parent.glob(f"{extract.path.stem}.*json")):
            if description.suffix == ".json":
                shutil.copyfile(description, directory / description.name)
    targets = targets_in(directory, WHOLE.key)
    files += [Extract(WHOLE.key, path, each, None, 0) for each, path in targets.items()]
    made = dumps_made(write_dataset(whole, WHOLE.key, directory, project), targets)
    for key in (dataset.key for dataset in DATASETS if dataset is not WHOLE):
        if (triples := conformant.triples.parent / EXTRACTS / f"{key}.nt").is_file():
            write_dataset(revise(whole.release, project, key, triples), key, directory, project, made)
            files += [Extract(key, path, each, None, 0) for each, path in targets_in(directory, key).items()]
    companies = [file.path for file in files if file.dataset == "entreprises" and file.representation is CSV]
    if companies:
        path = directory / FILE_NAME
        files.append(Extract("entreprises", path, NGSI_LD, None, write_entities(project, companies, path)))
    (directory / SHAPES).write_text(join_rules(project.shape_files()), encoding="utf-8")
    sums = write_sums(directory)
    files.sort(key=lambda file: file.representation not in {CSV, GEOJSON})
    return tuple(replace(file, sha512=sums[file.path]) for file in files)


def write_dataset(
    revision: Revision, key: str, directory: Path, project: Project, made: FormerDump | None = None
) -> Inventory:
    """Write the dumps of a dataset, what did not change as it was in the release before, and their inventory.

    `made` are dumps of this release that may hold the same pieces. The inventory goes beside `directory`.
    """
    known = [each for each in (revision.former, made) if each]

    def take(piece: Piece, *, first: bool) -> Taken:
        return next(filter(None, (each.take(piece, first=first) for each in known)), {})

    graph, targets = graph_of(project, key), targets_in(directory, key)
    parts = write_dump(revision.graph, revision.pieces, targets, project.prefixes, graph, take)
    inventory = Inventory(conditions(project, key), revision.pieces, parts)
    inventory.write(directory.with_name(PIECES) / f"{key}.json")
    return inventory


def write_sums(directory: Path) -> dict[Path, str]:
    """Write the SHA-512 sums of the files of a directory, as `sha512sum --check` reads them; return them."""
    sums = file_digests(sorted(path for path in directory.iterdir() if path.is_file() and path.name != SUMS))
    lines = "".join(f"{digest}  {path.name}\n" for path, digest in sums.items())
    (directory / SUMS).write_text(lines, encoding="utf-8")
    return sums
