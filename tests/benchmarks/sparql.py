"""Our endpoint beside Oxigraph's own server, on one release, in one run: `python -m tests.benchmarks.sparql`.

Requests a second come from wrk (Debian package `wrk`), 16 connections; each figure is the median of rounds in which the
servers take turns, as is each ratio: what else the machine does weighs on all of them.
"""

# ruff: noqa: T201 - it prints a table; chance here has nothing to hide

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.release import current_release
from tests.benchmarks.servers import ROOT, Server, our_server, oxigraph_in_memory, oxigraph_on_disk

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "application/sparql-results+json"
POINT = "SELECT ?p ?o { <http://id.insee.fr/geo/departement/69> ?p ?o }"
HEAVY = "SELECT ?r (COUNT(*) AS ?n) { ?c <https://w3id.org/annuaire-territorial/def#region> ?r } GROUP BY ?r"
STREAM = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 100000"
_SCRIPT = """
local n = 0
request = function()
  n = n + 1
  local code = string.format("%%02d", n %% 95 + 1)
  return wrk.format("GET", "%s?query=SELECT%%20?p%%20?o%%20%%7B%%20%%3Chttp://id.insee.fr/geo/departement/"
    .. code .. "%%3E%%20?p%%20?o%%20FILTER(?o%%20!=%%20" .. math.random(1000000000) .. ")%%7D")
end
"""


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description="annuaire beside oxigraph")
    parser.add_argument("--var", type=Path, default=ROOT / "var")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each measure of requests a second")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing (Debian: apt-get install wrk)")
    release = current_release(options.var)
    with ExitStack() as stack:
        ours = stack.enter_context(our_server(ROOT, options.var))
        disk = stack.enter_context(oxigraph_on_disk(release))
        memory = stack.enter_context(oxigraph_in_memory(release))
        for server in (ours, disk, memory):
            _points(server, 5)  # what is new is slow
        before = ours.memory()
        _print_rates(ours, disk, options.rounds, options.seconds)
        _print_streams(ours, disk, memory, options.rounds)
        print(f"memory of the web processes: {before >> 20} MiB before, {ours.memory() >> 20} MiB after")


def _print_rates(ours: Server, disk: Server, rounds: int, seconds: int) -> None:
    rows: dict[str, Callable[[], float]] = {
        "point lookup, never asked before (≥ 0.3)": lambda: _points(ours, seconds),
        "point lookup, cached (≥ 1.5)": lambda: _cached(ours, POINT, seconds),
        "aggregate, cached (≥ 1.5)": lambda: _cached(ours, HEAVY, seconds),
    }
    print(f"{'requests a second':45} {'annuaire':>10} {'ox. disk':>10} {'ratio':>7}")
    for name, measure in rows.items():
        pairs = [(measure(), _points(disk, seconds)) for _ in range(rounds)]
        mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"{name:45} {mine:10.0f} {other:10.0f} {ratio:7.2f}")


def _print_streams(ours: Server, disk: Server, memory: Server, rounds: int) -> None:
    print(f"\n{'100,000 rows':45} {'annuaire':>10} {'ox. disk':>10} {'ox. mem.':>10} {'≤0.7':>6} {'≤1.3':>6}")
    for accept in (JSON, "text/csv"):
        taken = [[_stream(server, accept, number) for server in (ours, disk, memory)] for number in range(2 * rounds)]
        totals = [statistics.median(row[place][1] for row in taken) for place in range(3)]
        ratios = [statistics.median(row[0][1] / row[place][1] for row in taken) for place in (1, 2)]
        figures = " ".join(f"{1000 * total:8.0f}ms" for total in totals)
        print(f"{accept:45} {figures} {ratios[0]:6.2f} {ratios[1]:6.2f}")
        first = [1000 * row[0][0] for row in taken]
        print(f"{'  first byte (≤ 50 ms), median and worst':45} {statistics.median(first):8.1f}ms {max(first):8.1f}ms")


def _points(server: Server, seconds: int) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"math.randomseed({time.time_ns() % 10**9})\n{_SCRIPT % server.path}")
        script.flush()
        return _wrk(["-s", script.name, f"http://127.0.0.1:{server.port}"], seconds)


def _cached(server: Server, query: str, seconds: int) -> float:
    return _wrk([f"http://127.0.0.1:{server.port}{server.address(query)}"], seconds)


def _wrk(arguments: list[str], seconds: int) -> float:
    command = ["wrk", "-t1", "-c16", f"-d{seconds}", "-H", f"Accept: {JSON}", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        sys.exit(f"errors:\n{told}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found else 0.0


def _stream(server: Server, accept: str, number: int) -> tuple[float, float]:
    """Return the seconds to the first byte and to the last, of a query that differs each time."""
    connection, began = server.connect(), time.perf_counter()
    query = STREAM.replace("LIMIT 100000", f"LIMIT {100_000 + number}")
    connection.request("GET", server.address(query), headers={"Accept": accept})
    response = connection.getresponse()
    response.read(1)
    first = time.perf_counter() - began
    while response.read(1 << 20):
        pass
    connection.close()
    return first, time.perf_counter() - began


if __name__ == "__main__":
    main()
