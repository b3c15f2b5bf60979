"""The health of the service: what is broken is told from what is only busy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from endpoints.app import create_app
from endpoints.evaluation import client as evaluation
from endpoints.evaluation.errors import EvaluationUnavailableError
from endpoints.runtime import REFUSED, SERVED
from publisher.project import load_project
from publisher.release import MANIFEST
from tests.release_fixture import ROOT, write_release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

IDLE = {"busy": 0, "queued": 0, "workers": 3}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a release; return its directory."""
    directory = tmp_path_factory.mktemp("version")
    write_release(directory)
    return directory / "essai-1"


@pytest.fixture
def client(written: Path, tmp_path: Path) -> FlaskClient:
    """Return a client of the application, which serves the release."""
    (tmp_path / SERVED).symlink_to(written)
    return create_app(load_project(ROOT), tmp_path).test_client()


def _told(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, **pool: int) -> tuple[int, dict[str, Any]]:
    monkeypatch.setattr(evaluation, "health", lambda _: IDLE | pool)
    answer = client.get("/health")
    assert (answer.data, answer.headers["Cache-Control"]) == (client.get("/health/ready").data, "no-store")
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize(
    ("pool", "status", "reason"),
    [
        ({}, "ok", None),
        ({"busy": 2}, "ok", None),
        ({"busy": 3}, "busy", "queries"),
        ({"busy": 3, "queued": 9}, "busy", "queries"),
    ],
)
def test_a_busy_pool_is_no_failure(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, pool: dict[str, int], status: str, reason: str | None
) -> None:
    """While all query processes work the service is busy, with 200: it must not be restarted for that."""
    code, told = _told(client, monkeypatch, **pool)
    assert (code, told["status"], told.get("reason")) == (200, status, reason)
    assert told["release"] == "essai-1"


def test_a_pool_that_is_gone_is_a_failure(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody evaluates queries the answer is 503 and says so."""

    def fail(_: object) -> None:
        raise EvaluationUnavailableError

    monkeypatch.setattr(evaluation, "health", fail)
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "evaluation")
    assert client.get("/health/live").status_code == 200


def test_a_broken_release_is_a_failure(client: FlaskClient, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the release's files are taken away, even while the service has them open, the answer is 503 and says so."""
    assert _told(client, monkeypatch)[0] == 200
    aside = (written / MANIFEST).rename(written / "aside")
    code, told = _told(client, monkeypatch)
    aside.rename(written / MANIFEST)
    assert (code, told["status"], told["reason"]) == (503, "unavailable", "release")
    assert "essai-1" in told["detail"]["fr"]


def test_a_release_refused_is_told(client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a newer release cannot be served, the one before is, and the answer says which one and why."""
    said = {"release": "essai-2", "detail": {"fr": "abîmée", "en": "damaged"}}
    (tmp_path / REFUSED).write_text(json.dumps(said), encoding="utf-8")
    code, told = _told(client, monkeypatch, busy=3)
    assert (code, told["status"], told["reason"], told["refused"]) == (200, "degraded", "refused", said)


def test_nothing_served_is_a_failure(client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a release there is nothing to serve: 503."""
    (tmp_path / SERVED).unlink()
    code, told = _told(client, monkeypatch)
    assert (code, told["reason"]) == (503, "release")
