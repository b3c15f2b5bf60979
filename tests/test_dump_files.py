"""Dumps of what did not change are taken from the release before, and are what they would be if written again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from publisher import dump_files, pieces
from publisher import dumps as dumping
from publisher.dump_files import write_dataset
from publisher.dumps import write_dump
from publisher.inventory import dumps_made, targets_in
from publisher.pipeline import publish
from publisher.project import load_project
from publisher.revision import revise
from publisher.verification import verify_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.dumps import Take, Taken
    from publisher.inventory import FormerDump, Inventory
    from publisher.packing import Part
    from publisher.pieces import Piece
    from publisher.release import Release
    from publisher.representations import Representation
    from tests.projects.tiny import TinyProject

ROOT = Path(__file__).parents[1]
_BEFORE, _AFTER = "cle,nom\na,Exemple fictif\n", "cle,nom\na,Autre exemple fictif\n"


def silent(_: str) -> None:
    """Say nothing of the progress."""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the datasets of which a piece is made anew, in the order of the pieces; these are small."""
    names: list[str] = []
    write = write_dump

    def note(
        triples: Path,
        cuts: Sequence[Piece],
        targets: Mapping[Representation, Path],
        prefixes: dict[str, str],
        graph: str,
        take: Take | None,
    ) -> dict[str, list[Part]]:
        def taking(piece: Piece, *, first: bool) -> Taken:
            taken = take(piece, first=first) if take else {}
            if len(taken) < len(targets):
                names.append(triples.stem)
            return taken

        return write(triples, cuts, targets, prefixes, graph, taking)

    monkeypatch.setattr(dump_files, "write_dump", note)
    monkeypatch.setattr(pieces, "_ONE_IN", 2)
    return names


def dumps(release: Release) -> dict[str, bytes]:
    """Return the files of a release's dumps."""
    return {path.name: path.read_bytes() for path in (release.directory / "dumps").iterdir()}


def inventories(release: Release) -> dict[str, bytes]:
    """Return what a release says of its pieces."""
    return {path.name: path.read_bytes() for path in (release.directory / "pieces").iterdir()}


def republish(project: TinyProject, written: list[str], *, force: bool = False) -> Release:
    """Change the table, and publish again; `written` then holds what this one wrote."""
    project.write(_AFTER)
    written.clear()
    return publish(project.project, project.var, silent, force=force).release


def test_what_did_not_change_is_taken_over(tiny_project: TinyProject, written: list[str]) -> None:
    """A change of a row makes anew what holds it, and the release is that of a full publication, byte for byte."""
    tiny_project.write(_BEFORE)
    publish(tiny_project.project, tiny_project.var, silent)
    full = written.count("graphe")
    release = republish(tiny_project, written)
    assert 0 < written.count("graphe") < full
    assert "domaines" not in written
    assert verify_release(release) == []
    whole = republish(tiny_project, written, force=True)
    assert written.count("graphe") == full
    assert "domaines" in written
    assert dumps(release) == dumps(whole)
    assert inventories(release) == inventories(whole)


@pytest.mark.parametrize(("name", "harm"), [("dumps/domaines.ttl.gz", "damaged"), ("pieces/domaines.json", "missing")])
def test_a_harmed_release_is_not_taken_from(
    tiny_project: TinyProject, written: list[str], name: str, harm: str
) -> None:
    """What the release before no longer holds as it was is made anew."""
    tiny_project.write(_BEFORE)
    first = publish(tiny_project.project, tiny_project.var, silent).release
    sound = dumps(first)["domaines.ttl.gz"]
    path = first.directory / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?") if harm == "damaged" else path.unlink()
    release = republish(tiny_project, written)
    assert "domaines" in written
    assert dumps(release)["domaines.ttl.gz"] == sound


def test_datasets_share_their_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece that the whole holds too is made once for both, and the files are those of a dataset made alone."""
    monkeypatch.setattr(pieces, "_ONE_IN", 1)
    project = load_project(ROOT)
    lines = [f'<{project.base_uri}/id/projet/{key}> <http://e.fr/p> "{key}" .\n' for key in "abcd"]
    parsed: list[bytes] = []

    def write(key: str, directory: Path, held: list[str], made: FormerDump | None) -> Inventory:
        (directory / "dumps").mkdir(parents=True)
        (triples := directory / "graphe.nt").write_text("".join(held), encoding="utf-8")
        return write_dataset(revise(None, project, key, triples), key, directory / "dumps", project, made)

    def note(statements: bytes, **options: Any) -> Any:
        parsed.append(statements)
        return ox.parse(statements, **options)

    alone, apart = tmp_path / "seul", tmp_path / "ensemble"
    write("projets", alone, lines[1:3], None)
    whole = write("annuaire", tmp_path / "tout", lines, None)
    monkeypatch.setattr(dumping, "ox", SimpleNamespace(**{**vars(ox), "parse": note}))
    write("projets", apart, lines[1:3], dumps_made(whole, targets_in(tmp_path / "tout/dumps", "annuaire")))
    assert parsed == [lines[1].encode()]  # nothing stands before the first piece: it is another one in the whole
    assert {path.name: path.read_bytes() for path in (apart / "dumps").iterdir()} == {
        path.name: path.read_bytes() for path in (alone / "dumps").iterdir()
    }


def test_other_conditions_take_nothing_over(tiny_project: TinyProject, written: list[str]) -> None:
    """Another prefix makes all anew, though no statement about it changed."""
    tiny_project.write(_BEFORE)
    publish(tiny_project.project, tiny_project.var, silent)
    prefixes = tiny_project.directory / "ontology/prefixes.ttl"
    others = prefixes.read_text(encoding="utf-8").replace('sh:prefix "vs"', 'sh:prefix "etat"')
    prefixes.write_text(others, encoding="utf-8")
    republish(tiny_project, written)
    assert "domaines" in written
