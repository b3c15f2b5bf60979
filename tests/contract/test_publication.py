"""A release published into real engines, and served from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from endpoints.evaluation.frames import QueryRequest
from endpoints.remote import evaluate_remote
from endpoints.runtime import SERVED
from publisher.errors import StoreError
from publisher.pipeline import publish
from publisher.project import load_project
from publisher.release import current_release, list_releases
from publisher.store.dialects import Dialect
from publisher.store.remote import RemoteStore, open_remote
from publisher.store.transport import PASSWORD_VARIABLE, USER_VARIABLE
from tests.contract.engines import VIRTUOSO_ACCOUNT
from tests.misbehaving import misbehaving
from tests.projects.small import COMPANIES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Servers
    from tests.projects.small import SmallProject
    from tests.projects.tiny import TinyProject

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.xdist_group(kind)) for kind in ("oxigraph", "virtuoso")])
def engine(request: pytest.FixtureRequest, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> RemoteStore:
    """Return each engine."""
    if request.param == "virtuoso":
        for name, value in zip((USER_VARIABLE, PASSWORD_VARIABLE), VIRTUOSO_ACCOUNT, strict=True):
            monkeypatch.setenv(name, value)
    return open_remote(servers.address(request.param))


def test_publish_and_serve(
    engine: RemoteStore, small_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release goes whole into a graph of its own; the service answers from there, and needs no account for it."""
    small_project.keep(COMPANIES)
    small_project.skip_gate()
    project, var = load_project(small_project.directory), tmp_path / "var"
    first = publish(project, var, lambda _: None, store=engine)
    record = first.release.manifest["store"]
    assert record == {
        "url": engine.url,
        "kind": engine.engine.kind,
        "graph": f"{project.base_uri}/id/release/{first.release.name}",
    }
    assert not publish(project, var, lambda _: None, store=engine).fresh
    second = publish(project, var, lambda _: None, store=engine, force=True)
    assert second.release.manifest["store"]["graph"] != record["graph"]
    for name in (USER_VARIABLE, PASSWORD_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for release in (second.release, first.release):  # forward, then rolled back
        (runtime / SERVED).unlink(missing_ok=True)
        (runtime / SERVED).symlink_to(release.directory)
        client = create_app(project, runtime).test_client()
        answer = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": "text/csv"})
        held = int(evaluate_remote(release, QueryRequest(COUNT, "csv")).read().split()[1])
        assert (answer.status_code, int(answer.data.split()[1])) == (200, held)
        assert held >= release.manifest["triples"]


def test_refusing_engine(tiny_project: TinyProject, tmp_path: Path) -> None:
    """An engine that does not take the release stops the publication; what was published stays."""
    project, var = load_project(tiny_project.directory), tmp_path / "var"
    before = publish(project, var, lambda _: None).release
    with misbehaving() as wrong, pytest.raises(StoreError):
        publish(project, var, lambda _: None, store=RemoteStore(f"{wrong.address}/error", Dialect("sparql")))
    assert current_release(var).name == before.name
    assert [release.name for release in list_releases(var)] == [before.name]
