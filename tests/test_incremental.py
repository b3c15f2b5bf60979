"""Publications that take over what did not change are what full ones are, whatever the steward did between two."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher import pieces, production, revision
from publisher.pipeline import publish
from publisher.steps import step_file
from publisher.store_renewal import renew_store
from publisher.verification import verify_history, verify_release
from tests.projects.small import COMPANIES, PROJECTS, SmallProject

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from publisher.release import Release
    from publisher.revision import Revision

COMMUNES = "data/territoires/communes.csv"
SAME = ("counts.json", "void.nt", "changes.json", "report.json")


def change(project: SmallProject) -> None:
    """Change a text, a name and the name of a commune; remove a company with its projects, add another."""
    project.set("offre_fr", "Une autre offre fictive")
    project.set("nom", "Un autre nom fictif", row=3)
    project.set("nom", "Commune fictive", name=COMMUNES)
    *rows, gone = project.rows()
    project.write_rows([*rows, {**rows[0], "siren": "999000409", "nom": "Nouvelle fictive"}])
    project.write_rows([row for row in project.rows(PROJECTS) if row["siren"] != gone["siren"]], PROJECTS)


def contents(release: Release) -> dict[str, bytes]:
    """Return the files of a release that the same tables always make the same."""
    directories = (release.directory / name for name in ("dumps", "pieces"))
    files = [path for directory in directories for path in directory.iterdir()]
    return {path.name: path.read_bytes() for path in (*files, *(release.directory / name for name in SAME))}


def store(release: Release) -> ox.Dataset:
    """Return what a release's store holds but dates, its blank nodes named by what is said of them."""
    held = ox.Store.read_only(str(release.store))
    found = ox.Dataset(quad for quad in held if "dateTime" not in str(quad.object))
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return found


def step(var: Path) -> list[str]:
    """Return the second step of the history without its instant."""
    lines = gzip.decompress(step_file(var / "history", 2).read_bytes()).decode().splitlines()
    return [line for line in lines if "endedAtTime" not in line]


def test_what_is_taken_over_is_what_would_be_made(small_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows edited, renamed, added and removed, places renamed: a full publication is the same."""
    renewed = []

    def note(directory: Path, moved: Revision) -> bool:
        renewed.append(renew_store(directory, moved))
        return renewed[-1]

    monkeypatch.setattr(production, "renew_store", note)
    monkeypatch.setattr(pieces, "_ONE_IN", 16)
    monkeypatch.setattr(revision, "_MOST", 1)
    small_project.keep(COMPANIES, PROJECTS)
    small_project.skip_gate()
    full, var = small_project.directory / "complet", small_project.var
    for place in (full, var):
        publish(small_project.project, place, lambda _: None)
    change(small_project)
    renewed.clear()
    release = publish(small_project.project, var, lambda _: None).release
    whole = publish(small_project.project, full, lambda _: None, force=True).release
    assert renewed == [True, False]
    assert contents(release) == contents(whole)
    assert store(release) == store(whole)
    assert step(var) == step(full)
    assert [*verify_release(release), *verify_history(var)] == []
