"""The process tree of `annuaire serve`: it starts, follows the releases, replaces what dies, leaves nothing."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from endpoints.server import PortBusyError, serve
from publisher.errors import ReleaseError
from publisher.project import load_project
from tests.evaluation_fixture import ENDLESS, POINT, alive, descendants, eventually, running_command, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("server")

ROOT = Path(__file__).parents[1]
_CODE = """
import sys
from pathlib import Path
from endpoints.server import serve
from publisher.project import load_project
serve(load_project(Path(sys.argv[1])), Path(sys.argv[2]), host="127.0.0.1", port=0, workers=2)
"""
QUERY = f"/sparql?format=csv&query={quote(POINT)}"


@dataclass
class Running:
    """A running `serve`: its process, its port, its `var` and the directory where it keeps its runtime."""

    process: subprocess.Popen[str]
    port: int
    var: Path
    temporary: Path

    def get(self, path: str = QUERY) -> tuple[int, str, str]:
        """Return status, release named and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.headers.get("Annuaire-Release", ""), response.read().decode()
        finally:
            connection.close()

    def answers(self, release: str) -> bool:
        """Return whether a point query is answered from a release."""
        try:
            status, name, body = self.get()
        except (OSError, http.client.HTTPException):
            return False
        return (status, name, body) == (200, release, "o\r\nfictif 7\r\n")

    def children(self, word: str) -> set[int]:
        """Return the descendants whose command line holds a word."""
        return running_command(self.process.pid, word)


@contextmanager
def serving(directory: Path) -> Iterator[Running]:
    """Run `serve` over a fictitious release; whatever the test did to it, no process and no directory is left."""
    var, temporary = directory / "var", directory / "tmp"
    temporary.mkdir()
    write_release(var, 1, things=50)
    command = [sys.executable, "-W", "error", "-c", _CODE, str(ROOT), str(var)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        pids = descendants(process.pid)
        try:
            assert line.startswith("http://127.0.0.1:"), line
            yield Running(process, int(line.split()[0].rpartition(":")[2]), var, temporary)
            pids |= descendants(process.pid)
        finally:
            process.terminate()
            code = process.wait(30)
    assert eventually(lambda: not any(alive(pid) for pid in pids)), "a process is left"
    if code == 0:
        assert list(temporary.iterdir()) == [], "the runtime directory is left"


def test_it_serves_until_told_to_stop(tmp_path: Path) -> None:
    """Pages and queries are answered; SIGTERM ends every process and removes the runtime directory."""
    with serving(tmp_path) as running:
        assert running.answers("fictif-1")
        assert running.get("/health/live")[0] == 200
        assert len(running.children("fork_server")) >= 2
    assert running.process.returncode == 0


def test_interrupt_is_a_clean_end(tmp_path: Path) -> None:
    """SIGINT, as Ctrl-C sends it, is as clean, even while a query runs."""
    with serving(tmp_path) as running:
        thread = threading.Thread(target=_try, args=(running, f"/sparql?query={quote(ENDLESS)}"))
        thread.start()
        time.sleep(0.2)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 0
        thread.join(20)


def test_new_release_is_served_without_a_gap(tmp_path: Path) -> None:
    """A release that becomes current is served within seconds; no request fails meanwhile, the old server ends."""
    with serving(tmp_path) as running:
        before = set(running.children("fork_server"))
        outcomes: list[tuple[int, str]] = []
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set():
                status, name, body = running.get()
                outcomes.append((status, name if "fictif 7" in body else body))

        thread = threading.Thread(target=load)
        thread.start()
        write_release(running.var, 2, things=50)
        try:
            assert eventually(lambda: running.answers("fictif-2"), 10)
        finally:
            stop.set()
            thread.join()
        assert set(outcomes) == {(200, "fictif-1"), (200, "fictif-2")} or set(outcomes) == {(200, "fictif-1")}
        assert eventually(lambda: not any(alive(pid) for pid in before), 15)


def test_damaged_release_is_not_switched_to(tmp_path: Path) -> None:
    """A release that cannot be loaded changes nothing: the one served stays, and its health says what was refused."""
    with serving(tmp_path) as running:
        release = write_release(tmp_path / "autre", 2, things=5)
        (release.directory / "catalog.nt").write_text("abîmé\n", encoding="utf-8")
        target = running.var / "releases" / release.name
        release.directory.rename(target)
        link = running.var / "lien"
        link.symlink_to(Path("releases") / release.name)
        link.replace(running.var / "current")
        assert eventually(lambda: json.loads(running.get("/health")[2])["status"] == "degraded")
        assert json.loads(running.get("/health")[2])["refused"]["release"] == release.name
        assert running.answers("fictif-1")


def test_dead_processes_are_replaced(tmp_path: Path) -> None:
    """A web process or an evaluation server that is killed is replaced; the service answers again."""
    with serving(tmp_path) as running:
        web = running.children("spawn_main")
        assert len(web) == 2
        os.kill(min(web), signal.SIGKILL)
        assert eventually(lambda: running.answers("fictif-1"), 10)
        assert eventually(lambda: len(running.children("spawn_main")) == 2, 10)
        server = min(running.children("fork_server"))
        os.kill(server, signal.SIGKILL)
        assert eventually(lambda: server not in running.children("fork_server"), 5)
        assert eventually(lambda: running.answers("fictif-1"), 10)


def test_nothing_survives_a_kill(tmp_path: Path) -> None:
    """When the first process is killed outright, every other one goes away by itself."""
    with serving(tmp_path) as running:
        pids = descendants(running.process.pid)
        running.process.kill()
        running.process.wait()
        assert eventually(lambda: not any(alive(pid) for pid in pids), 15)


def test_busy_port_is_said_in_both_languages(tmp_path: Path) -> None:
    """A port that another program holds is an error that says what to do."""
    write_release(tmp_path, things=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(PortBusyError) as caught:
            serve(load_project(ROOT), tmp_path, host="127.0.0.1", port=taken.getsockname()[1], workers=1)
        assert "--port" in caught.value.texts["fr"]
        assert "--port" in caught.value.texts["en"]


def test_two_servers_never_share_a_port(tmp_path: Path) -> None:
    """A second server on the same port is refused from the moment the first one has it."""
    with serving(tmp_path) as running, pytest.raises(PortBusyError):
        serve(load_project(ROOT), running.var, host="127.0.0.1", port=running.port, workers=1)


def test_nothing_published_is_an_error(tmp_path: Path) -> None:
    """Without a release there is nothing to serve, and the error says so."""
    with pytest.raises(ReleaseError):
        serve(load_project(ROOT), tmp_path, host="127.0.0.1", port=0, workers=1)


def _try(running: Running, path: str) -> None:
    try:
        running.get(path)
    except (OSError, http.client.HTTPException):
        return
