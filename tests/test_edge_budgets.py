"""A client's share of work: what it costs is paid back with time, whichever process answers it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints import edge_budgets
from endpoints.edge_budgets import Budgets

if TYPE_CHECKING:
    from pathlib import Path


class _Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """Have budgets read a clock of the test's own."""
    found = _Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_what_is_asked_to_wait_is_what_has_to_be_waited(tmp_path: Path, clock: _Clock) -> None:
    """Once its reserve is spent a client waits; a second less is too early, the seconds told are enough."""
    budgets = Budgets(tmp_path, rate=0.5, reserve=2.0)
    assert budgets.wait("192.0.2.1") == 0
    budgets.charge("192.0.2.1", 7.3)
    told = budgets.wait("192.0.2.1")
    clock.now += told - 1
    assert budgets.wait("192.0.2.1") > 0
    clock.now += 1
    assert (budgets.wait("192.0.2.1"), budgets.wait("192.0.2.2")) == (0, 0)


@given(works=st.lists(st.floats(0.0, 100.0), max_size=20))
def test_a_wait_told_is_always_enough(tmp_path_factory: pytest.TempPathFactory, works: list[float]) -> None:
    """Whatever a client has cost, it may ask again after the wait told, and not a second before."""
    clock, patch = _Clock(), pytest.MonkeyPatch()
    with patch.context() as patched:
        patched.setattr(time, "monotonic", clock)
        budgets = Budgets(tmp_path_factory.mktemp("budgets"), rate=0.25, reserve=3.0)
        for work in works:
            budgets.charge("client", work)
        told = budgets.wait("client")
        clock.now += told
        assert budgets.wait("client") == 0


def test_processes_share_the_budgets(tmp_path: Path, clock: _Clock) -> None:
    """What one process charges counts in the others."""
    assert clock.now
    one, other = (Budgets(tmp_path, rate=1.0, reserve=1.0) for _ in range(2))
    one.charge("192.0.2.1", 10.0)
    assert other.wait("192.0.2.1") == 9


def test_many_clients_take_no_more_room(tmp_path: Path, clock: _Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table keeps its size, and who owes most is not forgotten for those that owe less."""
    assert clock.now
    monkeypatch.setattr(edge_budgets, "_PLACES", 16)
    budgets = Budgets(tmp_path, rate=1.0, reserve=1.0)
    size = (tmp_path / "budgets").stat().st_size
    budgets.charge("the one", 1_000.0)
    for number in range(1_000):
        budgets.charge(f"client {number}", 2.0)
    assert (tmp_path / "budgets").stat().st_size == size
    assert budgets.wait("the one") == 999


def test_no_rate_is_no_limit(tmp_path: Path) -> None:
    """With a rate of 0 nobody waits."""
    budgets = Budgets(tmp_path, rate=0.0, reserve=1.0)
    budgets.charge("192.0.2.1", 1e9)
    assert budgets.wait("192.0.2.1") == 0
