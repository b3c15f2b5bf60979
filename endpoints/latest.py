"""The latest changes, for people: each thing by its name when a step touched few, the notes of the step otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.languages import language
from endpoints.past import served_history
from endpoints.serving import serving
from publisher.changes import CREATE, DELETE, UPDATE
from publisher.release_notes import class_name, write_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.history import History
    from publisher.steps import Change, Step

SHOWN = 5
_NOTES = 3
"""How many sentences of a release's notes are enough to say what it brought."""


@dataclass(frozen=True, slots=True)
class News:
    """A change: its day, what it is about and where that leads; `action` when it is one thing's."""

    day: str
    text: str
    path: str
    action: str = ""
    kind: str = ""


def latest_changes() -> list[News]:
    """Return the latest changes, newest first, as far as the release served."""
    history = served_history()
    return [each for step in history.steps(SHOWN) for each in _of(history, step)][:SHOWN]


def _of(history: History, step: Step) -> Iterator[News]:
    touched = sum(sum(found.values()) for found in history.counts(step.number).values())
    if 0 < touched <= SHOWN and not step.undone:
        for action in (CREATE, UPDATE, DELETE):
            for change in history.changes_of(step.number, action):
                yield _named(change)
        return
    notes = [note[language()] for note in write_notes(history, step)]
    yield News(step.instant[:10], " ".join(notes[:_NOTES]), f"/releases/{step.release}")


def _named(change: Change) -> News:
    """Return a thing's change; what is no more has its history only."""
    path = serving().minter.path_of(change.thing) or change.thing
    if change.action == DELETE:
        path = path.replace("/doc/", "/history/", 1)
    lang = language()
    return News(change.instant[:10], change.label(lang), path, change.action, class_name(change.kind, lang))
