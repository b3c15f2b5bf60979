"""Endpoints that ours is compared with besides Oxigraph's: Virtuoso (Debian) and rdflib-endpoint (PyPI)."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import venv
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit

from publisher.store.dialects import dialect
from publisher.store.remote import RemoteStore
from publisher.store.transport import PASSWORD_VARIABLE, USER_VARIABLE
from tests.benchmarks.servers import Server, free_port, running
from tests.contract.engines import VIRTUOSO_ACCOUNT, virtuoso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GRAPH = "https://fictif.example/graphe"
_BUFFERS = 170_000
"""Pages of 8 kB: what Virtuoso's own settings advise for 2 GB."""

_PIECE = 1 << 20


def install(directory: Path, *packages: str) -> Path:
    """Return the programs of an environment that holds some packages of PyPI; made if it is not there."""
    programs = directory / "bin"
    if not (directory / ".installed").exists():
        venv.create(directory, clear=True, with_pip=True)
        command = [str(programs / "python"), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, *packages], check=True, stdout=sys.stderr)
        (directory / ".installed").touch()
    return programs


def version_of(programs: Path, package: str) -> str:
    """Return the version of a package in an environment."""
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run(
        [str(programs / "python"), "-I", "-c", asked], check=True, capture_output=True, text=True
    ).stdout.strip()


@contextlib.contextmanager
def rdflib_endpoint(graph: Path, directory: Path, seconds: float) -> Iterator[Server]:
    """Run rdflib-endpoint on a file, in memory, from an environment of its own; it has so long to read the file."""
    programs, port = install(directory / "rdflib-endpoint", "rdflib-endpoint[cli]==0.6.3"), free_port()
    command = [str(programs / "rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port), str(graph)]
    with running(command, port, patience=seconds) as pid:
        yield Server(f"rdflib-endpoint {version_of(programs, 'rdflib-endpoint')}", pid, port, "/")


@contextlib.contextmanager
def virtuoso_server(graph: Path, directory: Path, seconds: int) -> Iterator[Server]:
    """Run Virtuoso, and load a file into it; a query may take so many seconds."""
    directory.mkdir(parents=True, exist_ok=True)
    for left in directory.glob("virtuoso*"):
        left.unlink()
    account = dict(zip((USER_VARIABLE, PASSWORD_VARIABLE), VIRTUOSO_ACCOUNT, strict=True))
    with virtuoso(directory, seconds, _BUFFERS) as address:
        with patch.dict(os.environ, account), graph.open("rb") as content:
            RemoteStore(address, dialect("virtuoso")).load(GRAPH, iter(lambda: content.read(_PIECE), b""))
        told = subprocess.run(["virtuoso-t", "-?"], check=False, capture_output=True, text=True)
        version = re.search(r"Version ([\d.]+)", told.stdout + told.stderr)
        yield Server(f"virtuoso {version[1] if version else '7'}", 0, urlsplit(address).port or 0, "/sparql")
