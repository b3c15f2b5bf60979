"""The application serves the release that the link names, and says whether it is ready."""

from __future__ import annotations

import gc
import shutil
from typing import TYPE_CHECKING

from endpoints import searching
from endpoints.app import create_app
from endpoints.searching import SearchIndex, open_index
from endpoints.serving import OpenRelease
from publisher.graphs import no_collection
from publisher.project import load_project
from publisher.release import SEARCH
from tests.release_fixture import COMPANY, ROOT, write_release

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


def held(kind: type) -> list[str]:
    """Return which releases, or indexes, this process holds."""
    return [str(getattr(each, "name", id(each))) for each in gc.get_objects() if issubclass(type(each), kind)]


def test_former_releases_are_let_go(tmp_path: Path) -> None:
    """No request keeps a store open but of the release served and the one before; indexes go with the collector."""
    (runtime := tmp_path / "lieu").mkdir()
    app = create_app(write_release(runtime, 100), runtime)
    paths = (
        f"/doc/entreprise/{COMPANY}.html",
        "/entreprises.html?q=fictive",
        "/entreprises.csv",
        "/releases.html",
        "/",
    )
    queries = {"queries": '{"q":{"query":"fictive","properties":[{"pid":"departement","v":"69"}]}}'}
    with no_collection():
        stores, indexes = held(OpenRelease), held(SearchIndex)
        for number in range(101, 106):
            write_release(runtime, number)
            for path in paths:
                app.test_client().get(path).close()
            app.test_client().post("/reconcile", data=queries).close()
        assert set(held(OpenRelease)) - set(stores) == {"essai-104", "essai-105"}
    gc.collect()
    assert len(held(SearchIndex)) - len(indexes) <= 2


def test_a_lock_put_back_meanwhile_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the search library still writes beside the links as they are removed fails no request, and goes too."""
    write_release(tmp_path)
    (place := tmp_path / "liens").mkdir()
    removed: list[Path] = []

    def remove(links: Path, *, ignore_errors: bool) -> None:
        shutil.rmtree(links, ignore_errors=ignore_errors)
        removed.append(links)
        if len(removed) == 1:
            links.mkdir()
            (links / ".tantivy-meta.lock").touch()

    monkeypatch.setattr(searching, "rmtree", remove)
    assert open_index(tmp_path / "essai-1" / SEARCH, place).searcher.num_docs > 0
    assert list(place.iterdir()) == []
