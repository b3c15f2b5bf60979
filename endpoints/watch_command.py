"""The command `annuaire watch DIR`: complete tables dropped in a folder are checked and published, as they come."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from endpoints.history_commands import add_signature
from publisher.inbox import open_inbox
from publisher.pipeline import publish
from publisher.signature import Signature
from publisher.store.remote import open_remote

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from types import FrameType

    from endpoints.console import Console
    from publisher.inbox import Outcome
    from publisher.project import Project
    from publisher.publication import Publication

_POLL = 1.0
"""Seconds between two looks."""


def add_watch_command(add: Callable[..., argparse.ArgumentParser], *parents: argparse.ArgumentParser) -> None:
    """Add the command; `add` is the command line's own way to add one."""
    command = add("watch", _watch, "publier les tables complètes que l'on dépose dans un dossier", *parents)
    command.add_argument("directory", type=Path, metavar="DIR", help="dossier de dépôt ; les constats y sont écrits")
    command.add_argument("--store", metavar="URL", help="charger aussi ce moteur SPARQL, qui répondra à /sparql")
    add_signature(command)


def _watch(options: argparse.Namespace, console: Console) -> int:
    store = open_remote(options.store) if options.store else None
    signature = Signature(options.par, options.motif)

    def publish_tables(project: Project) -> Publication:
        return publish(project, options.var, console.step, store=store, signature=signature)

    opened = open_inbox(options.directory, options.project, publish_tables, options.lang)
    with opened as inbox, _stop_signals() as stopped:
        console.say(
            f"{options.directory} : en attente de tables (Ctrl-C : arrêter)",
            f"{options.directory}: waiting for tables (Ctrl-C: stop)",
        )
        while not stopped.is_set():
            for outcome in inbox.look():
                _tell(outcome, console)
                if stopped.is_set():
                    break
            stopped.wait(_POLL)
    return 0


def _tell(outcome: Outcome, console: Console) -> None:
    console.clear()
    place = f"{outcome.file} : " if outcome.file else ""
    console.say(place + outcome.texts["fr"], place + outcome.texts["en"])
    console.findings(outcome.findings)
    console.event({
        "event": outcome.kind,
        "file": outcome.file or None,
        "release": outcome.release,
        "texts": outcome.texts,
        "findings": [finding.as_dict() for finding in outcome.findings],
    })  # fmt: skip


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Turn the first SIGTERM or SIGINT into an event, so that what is under way ends; the second one acts at once.

    SIGIO is passed over: the kernel sends it when somebody opens a file on which a lease was just asked for.
    """
    stopped = threading.Event()
    before: dict[signal.Signals, signal._HANDLER] = {}

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.set()
        signal.signal(number, before[signal.Signals(number)])

    before |= {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    before[signal.SIGIO] = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        yield stopped
    finally:
        for number, former in before.items():
            signal.signal(number, former)
