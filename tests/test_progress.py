"""The progress bar: on a terminal only, moving with the pace of the last publication."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

from endpoints.console import Console

if TYPE_CHECKING:
    import pytest

_DURATIONS = {"read": 10.0, "convert": 50.0, "seal": 60.0}


class Terminal(io.StringIO):
    """A terminal that remembers what was written on it."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def shown(terminal: Terminal) -> str:
    """Return what the last bar drawn says."""
    return terminal.getvalue().rsplit("\x1b[K", 1)[1]


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the clock that the bar reads."""
    monkeypatch.setattr(time, "monotonic", lambda: seconds)


def test_the_time_left_comes_from_the_last_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first step it is what the last one took; later, twice that when steps take twice as long."""
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    at(monkeypatch, 0.0)
    console = Console("en", as_json=False)
    console.expect(_DURATIONS)
    console.step("read")
    assert "about 2 min left" in shown(terminal)
    at(monkeypatch, 20.0)
    console.step("convert")
    assert "about 4 min left" in shown(terminal)
    at(monkeypatch, 120.0)
    console.step("seal")
    assert "about 2 min left" in shown(terminal)
    assert shown(terminal).count("█") == 12
    console.clear()
    assert shown(terminal) == ""


def test_the_first_time_only_steps_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an earlier publication the bar counts steps and foretells nothing."""
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    console = Console("fr", as_json=False)
    console.step("read")
    console.step("convert")
    assert re.search(r"\d+/\d+ conversion en RDF…$", shown(terminal))
    console.clear()


def test_nothing_is_drawn_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, a pipe and a program that reads JSON get no bar."""
    monkeypatch.setattr("sys.stderr", piped := io.StringIO())
    Console("fr", as_json=False).step("read")
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    Console("fr", as_json=True).step("read")
    assert piped.getvalue() + terminal.getvalue() == ""
