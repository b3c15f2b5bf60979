"""What is made of the release before and of what changed is what is made of the whole."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from publisher import pieces, revision, store_renewal
from publisher import release as sealing
from publisher.changes import Occasion, Passage, write_step
from publisher.dump_files import write_dataset
from publisher.identifiers import Minter
from publisher.production import store_data
from publisher.project import load_project
from publisher.release import Release, seal
from publisher.revision import revise
from publisher.store.oxigraph import finish_store
from tests.history_fixture import BASE, START

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.comparison import Before

ROOT = Path(__file__).parents[1]
KEY = "annuaire"
DECIMAL = "^^<http://www.w3.org/2001/XMLSchema#decimal>"
PLACES = [f"{kind}/projet/{key}{part}" for kind in ("id", "doc") for key in ("a", "a-b") for part in ("", "#x")]
SUBJECTS = st.sampled_from(
    [
        *(f"<{BASE}/{place}>" for place in PLACES),
        "<https://w3id.org/annuaire-territorial/domaine/velo>",
        f"<{BASE}/doc/domaine/velo/x>",
        f"<{BASE}/doc/commune/69123>",
        "<http://id.insee.fr/geo/commune/69123>",
    ]
)
TEXTS = [f'"1.50"{DECIMAL}', f'"1.5"{DECIMAL}', '"é"@fr', '"_:b ."']
PROPERTIES = st.sampled_from(["<http://www.w3.org/2004/02/skos/core#prefLabel>", "<http://e.fr/p>"])


Graph = tuple[AbstractSet[str], AbstractSet[str]]


def said(nodes: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw statements between nodes."""
    parts = st.tuples(nodes, PROPERTIES, nodes | st.sampled_from(TEXTS))
    return parts.map(lambda terms: f"{' '.join(terms)} .\n")


PERIOD = frozenset({"<http://e.fr/jeu> <http://e.fr/p> _:c .\n", '_:c <http://e.fr/p> "2026" .\n'})
FEW = st.sets(said(SUBJECTS), max_size=5) | st.sets(said(SUBJECTS | st.just("_:b")), max_size=3) | st.just(PERIOD)
GRAPHS = st.tuples(st.sets(said(SUBJECTS), max_size=25) | st.sets(said(SUBJECTS | st.just("_:b")), max_size=25), FEW)
"""The data, and what a release says of itself."""


class Releases:
    """Releases that hold what a revision starts from: dumps, their inventory, a store."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._project = replace(load_project(ROOT), base_uri=BASE)
        self._numbers = count(1)
        self.renewed = False
        (directory / "releases").mkdir()

    def publish(self, graph: tuple[Iterable[str], Iterable[str]], former: Release | None) -> Release:
        """Seal a release, with a step from the one before; `renewed` then tells whether its store is that one's."""
        number = next(self._numbers)
        workspace = self._directory / f"atelier-{number}"
        (workspace / "dumps").mkdir(parents=True)
        data, about = ("".join(sorted(lines)) for lines in graph)
        (triples := workspace / "graphe.nt").write_text(data, encoding="utf-8")
        (workspace / "catalog.nt").write_text(about, encoding="utf-8")
        (workspace / "void.nt").touch()
        change = revise(former, self._project, KEY, triples)
        write_dataset(change, KEY, workspace / "dumps", self._project)
        self.renewed = store_data(workspace / "store", change)
        self.step(change.lines() if change.is_small else None, triples, workspace / "etape")
        self.size = finish_store(workspace / "store", [workspace / "catalog.nt", workspace / "void.nt"])
        return seal(workspace, self._directory, {"id": "essai", "number": number})

    def step(self, before: Before, after: Path, target: Path) -> bytes:
        """Write the step between two graphs; return it."""
        write_step(Minter(BASE), Passage(7, "x-6", "y-7", Occasion(START)), before, after, target)
        return target.read_bytes()


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Releases:
    """Give a place for releases whose pieces are small, and of which all may change."""
    monkeypatch.setattr(pieces, "_ONE_IN", 2)
    monkeypatch.setattr(revision, "_MOST", 0)
    monkeypatch.setattr(sealing, "flush", lambda _: None)
    return Releases(tmp_path)


def files(release: Release, *names: str) -> dict[str, bytes]:
    """Return the files of some directories of a release."""
    return {path.name: path.read_bytes() for name in names for path in (release.directory / name).iterdir()}


def store(release: Release) -> ox.Dataset:
    """Return what a release's store holds, its blank nodes named by what is said of them."""
    held = ox.Dataset(ox.Store.read_only(str(release.store)))
    held.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return held


@given(first=GRAPHS, changes=st.lists(st.tuples(FEW, FEW), min_size=1, max_size=2))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_a_revision_gives_what_the_whole_gives(releases: Releases, first: Graph, changes: list[Graph]) -> None:
    """Whatever came and went, blank nodes or not: the same dumps to the byte, the same store, the same step."""
    data, about = first
    former = releases.publish((data, about), None)
    for moved in changes:
        data, about = data ^ moved[0], about ^ moved[1]
        release, size = releases.publish((data, about), former), releases.size
        event(f"renewed: {releases.renewed}")
        whole = releases.publish((data, about), None)
        assert files(release, "dumps", "pieces") == files(whole, "dumps", "pieces")
        assert store(release) == store(whole)
        assert size == releases.size
        step = releases.step(former.directory / "graphe.nt", release.directory / "graphe.nt", release.directory / "x")
        assert (release.directory / "etape").read_bytes() == step
        former = release


def lines(*numbers: int) -> list[str]:
    """Return statements about some projects."""
    return [f'<{BASE}/id/projet/{number:03}> <http://e.fr/p> "{number}" .\n' for number in numbers]


def test_a_small_change_renews_the_store(releases: Releases) -> None:
    """A few lines among many are changed in a copy of the store before; what it was copied from stays as it was."""
    first = releases.publish((lines(*range(200)), [*lines(1, 900), *PERIOD]), None)
    held = store(first)
    second = releases.publish((lines(*range(1, 201)), [*lines(901), *PERIOD]), first)
    assert releases.renewed
    assert len(store(second)) == 203
    assert store(first) == held
    assert not list(second.store.glob("LOG*"))


def test_what_goes_takes_nothing_else_away(releases: Releases) -> None:
    """One of two spellings of a number goes, or one of two files that say the same: what the other says stays."""
    prices = [f"<http://e.fr/a> <http://e.fr/p> {text} .\n" for text in TEXTS[:2]]
    first = releases.publish(([*prices, *lines(*range(50))], lines(7)), None)
    second = releases.publish(([prices[1], *lines(*range(50))], []), first)
    assert releases.renewed
    assert len(store(second)) == 51


@pytest.mark.parametrize("harmed", ["store", "pieces", "dumps", "catalog.nt"])
def test_a_harmed_release_is_not_renewed(releases: Releases, harmed: str) -> None:
    """Whatever of the release before is not what its manifest says, the store is made anew from the whole graph."""
    first = releases.publish((lines(*range(50)), []), None)
    path = first.directory / harmed
    path = next(each for each in sorted(path.iterdir()) if each.stat().st_size) if path.is_dir() else path
    path.write_bytes(path.read_bytes() + b"?")
    second = releases.publish((lines(*range(51)), []), first)
    assert not releases.renewed
    assert len(store(second)) == 51


def test_a_large_change_makes_all_anew(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many pieces or many lines changed, nothing is renewed."""
    first = releases.publish((lines(*range(50)), []), None)
    monkeypatch.setattr(store_renewal, "_MOST", 2)
    releases.publish((lines(*range(53)), []), first)
    assert not releases.renewed
    monkeypatch.setattr(store_renewal, "_MOST", 50)
    releases.publish((lines(*range(53)), []), first)
    assert releases.renewed
    monkeypatch.setattr(revision, "_MOST", 50)
    releases.publish((lines(*range(53)), []), first)
    assert not releases.renewed
