"""A release is complete before it is named, and the active one changes at once or not at all."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from endpoints.server import serve
from publisher import search_index
from publisher.errors import PublicationBusyError, ReleaseError
from publisher.lock import publication_lock
from publisher.project import load_project
from publisher.release import (
    FORMAT,
    activate,
    current_release,
    find_current,
    list_releases,
    new_workspace,
    next_number,
    open_release,
    seal,
)
from publisher.upkeep import roll_back
from tests.projects.small import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.release import Release
    from tests.conftest import Published


def sealed(var: Path, identity: str = "abc") -> Release:
    """Return a release of one file."""
    workspace = new_workspace(var)
    (workspace / "counts.json").write_text("{}", encoding="utf-8")
    return seal(workspace, var, {"id": identity, "number": next_number(var)})


def test_the_manifest_sums_every_file(small_release: Published) -> None:
    """The manifest gives the size and sha512 of every file of the release, store included, and of no other."""
    _, _, release = small_release
    ox.Store.read_only(str(release.store)).query("ASK {}")
    found = {
        path.relative_to(release.directory).as_posix(): {
            "sha512": hashlib.sha512(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in release.directory.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == release.manifest["files"]


def test_the_manifest_says_what_went_in(small_release: Published) -> None:
    """Tables, their sums and rows, the year of the code, the gate and the software are all there."""
    project, _, release = small_release
    manifest = release.manifest
    table = project.directory / "data/entreprises.csv"
    assert manifest["tables"]["data/entreprises.csv"] == hashlib.sha512(table.read_bytes()).hexdigest()
    assert manifest["rows"]["data/entreprises.csv"] == 4
    assert manifest["cog_year"] == 2026
    assert manifest["gate"].startswith("shacl ")
    assert {"software", "published", "triples", "counts"} <= manifest.keys()


def test_releases_are_numbered_and_listed(tmp_path: Path) -> None:
    """Releases are numbered in order in their directory; nothing is active until one is activated."""
    with publication_lock(tmp_path):
        first, second = sealed(tmp_path), sealed(tmp_path)
    assert [release.name for release in list_releases(tmp_path)] == ["abc-1", "abc-2"]
    assert find_current(tmp_path) is None
    with pytest.raises(ReleaseError) as absent:
        current_release(tmp_path)
    assert "annuaire publish" in absent.value.texts["fr"]
    for release in (first, second, first):
        activate(release, tmp_path)
        assert current_release(tmp_path) == release
    assert not (tmp_path / "current").readlink().is_absolute()


def test_a_second_publication_is_refused(tmp_path: Path) -> None:
    """While one process publishes, another is told so; afterwards the lock is free again."""
    with publication_lock(tmp_path), pytest.raises(PublicationBusyError) as busy, publication_lock(tmp_path):
        pytest.fail("two publications at once")
    assert "une autre publication est en cours" in busy.value.texts["fr"]
    with publication_lock(tmp_path):
        pass


def test_what_a_killed_publication_left_is_swept(tmp_path: Path) -> None:
    """Half-made releases, working directories and links are invisible, and gone after the next lock."""
    with publication_lock(tmp_path):
        release = sealed(tmp_path)
        activate(release, tmp_path)
    half = tmp_path / "releases/.en-cours-1"
    half.mkdir()
    (half / "manifest.json").write_text('{"id": "x", "number": 9}', encoding="utf-8")
    (tmp_path / ".brouillon-x").mkdir()
    (tmp_path / ".current-1").symlink_to("rien")
    assert [each.name for each in list_releases(tmp_path)] == ["abc-1"]
    with publication_lock(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "publish.lock", "releases"]
    assert [path.name for path in (tmp_path / "releases").iterdir()] == ["abc-1"]


@pytest.mark.parametrize("obstacle", ["file", "lock"])
def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path, obstacle: str) -> None:
    """When the releases' directory is a file, or its lock cannot be opened, the error names the place."""
    var = tmp_path / "var"
    var.touch() if obstacle == "file" else (var / "publish.lock").mkdir(parents=True)
    with pytest.raises(ReleaseError) as refused, publication_lock(var):
        pytest.fail("written all the same")
    assert str(var) in refused.value.texts["fr"]


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"id": "x"}', '{"id": 3, "number": "x"}'])
def test_a_damaged_manifest_is_an_error(tmp_path: Path, manifest: str) -> None:
    """A manifest that is absent, no JSON or incomplete makes no release."""
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(ReleaseError):
        open_release(tmp_path)


def test_the_sum_of_a_manifest_is_stable(tmp_path: Path) -> None:
    """Keys of a manifest are in order, so that two manifests can be compared line by line."""
    with publication_lock(tmp_path):
        text = (sealed(tmp_path).directory / "manifest.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


FORMATS = {3: "bf009368f3a0"}
"""Of each format, what stands for the fields of the search index: who changes them gives the format a new number."""


def test_another_search_index_is_another_format() -> None:
    """The fields of the index, which those who serve rely on, belong to the number of the format."""
    fields = json.dumps([search_index._KEYS, search_index._NUMBERS])
    assert hashlib.sha256(fields.encode()).hexdigest()[:12] == FORMATS[FORMAT]


@pytest.mark.parametrize(
    ("found", "told"), [(1, "annuaire publish --force"), (None, "annuaire publish"), (99, "mettre")]
)
def test_another_format_is_not_served(tmp_path: Path, found: int | None, told: str) -> None:
    """A release of an older or newer software is refused aloud, by `serve` as by `rollback`."""
    with publication_lock(tmp_path):
        workspace = new_workspace(tmp_path)
        manifest = {"id": "abc", "number": 1, "base_uri": "https://annuaire.example", "format": found}
        release = seal(workspace, tmp_path, manifest if found else {**manifest, "format": 1})
        activate(release, tmp_path)
    if found is None:
        text = (release.directory / "manifest.json").read_text(encoding="utf-8").replace('"format": 1,', "")
        (release.directory / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match=told):
        serve(load_project(ROOT), tmp_path, host="127.0.0.1", port=0, workers=1)
    with publication_lock(tmp_path):
        activate(sealed(tmp_path), tmp_path)
    with pytest.raises(ReleaseError, match=told):
        roll_back(tmp_path, "1")
