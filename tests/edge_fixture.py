"""A running `annuaire serve` over a fictitious release, with limits of the test's own, and plain HTTP to it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.evaluation_fixture import alive, descendants, eventually, running_command, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
_CODE = """
import sys
from pathlib import Path
from endpoints.server import serve
from publisher.project import load_project
serve(load_project(Path(sys.argv[1])), Path(sys.argv[2]), host="127.0.0.1", port=0, workers=int(sys.argv[3]))
"""


@dataclass(frozen=True)
class Answered:
    """An answer: status, headers (names in lower case), body, and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    var: Path
    log: Path

    @property
    def address(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self.port}/sparql"

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answered:
        """Send a request; underscores in header names stand for hyphens."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, found, body, time.monotonic() - began)

    def ask(self, query: str, method: str = "GET", *, accept: str = "text/csv", **headers: str) -> Answered:
        """Send a query in the address."""
        return self.request(method, f"/sparql?{urlencode({'query': query})}", None, Accept=accept, **headers)

    def connect(self, sent: bytes) -> socket.socket:
        """Open a connection and send bytes as they are."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(sent)
        return connection

    def processes(self, word: str) -> set[int]:
        """Return the service's processes whose command line holds a word."""
        return running_command(self.process.pid, word)

    def busy(self) -> int:
        """Return how many processes of the service have used the processor in the last moment."""
        before = {pid: _used(pid) for pid in self.processes("fork_server")}
        time.sleep(0.15)
        return sum(_used(pid) - used > _BUSY_TICKS for pid, used in before.items())


_BUSY_TICKS = 3


def _used(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def write_project(directory: Path, settings: str) -> Path:
    """Write a project like this repository's with further settings."""
    directory.mkdir(parents=True)
    for name in ("ontology", "data", "shapes"):
        (directory / name).symlink_to(ROOT / name)
    text = (ROOT / "annuaire.toml").read_text(encoding="utf-8").partition("[sparql]")[0]
    (directory / "annuaire.toml").write_text(f"{text}\n{settings}", encoding="utf-8")
    return directory


@contextmanager
def running_service(
    directory: Path, settings: str, *, workers: int = 1, things: int = 20_000, quads: str = ""
) -> Iterator[Service]:
    """Run the service for the time of a block; no process is left at the end."""
    project, var, log = write_project(directory / "projet", settings), directory / "var", directory / "journal"
    write_release(var, 1, things=things, quads=quads)
    command = [sys.executable, "-W", "error", "-c", _CODE, str(project), str(var), str(workers)]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT, env={**os.environ}
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line.startswith("http://127.0.0.1:"), log.read_text()
            yield Service(process, int(line.split()[0].rpartition(":")[2]), var, log)
        finally:
            pids = descendants(process.pid)
            process.terminate()
            process.wait(30)
    assert eventually(lambda: not any(alive(pid) for pid in pids)), "a process is left"
