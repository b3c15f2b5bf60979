"""Serving across releases: no request fails, nothing accumulates. A thousand: `python -m tests.benchmarks.switches`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.switches import cross

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc"),
    pytest.mark.xdist_group("server"),
]


def test_twenty_releases_leave_nothing_behind(tmp_path: Path) -> None:
    """Under load, each of twenty releases is served; every request is answered; no process or descriptor is more."""
    found = cross(tmp_path, 20, warm=10, clients=2, settle=2.5)
    assert found.failures == {}
    assert found.answered > 0
    assert found.left_over() == {}
