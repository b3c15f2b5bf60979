"""Serving across many releases, on loopback: `python -m tests.benchmarks.switches --releases 1000`.

A chronicle of tiny releases is published one after another while `annuaire serve` answers four clients. Each release
is waited for. Little is kept in the edge's cache, which would hide what grows. Printed, after the first releases and at
the end: processes, descriptors and memory of each role; then how many requests were made and what was not the status
expected. The exit code is 1 when a request failed, a process or a descriptor is left over.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import collections
import http.client
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher.upkeep import prune
from tests.evaluation_fixture import alive, descendants, eventually, open_descriptors
from tests.history_fixture import BASE, Chronicle, company, town
from tests.projects.small import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVE = """
import sys
from pathlib import Path
from endpoints import server, supervision
from publisher.project import load_project
server._POLL, supervision._DRAIN = 0.05, 0.2
server.serve(load_project(Path(sys.argv[1])), Path(sys.argv[2]), host="127.0.0.1", port=0, workers=2)
"""
_QUERY = f"SELECT ?o {{ <{BASE}/id/entreprise/999000001> ?p ?o }}"
PATHS = (
    f"/sparql?query={quote(_QUERY)}",
    "/doc/entreprise/999000001.ttl",
    "/doc/entreprise/999000001.html",
    "/",
    "/entreprises.html?q=fictive",
    "/entreprises.csv",
    "/reconcile",
    "/history/entreprise/999000001.ttl",
    "/releases.json",
    "/changes.atom",
    "/dumps/annuaire.nt.gz",
)
_ROLES = {"fork_server": "requêtes", "spawn_main": "web", "endpoints.web": "granian", "resource_tracker": "granian"}
_PAUSE = 0.02
_DRAINED = 20.0
"""Seconds after which a former release has surely drained."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of one role hold: how many they are, their descriptors, bytes of their own."""

    processes: int = 0
    descriptors: int = 0
    memory: int = 0


@dataclass
class Load:
    """Clients that ask for one path after another until told to stop."""

    port: int
    stopped: threading.Event = field(default_factory=threading.Event)
    statuses: collections.Counter[str] = field(default_factory=collections.Counter)

    def ask(self, first: int, pause: float) -> None:
        """Ask without end, over a connection that is kept."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        number = first
        while not self.stopped.is_set():
            number, path = number + 1, PATHS[number % len(PATHS)]
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                self.statuses[str(response.status) if response.status == 200 else f"{path}: {response.status}"] += 1
            except (OSError, http.client.HTTPException) as error:
                self.statuses[f"{path}: {type(error).__name__}"] += 1
                connection.close()
            time.sleep(pause)
        connection.close()

    def failures(self) -> dict[str, int]:
        """Return what was not 200."""
        return {told: number for told, number in self.statuses.items() if told != "200"}


@dataclass(frozen=True, slots=True)
class Served:
    """A running `annuaire serve` over a chronicle."""

    pid: int
    port: int
    chronicle: Chronicle

    def publish(self, number: int) -> None:
        """Publish another tiny release, and wait until each web process has had the time to serve it."""
        name = self.chronicle.publish([*company("999000001", f"Alpha fictive {number}"), *town("69123", "Lyon")]).name
        assert eventually(lambda: self._serves() == name, 60), f"{name} is not served"

    def usage(self) -> dict[str, Usage]:
        """Return what each role holds."""
        found: dict[str, Usage] = {}
        for pid in (self.pid, *descendants(self.pid)):
            with suppress(OSError, StopIteration):  # one that has just ended
                command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
                role = next((role for word, role in _ROLES.items() if word in command), "superviseur")
                before = found.get(role, Usage())
                found[role] = Usage(
                    before.processes + 1,
                    before.descriptors + open_descriptors(pid),
                    before.memory + _own_memory(pid),
                )
        return found

    def _serves(self) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/releases.json")
            response = connection.getresponse()
            response.read()
            return response.headers.get("Annuaire-Release")
        return None


@contextmanager
def serve(directory: Path) -> Iterator[Served]:
    """Serve a chronicle; no process is left at the end."""
    chronicle = Chronicle(directory / "var", searchable=True)
    chronicle.publish([*company("999000001", "Alpha fictive 0"), *town("69123", "Lyon")])
    settings = assemble(directory / "projet").path("annuaire.toml")
    text = settings.read_text(encoding="utf-8").replace("cache_mio = 32", "cache_mio = 1")
    text = text.replace('"127.0.0.1:9464"', '""')
    settings.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", _SERVE, str(settings.parent), str(chronicle.var)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        try:
            yield Served(process.pid, int(address.rpartition(":")[2]), chronicle)
            pids = descendants(process.pid)
        finally:
            process.terminate()
            process.wait(60)
    assert eventually(lambda: not any(alive(pid) for pid in pids), 15), "a process is left"


def cross(directory: Path, releases: int, *, warm: int, clients: int = 4, settle: float = 15.0) -> Crossing:
    """Publish and serve so many releases under load; return what was held after `warm` of them and at the end."""
    with serve(directory) as served:
        load = Load(served.port)
        threads = [threading.Thread(target=load.ask, args=(each, _PAUSE)) for each in range(clients)]
        for thread in threads:
            thread.start()
        early: dict[str, Usage] = {}
        memories: list[int] = []
        try:
            for number in range(1, releases + 1):
                served.publish(number)
                if number == warm:
                    early = _settled(served, settle)
                if number % 50 == 0:
                    prune(served.chronicle.var)
                    memories.append(sum(each.memory for each in served.usage().values()))
            late = _settled(served, _DRAINED, early)
        finally:
            load.stopped.set()
            for thread in threads:
                thread.join()
        return Crossing(early, late, load.statuses["200"], load.failures(), tuple(memories))


@dataclass(frozen=True, slots=True)
class Crossing:
    """What was held early and late, how many requests were answered, what was not 200, all memory every 50 releases."""

    early: dict[str, Usage]
    late: dict[str, Usage]
    answered: int
    failures: dict[str, int]
    memories: tuple[int, ...]

    def left_over(self) -> dict[str, tuple[int, int]]:
        """Return, by role, how many processes and descriptors there are more at the end."""
        return _more(self.early, self.late)


def _settled(served: Served, seconds: float, early: dict[str, Usage] | None = None) -> dict[str, Usage]:
    """Return the least that each role holds within some seconds, time to drain; no longer than until it is as early."""
    least: dict[str, Usage] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until and not (early and not _more(early, least)):
        for role, found in served.usage().items():
            kept = least.get(role)
            better = kept is None or (found.processes, found.descriptors) < (kept.processes, kept.descriptors)
            least[role] = found if better else kept or found
        time.sleep(0.2)
    return least


def _more(early: dict[str, Usage], late: dict[str, Usage]) -> dict[str, tuple[int, int]]:
    """Return, by role, how many processes and descriptors there are more; all of them when nothing was counted yet."""
    if not late:
        return {"tous": (1, 1)}
    counts = {
        role: (found.processes - before.processes, found.descriptors - before.descriptors)
        for role, found in late.items()
        if (before := early.get(role, Usage()))
    }
    return {role: more for role, more in counts.items() if max(more) > 0}


def _own_memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> int:
    """Print what crossing many releases costs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--releases", type=int, default=1000)
    parser.add_argument("--warm", type=int, default=50, help="releases before the first count")
    options = parser.parse_args()
    began = time.monotonic()
    with TemporaryDirectory() as directory:
        found = cross(Path(directory), options.releases, warm=options.warm)
    print(f"{'':14}{'processes':>20}{'descriptors':>20}{'MB':>20}")
    for role, late in sorted(found.late.items()):
        early = found.early.get(role, Usage())
        pairs = [(early.processes, late.processes), (early.descriptors, late.descriptors)]
        pairs.append((early.memory // 10**6, late.memory // 10**6))
        print(f"{role:14}" + "".join(f"{f'{a} → {b}':>20}" for a, b in pairs))
    seconds = time.monotonic() - began
    print(
        f"{options.releases} releases in {seconds:.0f} s; {found.answered} requests answered, failed: {found.failures}"
    )
    print(f"MB in all, every 50 releases: {' '.join(str(each // 10**6) for each in found.memories)}")
    print(f"left over: {found.left_over()}")
    return int(bool(found.failures or found.left_over()))


if __name__ == "__main__":
    sys.exit(main())
