"""The workers of a fork server: forked, lent to one query at a time, killed and forked anew."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import (
    EvaluationError,
    QueryCrashedError,
    QueryMemoryError,
    QueryTimeoutError,
)
from endpoints.evaluation.frames import LENGTH
from endpoints.evaluation.worker import DONE, STARTED, YIELD, fork_worker

if TYPE_CHECKING:
    from endpoints.evaluation.limits import Limits
    from endpoints.evaluation.worker import Source

_PROCESS_CLOCK = 2
"""With a process id, the clock of its processor time (clock_getcpuclockid(3))."""

_CREEP, _STALL = 0.02, 2.0
"""An answer that takes less processor time than the first, in as many seconds as the second, stands still."""


@dataclass(slots=True, eq=False)
class Worker:
    """A living worker and what it has said of its present query."""

    pid: int
    control: socket.socket
    started: bool = False
    done: bool = False
    gone: bool = False
    asked: bool = False
    _used: float = 0.0
    _moved: float = 0.0

    def lend(self, payload: bytes, connection: socket.socket) -> bool:
        """Hand over a request and the connection to answer on; return False when the worker is no more."""
        self.started = self.done = self.asked = False
        self._moved = 0.0
        message = LENGTH.pack(len(payload)) + payload
        try:
            sent = socket.send_fds(self.control, [message], [connection.fileno()])
            self.control.sendall(message[sent:])
        except OSError:
            return False
        return True

    def ask_back(self) -> None:
        """Ask the worker to give up a connection that its client keeps, once it has nothing to do there."""
        if not self.asked:
            self.asked = True
            with contextlib.suppress(OSError):
                self.control.send(YIELD, socket.MSG_DONTWAIT)

    def has_stalled(self, now: float) -> bool:
        """Return whether the answer has hardly moved since it was first asked about, as its client does not take it."""
        try:
            used = time.clock_gettime((~self.pid << 3) | _PROCESS_CLOCK)
        except OSError:
            return False
        if not self._moved or used - self._used > _CREEP:
            self._used, self._moved = used, now
        return self.started and now - self._moved > _STALL

    def kill(self) -> None:
        """Have the kernel end the worker; it is reaped later."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def listen(self) -> None:
        """Read what the worker says, without waiting."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            said = self.control.recv(16, socket.MSG_DONTWAIT)
            self.started = self.started or STARTED in said
            self.done = self.done or DONE in said
            self.gone = self.gone or not said


class Pool:
    """A fixed number of workers. `idle` are those that can be lent."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._source, self._limits = source, limits
        self.workers: set[Worker] = set()
        self.idle: deque[Worker] = deque()
        self.deaths = 0

    def fork(self) -> Worker:
        """Fork one more worker and make it idle."""
        worker = Worker(*fork_worker(self._source, self._limits))
        self.workers.add(worker)
        self.idle.append(worker)
        return worker

    def remove(self, worker: Worker) -> int:
        """End a worker and reap it; return its wait status. What it said before is read first."""
        worker.kill()
        _, status = os.waitpid(worker.pid, 0)
        worker.listen()
        worker.control.close()
        self.workers.discard(worker)
        with contextlib.suppress(ValueError):
            self.idle.remove(worker)
        self.deaths += 1
        return status

    def close(self) -> None:
        """End every worker."""
        for worker in list(self.workers):
            self.remove(worker)


def killed_from_outside(status: int) -> bool:
    """Return whether a worker was killed by somebody else: an operator, or the kernel short of memory."""
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def death_error(status: int) -> EvaluationError:
    """Return the error to report for a worker that died of its query, from its wait status.

    The engine aborts when it is refused memory, and the kernel kills when it has none left; a stack overflow is a
    segmentation fault; the timers that a worker arms for itself end it by SIGPROF or SIGALRM.
    """
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if number in {signal.SIGPROF, signal.SIGALRM}:
        return QueryTimeoutError()
    if number in {signal.SIGABRT, signal.SIGKILL}:
        return QueryMemoryError()
    return QueryCrashedError()
