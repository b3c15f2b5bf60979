"""A code that is no more leads to the thing that replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from tests.conftest import Published


@pytest.fixture
def client(small_release: Published, tmp_path: Path) -> FlaskClient:
    """Serve the small release without its query processes."""
    project, _, release = small_release
    (tmp_path / "served").symlink_to(release.directory)
    return create_app(project, tmp_path).test_client()


@pytest.mark.parametrize("ending", ["", ".ttl", ".html"])
def test_a_former_commune_code_leads_to_the_current_commune(client: FlaskClient, ending: str) -> None:
    """The document of a former code answers 301 to the current commune's, in the same representation."""
    answer = client.get(f"/doc/commune/69232{ending}", headers={"Accept": "text/turtle"})
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/doc/commune/69123{ending}"
