"""Who follows only the change feed holds what the active release holds, whatever the steward does."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import UsageError
from publisher.history import HISTORY
from publisher.release import current_release
from publisher.upkeep import prune, roll_back
from tests.history_fixture import BASE, Chronicle, company, town

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

AS = "https://www.w3.org/ns/activitystreams#"
_VERSION_OF = "<http://purl.org/dc/terms/isVersionOf>"
_GONE = f"<{AS}Delete>"


class Mirror:
    """A copy kept by reading `/history/{n}.nq.gz` in order, with nothing but splitting lines."""

    def __init__(self) -> None:
        self.step = 0
        self.things: dict[str, set[str]] = {}
        self.others: set[str] = set()

    def follow(self, directory: Path) -> None:
        """Read the steps that have come since."""
        while (path := directory / f"{self.step + 1}.nq.gz").is_file():
            self.step += 1
            self._read(gzip.decompress(path.read_bytes()).decode().splitlines())

    def _read(self, lines: list[str]) -> None:
        step = f"<{BASE}/history/{self.step}"
        versions: dict[str, str] = {}
        states: dict[str, set[str]] = {}
        for line in lines:
            if line.startswith(f"<{BASE}/history/"):
                subject, predicate, value = line[:-2].split(" ", 2)
                if predicate == _VERSION_OF:
                    versions[subject] = value
                continue
            statement, graph = line[:-2].rsplit(" ", 1)
            if graph.startswith(f"{step}#"):
                (self.others.add if graph.endswith("#added>") else self.others.discard)(f"{statement} .")
            else:
                states.setdefault(graph, set()).add(f"{statement} .")
        for version, thing in versions.items():
            self.things[thing] = states.get(version, set())

    def statements(self) -> set[str]:
        """Return all that the mirror holds."""
        return self.others.union(*self.things.values())


CONTENTS = st.dictionaries(st.sampled_from("1234"), st.sampled_from(["Alpha", "Bêta", "« Gamma »"]), max_size=4)
ACTS = st.one_of(
    st.tuples(st.just("publish"), CONTENTS),
    st.tuples(st.just("again"), st.just({})),
    st.tuples(st.just("killed"), CONTENTS),
    st.tuples(st.just("back"), st.just({})),
    st.tuples(st.just("lost"), st.just({})),
    st.tuples(st.just("prune"), st.just({})),
)


def lines_of(content: dict[str, str]) -> list[str]:
    """Return the statements about companies and as many communes."""
    companies = [line for key, name in content.items() for line in company(f"99900000{key}", name)]
    return companies + [line for key, name in content.items() for line in town(f"6912{key}", name)]


@settings(max_examples=6)
@given(st.lists(ACTS, min_size=2, max_size=6))
def test_a_mirror_equals_the_release_after_any_sequence(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, dict[str, str]]]
) -> None:
    """Published, published again, killed, gone back, lost, cleared out: the mirror follows to the letter."""
    chronicle, mirror = Chronicle(tmp_path_factory.mktemp("miroir") / "var"), Mirror()
    content = lines_of({"1": "Alpha", "2": "Bêta"})
    chronicle.publish(content)
    for act, given_content in acts:
        if act == "publish":
            content = lines_of(given_content)
        if act in {"publish", "again"}:
            chronicle.publish(content)
        elif act == "killed":
            chronicle.publish(lines_of(given_content), activate=False)
        elif act == "prune":
            prune(chronicle.var, 2)
        elif act == "lost":
            shutil.rmtree(current_release(chronicle.var).directory)
            chronicle.publish(content)
        else:
            try:
                roll_back(chronicle.var)
            except UsageError:  # nothing before it, or no longer there
                continue
        dump = current_release(chronicle.var).graph_files[0]
        content = gzip.decompress(dump.read_bytes()).decode().splitlines()
        mirror.follow(chronicle.var / HISTORY)
        assert mirror.statements() == set(content)
