"""A conformant graph → the files of its release: dumps, store, counts, statistics, search index, step of the history.

All are made from the same sorted file, side by side: compression, DuckDB and RocksDB need no interpreter.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher import indexing_apart
from publisher.catalog import catalog_lines, describe_catalog
from publisher.catalog_gate import refuse_catalog
from publisher.completeness import measure_completeness
from publisher.counts import count
from publisher.datasets import WHOLE
from publisher.dump_files import write_dumps
from publisher.dumps import DUMP_FORMATS
from publisher.extracts import EXTRACTS
from publisher.identifiers import Minter
from publisher.recording import draft, open_draft
from publisher.release import CATALOG, CHANGES, COUNTS, DUMPS, REPORT_JSON, REPORT_TURTLE, SEARCH, STORE, VOID
from publisher.release_notes import describe_step
from publisher.review_list import write_reviews
from publisher.revision import revise_since
from publisher.search_index import build_search_index
from publisher.shacl_report import write_report_graph
from publisher.statements import keep_statements, open_statements
from publisher.store.oxigraph import build_store, finish_store
from publisher.store_renewal import renew_store
from publisher.void import describe_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from publisher.catalog import Edition
    from publisher.changes import Occasion
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.revision import Revision
    from publisher.steps import Step
    from publisher.stopwatch import Stopwatch
    from publisher.validation import Conformant

_LISTED = 200
"""How many things of a kind `changes.json` names; the history holds them all."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a release is made from, and the directory it is made in."""

    conformant: Conformant
    project: Project
    mappings: Sequence[Mapping]
    workspace: Path

    @property
    def graph_files(self) -> list[Path]:
        """The N-Triples files that a store holds: data, catalog, statistics."""
        return [self.conformant.triples, self.workspace / CATALOG, self.workspace / VOID]


@dataclass(frozen=True, slots=True)
class Produced:
    """What was made: the step of the history, the counts, and how many triples the store holds."""

    step: Step
    counts: dict[str, Any]
    size: int


def produce(material: Material, var: Path, edition: Edition, occasion: Occasion, watch: Stopwatch) -> Produced:
    """Write the files of a release and draft its step; what did not change is taken over from the release before.

    Raises:
        NotConformantError: the catalog does not pass its gate.
    """
    conformant, project, workspace = material.conformant, material.project, material.workspace
    revision = conformant.revision or revise_since(None, project)(conformant.triples)
    with ThreadPoolExecutor() as threads, _ending_together(conformant.triples.parent):
        dumps = threads.submit(write_dumps, conformant, project, workspace / DUMPS, revision)
        step = threads.submit(draft, project.base_uri, var, edition.name, conformant.triples, occasion, revision)
        store = threads.submit(store_data, workspace / STORE, revision)
        counts = _count(material, watch)
        watch("dumps")
        catalog = describe_catalog(project, edition, material.mappings, dumps.result())
        refuse_catalog(catalog, project, material.mappings, conformant.report)
        _write_lines(workspace / CATALOG, catalog_lines(catalog))
        watch("store")
        store.result()
        size = finish_store(workspace / STORE, [workspace / CATALOG, workspace / VOID])
        watch("history")
        return Produced(step.result(), counts, size)


@contextmanager
def _ending_together(workspace: Path) -> Iterator[None]:
    """Where something fails, take away the graphs that others read piece by piece: they end soon, and it is told."""
    try:
        yield
    except BaseException:
        for graph in workspace.rglob("*.nt"):
            graph.unlink(missing_ok=True)
        raise


def store_data(directory: Path, revision: Revision) -> bool:
    """Make the store of the data; tell whether it is the one before, renewed."""
    renewed = renew_store(directory, revision)
    if not renewed:
        build_store(directory, [revision.graph])
    return renewed


def summarise_release(material: Material, var: Path, made: Produced) -> None:
    """Write what pages tell of a release without its store: what changed, the counts, the report."""
    minter, report = Minter(material.project.base_uri), material.conformant.report
    with closing(open_draft(var, made.step)) as history:
        changes = describe_step(history, minter, made.step, _LISTED)
    for name, content in ((CHANGES, changes), (COUNTS, made.counts), (REPORT_JSON, report)):
        (material.workspace / name).write_text(as_json(content), encoding="utf-8")
    target = material.workspace / REPORT_TURTLE
    write_report_graph(material.conformant.shacl_report, material.project.prefixes, target)


def as_json(content: dict[str, Any]) -> str:
    """Return a file of a release that people may read too."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _count(material: Material, watch: Stopwatch) -> dict[str, Any]:
    """Count the data, list the reviews, write the statistics, index the data for searches; return the counts."""
    watch("counts")
    triples, project, workspace = material.conformant.triples, material.project, material.workspace
    index, placed = workspace / SEARCH, triples.parent / EXTRACTS / f"{WHOLE.key}.geojson"
    apart = triples.stat().st_size >= indexing_apart.LARGE
    with keep_statements(triples) if apart else open_statements(triples, triples.parent) as statements:
        completeness = measure_completeness(statements, material.mappings, project.base_uri)
        counts = {**count(statements), "completeness": completeness}
        write_reviews(statements, workspace)
        void = describe_dataset(statements, project, DUMP_FORMATS)
        _write_lines(workspace / VOID, sorted(line for line in void.serialize(format="nt").split("\n") if line))
        watch("search")
        if not apart:
            build_search_index(statements, index, placed)
    if apart:
        indexing_apart.index_apart(triples, index, placed)
    return counts


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
