"""The servers that are compared: ours, and Oxigraph's own on disk and in memory, on one release, on loopback."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.evaluation_fixture import descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.release import Release

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running server and the path of its endpoint."""

    name: str
    pid: int
    port: int
    path: str

    def address(self, query: str) -> str:
        """Return the path that asks a query."""
        return f"{self.path}?query={quote(query)}"

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def memory(self) -> int:
        """Return the bytes that its web processes hold for themselves, the evaluation server's left out."""
        total = 0
        for pid in {self.pid, *descendants(self.pid)}:
            with contextlib.suppress(OSError):
                if "fork_server" not in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"):
                    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
                    total += int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
        return total


@contextlib.contextmanager
def our_server(project: Path, var: Path, workers: int = 2) -> Iterator[Server]:
    """Run `annuaire serve`."""
    port = free_port()
    command = [sys.executable, "-m", "endpoints.cli", "serve", "--project", str(project), "--var", str(var)]
    with running([*command, "--port", str(port), "--workers", str(workers)], port) as pid:
        yield Server("annuaire", pid, port, "/sparql")


@contextlib.contextmanager
def oxigraph_on_disk(release: Release) -> Iterator[Server]:
    """Run Oxigraph's server on a copy of the release's store."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(release.store, Path(directory) / "store")
        arguments = ["serve-read-only", "--location", str(Path(directory) / "store")]
        with _oxigraph(arguments) as (pid, port):
            yield Server("oxigraph, disk", pid, port, "/query")


@contextlib.contextmanager
def oxigraph_empty() -> Iterator[Server]:
    """Run Oxigraph's server in memory, with nothing in it."""
    with _oxigraph(["serve"]) as (pid, port):
        yield Server("oxigraph, memory", pid, port, "/query")


@contextlib.contextmanager
def oxigraph_in_memory(release: Release) -> Iterator[Server]:
    """Run Oxigraph's server in memory, and load the release's graph into it."""
    with oxigraph_empty() as server:
        for path in release.graph_files:
            connection = server.connect()
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            connection.request("POST", "/store?default", data, {"Content-Type": "application/n-triples"})
            assert connection.getresponse().status < 300, "the graph was not loaded"
            connection.close()
        yield server


@contextlib.contextmanager
def _oxigraph(arguments: list[str]) -> Iterator[tuple[int, int]]:
    port = free_port()
    program = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    with running([program, *arguments, "--bind", f"127.0.0.1:{port}"], port) as pid:
        yield pid, port


@contextlib.contextmanager
def running(
    command: list[str], port: int, *, patience: float = 60, environment: dict[str, str] | None = None
) -> Iterator[int]:
    """Run a server until the end of the block; begin once it listens, after so many seconds at the latest."""
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            until = time.monotonic() + patience
            while time.monotonic() < until and process.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def graph_file(release: Release, directory: Path) -> Path:
    """Write the release's graph as one N-Triples file; return it."""
    path = directory / "graphe.nt"
    with path.open("wb") as whole:
        for part in release.graph_files:
            with gzip.open(part) if part.suffix == ".gz" else part.open("rb") as content:
                shutil.copyfileobj(content, whole)
    return path


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
