"""Whatever fails while releases are written, `current` names a whole one, and the next attempt works.

`python -m tests.benchmarks.faults` tries every change of the disk; here, those around the switch and some before.
"""

from __future__ import annotations

import sys

import pytest

from tests.faults_fixture import run_sweeps

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the disk is made to fail through LD_PRELOAD"),
    pytest.mark.xdist_group("faults"),
]
CHOSEN = ["publish:killed", "publish:full", "rollback:killed", "prune:killed", "change:killed"]
CARELESS = "careless:killed"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give what sweeps of all commands told."""
    return run_sweeps(tmp_path_factory.mktemp("pannes"), [*CHOSEN, CARELESS], tried=2)


@pytest.mark.parametrize("chosen", CHOSEN)
def test_a_failure_at_any_change_of_the_disk_leaves_a_whole_release(told: dict[str, str], chosen: str) -> None:
    """Killed or out of space: what is current verifies, and a further run leaves no trace of it."""
    assert " 0 wrong" in told[chosen], told[chosen]


def test_the_sweep_finds_a_moment_without_a_release(told: dict[str, str]) -> None:
    """A switch in two calls, killed between them, is found out: the sweep looks at what it claims to."""
    assert "cannot be looked at" in told[CARELESS]
