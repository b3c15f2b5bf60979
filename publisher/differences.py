"""The difference between any two steps of the history, composed from the steps between them.

It needs neither release to be on disk: the history holds the state of each thing after each change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.history import History
    from publisher.steps import Change, Step


@dataclass(frozen=True, slots=True)
class ThingDifference:
    """What became of a thing: `change` is its last change on the later side, with labels and class."""

    change: Change
    action: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """From one step to another, in either direction."""

    history: History
    before: Step
    after: Step

    def count(self) -> dict[str, int]:
        """Return how many things were added, changed and withdrawn: action → number."""
        return self.history.count_different(self.before.number, self.after.number)

    def things(self, limit: int = -1, offset: int = 0) -> Iterator[ThingDifference]:
        """Yield what became of each thing of ours, by IRI; what came back to what it was is left out."""
        for thing, action in self.history.different(self.before.number, self.after.number, limit, offset):
            former = self.history.latest(thing, self.before.number)
            latter = self.history.latest(thing, self.after.number)
            old = set(self.history.state(former)) if former else set()
            new = set(self.history.state(latter)) if latter else set()
            if shown := latter or former:
                yield ThingDifference(shown, action, tuple(sorted(new - old)), tuple(sorted(old - new)))

    def others(self) -> tuple[list[str], list[str]]:
        """Return the statements about anything else that were added, and those removed."""
        forward = self.before.number <= self.after.number
        first, last = sorted((self.before.number, self.after.number))
        net: dict[str, int] = {}
        for number in range(first + 1, last + 1):
            for added, line in self.history.others(number):
                net[line] = net.get(line, 0) + (1 if added else -1)
        came = sorted(line for line, sense in net.items() if sense > 0)
        went = sorted(line for line, sense in net.items() if sense < 0)
        return (came, went) if forward else (went, came)

    def patch(self) -> Iterator[tuple[bool, str]]:
        """Yield each statement that was added (True) or removed (False), as N-Triples lines."""
        for thing in self.things():
            for line in thing.removed:
                yield False, line
            for line in thing.added:
                yield True, line
        came, went = self.others()
        for line in went:
            yield False, line
        for line in came:
            yield True, line


def compare_releases(history: History, before: str, after: str) -> Difference:
    """Return the difference between two releases, by name (`a1b2c3-4`) or number (`4`).

    Raises:
        UsageError: the history knows no such release.
    """
    return Difference(history, find_step(history, before), find_step(history, after))


def find_step(history: History, release: str) -> Step:
    """Return the last step that led to a release, by its name or its number.

    Raises:
        UsageError: the history knows no such release.
    """
    found = history.step_of(release)
    if found is None and release.isdecimal():
        found = next((step for step in history.steps() if step.release.endswith(f"-{release}")), None)
    if found is None:
        raise UsageError(
            f"{release} : version inconnue de l'historique ; « annuaire releases » donne la liste",
            f"{release}: the history knows no such release; 'annuaire releases' lists them",
        )
    return found
