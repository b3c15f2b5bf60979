"""`annuaire serve` over a published release, as an operator starts it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.project import Project


@contextmanager
def served(project: Project, var: Path) -> Iterator[str]:
    """Serve a release on a free port for the time of a block; give its address, which the server prints."""
    command = [sys.executable, "-m", "endpoints.cli", "serve", "--project", str(project.directory), "--var", str(var)]
    with subprocess.Popen([*command, "--port", "0", "--workers", "1"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            assert line.startswith("http://127.0.0.1:"), line
            yield line.split()[0].rstrip("/")
        finally:
            server.terminate()
            server.wait(30)
