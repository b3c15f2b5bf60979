"""One evaluation for all who ask the same: who leaves, who stays, and what each gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from endpoints import edge_flights
from endpoints.edge_flights import ClientGoneError, Flights

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class _Client:
    """A client as Granian shows it: it leaves when told to."""

    def __init__(self) -> None:
        self.leave = asyncio.Event()

    async def client_disconnect(self) -> None:
        """Return once the client has left."""
        await self.leave.wait()


class _Scene:
    """Clients that ask the same query, which ends when told to."""

    def __init__(self) -> None:
        self.discarded: list[str] = []
        self.begun = self.stopped = 0
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.flights: Flights[str] = Flights(self.discarded.append)
        self.clients: list[_Client] = []

    def ask(self) -> asyncio.Task[str]:
        """Have one more client ask."""
        client: Any = _Client()
        self.clients.append(client)
        return asyncio.get_running_loop().create_task(self.flights.join("query", client, self._evaluate))

    async def _evaluate(self) -> str:
        self.begun += 1
        try:
            return await self.end
        except asyncio.CancelledError:
            self.stopped += 1
            raise


def _play(monkeypatch: pytest.MonkeyPatch, play: Callable[[_Scene], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await play(_Scene())

    monkeypatch.setattr(edge_flights, "_PATIENCE", 0.001)
    asyncio.run(asyncio.wait_for(run(), 10))


def test_the_first_may_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the client whose request began an evaluation leaves, those who wait too get its result, once evaluated."""

    async def play(scene: _Scene) -> None:
        first, second = scene.ask(), scene.ask()
        await asyncio.sleep(0.02)
        scene.clients[0].leave.set()
        await asyncio.sleep(0.02)
        scene.end.set_result("rows")
        assert await second == "rows"
        with pytest.raises(ClientGoneError):
            await first
        assert (scene.begun, scene.stopped, scene.discarded) == (1, 0, [])

    _play(monkeypatch, play)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_nobody_left_stops_the_evaluation(monkeypatch: pytest.MonkeyPatch, order: tuple[int, int]) -> None:
    """When all who wait have left, in whichever order, the evaluation stops, and the next to ask begins another."""

    async def play(scene: _Scene) -> None:
        asked = [scene.ask(), scene.ask()]
        for number in order:
            await asyncio.sleep(0.02)
            assert scene.stopped == 0
            scene.clients[number].leave.set()
        for request in asked:
            with pytest.raises(ClientGoneError):
                await request
        assert scene.stopped == 1
        scene.end = asyncio.get_running_loop().create_future()
        scene.end.set_result("rows")
        assert await scene.ask() == "rows"
        assert scene.begun == 2

    _play(monkeypatch, play)


def test_an_error_is_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an evaluation raises reaches all who wait."""

    async def play(scene: _Scene) -> None:
        asked = [scene.ask(), scene.ask()]
        await asyncio.sleep(0)
        scene.end.set_exception(ValueError("no"))
        for request in asked:
            with pytest.raises(ValueError, match="no"):
                await request
        assert scene.begun == 1

    _play(monkeypatch, play)


def test_a_result_for_nobody_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that comes as the last client leaves is discarded, not lost."""

    async def play(scene: _Scene) -> None:
        first, second = scene.ask(), scene.ask()
        await asyncio.sleep(0.02)
        scene.clients[0].leave.set()
        await asyncio.sleep(0.02)
        scene.end.set_result("rows")
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        with pytest.raises(ClientGoneError):
            await first
        assert scene.discarded == ["rows"]

    _play(monkeypatch, play)
