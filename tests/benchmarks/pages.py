"""Our pages beside Trifid's and beside nginx, on one graph, in one run: `python -m tests.benchmarks.pages`.

A directory of 10,000 fictitious companies is generated and published once, which takes minutes, and kept in
`var/benchmarks`. Requests come from wrk (Debian package `wrk`) over 8 connections; each figure is the median of rounds
in which the servers take turns, as is each ratio: what else the machine does weighs on all of them. Cold are pages that
were never asked for before, warm a hundred that were. Trifid (npm) and nginx (Debian) are left out where they are not.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from publisher.project import load_project
from publisher.release import find_current
from tests.benchmarks.generate import generate
from tests.benchmarks.page_peers import find_nginx, nginx, trifid
from tests.benchmarks.servers import ROOT, Server, our_server

FORMS = ("text/html", "text/turtle")
WARM = 100
COLD_SECONDS = 2
_SCRIPT = """
local paths = {}
for path in io.lines("%s") do paths[#paths + 1] = path end
local number = 0
request = function()
  number = number %% #paths + 1
  return wrk.format("GET", paths[number])
end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


class Rate(NamedTuple):
    """What a load gave: requests, how many a second, and how long 99 in 100 took at most, in milliseconds."""

    requests: int
    per_second: float
    slow: float


class Load:
    """Asks servers for the pages of companies, in one form."""

    def __init__(self, keys: list[str], accept: str, seconds: int, rounds: int) -> None:
        self._accept, self._seconds = accept, seconds
        self._warm, fresh = keys[:WARM], keys[WARM:]
        self._shares = [fresh[number::rounds] for number in range(rounds)]

    def warm(self, server: Server, seconds: int | None = None) -> Rate:
        """Ask for the same pages again and again."""
        return self._ask(server, self._warm, seconds or self._seconds)

    def cold(self, server: Server, turn: int) -> Rate:
        """Ask for pages of this turn's share, each once."""
        found = self._ask(server, self._shares[turn], COLD_SECONDS)
        if found.requests > len(self._shares[turn]):
            sys.exit(f"{server.name}: all pages were asked for; generate more companies")
        return found

    def file(self, server: Server, path: str) -> Rate:
        """Ask for one address again and again."""
        return wrk(server.port, self._seconds, self._accept, path=path)

    def _ask(self, server: Server, keys: list[str], seconds: int) -> Rate:
        with tempfile.NamedTemporaryFile("w") as paths, tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            paths.write("".join(f"{server.path}/entreprise/{key}\n" for key in keys))
            script.write(_SCRIPT % paths.name)
            paths.flush()
            script.flush()
            return wrk(server.port, seconds, self._accept, "-s", script.name)


def wrk(port: int, seconds: int, accept: str, *arguments: str, path: str = "/") -> Rate:
    """Run wrk over 8 connections."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}", "--timeout", "30", "--latency", "-H", f"Accept: {accept}"]
    address = f"http://127.0.0.1:{port}{path}"
    told = subprocess.run([*command, *arguments, address], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        sys.exit(f"errors:\n{told}")
    found = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\s+(\d+) requests.*Requests/sec:\s+([\d.]+)", told, re.DOTALL)
    if found is None:
        sys.exit(f"wrk said:\n{told}")
    return Rate(int(found[3]), float(found[4]), float(found[1]) * _UNITS[found[2]])


def require_wrk() -> None:
    """End with a message when wrk is missing."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing (Debian: apt-get install wrk)")


def place_of(companies: int) -> Path:
    """Return where a directory of so many companies is kept."""
    return ROOT / f"var/benchmarks/pages-{companies}"


def prepare(directory: Path, companies: int) -> Path:
    """Generate and publish a directory of companies, unless it is there; return it."""
    project, var = directory / "projet", directory / "var"
    if not project.is_dir():
        generate(companies, project)
    command = [sys.executable, "-m", "endpoints.cli", "publish", "--project", str(project), "--var", str(var)]
    if find_current(var) is None and subprocess.run(["nice", *command], cwd=ROOT, check=False).returncode:
        sys.exit("the directory cannot be published")
    return directory


def compare(ours: Server, peer: Server, load: Load, name: str, rounds: int) -> None:
    """Print what both give, cold then warm, and the ratio."""
    for server in (ours, peer):
        load.warm(server, 2 * COLD_SECONDS)  # a server that has just started is slow
    cold = [(load.cold(ours, turn), load.cold(peer, turn)) for turn in range(rounds)]
    show(f"{name}, cold", cold, "≥ 10")
    show(f"{name}, warm", [(load.warm(ours), load.warm(peer)) for _ in range(rounds)], "≥ 50")


def show(name: str, pairs: list[tuple[Rate, Rate]], goal: str) -> None:
    """Print the medians of pairs of measures, and of their ratios."""
    mine, other = (statistics.median(rate.per_second for rate in column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(own.per_second / peer.per_second for own, peer in pairs)
    slow = statistics.median(own.slow for own, _ in pairs)
    print(f"{name:24} {mine:10.0f} {other:10.0f} {ratio:8.2f} {goal:>7} {slow:8.1f} ms", flush=True)


def compare_pages(directory: Path, rounds: int, seconds: int) -> None:
    """Print what we give of a directory's pages, and what the others give."""
    project, release = load_project(directory / "projet"), find_current(directory / "var")
    with (directory / "projet/data/entreprises.csv").open(encoding="utf-8") as rows:
        keys = [row.partition(",")[0] for row in rows][1:]
    with ExitStack() as stack:
        ours = replace(stack.enter_context(our_server(project.directory, directory / "var")), path="/doc")
        print(f"{'requests a second':24} {'annuaire':>10} {'peer':>10} {'ratio':>8} {'goal':>7} {'ours, p99':>11}")
        if shutil.which("node") and release is not None:
            peer = stack.enter_context(trifid(release, project.base_uri, directory))
            for accept in FORMS:
                compare(ours, peer, Load(keys, accept, seconds, rounds), f"{accept}, trifid", rounds)
        if find_nginx():
            compare_file(ours, stack, Load(keys, FORMS[0], seconds, 1), keys[0], rounds, directory)


def compare_file(ours: Server, stack: ExitStack, load: Load, key: str, rounds: int, directory: Path) -> None:
    """Print what we give of one page, and nginx of the same bytes."""
    path, connection = f"/doc/entreprise/{key}", ours.connect()
    connection.request("GET", path, headers={"Accept": FORMS[0]})
    file = stack.enter_context(nginx(connection.getresponse().read(), directory / "nginx"))
    show("one page, nginx", [(load.file(ours, path), load.file(file, file.path)) for _ in range(rounds)], "≥ 0.4")


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description="our pages beside Trifid's and nginx")
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--directory", type=Path, help="where the companies are, or are to be; default under var/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each warm measure")
    options = parser.parse_args()
    require_wrk()
    place = (options.directory or place_of(options.companies)).resolve()
    compare_pages(prepare(place, options.companies), options.rounds, options.seconds)


if __name__ == "__main__":
    main()
