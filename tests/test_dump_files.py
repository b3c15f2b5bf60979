"""Dumps of what did not change are taken from the release before, and are what they would be if written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher import dump_files
from publisher.dumps import write_dump
from publisher.pipeline import publish
from publisher.verification import verify_release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.release import Release
    from publisher.representations import Representation
    from tests.projects.tiny import TinyProject

_BEFORE, _AFTER = "cle,nom\na,Exemple fictif\n", "cle,nom\na,Autre exemple fictif\n"


def silent(_: str) -> None:
    """Say nothing of the progress."""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the dumps that are written, as they are."""
    names: list[str] = []
    write = write_dump

    def note(triples: Path, targets: Mapping[Representation, Path], prefixes: dict[str, str], graph: str) -> None:
        names.extend(path.name for path in targets.values())
        write(triples, targets, prefixes, graph)

    monkeypatch.setattr(dump_files, "write_dump", note)
    return names


def dumps(release: Release) -> dict[str, bytes]:
    """Return the files of a release's dumps."""
    return {path.name: path.read_bytes() for path in (release.directory / "dumps").iterdir()}


def republish(project: TinyProject, written: list[str], *, force: bool = False) -> Release:
    """Change the table, and publish again; `written` then holds what this one wrote."""
    project.write(_AFTER)
    written.clear()
    return publish(project.project, project.var, silent, force=force).release


def test_unchanged_datasets_are_taken_over(tiny_project: TinyProject, written: list[str]) -> None:
    """A change in one table writes its dumps alone, and the release is that of a full publication, byte for byte."""
    tiny_project.write(_BEFORE)
    publish(tiny_project.project, tiny_project.var, silent)
    release = republish(tiny_project, written)
    assert any(name.startswith("annuaire.") for name in written)
    assert not any(name.startswith("domaines.") for name in written)
    assert verify_release(release) == []
    whole = republish(tiny_project, written, force=True)
    assert any(name.startswith("domaines.") for name in written)
    assert dumps(release) == dumps(whole)
    assert release.manifest["dumps"] == whole.manifest["dumps"]


@pytest.mark.parametrize("harm", ["damaged", "missing"])
def test_a_harmed_release_is_not_taken_from(tiny_project: TinyProject, written: list[str], harm: str) -> None:
    """What the release before no longer holds as it was is written again."""
    tiny_project.write(_BEFORE)
    first = publish(tiny_project.project, tiny_project.var, silent).release
    sound = dumps(first)["domaines.ttl.gz"]
    path = first.directory / "dumps/domaines.ttl.gz"
    path.write_bytes(sound[:-1] + b"?") if harm == "damaged" else path.unlink()
    release = republish(tiny_project, written)
    assert "domaines.ttl.gz" in written
    assert dumps(release)["domaines.ttl.gz"] == sound
