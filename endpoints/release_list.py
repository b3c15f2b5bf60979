"""The list that `annuaire releases` prints: each step of the history, what it changed, by whom and why."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from publisher.changes import CREATE, DELETE, UPDATE
from publisher.history import open_history
from publisher.release import current_name, list_damaged, list_releases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.history import History
    from publisher.steps import Step

_ACTIONS = {"added": CREATE, "changed": UPDATE, "withdrawn": DELETE}


def list_steps(var: Path) -> list[dict[str, Any]]:
    """Return a row for each step up to the active release, oldest first, then for each release never online.

    Raises:
        ReleaseError: the index of the history is damaged.
    """
    active = current_name(var)
    manifests = {release.name: release.manifest for release in list_releases(var)}
    with closing(open_history(var, active or "")) as history:
        steps = history.steps()[::-1]
        rows = [_row(manifests.get(step.release), step, history) for step in steps]
    known = {step.release for step in steps}
    rows += [_unknown(name, manifest) for name, manifest in manifests.items() if name not in known]
    newest = max((place for place, row in enumerate(rows) if row["release"] == active), default=None)
    if newest is not None and active in manifests:
        rows[newest]["active"] = True
    return rows


def describe_row(row: Mapping[str, Any], lang: str) -> str:
    """Return a row as a line for a person."""
    words = {
        "fr": ("triplets", "supprimée", "retour", "jamais en ligne", "par", " : "),
        "en": ("triples", "removed", "rollback", "never current", "by", ": "),
    }[lang]
    parts = [row["release"], row["published"], f"{row['triples']} {words[0]}" if row["kept"] else words[1]]
    if row["step"] is None:
        parts.append(words[3])
    else:
        parts.append(" ".join(f"{mark}{row['changes'][name]}" for mark, name in zip("+~-", _ACTIONS, strict=True)))
    if row["rollback"]:
        parts.append(words[2])
    said = words[5].join(text for text in (row["by"] and f"{words[4]} {row['by']}", row["reason"]) if text)
    return f"{'*' if row['active'] else ' '} {'  '.join([*parts, said]).rstrip()}"


def describe_damaged(var: Path) -> list[tuple[str, str]]:
    """Return a line in French and English for each directory among the releases that is none."""
    return [
        (f"! {name} : illisible, copiée à moitié", f"! {name}: unreadable, half copied") for name in list_damaged(var)
    ]


def _row(manifest: Mapping[str, Any] | None, step: Step, history: History) -> dict[str, Any]:
    counts = history.counts(step.number).values()
    return {
        "step": step.number,
        "release": step.release,
        "previous": step.previous,
        "published": step.instant,
        "rollback": step.undone,
        "changes": {name: sum(found.get(action, 0) for found in counts) for name, action in _ACTIONS.items()},
        "by": step.signed,
        "reason": step.reason,
        **_manifested(manifest),
    }


def _unknown(name: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a release that no step led to: its publication was interrupted, or it is older than history."""
    said = {"by": manifest.get("by"), "reason": manifest.get("reason"), "published": manifest.get("published")}
    nothing = {"step": None, "previous": None, "rollback": False, "changes": None}
    return {"release": name, **nothing, **said, **_manifested(manifest)}


def _manifested(manifest: Mapping[str, Any] | None) -> dict[str, Any]:
    said = manifest or {}
    return {
        "kept": manifest is not None,
        "active": False,
        "triples": said.get("triples"),
        "counts": said.get("counts"),
    }
