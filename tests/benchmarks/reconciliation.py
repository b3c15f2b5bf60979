"""How fast the reconciliation service answers: `python -m tests.benchmarks.reconciliation [URL]`.

With a URL, batches of a hundred perturbed real names go to a running instance over HTTP; without one, the release
in `var/current` is indexed again and asked in this process. Percentiles over the batches, in milliseconds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from endpoints.reconciliation_service import results
from endpoints.searching import open_index
from publisher.release import SEARCH, current_release
from publisher.search_index import build_search_index
from publisher.statements import open_statements
from tests.labelled_names import label_names

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCHES = 20
_SIZE = 100
Batch = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Measure and print."""
    release = current_release(Path("var"))
    with tempfile.TemporaryDirectory() as place:
        wall, processor = time.perf_counter(), time.process_time()
        with open_statements(release.graph_files[0], Path(place)) as statements:
            total = build_search_index(statements, Path(place) / SEARCH)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        sys.stdout.write(f"index: {total} documents, {wall:.1f} s, {processor:.1f} s CPU\n")
        index = open_index(Path(place) / SEARCH, Path(place))
        names = [each.text for each in label_names(index.ask(index.among("kind", ["entreprise"]), 100_000))]
        if arguments:
            _measure(arguments[0], names, lambda batch: _post(arguments[0], batch))
        else:
            _measure("in process", names, lambda batch: results(index, batch, "fr"))


def _measure(label: str, names: list[str], ask: Callable[[Batch], Any]) -> None:
    """Time batches with and without a type; every batch is another one, so that no answer is a repetition."""
    for type_ in ("company", None):
        times = []
        for number in range(_BATCHES):
            texts = [f"{names[(number * 37 + i) % len(names)]}{' ' * (number % 3)}" for i in range(_SIZE)]
            batch = {f"q{i}": {"query": text} | ({"type": type_} if type_ else {}) for i, text in enumerate(texts)}
            start = time.perf_counter()
            ask(batch)
            times.append(1000 * (time.perf_counter() - start))
        cuts = quantiles(times, n=100, method="inclusive")
        figures = f"p50 {cuts[49]:.0f}, p99 {cuts[98]:.0f}, first {times[0]:.0f} ms"
        sys.stdout.write(f"{label}: {_SIZE} queries, type {type_}: {figures}\n")


def _post(url: str, batch: Batch) -> Any:
    body = urllib.parse.urlencode({"queries": json.dumps(batch)}).encode()
    with urllib.request.urlopen(f"{url}/reconcile", body) as answer:  # noqa: S310 — the address is the operator's own
        return json.loads(answer.read())


if __name__ == "__main__":
    main(sys.argv[1:])
