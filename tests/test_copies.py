"""A copied `var/` serves elsewhere; what a copy got wrong is told, and the next publication puts it right."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from endpoints.cli import main
from publisher.errors import ReleaseError
from publisher.history import INDEX
from publisher.project import load_project
from publisher.release import current_release, list_damaged
from publisher.upkeep import roll_back
from publisher.verification import list_leftovers, verify_directory, verify_history, verify_release
from tests.history_fixture import FIRST, ROOT, SECOND, Chronicle, company

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

THIRD = [*SECOND, *company("999000004", "Delta fictive")]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with two releases, to be copied and left as it is."""
    chronicle = Chronicle(tmp_path_factory.mktemp("original") / "var", searchable=True)
    chronicle.publish(FIRST)
    chronicle.publish(SECOND)
    return chronicle.var


def faults(var: Path) -> list[str]:
    """Return what `annuaire verify` says of a directory, in French."""
    found = [*verify_release(current_release(var)), *verify_history(var), *verify_directory(var)]
    return [fault["fr"] for fault in found]


def history_holds(var: Path, lines: list[str]) -> bool:
    """Return whether the history leads to these statements."""
    with closing(Chronicle(var).history()) as history:
        return history.statements() == set(lines)


@pytest.mark.parametrize("copied", ["cp -a", "scp -r"])
def test_a_copy_serves_elsewhere(original: Path, tmp_path: Path, copied: str) -> None:
    """Pages, documents, search and the past are answered from the copy; it can be published into and gone back in."""
    var, follows_links = tmp_path / "ailleurs", copied == "scp -r"
    shutil.copytree(original, var, symlinks=not follows_links)
    (tmp_path / "served").symlink_to(current_release(var).directory)
    client = create_app(load_project(ROOT), tmp_path).test_client()
    for path in ("/doc/entreprise/999000003.ttl", "/entreprises.html?q=gamma", "/history/entreprise/999000001.ttl"):
        assert client.get(path).status_code == 200
    assert client.get("/doc/entreprise/999000002").status_code == 410
    assert faults(var) == (["current : dossier au lieu d'un lien"] if follows_links else [])
    Chronicle(var).publish(THIRD)
    assert faults(var) == []
    assert roll_back(var).name == "essai-2"
    assert [name[:14] for name in list_leftovers(var)] == ["current.copie-"] * follows_links


def cut(path: Path) -> None:
    """Leave half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def forget_a_change(var: Path) -> None:
    """Take a change out of the index."""
    with closing(sqlite3.connect(var / "history" / INDEX)) as index:
        index.execute("DELETE FROM change WHERE id = 5")
        index.commit()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "annuaire.nt.gz : taille différente": lambda var: cut(var / "releases/essai-2/dumps/annuaire.nt.gz"),
    "absent": lambda var: shutil.rmtree(var / "releases/essai-2/store"),
    "essai-1 : counts.json : absent": lambda var: (var / "releases/essai-1/counts.json").unlink(),
    "releases/essai-1 : illisible": lambda var: cut(var / "releases/essai-1/manifest.json"),
    "2.nq.gz : étape absente": lambda var: cut(var / "history/2.nq.gz"),
    "2.nq.gz": lambda var: (var / "history/2.nq.gz").unlink(),
    "history : ne mène pas à la version active": forget_a_change,
    f"{INDEX} : absent": lambda var: (var / "history" / INDEX).unlink(),
    "history : ": lambda var: cut(var / "history" / INDEX),
}


@pytest.mark.parametrize("told", DAMAGES)
def test_a_half_copied_directory_is_told(original: Path, tmp_path: Path, told: str) -> None:
    """Each part that a copy lost or cut is named by `annuaire verify`, which ends with 3."""
    var = tmp_path / "var"
    shutil.copytree(original, var, symlinks=True)
    DAMAGES[told](var)
    assert any(told in fault for fault in faults(var))
    assert main(["verify", "--var", str(var)]) == 3
    assert main(["releases", "--var", str(var)]) == (3 if told == "history : " else 0)


def test_a_damaged_history_takes_no_page_down(original: Path, tmp_path: Path) -> None:
    """Documents are answered without their past when its index cannot be read."""
    var = tmp_path / "var"
    shutil.copytree(original, var, symlinks=True)
    cut(var / "history" / INDEX)
    (tmp_path / "served").symlink_to(current_release(var).directory)
    client = create_app(load_project(ROOT), tmp_path).test_client()
    for path in ("/doc/entreprise/999000003.html", "/releases", "/changes.atom"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("lost", ["releases/essai-2/dumps/annuaire.nt.gz", "releases/essai-2", f"history/{INDEX}"])
def test_a_publication_puts_a_loss_right(original: Path, tmp_path: Path, lost: str) -> None:
    """The active release or the index lost, the next publication works, and the history still tells each change."""
    var = tmp_path / "var"
    shutil.copytree(original, var, symlinks=True)
    shutil.rmtree(var / lost, ignore_errors=True)
    (var / lost).unlink(missing_ok=True)
    assert Chronicle(var).publish(THIRD).name == "essai-3"
    assert verify_history(var) == verify_release(current_release(var)) == []
    assert history_holds(var, THIRD)
    with closing(Chronicle(var).history()) as history:
        assert [change.action.rpartition("#")[2] for change in history.changes(6, 9)] == ["Create"]


def test_a_link_to_nothing_is_told_and_can_be_left(original: Path, tmp_path: Path) -> None:
    """When the active release is lost, the error says what to do, and going back to another one works."""
    var = tmp_path / "var"
    shutil.copytree(original, var, symlinks=True)
    shutil.rmtree(var / "releases/essai-2")
    with pytest.raises(ReleaseError, match=r"essai-2 n'est pas dans releases/ ; lancer « annuaire rollback ID »"):
        current_release(var)
    assert main(["rollback", "--var", str(var)]) == 0
    assert current_release(var).name == "essai-1"
    assert faults(var) == []
    assert history_holds(var, FIRST)


@pytest.mark.parametrize("early", [set(each) for n in range(4) for each in itertools.combinations(
    ("current", "history", "releases"), n)], ids=lambda early: "+".join(sorted(early)) or "rien")  # fmt: skip
def test_a_copy_made_while_publishing_is_whole_or_told(original: Path, tmp_path: Path, early: set[str]) -> None:
    """Whatever was copied before the switch and what after: it verifies or is told; then publishing works."""
    source, var = tmp_path / "var", tmp_path / "copie"
    shutil.copytree(original, source, symlinks=True)
    var.mkdir()
    for moment in (True, False):
        for name in ("current", "history", "releases"):
            if (name in early) is moment:
                subprocess.run(["cp", "-a", str(source / name), str(var / name)], check=True)
        if moment:
            Chronicle(source).publish(THIRD)
    try:
        number, found = current_release(var).number, faults(var)
    except ReleaseError:
        number, found = 0, ["absente"]
    steps = {path.name for path in (var / "history").glob("*.nq.gz")}
    assert found or number == 2 or (number == 3 and "3.nq.gz" in steps)
    Chronicle(var).publish([*THIRD, *company("999000005", "Epsilon fictive")])
    assert faults(var) == []
    assert history_holds(var, [*THIRD, *company("999000005", "Epsilon fictive")])


def test_a_number_is_never_given_twice(original: Path, tmp_path: Path) -> None:
    """A release that was removed by hand, or copied by half, keeps its number."""
    var = tmp_path / "var"
    shutil.copytree(original, var, symlinks=True)
    roll_back(var)
    shutil.rmtree(var / "releases/essai-2")
    (var / "releases/essai-7").mkdir()
    assert list_damaged(var) == ["essai-7"]
    assert Chronicle(var).publish(THIRD).name == "essai-8"


def test_releases_on_another_disk(original: Path, tmp_path: Path) -> None:
    """`releases` may be a link to another volume: publishing, the history and going back work all the same."""
    var = tmp_path / "var"
    shutil.copytree(original, var, symlinks=True)
    (var / "releases").rename(tmp_path / "volume")
    (var / "releases").symlink_to(tmp_path / "volume")
    Chronicle(var).publish(THIRD)
    assert faults(var) == []
    assert current_release(var).directory.parents[1] == var
    assert roll_back(var).name == "essai-2"
