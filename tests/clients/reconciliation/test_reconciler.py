"""A real client, PyPI's `reconciler`, gets its tables matched by a served instance."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
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
    done = subprocess.run([sys.executable, str(SCRIPT), address], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["plain"] == [[THING + COMPANY, True], [THING + LONELY, True], [None, False]]
    assert found["placed"] == [[THING + COMPANY, True], [THING + LONELY, False], [None, False]]
