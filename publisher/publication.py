"""A conformant graph → a sealed release, then the active one. What it holds is made by `publisher.production`."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.catalog import Edition
from publisher.changes import UNSIGNED, Occasion
from publisher.copies import describe_copies, keep_copies
from publisher.errors import ReleaseError, StoreError
from publisher.fingerprint import release_id, software_version, table_digests
from publisher.local_ids import keep_register
from publisher.production import Material, as_json, produce, summarise_release
from publisher.provenance import cog_year
from publisher.recording import adopt_draft
from publisher.release import (
    FORMAT,
    REPORT_JSON,
    UNFINISHED,
    Release,
    activate,
    current_name,
    first_published,
    new_workspace,
    next_number,
    seal,
)
from publisher.store.placement import STORE_KEY, is_placed, place, placed
from publisher.verification import missing_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.production import Produced
    from publisher.project import Project
    from publisher.signature import Signature
    from publisher.stopwatch import Stopwatch
    from publisher.store.remote import RemoteStore
    from publisher.validation import Conformant


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
    conformant: Conformant, project: Project, mappings: Sequence[Mapping], order: Order, var: Path, watch: Stopwatch
) -> Release:
    """Write everything a release holds, load it into the remote store if there is one, and seal it.

    `current` does not move; the step of the history that leads to the release is drafted; the copies of fetched sources
    and the local ids just given are kept.

    Raises:
        ReleaseError: a table or description changed since the release got its identity.
        StoreError: the remote store does not take the graph.
    """
    _refuse_changed(project, mappings, order.identity)
    identity, number = release_id(project, mappings, conformant.register), next_number(var)
    now = datetime.now(tz=UTC).replace(microsecond=0)
    edition = Edition(f"{identity}-{number}", now, first_published(var) or now)
    material = Material(conformant, project, mappings, new_workspace(var))
    made = produce(material, var, edition, Occasion(now, signature=order.signature), watch)
    watch("seal")
    summarise_release(material, var, made)
    manifest = {
        "id": identity,
        "number": number,
        "published": now.isoformat(),
        **_describe(material, made, order.signature),
        "durations": watch.durations,
    }
    if order.store is not None:
        manifest[STORE_KEY] = place(order.store, project.base_uri, edition.name, material.graph_files, made.size)
    keep_register(project.directory, conformant.register)
    keep_copies(mappings, var)
    return seal(material.workspace, var, manifest)


def _describe(material: Material, made: Produced, signature: Signature) -> dict[str, Any]:
    """Return what the manifest says of what went in, and of what was made."""
    conformant, mappings = material.conformant, material.mappings
    return {
        "base_uri": material.project.base_uri,
        "previous": made.step.previous,
        "step": made.step.number,
        "by": signature.by,
        "reason": signature.reason,
        "software": software_version(),
        "gate": conformant.report["gate"],
        "cog_year": cog_year(mappings),
        "triples": conformant.size,
        "tables": table_digests(mappings),
        **describe_copies(mappings),
        "rows": conformant.report["tables"],
        "counts": made.counts["classes"],
    }


def _refuse_changed(project: Project, mappings: Sequence[Mapping], identity: str) -> None:
    if release_id(project, mappings) != identity:
        raise ReleaseError(
            "les fichiers du projet ont changé pendant la publication ; relancer « annuaire publish »",
            "the project's files changed during the publication; run 'annuaire publish' again",
        )


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


def write_report(report: dict[str, Any], var: Path) -> None:
    """Write the report of the last attempt to publish, accepted or refused, beside the releases."""
    temporary = var / f".{REPORT_JSON}"
    temporary.write_text(as_json(report), encoding="utf-8")
    temporary.replace(var / REPORT_JSON)
