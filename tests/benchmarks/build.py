"""What a publication takes: `python -m tests.benchmarks.build 1000 10000 100000`.

Fictitious directories of these sizes (see tests.benchmarks.generate) are published, each by a process of its own, then
published again with ten rows changed. Printed for each step: time, processor time (over two processors it may be more),
and the most memory that the process and those it started held at once (proportional set size): in all, then of their
own, without the pages of files that the system takes back when it wants room.
"""

# ruff: noqa: T201 - it prints figures

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from publisher.pipeline import publish
from publisher.project import load_project
from tests.benchmarks.generate import generate
from tests.benchmarks.growth import Size

CHANGED = 10
_SAMPLE = 0.5


class Mark(NamedTuple):
    """When a step begins: seconds, processor seconds."""

    step: str
    time: float
    processor: float


class Step(NamedTuple):
    """What a step took: seconds, processor seconds, MiB, MiB without pages of files."""

    time: float
    processor: float
    memory: float
    own: float


def mark(step: str) -> None:
    """Print where a publication is, for the process that watches it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps(Mark(step, time.monotonic(), sum(each.ru_utime + each.ru_stime for each in used))), flush=True)


def run(project: Path, var: Path) -> tuple[dict[str, Step], int]:
    """Publish in a process of its own; return its steps and the number of triples.

    Raises:
        CalledProcessError: the publication failed.
    """
    command = [sys.executable, "-m", "tests.benchmarks.build", "--publish", str(project), str(var)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        samples: list[tuple[float, float, float]] = []
        threading.Thread(target=_watch, args=(process, samples), daemon=True).start()
        said = [json.loads(line) for line in process.stdout or ()]
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    marks = [Mark(*each) for each in said[:-1]]
    steps = {}
    for each, following in pairwise(marks):
        held = [sizes for when, *sizes in samples if each.time <= when <= following.time + _SAMPLE]
        most, own = (max(sizes) for sizes in zip(*held, strict=True)) if held else (0, 0)
        steps[each.step] = Step(following.time - each.time, following.processor - each.processor, most, own)
    return steps, said[-1]


def _watch(process: subprocess.Popen[str], samples: list[tuple[float, float, float]]) -> None:
    while process.poll() is None:
        most, own = (sum(sizes) for sizes in zip(*map(_held, _family(process.pid)), strict=True))
        samples.append((time.monotonic(), most, own))
        time.sleep(_SAMPLE)


def _family(pid: int) -> list[int]:
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            children += map(int, path.read_text().split())
    return [pid, *(each for child in children for each in _family(child))]


def _held(pid: int) -> tuple[float, float]:
    with suppress(OSError, ValueError, KeyError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {name: int(size) / 1024 for name, size, _ in map(str.split, lines)}
        return sizes["Pss:"], sizes["Pss_Anon:"]
    return 0, 0


def change(project: Path) -> None:
    """Change what a few companies offer, far apart."""
    path = project / "data/entreprises.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("offre_fr")
    for row in rows[:: max(len(rows) // CHANGED, 1)][:CHANGED]:
        row[place] += " Revu."
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def keep(figures: Path, count: int, triples: int, steps: dict[str, Step]) -> None:
    """Add what a publication took to a file that `tests.benchmarks.growth` reads."""
    time_, processor, memory, _ = zip(*steps.values(), strict=True)
    size = Size(count, triples, sum(time_), sum(processor), max(memory))
    with figures.open("a", encoding="utf-8") as file:
        file.write(json.dumps(size._asdict()) + "\n")


def measure(count: int, directory: Path, figures: Path | None) -> dict[str, Any]:
    """Publish a directory of `count` companies, change it, publish it again; print and return the figures."""
    project, var = directory / f"projet-{count}", directory / f"var-{count}"
    if not project.is_dir():
        generate(count, project)
    first, triples = run(project, var)
    if figures:
        keep(figures, count, triples, first)
    print(f"\n{count:,} companies, {triples:,} triples")
    _print(first)
    change(project)
    again, _ = run(project, var)
    print(f"\n{count:,} companies, {CHANGED} of them changed")
    _print(again)
    (time_, processor), (time_again, processor_again) = (
        (sum(step.time for step in steps.values()), sum(step.processor for step in steps.values()))
        for steps in (first, again)
    )
    print(
        f"\n{CHANGED} changes: {time_again / time_:.0%} of the time of a full publication,"
        f" {processor_again / processor:.0%} of its processor time"
    )
    return {"companies": count, "triples": triples, "first": first, "again": again}


def _print(steps: dict[str, Step]) -> None:
    print(f"{'step':<12}{'seconds':>9}{'processor':>11}{'MiB':>7}{'own':>7}")
    time_, processor, memory, own = zip(*steps.values(), strict=True)
    for name, step in {**steps, "all": Step(sum(time_), sum(processor), max(memory), max(own))}.items():
        print(f"{name:<12}{step.time:>9.1f}{step.processor:>11.1f}{step.memory:>7.0f}{step.own:>7.0f}")


def main() -> None:
    """Measure the sizes that the command line gives."""
    parser = argparse.ArgumentParser(description="what a publication takes")
    parser.add_argument("counts", metavar="N", type=int, nargs="*", help="companies")
    parser.add_argument("--directory", type=Path, help="where to work (a temporary directory)")
    parser.add_argument("--figures", type=Path, help="a file to add figures to, for tests.benchmarks.growth")
    parser.add_argument("--publish", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.publish:
        project, var = options.publish
        mark("start")
        release = publish(load_project(project), var, mark).release
        mark("end")
        print(release.manifest["triples"])
        return
    with tempfile.TemporaryDirectory() as temporary:
        for count in options.counts or (1_000, 10_000, 100_000):
            measure(count, options.directory or Path(temporary), options.figures)


if __name__ == "__main__":
    main()
