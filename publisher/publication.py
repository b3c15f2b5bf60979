"""A conformant graph → a sealed release: dumps, store, counts, catalog, report, manifest."""

from __future__ import annotations

import json
import shutil
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
from publisher.dump_files import write_dumps
from publisher.dumps import DUMP_FORMATS
from publisher.errors import ReleaseError, StoreError
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
    first_published,
    new_workspace,
    next_number,
    seal,
)
from publisher.release_notes import describe_step
from publisher.search_index import build_search_index
from publisher.store.oxigraph import build_store, load
from publisher.store.placement import STORE_KEY, is_placed, place, placed
from publisher.verification import missing_files
from publisher.void import describe_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from rdflib import Graph

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.signature import Signature
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
    """What a publication is to give: the release of this identity, in this remote store if any, signed or not."""

    identity: str
    store: RemoteStore | None = None
    signature: Signature = UNSIGNED


def write_release(
    conformant: Conformant, project: Project, mappings: Sequence[Mapping], order: Order, var: Path
) -> Release:
    """Write everything a release holds, load it into the remote store if there is one, and seal it.

    `current` does not move; the step of the history that leads to the release is drafted; the copies of fetched sources
    and the local ids just given are kept.

    Raises:
        ReleaseError: a table or description changed since the release got its identity.
        StoreError: the remote store does not take the graph.
    """
    identity, remote, signature = order.identity, order.store, order.signature
    _refuse_changed(project, mappings, identity)
    identity = release_id(project, mappings, conformant.register)
    workspace = new_workspace(var)
    number = next_number(var)
    now = datetime.now(tz=UTC).replace(microsecond=0)
    edition = Edition(f"{identity}-{number}", now, first_published(var) or now)
    dumps = write_dumps(conformant, project, workspace / DUMPS)
    catalog = describe_catalog(project, edition, mappings, dumps)
    refuse_catalog(catalog, project, mappings, conformant.report)
    counts, size = _build(workspace, conformant, project, mappings, catalog)
    step = draft(project.base_uri, var, f"{identity}-{number}", conformant.triples, Occasion(now, signature=signature))
    with closing(open_draft(var, step)) as history:
        changes = describe_step(history, Minter(project.base_uri), step, _LISTED)
    for name, content in ((CHANGES, changes), (COUNTS, counts), (REPORT_JSON, conformant.report)):
        (workspace / name).write_text(_json(content), encoding="utf-8")
    conformant.shacl_report.serialize(workspace / REPORT_TURTLE, format="turtle", encoding="utf-8")
    manifest = {
        "id": identity,
        "number": number,
        "published": now.isoformat(),
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
        "counts": counts["classes"],
    }
    if remote is not None:
        files = [conformant.triples, workspace / CATALOG, workspace / VOID]
        manifest[STORE_KEY] = place(remote, project.base_uri, f"{identity}-{number}", files, size)
    keep_register(project.directory, conformant.register)
    keep_copies(mappings, var)
    return seal(workspace, var, manifest)


def _refuse_changed(project: Project, mappings: Sequence[Mapping], identity: str) -> None:
    if release_id(project, mappings) != identity:
        raise ReleaseError(
            "les fichiers du projet ont changé pendant la publication ; relancer « annuaire publish »",
            "the project's files changed during the publication; run 'annuaire publish' again",
        )


def _build(
    workspace: Path, conformant: Conformant, project: Project, mappings: Sequence[Mapping], catalog: Graph
) -> tuple[dict[str, Any], int]:
    """Build the store of data, catalog and statistics; return the counts and the number of its triples.

    The counts and statistics speak of the data alone. The store is closed here, for a store that closes writes
    to its log; the log, which holds dates and places of this machine, is no part of a release.
    """
    store = build_store(workspace / STORE, [conformant.triples])
    counts = {**count(store), "completeness": measure_completeness(store, mappings, project.base_uri)}
    build_search_index(store, workspace / SEARCH, workspace / DUMPS / f"{WHOLE.key}.geojson")
    described = {workspace / CATALOG: catalog, workspace / VOID: describe_dataset(store, project, DUMP_FORMATS)}
    statistics = described[workspace / VOID].serialize(format="nt").split("\n")
    _write_lines(workspace / CATALOG, catalog_lines(catalog))
    _write_lines(workspace / VOID, sorted(line for line in statistics if line))
    load(store, described)
    store.optimize()
    store.flush()
    size = len(store)
    del store
    for log in (workspace / STORE).glob("LOG*"):
        log.unlink()
    return counts, size


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
