"""Verification finds whatever is missing, damaged, added or inconsistent, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from publisher.history import INDEX
from publisher.release import open_release
from publisher.verification import verify_history, verify_release
from tests.history_fixture import Chronicle, company

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.release import Release
    from tests.conftest import Published


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Give a release."""
    return Chronicle(tmp_path / "var").publish(company("999000001", "Alpha"))


def test_a_published_release_is_whole(small_release: Published) -> None:
    """What `publish` wrote verifies, as often as one likes, and so does the history."""
    _, var, release = small_release
    assert verify_release(release) == []
    assert verify_release(release) == []
    assert verify_history(var) == []


DAMAGES: dict[str, Callable[[Path], object]] = {
    "void.nt : taille": lambda place: (place / "void.nt").write_text("x", encoding="utf-8"),
    "counts.json : somme": lambda place: (place / "counts.json").write_text(
        (place / "counts.json").read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8"
    ),
    "catalog.nt : absent": lambda place: (place / "catalog.nt").unlink(),
    "store/CURRENT : absent": lambda place: (place / "store" / "CURRENT").unlink(),
    "intrus : fichier": lambda place: (place / "intrus").touch(),
}


@pytest.mark.parametrize("told", DAMAGES)
def test_a_damage_is_named(release: Release, told: str) -> None:
    """A file that is missing, longer, changed or foreign is told by its name."""
    DAMAGES[told](release.directory)
    faults = verify_release(release)
    assert [fault["fr"].startswith(told) for fault in faults] == [True]
    assert set(faults[0]) == {"fr", "en"}


def test_figures_that_disagree_are_told(release: Release) -> None:
    """A manifest whose files are right but whose figures are not is found out."""
    path = release.directory / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "triples": 4, "counts": {}}), encoding="utf-8")
    told = [fault["en"].partition(":")[0] for fault in verify_release(open_release(release.directory))]
    assert told == ["annuaire.nt.gz", "store", "counts.json"]


def test_a_history_that_lost_its_last_step_is_told(release: Release) -> None:
    """Without its index the history cannot show the active release: it is said."""
    var = release.directory.parents[1]
    assert verify_history(var) == []
    (var / "history" / INDEX).unlink()
    assert [fault["fr"] for fault in verify_history(var)] == [f"{INDEX} : absent ; la prochaine publication le refait"]
