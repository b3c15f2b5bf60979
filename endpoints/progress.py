"""The progress bar of a flow in steps: how far it is and, from what the last one took, how long it has to go.

Drawn on a terminal only. It moves while a step lasts; the pace of the steps behind says how long those ahead will take.
"""

from __future__ import annotations

import sys
import time
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WIDTH = 24
_TICK = 0.5
_SURE = 2.0
"""Seconds after which the pace says something."""
_SLACK = 0.95
"""How much of what it took the last time a step may seem to have done while it lasts longer."""


class Progress:
    """Draws a bar at each step, and twice a second where `expected` says how many seconds each step should take.

    Args:
        names: the steps, in order, with what they are called.
        expected: the seconds that steps took the last time; empty when there was none.
        left: from seconds to the words that say that they are left.
    """

    def __init__(self, names: Mapping[str, str], expected: Mapping[str, float], left: Callable[[float], str]) -> None:
        self._names, self._expected, self._left = names, expected, left
        self._done: list[str] = []
        self._step = ""
        self._began = self._step_began = time.monotonic()
        self._over = Event()
        self._writing = Lock()

    def step(self, name: str) -> None:
        """Begin a step, which ends the one before."""
        with self._writing:
            if self._step:
                self._done.append(self._step)
            elif self._expected:
                Thread(target=self._tick, daemon=True).start()
            self._step, self._step_began = name, time.monotonic()
        self._draw()

    def clear(self) -> None:
        """Take the bar off the terminal, for good."""
        self._over.set()
        with self._writing:
            erase()

    def _tick(self) -> None:
        while not self._over.wait(_TICK):
            self._draw()

    def _draw(self) -> None:
        with self._writing:
            if self._over.is_set():
                return
            place = list(self._names).index(self._step)
            text = f"{place + 1}/{len(self._names)} {self._names[self._step]}…"
            share, seconds = self._estimate()
            draw(place / len(self._names) if share is None else share, text + (self._left(seconds) if seconds else ""))

    def _estimate(self) -> tuple[float | None, float]:
        """Return the share done and the seconds left; None and 0 where nothing is known."""
        now = time.monotonic()
        whole = sum(self._expected.values())
        if not whole:
            return None, 0
        planned = self._expected.get(self._step, 0.0)
        behind = sum(self._expected.get(step, 0.0) for step in self._done)
        pace = (self._step_began - self._began) / behind if behind > _SURE else 1.0
        behind += min((now - self._step_began) / pace if pace else 0.0, planned * _SLACK)
        return behind / whole, (whole - behind) * pace


def draw(share: float, text: str) -> None:
    """Draw a bar, from 0 to 1, and a text behind it."""
    bar = "█" * int(_WIDTH * min(share, 1))
    sys.stderr.write(f"\r\x1b[K[{bar:<{_WIDTH}}] {text}")
    sys.stderr.flush()


def erase() -> None:
    """Take what was drawn off the line."""
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
