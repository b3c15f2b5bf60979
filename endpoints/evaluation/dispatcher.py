"""The loop of an evaluation server: calls in, workers lent and taken back.

Single-threaded, so that forking a worker is safe at any moment. A call is a client's connection: its request arrives,
waits in a bounded queue, is lent a worker, and the worker writes the answer to the connection itself. A call that keeps
its connection keeps its worker, until the client closes it or others wait.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from endpoints.evaluation import confinement
from endpoints.evaluation.calls import Lapse, Queue, lapse
from endpoints.evaluation.errors import EvaluationBusyError, EvaluationError, QueryRefusedError, QueryTimeoutError
from endpoints.evaluation.frames import ERROR, HEALTH, decode_request, object_frame
from endpoints.evaluation.pool import Worker, death_error, killed_from_outside
from endpoints.evaluation.reception import Heard, Reception

if TYPE_CHECKING:
    import socket

    from endpoints.evaluation.calls import Call
    from endpoints.evaluation.limits import Limits
    from endpoints.evaluation.pool import Pool

_TICK, _REST = 0.05, 0.25
"""Seconds between two looks at the clock: while calls are under way, and when there are none."""

_LEASE = 0.02
"""How long a worker stays with a kept connection when other calls wait."""


class Dispatcher:
    """Accepts queries on a socket and has them evaluated by workers that share one store."""

    def __init__(self, listener: socket.socket, pool: Pool, limits: Limits, facts: dict[str, object]) -> None:
        self._pool, self._limits, self._facts = pool, limits, facts
        self._reception = Reception(listener, limits.request_bytes)
        self._lent: dict[Worker, Call] = {}
        self._queue = Queue(limits.queue)
        self._stopped = False
        self._answered = 0

    def start(self) -> None:
        """Fork the workers; from here on the listener is served by `run`."""
        self._reception.open()
        for _ in range(self._limits.workers):
            self._fork()

    def run(self, parent: int) -> None:
        """Serve until stopped, or until the parent process is gone."""
        next_check = 0.0
        try:
            while not self._stopped and os.getppid() == parent:
                for source in self._reception.events(_TICK if self._reception.calls else _REST):
                    self._dispatch(source)
                now = time.monotonic()
                if now >= next_check:
                    self._enforce(now)
                    next_check = now + _TICK
        finally:
            self._pool.close()

    def stop(self) -> None:
        """End the loop at its next turn."""
        self._stopped = True

    def _dispatch(self, source: Call | Worker | None) -> None:
        if source is None:
            source = self._reception.accept()
        if isinstance(source, Worker):
            # An event of the same turn may have had the worker replaced, or the call ended.
            if source in self._pool.workers:
                self._hear(source)
        elif source in self._reception.calls:
            self._read(source)

    def _fork(self) -> None:
        self._reception.hear(self._pool.fork())

    def _read(self, call: Call) -> None:
        try:
            heard = self._reception.read(call)
        except QueryRefusedError as error:
            self._refuse(call, error)
            return
        if heard is Heard.REQUEST:
            self._admit(call)
        elif heard is Heard.END:
            self._leave(call)

    def _admit(self, call: Call) -> None:
        try:
            request = decode_request(call.payload or b"")
        except ValueError:
            self._refuse(call, QueryRefusedError("demande illisible", "unreadable request"))
            return
        if request is None:
            self._send_last(call, object_frame(HEALTH, self._health()))
            return
        call.keeps = request.keep and self._reception.can_keep
        call.deadline = min(self._limits.deadline, request.deadline or self._limits.deadline)
        call.began = time.monotonic()
        if self._pool.idle:
            self._lend(call)
        elif self._queue.admit(call):
            self._ask_back(call.began)
        else:
            self._refuse(call, EvaluationBusyError())

    def _lend(self, call: Call) -> None:
        while self._pool.idle:
            worker = self._pool.idle.pop()  # the one used last has most in its caches
            call.began, call.worker = time.monotonic(), worker
            self._lent[worker] = call
            if worker.lend(call.payload or b"", call.connection):
                if call.keeps:
                    self._reception.hand_over(call)
                return
            self._replace(worker)

    def _hear(self, worker: Worker) -> None:
        """Learn that a worker has started to answer, is done, or has died."""
        worker.listen()
        call = self._lent.get(worker)
        if worker.done:
            worker.done = False
            self._answered += 1
            if call is not None:
                self._return(worker)
                self._forget(call)
                call = None
        if worker.gone:
            status = self._replace(worker)
            if call is not None:
                self._mourn(call, worker, status)
        self._serve_queue()

    def _mourn(self, call: Call, worker: Worker, status: int) -> None:
        """Decide for the call of a worker that died: a kill from outside is not the doing of the query, at first."""
        if call.keeps and killed_from_outside(status):
            self._forget(call)  # it may have been idle; its client asks again
        elif killed_from_outside(status) and not worker.started and call.attempts <= self._limits.workers:
            call.attempts += 1
            self._queue.restore(call)
        else:
            self._fail(call, worker, death_error(status))

    def _serve_queue(self) -> None:
        while self._queue and self._pool.idle:
            self._lend(self._queue.next())

    def _enforce(self, now: float) -> None:
        """Refuse what waited too long, kill what ran too long or for a client that has left."""
        lapsed = [
            (call, found) for call in self._reception.calls if (found := lapse(call, now, self._limits)) is not None
        ]
        for call, _ in lapsed:
            if call.worker is not None:
                call.worker.kill()  # all before the first is waited for: each takes a while to end
        for call, found in lapsed:
            self._end(call, found)
            self._serve_queue()
        if self._queue:
            self._ask_back(now)
            self._cut_stalled(now)

    def _ask_back(self, now: float) -> None:
        """Have kept connections that have had their time give up their workers, as others wait."""
        for worker, call in self._lent.items():
            if call.keeps and now - call.began > _LEASE:
                worker.ask_back()

    def _cut_stalled(self, now: float) -> None:
        """Cut the answers that stand still, as others wait: clients that do not read may not hold every worker."""
        for worker, call in list(self._lent.items()):
            if worker.has_stalled(now) and self._queue:
                self._replace(worker)
                self._forget(call)
                self._serve_queue()

    def _end(self, call: Call, found: Lapse) -> None:
        if found is Lapse.INCOMPLETE:
            self._refuse(call, QueryRefusedError("demande incomplète", "the request is incomplete"))
        elif found is Lapse.UNSERVED:
            self._refuse(call, EvaluationBusyError())
        elif call.worker is not None:
            worker = call.worker
            self._replace(worker)
            if found is Lapse.ABANDONED:
                self._forget(call)
            else:
                self._fail(call, worker, QueryTimeoutError())

    def _leave(self, call: Call) -> None:
        """Note that a client has left. Its worker may be about to say that it is done: `_enforce` decides."""
        if call.worker is None:
            self._forget(call)
            return
        call.left = time.monotonic()
        self._reception.unwatch(call)

    def _return(self, worker: Worker) -> None:
        """Take a worker back from its call."""
        self._lent.pop(worker).worker = None
        self._pool.idle.append(worker)

    def _replace(self, worker: Worker) -> int:
        """End a worker, fork another; return the wait status. Its call, if any, is still to be told."""
        call = self._lent.pop(worker, None)
        if call is not None:
            call.worker = None
        self._reception.ignore(worker)
        status = self._pool.remove(worker)
        self._fork()
        return status

    def _fail(self, call: Call, worker: Worker, error: EvaluationError) -> None:
        """Tell why, unless the dead worker had begun to write: then the end of the connection tells the cut."""
        if worker.started:
            self._forget(call)
        else:
            self._refuse(call, error)

    def _refuse(self, call: Call, error: EvaluationError) -> None:
        self._send_last(call, object_frame(ERROR, {**error.report(), "started": False}))

    def _send_last(self, call: Call, data: bytes) -> None:
        self._reception.tell(call, data)
        self._forget(call)

    def _forget(self, call: Call) -> None:
        self._queue.forget(call)
        self._reception.close(call)

    def _health(self) -> dict[str, object]:
        return {
            **self._facts,
            "workers": len(self._pool.workers),
            "busy": len(self._pool.workers) - len(self._pool.idle),
            "queued": len(self._queue),
            "answered": self._answered,
            "deaths": self._pool.deaths,
            "pids": sorted(worker.pid for worker in self._pool.workers),
            "sockets_forbidden_by_kernel": confinement.seccomp_available(),
        }
