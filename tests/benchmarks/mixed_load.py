"""A mixed load on our own server, on loopback: `python -m tests.benchmarks.mixed_load --seconds 60` (at most 600).

Clients ask points, aggregates, long streams that they take or leave, pages, hostile texts and half bodies.
Printed, by kind: how many, the median and the worst time; then what was not the status expected.
"""

# ruff: noqa: T201, S311 - it prints a table; chance here has nothing to hide

from __future__ import annotations

import argparse
import collections
import http.client
import random
import socket
import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.servers import ROOT, Server, our_server
from tests.benchmarks.sparql import HEAVY, STREAM

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 600
_ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_HALF = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 50\r\n\r\nSEL"


class Load:
    """Counts and times, by kind of request."""

    def __init__(self, server: Server, until: float) -> None:
        self.server, self.until = server, until
        self.times: dict[str, list[float]] = collections.defaultdict(list)
        self.errors: collections.Counter[str] = collections.Counter()

    def repeat(self, kind: str, request: Callable[[], int], expected: frozenset[int], pause: float) -> None:
        """Make a request again and again until the end."""
        while time.monotonic() < self.until:
            began = time.monotonic()
            try:
                status = request()
                if status not in expected:
                    self.errors[f"{kind}: {status}"] += 1
            except (OSError, http.client.HTTPException) as error:
                self.errors[f"{kind}: {type(error).__name__}"] += 1
            self.times[kind].append(time.monotonic() - began)
            time.sleep(pause)

    def get(self, path: str, accept: str = "text/csv", most: int | None = None) -> int:
        """Ask for a path; read all, or `most` bytes and leave."""
        connection = self.server.connect()
        try:
            connection.request("GET", path, headers={"Accept": accept})
            response = connection.getresponse()
            response.read(most)
            return response.status
        finally:
            connection.close()

    def point(self) -> int:
        """Ask a point query never asked before."""
        code, other = random.randrange(10, 90), random.randrange(10**9)
        query = f"SELECT ?p ?o {{ <http://id.insee.fr/geo/departement/{code}> ?p ?o FILTER(?o != {other}) }}"
        return self.get(self.server.address(query))

    def half(self) -> int:
        """Send half a body, and leave after a while."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as connection:
            connection.sendall(_HALF)
            time.sleep(1)
        return 0


def main() -> None:
    """Run the load and print what came of it."""
    parser = argparse.ArgumentParser(description="mixed load on loopback")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--var", type=Path, default=ROOT / "var")
    options = parser.parse_args()
    with our_server(ROOT, options.var) as server:
        before = server.memory()
        load = Load(server, time.monotonic() + min(options.seconds, _LONGEST))
        ok, late = frozenset({200}), frozenset({200, 429, 503, 504})
        stream = server.address(STREAM)
        kinds: list[tuple[str, Callable[[], int], frozenset[int], float, int]] = [
            ("point", load.point, ok, 0.01, 2),
            ("cached", lambda: load.get(server.address(HEAVY)), ok, 0.01, 1),
            ("page", lambda: load.get("/doc/departement/69", "text/html"), ok, 0.05, 1),
            ("stream", lambda: load.get(stream), ok, 0.2, 1),
            ("stream left", lambda: load.get(stream, most=1000), ok, 0.2, 1),
            ("endless", lambda: load.get(server.address(_ENDLESS + " #" + str(random.random()))), late, 0.5, 2),
            ("nested", lambda: load.get(server.address("ASK " + "{" * 3_000)), frozenset({400}), 0.2, 1),
            ("half body", load.half, frozenset({0}), 0.1, 10),
        ]
        threads = [
            threading.Thread(target=load.repeat, args=(kind, request, expected, pause))
            for kind, request, expected, pause, clients in kinds
            for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for kind, times in load.times.items():
            print(f"{kind:12} {len(times):7} median {statistics.median(times):7.3f} s   worst {max(times):7.3f} s")
        print(f"errors: {dict(load.errors) or 'none'}")
        print(f"memory of the web processes: {before >> 20} MiB before, {server.memory() >> 20} MiB after")


if __name__ == "__main__":
    main()
