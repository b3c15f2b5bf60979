"""Two nodes behind nginx over one store of releases and one SPARQL engine: `python -m tests.benchmarks.nodes`.

On loopback: Oxigraph's server is the engine; two `annuaire serve` share a `var/`, as over NFS; nginx (Debian) stands
before them with `deploy/nginx.conf`. While clients ask, releases are published, then one node is killed, all its
processes at once, and started again. Each answer is compared with what its own release states: the name of a company
carries the number of its release. Printed: requests, failures, answers that mix two releases, for how long
the nodes differed. The exit code is 1 when there is a failure or a mixed answer.
"""

# ruff: noqa: T201 - it prints figures

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.benchmarks.servers import ROOT, free_port, oxigraph_empty
from tests.evaluation_fixture import descendants
from tests.nginx_fixture import nginx_before
from tests.projects.small import COMPANIES, SmallProject, assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "Alpha fictive version"
_SERVER = '\n[serveur]\nproxys = ["127.0.0.1"]\nhotes = ["annuaire.example"]\nmetriques = ""\njournal = false\n'
_PUBLISHED, _CLIENTS, _PAUSE = 6, 4, 0.005


@dataclass
class Answers:
    """What clients got: releases by the number that answers carry, failures, mixed answers, who served what when."""

    port: int
    paths: tuple[str, ...]
    stopped: threading.Event = field(default_factory=threading.Event)
    numbers: dict[str, str] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    mixed: list[str] = field(default_factory=list)
    seen: list[tuple[float, str]] = field(default_factory=list)

    def ask(self, first: int) -> None:
        """Ask for one path after another until told to stop, each time over a new connection."""
        number = first
        while not self.stopped.is_set():
            number, path = number + 1, self.paths[number % len(self.paths)]
            try:
                self._note(path, *self._get(path))
            except (OSError, http.client.HTTPException) as error:
                self.statuses[f"{path[:20]}: {type(error).__name__}"] += 1
            time.sleep(_PAUSE)

    def _get(self, path: str) -> tuple[int, str, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Accept": "text/csv, text/turtle;q=0.9, */*;q=0.1"})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Annuaire-Release", ""), answer.read()

    def _note(self, path: str, status: int, release: str, body: bytes) -> None:
        self.statuses[str(status) if status == http.HTTPStatus.OK else f"{path[:20]}: {status}"] += 1
        told = set(re.findall(rf"{_NAME} (\d+)", body.decode()))
        if status == http.HTTPStatus.OK:
            self.seen.append((time.monotonic(), release))
            if told != {self.numbers.setdefault(release, next(iter(told), ""))}:
                self.mixed.append(f"{path[:20]} {release}: {sorted(told)}")

    def failures(self) -> dict[str, int]:
        """Return what was not 200."""
        return {told: number for told, number in self.statuses.items() if told != "200"}


class Nodes:
    """The project, its releases, the engine, and the nodes that serve them."""

    def __init__(self, place: Path, engine: str) -> None:
        self.project: SmallProject = assemble(place / "projet")
        self.var, self._engine = place / "var", engine
        settings = self.project.path("annuaire.toml")
        text = re.sub(r"(?ms)^\[serveur\].*?(?=^\[|\Z)", "", settings.read_text(encoding="utf-8"))
        settings.write_text(text + _SERVER, encoding="utf-8")

    def publish(self, number: int) -> None:
        """Publish a release whose first company carries a number.

        Raises:
            CalledProcessError: it is refused.
        """
        self.project.set("nom", f"{_NAME} {number}")
        subprocess.run([*self._words("publish"), "--store", self._engine], cwd=ROOT, check=True, capture_output=True)

    @contextlib.contextmanager
    def serve(self, port: int) -> Iterator[int]:
        """Serve on a port; give the supervisor's number."""
        words = [*self._words("serve"), "--port", str(port), "--workers", "1"]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(port)
                yield process.pid
            finally:
                process.terminate()

    def _words(self, command: str) -> list[str]:
        where = ["--project", str(self.project.directory), "--var", str(self.var)]
        return [sys.executable, "-m", "endpoints.cli", command, *where]


def wait_for(port: int) -> None:
    """Wait until a node is ready."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.2)
    sys.exit("a node is not ready after a minute")


def kill(pid: int) -> int:
    """Kill a node, all its processes at once; return how many they were."""
    found = [pid, *descendants(pid)]
    for each in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    return len(found)


def overlap(answers: Answers) -> list[float]:
    """Return, for each release that replaced another, the seconds from its first answer to the last of the former."""
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for moment, release in answers.seen:
        first.setdefault(release, moment)
        last[release] = moment
    order = sorted(first, key=lambda release: first[release])
    return [max(0.0, last[before] - first[after]) for before, after in pairwise(order)]


def drill(place: Path, engine: str, seconds: float) -> Answers:
    """Serve by two nodes; publish, kill one and start it again, while clients ask; return what they got."""
    nodes = Nodes(place, engine)
    company = nodes.project.rows(COMPANIES)[0]["siren"]
    nodes.publish(1)
    query = f'SELECT ?n {{ ?c ?p ?n FILTER(STRSTARTS(STR(?n), "{_NAME}")) }}'
    paths = (
        f"/doc/entreprise/{company}.ttl",
        f"/sparql?query={quote(query)}",
        "/entreprises.csv",
        f"/doc/entreprise/{company}",
    )
    ports = [free_port(), free_port()]
    with nodes.serve(ports[0]), contextlib.ExitStack() as other:
        pid = other.enter_context(nodes.serve(ports[1]))
        with nginx_before(place, ports) as port:
            answers = Answers(port, paths)
            threads = [threading.Thread(target=answers.ask, args=(each,)) for each in range(_CLIENTS)]
            for thread in threads:
                thread.start()
            try:
                for number in range(2, _PUBLISHED + 1):
                    nodes.publish(number)
                    time.sleep(seconds)
                print(f"one node killed: {kill(pid)} processes at once")
                time.sleep(2 * seconds)
                other.enter_context(nodes.serve(ports[1]))
                time.sleep(2 * seconds)
            finally:
                answers.stopped.set()
                for thread in threads:
                    thread.join()
    return answers


def main() -> None:
    """Run the drill, and print what came of it."""
    parser = argparse.ArgumentParser(description="two nodes, one killed under load")
    parser.add_argument("--seconds", type=float, default=5.0, help="between two events")
    options = parser.parse_args()
    with TemporaryDirectory() as place, oxigraph_empty() as engine:
        answers = drill(Path(place), f"http://127.0.0.1:{engine.port}", options.seconds)
    answered, asked = answers.statuses["200"], sum(answers.statuses.values())
    print(f"requests answered: {answered:,} of {asked:,}; {len(answers.numbers)} releases")
    print(f"failures: {answers.failures() or 'none'}")
    print(f"mixed answers: {answers.mixed[:5] or 'none'}")
    print("both releases were served for", ", ".join(f"{each:.2f} s" for each in overlap(answers)))
    sys.exit(bool(answers.failures() or answers.mixed))


if __name__ == "__main__":
    main()
