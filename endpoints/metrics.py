"""Figures of the running service in Prometheus's format, at an address of their own (`serveur.metriques`).

The supervisor answers: it alone sees all processes. The counts of the web processes are added up, those that have ended
included (endpoints.tallies); the state of the queries comes from the evaluation server.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from endpoints.edge_ledger import EVERY
from endpoints.tallies import BOUNDS, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.metrics_core import Metric

PATH = "/metrics"
_PATIENCE = 5.0
_RETRY = 30.0
_log = logging.getLogger(__name__)
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor knows: the release served, when it was published, its queries, its processes by kind.

    `refused` is the release that could not be served, if any; `restarts` are counts by kind of process.
    """

    release: str
    published: str | None
    refused: str | None
    queries: dict[str, int]
    processes: dict[str, list[int]]
    restarts: dict[str, int]


class _Figures(Collector):
    def __init__(self, runtime: Path, state: Callable[[], State]) -> None:
        self._totals, self._state = Totals(runtime), state
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            time.sleep(2 * EVERY)  # what was answered before this request is counted
            self._totals.read()
            yield from self._requests()
            yield from self._evaluations()
            yield from _of_service(self._state(), self._totals.pids)

    def _requests(self) -> Iterator[Metric]:
        totals = self._totals
        requests = CounterMetricFamily("annuaire_requests", "Requests answered.", labels=["kind", "status"])
        for kind, status, count in totals.requests():
            requests.add_metric([kind, str(status) if status else "other"], count)
        yield requests
        durations = HistogramMetricFamily(
            "annuaire_request_duration_seconds", "From a request's headers to the end of its answer.", labels=["kind"]
        )
        for kind, counts, total in totals.durations():
            so_far, classes = 0.0, []
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
                so_far += count
                classes.append((bound, so_far))
            durations.add_metric([kind], classes, total)
        yield durations
        for name, figure, text in (
            ("annuaire_sent_bytes", "bytes", "Bytes of answers, as encoded."),
            ("annuaire_limited_requests", "limited", "Requests refused to clients that had had their share."),
            ("annuaire_lost_log_lines", "lost_lines", "Lines of the log that nobody took."),
        ):
            yield CounterMetricFamily(name, text, value=totals.figure(figure))
        yield GaugeMetricFamily("annuaire_requests_under_way", "Requests under way.", value=totals.figure("under_way"))

    def _evaluations(self) -> Iterator[Metric]:
        evaluations = CounterMetricFamily("annuaire_evaluations", "Queries evaluated.", labels=["outcome"])
        for outcome, count in self._totals.evaluations():
            evaluations.add_metric([outcome], count)
        yield evaluations
        lookups = CounterMetricFamily("annuaire_cache_lookups", "Looks for a kept answer.", labels=["outcome"])
        for outcome, count in self._totals.lookups():
            lookups.add_metric([outcome], count)
        yield lookups


def _of_service(state: State, web: list[int]) -> Iterator[Metric]:
    info = GaugeMetricFamily("annuaire_release_info", "1 for the release served.", labels=["release"])
    info.add_metric([state.release], 1)
    yield info
    if state.published is not None:
        published = datetime.fromisoformat(state.published).timestamp()
        age = datetime.now(tz=UTC).timestamp() - published
        yield GaugeMetricFamily("annuaire_release_published_timestamp_seconds", "When published.", value=published)
        yield GaugeMetricFamily("annuaire_release_age_seconds", "How long ago it was published.", value=age)
    refused = int(state.refused is not None)
    yield GaugeMetricFamily("annuaire_release_refused", "1 if a newer release cannot be served.", value=refused)
    queries = GaugeMetricFamily(
        "annuaire_queries", "Queries that run, that wait; processes for them.", labels=["state"]
    )
    for name, count in state.queries.items():
        queries.add_metric([name], count)
    yield queries
    processes = GaugeMetricFamily("annuaire_processes", "Living processes.", labels=["process"])
    memory = GaugeMetricFamily(
        "annuaire_memory_bytes",
        "Memory of the processes; what they share is shared out among them.",
        labels=["process"],
    )
    for name, pids in {**state.processes, "web": web}.items():
        processes.add_metric([name], len(pids))
        memory.add_metric([name], sum(_memory(pid) for pid in pids))
    yield processes
    yield memory
    restarts = CounterMetricFamily("annuaire_process_restarts", "Processes replaced once dead.", labels=["process"])
    for name, count in state.restarts.items():
        restarts.add_metric([name], count)
    yield restarts


class Figures:
    """Answers `GET /metrics` where the settings say, once the place is free: the service does not wait for that."""

    def __init__(self, runtime: Path, state: Callable[[], State]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Figures(runtime, state))
        self._place: tuple[str, int] | None = None
        self._server: _Server | None = None
        self._next_try = 0.0

    def tend(self, place: tuple[str, int] | None) -> None:
        """Answer at a host and port (0: a free one), or nowhere; a place that is taken is tried again later."""
        if place != self._place:
            self.close()
            self._place, self._next_try = place, 0.0
        if place is None or self._server is not None or time.monotonic() < self._next_try:
            return
        try:
            self._server = _Server(*place, self._registry)
        except OSError as error:
            if not self._next_try:
                facts = {"setting": "serveur.metriques", "address": _shown(*place), "reason": str(error)}
                _log.warning("no metrics: the address is taken or not ours", extra={"event": "metrics", "facts": facts})
            self._next_try = time.monotonic() + _RETRY
            return
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        facts = {"address": f"http://{_shown(*self._server.server_address[:2])}{PATH}"}
        _log.info("metrics are given", extra={"event": "metrics", "facts": facts})

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader that leaves in the middle."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server: _Server
    server_version, sys_version = "annuaire", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self._send(HTTPStatus.NOT_FOUND, _TEXT, f"{PATH}\n".encode())
            return
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        try:
            figures = encode(self.server.registry)
        except Exception:  # noqa: BLE001 - whatever it is, it is logged, and the reader told
            _log.exception("figures cannot be given", extra={"event": "error"})
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, _TEXT, b"")
            return
        self._send(HTTPStatus.OK, content_type, figures)

    do_HEAD = do_GET  # noqa: N815 - the library's own interface

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each reading."""


def _memory(pid: int) -> int:
    """Return a process's share of memory, in bytes; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def _shown(host: object, port: object) -> str:
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
