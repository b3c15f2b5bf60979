"""docs/clients.md says what is true: each of its Python blocks is run against a served instance."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("real_release")

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
LOCAL = "http://127.0.0.1:8000"


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python_block_runs(block: str, real_service: str) -> None:
    """Each Python block runs as it stands and prints something."""
    done = subprocess.run(
        [sys.executable, "-c", block.replace(LOCAL, real_service)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("line", [line for block in SHELL for line in block.splitlines()])
def test_shell_line_answers(line: str, real_service: str) -> None:
    """Each line of shell answers."""
    words = shlex.split(line.replace(LOCAL, real_service))
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
