"""A query worker: a forked, confined, single-threaded process that evaluates one query at a time.

It receives a request and the client's connection from the fork server, writes the answer to the connection itself,
and says on its control socket what it does: `s` the answer has started, `d` done. While a client keeps its connection,
it takes further requests from there, until the fork server asks it (`y`) to yield.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import socket
import time
from typing import TYPE_CHECKING

from endpoints.evaluation import confinement
from endpoints.evaluation.answers import answer, evaluation_error
from endpoints.evaluation.errors import EvaluationError
from endpoints.evaluation.frames import ERROR, LENGTH, decode_request, object_frame
from endpoints.evaluation.limits import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyoxigraph as ox

    from endpoints.evaluation.frames import QueryRequest
    from endpoints.evaluation.limits import Limits

    Source = Callable[[], tuple[ox.Store, int]]
    """Gives the store to a worker just forked: the one in memory that all share, or the files opened anew; and how
    many files hold its tables."""

STARTED, DONE, YIELD = b"s", b"d", b"y"

_SHORTEST = 0.001
"""Seconds of a timer that is to end soon: one of 0 never does."""

_GROWTH_KEPT = 64 * MEBIBYTE
"""A worker that has grown by more than this ends after its query, so that the memory goes back."""

_COPIES_KEPT = 256 * MEBIBYTE
"""The same for pages of the shared graph that it holds copies of: reading counts references, which writes."""


def run_worker(source: Source, control: socket.socket, limits: Limits, parent: int) -> None:
    """Serve requests until the control socket closes. Called in the forked child; the caller exits after it."""
    store, control = _confine(source, control, limits, parent)
    before = resource.getrusage(resource.RUSAGE_SELF)
    while not _has_grown(before):
        received = _receive(control)
        if received is None:
            return
        payload, connection = received
        with connection:
            _serve_connection(store, payload, connection, control, limits)
        control.sendall(DONE)


def _serve_connection(
    store: ox.Store, payload: bytes, connection: socket.socket, control: socket.socket, limits: Limits
) -> None:
    """Answer a request, and those that follow it where the connection is kept."""
    requests = _Requests(connection, control, limits)
    following: bytes | None = payload
    while following is not None and (request := decode_request(following)) is not None:
        started = _serve(store, request, connection, control, limits)
        following = None if started or not request.keep else requests.following()
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


class _Requests:
    """The requests that follow on a kept connection; several may have come at once."""

    def __init__(self, connection: socket.socket, control: socket.socket, limits: Limits) -> None:
        self._connection, self._control, self._limits = connection, control, limits
        self._before = resource.getrusage(resource.RUSAGE_SELF)
        self._waiting = select.poll()
        self._waiting.register(connection, select.POLLIN)
        self._waiting.register(control, select.POLLIN)
        self._received = b""

    def following(self) -> bytes | None:
        """Return the next request, or None: there is none to come, or the worker is wanted elsewhere or has grown."""
        request = self._take()
        if request is not None or _has_grown(self._before):
            return request
        signal.setitimer(signal.ITIMER_REAL, 0)
        timed = False
        while request is None:
            if self._received and not timed:  # half a request: its client may send no more
                timed = True
                signal.setitimer(signal.ITIMER_REAL, self._limits.request_time)
            if self._is_wanted():
                return None
            part = self._connection.recv(65_536)
            if not part or len(self._received) > self._limits.request_bytes:
                return None
            self._received += part
            request = self._take()
        return request

    def _take(self) -> bytes | None:
        """Take the first of the requests received, if it is whole."""
        received = self._received
        if len(received) < LENGTH.size:
            return None
        end = LENGTH.size + LENGTH.unpack_from(received)[0]
        if len(received) < end:
            return None
        self._received = received[end:]
        return received[LENGTH.size : end]

    def _is_wanted(self) -> bool:
        """Wait for what comes next; return whether the fork server wants the worker back."""
        ready = {descriptor for descriptor, _ in self._waiting.poll()}
        return self._control.fileno() in ready and self._control.recv(1) in {YIELD, b""}


def _confine(source: Source, control: socket.socket, limits: Limits, parent: int) -> tuple[ox.Store, socket.socket]:
    """Give up what a worker does not need; return the store and the control socket.

    The control socket is the only descriptor after the standard three, but for the files of a store on disk.

    Garbage collection spares what was inherited: a parent's socket collected here would close one of ours.
    """
    gc.freeze()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    confinement.die_with_parent(parent)
    confinement.keep_one_descriptor(control.detach())
    store, tables = source()
    confinement.give_way()
    confinement.leave_room(tables)
    confinement.limit_memory(limits.memory)
    confinement.forbid_sockets()
    return store, socket.socket(fileno=confinement.KEPT_DESCRIPTOR)


def _serve(
    store: ox.Store, request: QueryRequest, connection: socket.socket, control: socket.socket, limits: Limits
) -> bool:
    """Answer one request; return whether the answer left in pieces.

    The kernel ends this process (SIGALRM, SIGPROF) when its first byte is late, or, after that, when its exchange or
    its work takes too long; the timers are the next query's to set, or the caller's to disarm.
    """
    started = False
    deadline = min(limits.deadline, request.deadline or limits.deadline)
    used = time.process_time()

    def start() -> None:
        nonlocal started
        started = True
        left = deadline - (time.process_time() - used)
        signal.setitimer(signal.ITIMER_PROF, max(left, _SHORTEST))
        signal.setitimer(signal.ITIMER_REAL, limits.transfer + 1)
        control.sendall(STARTED)

    signal.setitimer(signal.ITIMER_REAL, deadline)
    try:
        answer(store, request, connection, limits, start)
    except ConnectionError:
        pass  # the client has left; the fork server sees it too
    except (EvaluationError, OSError, ValueError, RuntimeError, MemoryError) as error:
        _report(evaluation_error(error), connection, started=started)
    return started


def _report(error: EvaluationError, connection: socket.socket, *, started: bool) -> None:
    """Tell the error. After the first data it is told all the same: the reader then knows why it was cut."""
    try:
        connection.sendall(object_frame(ERROR, {**error.report(), "started": started}))
    except OSError:
        return


def _receive(control: socket.socket) -> tuple[bytes, socket.socket] | None:
    data, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
    # A request to yield may have crossed the end of what it was about; a length never begins with its letter.
    while data and not data.strip(YIELD) and not descriptors:
        data, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
    if not descriptors:
        return None
    data = data.lstrip(YIELD)
    connection = socket.socket(fileno=descriptors[0])
    (length,) = LENGTH.unpack(data[: LENGTH.size])
    parts, missing = [data[LENGTH.size :]], length - (len(data) - LENGTH.size)
    while missing > 0:
        part = control.recv(min(missing, 1 << 20))
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts), connection


def _has_grown(before: resource.struct_rusage) -> bool:
    now = resource.getrusage(resource.RUSAGE_SELF)
    copied = (now.ru_minflt - before.ru_minflt) * resource.getpagesize()
    return (now.ru_maxrss - before.ru_maxrss) * 1024 >= _GROWTH_KEPT or copied >= _COPIES_KEPT


def fork_worker(source: Source, limits: Limits) -> tuple[int, socket.socket]:
    """Fork a worker; return its process id and the control socket of the fork server's side."""
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    status = 1
    try:
        run_worker(source, theirs, limits, parent)
        status = 0
    finally:
        os._exit(status)
