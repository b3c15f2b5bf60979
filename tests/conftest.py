"""What tests share: a small project, its release, and the release of the repository's own data."""

from __future__ import annotations

import fcntl
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from publisher.errors import ReleaseError
from publisher.graphs import read_turtle
from publisher.pipeline import publish
from publisher.project import Project, load_project
from publisher.release import Release, current_release
from tests.projects.small import ROOT, SmallProject, assemble
from tests.projects.tiny import TinyProject, assemble_tiny
from tests.service_fixture import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdflib import Graph

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the hundreds of processes that tests start compile nothing twice
settings.register_profile(
    "annuaire",
    deadline=None,
    derandomize=True,
    max_examples=50,
    # A property that writes files shares one directory between its examples, on purpose.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("annuaire")

Published = tuple[Project, Path, Release]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have what takes long alone begin before other tests: else one process works at the end, and the others wait."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Leave what is loaded out of the garbage collector's rounds: half of their time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Give it back: libraries complain at the end of what was never let go."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shapes() -> Graph:
    """Give the shapes of the first instance, which nobody changes."""
    return read_turtle(*load_project(ROOT).shape_files())


@pytest.fixture
def small_project(tmp_path: Path) -> SmallProject:
    """Give a small project directory of the test's own."""
    return assemble(tmp_path / "petit")


@pytest.fixture
def tiny_project(tmp_path: Path) -> TinyProject:
    """Give a project of one table, described and filled by the test itself."""
    return assemble_tiny(tmp_path / "minuscule")


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Give the small project as published once for all tests (project, var, release)."""

    def prepare(directory: Path) -> Path:
        return directory / "petit" if (directory / "petit").is_dir() else assemble(directory / "petit").directory

    return _published_once(tmp_path_factory, "petite-version", prepare)


@pytest.fixture(scope="session")
def real_release(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Give the repository's own data as published once for all tests (project, var, release)."""
    return _published_once(tmp_path_factory, "vraie-version", lambda _: ROOT)


@pytest.fixture(scope="session")
def real_service(real_release: Published) -> Iterator[str]:
    """Give the address where the repository's own data are served, to tests of the group `real_release`."""
    project, var, _ = real_release
    with served(project, var) as address:
        yield address


def _published_once(factory: pytest.TempPathFactory, name: str, prepare: Callable[[Path], Path]) -> Published:
    """Publish in a directory that all workers of a run share; the first one to come does the work."""
    base = factory.getbasetemp()
    directory = (base.parent if base.name.startswith("popen-") else base) / name
    directory.mkdir(exist_ok=True)
    var = directory / "var"
    with (directory / "verrou").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project = load_project(prepare(directory))
        try:
            release = current_release(var)
        except ReleaseError:
            release = publish(project, var, lambda _: None).release
    return project, var, release
