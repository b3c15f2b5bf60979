"""docs/clients.md says what is true: each of its Python blocks is run against a served instance."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("real_release")

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
LOCAL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def address(real_release: Published) -> Iterator[str]:
    """Serve the repository's own data on a free port."""
    project, var, _ = real_release
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "endpoints.cli", "serve", "--project", str(project.directory), "--var", str(var)]
    with subprocess.Popen([*command, "--port", str(port), "--workers", "1"], stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python_block_runs(block: str, address: str) -> None:
    """Each Python block runs as it stands and prints something."""
    done = subprocess.run(
        [sys.executable, "-c", block.replace(LOCAL, address)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("line", [line for block in SHELL for line in block.splitlines()])
def test_shell_line_answers(line: str, address: str) -> None:
    """Each line of shell answers."""
    words = shlex.split(line.replace(LOCAL, address))
    program = shutil.which(words[0])
    assert program, "curl is missing: .ci/run installs it"
    done = subprocess.run([program, "-f", *words[1:]], capture_output=True, check=True, timeout=30)
    assert len(done.stdout.splitlines()) > 1


def test_every_client_named_is_shown() -> None:
    """The page shows SPARQLWrapper, rdflib's store and pandas from Python, and R."""
    code = "".join(PYTHON)
    for name in ("SPARQLWrapper(", "SPARQLStore(", "pandas.read_csv("):
        assert name in code
    assert PAGE.count("```r\n") >= 2
