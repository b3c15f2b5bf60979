"""The runtime directory, by which the processes of one service find each other: what is where.

served                       link to the directory of the served release, switched by rename(2)
<release name>.sock          link to the socket of that release's evaluation server
settings                     the project's settings as the supervisor has accepted them
refused                      why a newer release is not served, in JSON; absent when there is none
web-<server>-<worker>.ready  says that a web process listens
web-<server>.leaving         tells the web processes of a server that others take over
tallies/<process>            what a web process counts
budgets                      what each client has cost
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SERVED = "served"
SETTINGS = "settings"
REFUSED = "refused"
TALLIES = "tallies"
BUDGETS = "budgets"


def socket_of(runtime: Path, release: str) -> Path:
    """Return the address of the evaluation server that answers for a release of this name."""
    return runtime / f"{release}.sock"


def ready_file(worker: int | str, server: int) -> str:
    """Return the name of the file by which a worker of a Granian server says that it is about to listen."""
    return f"web-{server}-{worker}.ready"


def leaving_file(server: int) -> str:
    """Return the name of the file by which the workers of a Granian server learn that others take over."""
    return f"web-{server}.leaving"
