"""Every store, for every test of the contract: `store` is each of them in turn, each server started once."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from publisher.store.dialects import Dialect
from publisher.store.oxigraph import EmbeddedStore
from publisher.store.remote import RemoteStore, open_remote
from publisher.store.transport import PASSWORD_VARIABLE, USER_VARIABLE
from tests.contract.engines import VIRTUOSO_ACCOUNT, oxigraph, virtuoso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.store.base import Store

KINDS = {"memory": "memory", "disk": "disk", "oxigraph": "oxigraph", "updates": "oxigraph", "virtuoso": "virtuoso"}
"""The stores, and the process each needs. `updates` is Oxigraph's server through queries and updates alone."""

_numbers = itertools.count(1)


class Servers:
    """The addresses of the servers that tests have asked for."""

    def __init__(self, factory: pytest.TempPathFactory, stack: ExitStack) -> None:
        self._factory, self._stack = factory, stack
        self._addresses: dict[str, str] = {}

    def address(self, kind: str) -> str:
        """Return a server's address; start it if it does not run yet."""
        start = {"oxigraph": oxigraph, "virtuoso": virtuoso}[kind]
        if kind not in self._addresses:
            folder = self._factory.mktemp(kind)
            self._addresses[kind] = self._stack.enter_context(start(folder))
        return self._addresses[kind]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start servers when asked to, end them with the session."""
    with ExitStack() as stack:
        yield Servers(tmp_path_factory, stack)


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.xdist_group(group)) for kind, group in KINDS.items()])
def store(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store of each kind."""
    kind = request.param
    if kind == "memory":
        return EmbeddedStore()
    if kind == "disk":
        return EmbeddedStore(tmp_path / "graphs")
    if kind == "virtuoso":
        for name, value in zip((USER_VARIABLE, PASSWORD_VARIABLE), VIRTUOSO_ACCOUNT, strict=True):
            monkeypatch.setenv(name, value)
        return open_remote(servers.address("virtuoso"))
    address = servers.address("oxigraph")
    return RemoteStore(address, Dialect("sparql", "/query", "/update")) if kind == "updates" else open_remote(address)


@pytest.fixture
def graph() -> str:
    """Return the IRI of a graph that no other test uses."""
    return f"https://annuaire.example/id/release/essai-{next(_numbers)}"


@pytest.fixture
def other_graph() -> str:
    """Return the IRI of another such graph."""
    return f"https://annuaire.example/id/release/essai-{next(_numbers)}"
