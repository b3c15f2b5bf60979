"""Real engines for the contract tests: on loopback and free ports, in folders of their own, ended with the tests."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.installs import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERY_SECONDS = 4
VIRTUOSO_ACCOUNT = ("dba", "dba")
_START_SECONDS = 30
_VIRTUOSO_SETTINGS = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CaseMode = 2
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 5
ServerRoot = .
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = {seconds}
"""


@contextlib.contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    """Run Oxigraph's own server; yield its address."""
    port = free_port()
    command = [find_program("oxigraph", "Oxigraph is missing: pip install oxigraph"), "serve"]
    command += ["--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    with _running([*command, "--timeout-s", str(QUERY_SECONDS)], folder, f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def virtuoso(folder: Path, seconds: int = QUERY_SECONDS, buffers: int = 8_000) -> Iterator[str]:
    """Run Virtuoso 7 with a fresh database, so many seconds a query, so many pages in memory; yield its address."""
    virtuoso_t = find_program("virtuoso-t", "Virtuoso is missing: apt-get install virtuoso-opensource-7-bin")
    http, sql = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(
        _VIRTUOSO_SETTINGS.format(http=http, sql=sql, seconds=seconds, buffers=buffers, dirty=3 * buffers // 4)
    )
    command = [virtuoso_t, "+foreground", "+configfile", str(settings)]
    with _running(command, folder, f"http://127.0.0.1:{http}/sparql?query=ASK%7B%7D"):
        yield f"http://127.0.0.1:{http}"


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], folder: Path, address: str) -> Iterator[None]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            _wait(process, address, folder / "output")
            yield
        finally:
            process.kill()  # the database is thrown away
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: str, output: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(address, timeout=2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{process.args!r}: {output.read_text(errors='replace')}")
            time.sleep(0.1)
        else:
            return
