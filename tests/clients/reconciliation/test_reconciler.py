"""A real client, PyPI's `reconciler`, gets its tables matched by a served instance.

It needs pandas, too heavy for every run; install it (`pip install reconciler`) in this environment, or name the
Python of another one in RECONCILER_PYTHON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from endpoints.app import create_app
from tests.release_fixture import COMPANY, LONELY, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_name("match_table.py")
THING = "https://annuaire.example/id/entreprise/"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve the small release on a free port."""
    server = make_server("127.0.0.1", 0, create_app(write_release(tmp_path), tmp_path), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/reconcile"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_table_is_matched(address: str) -> None:
    """Names in another guise are matched; a département that disagrees, or an unknown name, is not."""
    python = os.environ.get("RECONCILER_PYTHON")
    if not python and not find_spec("reconciler"):
        pytest.skip("the client « reconciler » is not installed here, and RECONCILER_PYTHON is not set")
    done = subprocess.run(
        [python or sys.executable, str(SCRIPT), address], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["plain"] == [[THING + COMPANY, True], [THING + LONELY, True], [None, False]]
    assert found["placed"] == [[THING + COMPANY, True], [THING + LONELY, False], [None, False]]
