"""Connections to one evaluation server that are kept for a while: a query on one goes straight to its worker.

Quick queries follow each other on few lanes, several at a time: more processes than processors would only slow each
other down. Those that stand behind a slow one move to other lanes, so that each slow query has a worker of its own.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import TYPE_CHECKING

from endpoints.edge_lane import Lane, Pending
from endpoints.evaluation.errors import EvaluationBusyError, EvaluationError, EvaluationUnavailableError
from endpoints.evaluation.frames import QueryRequest, encode_request

if TYPE_CHECKING:
    from pathlib import Path

    from endpoints.edge_evaluation import StreamedAnswer, WholeAnswer

_QUICK = 0.01
"""Seconds between two looks at the lanes: a query that two of them find under way no longer holds up others."""

_DEPTH = 4
"""Queries under way on one lane."""

_IDLE_TIME = 0.5


class Lanes:
    """The lanes of one web process: `quick` carry the quick queries, `idle` may be kept while nothing runs there."""

    def __init__(self, path: Path, quick: int, idle: int) -> None:
        self._path, self._quick, self._idle = os.fspath(path), quick, idle
        self._lanes: list[Lane] = []
        self._opening: set[asyncio.Task[object]] = set()
        self._watching = self._tidying = False

    async def evaluate(self, request: QueryRequest) -> WholeAnswer | StreamedAnswer:
        """Have a query evaluated; return once the first bytes are there.

        The server sees to the time; should it hang, its owner ends it.

        Raises:
            EvaluationError: one of its types says what is wrong with the query or with the server.
        """
        pending = Pending(encode_request(request), request.representation)
        self.place(pending)
        try:
            return await pending.answer
        except asyncio.CancelledError:
            pending.withdraw()
            raise

    def place(self, pending: Pending, *, fresh: bool = False) -> None:
        """Send a request on the lane that suits it, or on a fresh one."""
        if pending.answer.done():
            return
        lane = None if fresh else self._suitable()
        if lane is None:
            try:
                self._open(pending)
            except EvaluationError as error:
                pending.fail(error)
            return
        lane.ask(pending)
        self._keep_watch()

    def rest(self, lane: Lane) -> None:
        """Keep a lane on which nothing runs, if there is room."""
        if len(self._lanes) > self._idle and sum(not other.pending for other in self._lanes) > self._idle:
            lane.close()

    def forget(self, lane: Lane) -> None:
        """Send nothing more on a lane."""
        if lane in self._lanes:
            self._lanes.remove(lane)

    def close(self) -> None:
        """Close what is idle; what runs ends by itself."""
        for lane in list(self._lanes):
            lane.retire()

    def _suitable(self) -> Lane | None:
        """Return an idle lane; or the least used of those that are quick, when they are as many as they should be."""
        quick = 0
        idle: Lane | None = None
        shared: Lane | None = None
        for lane in self._lanes:
            if not lane.pending:
                idle = idle or lane
            elif not lane.slow:
                quick += 1
                if lane.settled and len(lane.pending) < min(_DEPTH, len(shared.pending) if shared else _DEPTH):
                    shared = lane
        return shared or idle if quick >= self._quick else idle

    def _open(self, pending: Pending) -> None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.setblocking(False)  # noqa: FBT003 - the library's own interface
            connection.connect(self._path)
        except OSError as error:
            connection.close()
            busy = isinstance(error, BlockingIOError)
            raise (EvaluationBusyError if busy else EvaluationUnavailableError) from error
        lane, loop = Lane(self, pending), asyncio.get_running_loop()
        self._lanes.append(lane)
        opening: asyncio.Task[object] = loop.create_task(loop.create_unix_connection(lambda: lane, sock=connection))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        self._keep_watch()
        if not self._tidying:
            self._tidying = True
            loop.call_later(_IDLE_TIME, self._tidy)

    def _keep_watch(self) -> None:
        if not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_later(_QUICK, self._watch)

    def _watch(self) -> None:
        """Find the slow lanes: what stands behind a slow query moves."""
        self._watching = False
        for lane in [lane for lane in self._lanes if lane.look() and len(lane.pending) > 1]:
            lane.retire()
        if any(lane.pending and not lane.slow for lane in self._lanes):
            self._keep_watch()

    def _tidy(self) -> None:
        """Close what has not been used for a while: its worker is free again."""
        until = time.monotonic() - _IDLE_TIME
        for lane in [lane for lane in self._lanes if not lane.pending and lane.used < until]:
            lane.close()
        self._tidying = bool(self._lanes)
        if self._tidying:
            asyncio.get_running_loop().call_later(_IDLE_TIME, self._tidy)
