"""A conformant graph → a sealed release: dumps, store, counts, catalog, report, manifest."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.catalog import Edition, catalog_lines, describe_catalog
from publisher.catalog_gate import refuse_catalog
from publisher.changes import UNSIGNED, Occasion
from publisher.completeness import measure_completeness
from publisher.copies import describe_copies, keep_copies
from publisher.counts import count
from publisher.datasets import WHOLE
from publisher.dump_files import SOURCES, write_dumps
from publisher.dumps import DUMP_FORMATS
from publisher.errors import ReleaseError, StoreError
from publisher.extracts import EXTRACTS
from publisher.fingerprint import release_id, software_version, table_digests
from publisher.identifiers import Minter
from publisher.local_ids import keep_register
from publisher.provenance import cog_year
from publisher.recording import adopt_draft, draft, open_draft
from publisher.release import (
    CATALOG,
    CHANGES,
    COUNTS,
    DUMPS,
    FORMAT,
    REPORT_JSON,
    REPORT_TURTLE,
    SEARCH,
    STORE,
    UNFINISHED,
    VOID,
    Release,
    activate,
    current_name,
    find_current,
    first_published,
    new_workspace,
    next_number,
    seal,
)
from publisher.release_notes import describe_step
from publisher.search_index import build_search_index
from publisher.shacl_report import write_report_graph
from publisher.statements import open_statements
from publisher.store.oxigraph import build_store, finish_store
from publisher.store.placement import STORE_KEY, is_placed, place, placed
from publisher.verification import missing_files
from publisher.void import describe_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.signature import Signature
    from publisher.steps import Step
    from publisher.stopwatch import Stopwatch
    from publisher.store.remote import RemoteStore
    from publisher.validation import Conformant


_LISTED = 200
"""How many things of a kind `changes.json` names; the history holds them all."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The active release after `publish`, and what was found on fetching sources; not `fresh`: nothing changed."""

    release: Release
    fresh: bool
    notices: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What a publication is to give: the release of this identity, in this remote store if any, signed or not.

    `anew`: nothing is taken from the release before.
    """

    identity: str
    store: RemoteStore | None = None
    signature: Signature = UNSIGNED
    anew: bool = False


def write_release(
    conformant: Conformant,
    project: Project,
    mappings: Sequence[Mapping],
    order: Order,
    var: Path,
    watch: Stopwatch,
) -> Release:
    """Write everything a release holds, load it into the remote store if there is one, and seal it.

    `current` does not move; the step of the history that leads to the release is drafted; the copies of fetched sources
    and the local ids just given are kept.

    Raises:
        ReleaseError: a table or description changed since the release got its identity.
        StoreError: the remote store does not take the graph.
    """
    _refuse_changed(project, mappings, order.identity)
    identity = release_id(project, mappings, conformant.register)
    workspace, number = new_workspace(var), next_number(var)
    now = datetime.now(tz=UTC).replace(microsecond=0)
    edition = Edition(f"{identity}-{number}", now, first_published(var) or now)
    occasion = Occasion(now, signature=order.signature)
    former = None if order.anew else find_current(var)
    with ThreadPoolExecutor() as threads:
        dumps = threads.submit(write_dumps, conformant, project, workspace / DUMPS, former)
        step = threads.submit(draft, project.base_uri, var, edition.name, conformant.triples, occasion)
        store = threads.submit(build_store, workspace / STORE, [conformant.triples])
        counts = _count(workspace, conformant, project, mappings, watch)
        watch("dumps")
        catalog = describe_catalog(project, edition, mappings, dumps.result().files)
        refuse_catalog(catalog, project, mappings, conformant.report)
        _write_lines(workspace / CATALOG, catalog_lines(catalog))
        watch("store")
        store.result()
        size = finish_store(workspace / STORE, [workspace / CATALOG, workspace / VOID])
        watch("history")
        taken = step.result()
    watch("seal")
    with closing(open_draft(var, taken)) as history:
        changes = describe_step(history, Minter(project.base_uri), taken, _LISTED)
    for name, content in ((CHANGES, changes), (COUNTS, counts), (REPORT_JSON, conformant.report)):
        (workspace / name).write_text(_json(content), encoding="utf-8")
    write_report_graph(conformant.shacl_report, project.prefixes, workspace / REPORT_TURTLE)
    manifest = {
        "id": identity,
        "number": number,
        "published": now.isoformat(),
        **_describe(conformant, project, mappings, taken, order.signature),
        "counts": counts["classes"],
        SOURCES: dumps.result().sources,
        "durations": watch.durations,
    }
    if order.store is not None:
        files = [conformant.triples, workspace / CATALOG, workspace / VOID]
        manifest[STORE_KEY] = place(order.store, project.base_uri, edition.name, files, size)
    keep_register(project.directory, conformant.register)
    keep_copies(mappings, var)
    return seal(workspace, var, manifest)


def _describe(
    conformant: Conformant, project: Project, mappings: Sequence[Mapping], step: Step, signature: Signature
) -> dict[str, Any]:
    """Return what the manifest says of what went in."""
    return {
        "base_uri": project.base_uri,
        "previous": step.previous,
        "step": step.number,
        "by": signature.by,
        "reason": signature.reason,
        "software": software_version(),
        "gate": conformant.report["gate"],
        "cog_year": cog_year(mappings),
        "triples": conformant.size,
        "tables": table_digests(mappings),
        **describe_copies(mappings),
        "rows": conformant.report["tables"],
    }


def _refuse_changed(project: Project, mappings: Sequence[Mapping], identity: str) -> None:
    if release_id(project, mappings) != identity:
        raise ReleaseError(
            "les fichiers du projet ont changé pendant la publication ; relancer « annuaire publish »",
            "the project's files changed during the publication; run 'annuaire publish' again",
        )


def _count(
    workspace: Path, conformant: Conformant, project: Project, mappings: Sequence[Mapping], watch: Stopwatch
) -> dict[str, Any]:
    """Count the data, write the statistics, index the data for searches; return the counts."""
    watch("counts")
    with open_statements(conformant.triples, conformant.triples.parent) as statements:
        completeness = measure_completeness(statements, mappings, project.base_uri)
        counts = {**count(statements), "completeness": completeness}
        void = describe_dataset(statements, project, DUMP_FORMATS)
        lines = void.serialize(format="nt").split("\n")
        _write_lines(workspace / VOID, sorted(line for line in lines if line))
        watch("search")
        placed = conformant.triples.parent / EXTRACTS / f"{WHOLE.key}.geojson"
        build_search_index(statements, workspace / SEARCH, placed)
    return counts


def is_same(release: Release, order: Order) -> bool:
    """Return whether a release is what is ordered: of this software's format, whole, and where it is wanted."""
    manifest = release.manifest
    said = manifest["id"], manifest.get("format")
    return said == (order.identity, FORMAT) and is_placed(manifest, order.store) and not list(missing_files(release))


def make_current(release: Release, var: Path) -> None:
    """Give the drafted step its number, then make `current` name the release."""
    adopt_draft(var, release.name)
    activate(release, var)


def put_online(release: Release, report: dict[str, Any], var: Path) -> None:
    """Make a release just written the active one; refused by the disk, it is removed: nobody has seen it."""
    try:
        write_report(report, var)
        make_current(release, var)
    except BaseException:
        if current_name(var) != release.name:
            with suppress(OSError, StoreError):
                remove_release(release)
        raise


def remove_release(release: Release) -> None:
    """Remove a release from the disk and from the remote store that holds it; it vanishes at once or not at all.

    Raises:
        StoreError: the remote store does not answer; the release then stays.
    """
    if remote := placed(release.manifest):
        remote[0].drop(remote[1])
    hidden = release.directory.with_name(f"{UNFINISHED}{release.name}")
    release.directory.rename(hidden)
    shutil.rmtree(hidden)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_report(report: dict[str, Any], var: Path) -> None:
    """Write the report of the last attempt to publish, accepted or refused, beside the releases."""
    temporary = var / f".{REPORT_JSON}"
    temporary.write_text(_json(report), encoding="utf-8")
    temporary.replace(var / REPORT_JSON)


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
