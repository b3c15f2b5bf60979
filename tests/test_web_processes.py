"""Web processes that are replaced leave nothing in the runtime directory, and take nothing of others with them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from endpoints.runtime import SETTINGS, leaving_file, ready_file
from endpoints.web_processes import WebProcesses
from publisher.project import load_project
from tests.release_fixture import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_files_of_those_that_have_left_go_alone(tmp_path: Path) -> None:
    """A server whose number begins with that of one that has left keeps its files."""
    web = WebProcesses(load_project(ROOT), tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as left:
        left.wait()
        other = left.pid * 10
        for name in (leaving_file(left.pid), ready_file(1, left.pid), ready_file(2, other)):
            (tmp_path / name).touch()
        web._dismiss(left, 0)
        web.tend()
    assert {path.name for path in tmp_path.iterdir()} == {SETTINGS, ready_file(2, other)}
