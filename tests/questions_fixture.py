"""The application over a release, with the release's evaluation server: questions are answered as in service."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from endpoints.app import create_app
from endpoints.evaluation.launch import start_evaluation
from endpoints.evaluation.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from publisher.project import Project
    from publisher.release import Release


@contextmanager
def answering(project: Project, release: Release, runtime: Path) -> Iterator[FlaskClient]:
    """Give a client of the application that serves a release; it keeps no cookie."""
    (runtime / "served").symlink_to(release.directory)
    server = start_evaluation(release, runtime / f"{release.name}.sock", Limits(workers=1))
    try:
        yield create_app(project, runtime).test_client(use_cookies=False)
    finally:
        server.stop()
