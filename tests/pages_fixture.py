"""A client of the application that serves the small release of `release_fixture`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from endpoints.app import create_app
from tests.release_fixture import write_release

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client that keeps no cookie: every request stands alone."""
    runtime = tmp_path_factory.mktemp("runtime")
    app = create_app(write_release(runtime), runtime)
    return app.test_client(use_cookies=False)


def read_graph(data: bytes, name: str) -> Graph:
    """Return the graph that rdflib reads in a format."""
    with warnings.catch_warnings():
        # rdflib's own JSON-LD reader still uses a class that rdflib deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=data, format=name)
