"""The application serves the release that the link names, and says whether it is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoints.app import create_app
from publisher.project import load_project
from tests.release_fixture import COMPANY, ROOT, write_release

if TYPE_CHECKING:
    from pathlib import Path


def test_switch_is_seen_by_the_next_request(tmp_path: Path) -> None:
    """When the link moves, the next answer names the other release, with another validator."""
    client = create_app(write_release(tmp_path, 1), tmp_path).test_client()
    before = client.get(f"/doc/entreprise/{COMPANY}")
    write_release(tmp_path, 2)
    after = client.get(f"/doc/entreprise/{COMPANY}", headers={"If-None-Match": before.headers["ETag"]})
    assert (before.headers["Annuaire-Release"], after.headers["Annuaire-Release"]) == ("essai-1", "essai-2")
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


def test_ready_needs_a_release_and_its_evaluation_server(tmp_path: Path) -> None:
    """Live at once; ready only once a release is open and its query server answers: the reason is told."""
    client = create_app(load_project(ROOT), tmp_path).test_client()
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.get("/doc/departement/69").status_code == 503
    write_release(tmp_path)
    assert client.get("/health/ready").status_code == 503
    (tmp_path / "essai-1.sock").touch()
    assert client.get("/health/ready").get_json()["reason"] == "evaluation"
