"""How long each step of a publication takes: told to whoever watches, and kept in the manifest."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], None]
"""Is told the name of each step as it begins."""


class Stopwatch:
    """Passes the name of each step on to `say` as it begins, and remembers when."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._began: list[tuple[str, float]] = []

    def __call__(self, step: str) -> None:
        """Begin a step, which ends the one before."""
        self._began.append((step, time.monotonic()))
        self._say(step)

    @property
    def durations(self) -> dict[str, float]:
        """The seconds that each step has taken, the last one until now."""
        ends = [began for _, began in self._began[1:]] + [time.monotonic()]
        return {step: round(end - began, 3) for (step, began), end in zip(self._began, ends, strict=True)}
