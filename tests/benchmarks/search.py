"""The search page over many companies: `python -m tests.benchmarks.search --companies 100000`.

Fictitious companies are placed in the communes of the release in `var/`, large ones more often, and given its domains;
the page is then asked for by the application itself, without its cache. Printed: the median and the 99th percentile.
"""

# ruff: noqa: T201, S311 - it prints figures; chance here has nothing to hide

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from endpoints.app import create_app
from publisher.project import load_project
from publisher.release import SEARCH, current_release
from publisher.search_documents import Reference, SearchDocument, read_documents
from publisher.search_index import write_index
from publisher.statements import open_statements
from tests.benchmarks.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

SEARCHES = (
    "",
    "q=eclairage",
    "q=éclairge lyon",
    "q=saint",
    "region=84",
    "region=84&domaine=mobilite",
    "domaine=energie&population=20000-49999&acv=oui",
    "annee=2020&tri=recent",
    "departement=69&vue=carte",
    "page=200",
    "q=paris&domaine=eau&region=11",
)


def imagine(known: list[SearchDocument], count: int) -> Iterator[SearchDocument]:
    """Yield what is known but for the companies, then fictitious companies in its communes and domains."""
    kept = [each for each in known if each.kind != "entreprise"]
    yield from kept
    communes = sorted((each for each in kept if each.kind == "commune"), key=lambda each: -(each.population or 0))
    domains = [each for each in kept if each.kind == "domaine"]
    words = [word for each in communes[:4000] for word in each.names[0].split()]
    chance = random.Random(1)
    for number in range(count):
        place = communes[min(int(chance.paretovariate(0.45) * 5), len(communes) - 1)]
        code = f"{number:09}"
        found = SearchDocument(f"https://annuaire.example/id/entreprise/{code}", "entreprise", {"fr": ""}, code=code)
        found.labels["fr"] = f"{chance.choice(words)} {chance.choice(words)} {number}"
        found.description["fr"] = " ".join(chance.choices(words, k=15))
        picked = chance.sample(domains, chance.randint(1, 3))
        found.domains = [Reference(each.iri, each.code, each.labels, tuple(each.others)) for each in picked]
        found.ancestors = [reference for each in picked for reference in each.ancestors]
        found.places, found.population, found.acv = place.places, place.population, place.acv
        found.years = [chance.randint(2016, 2025)]
        yield found


def measure(client: FlaskClient, rounds: int) -> list[float]:
    """Return how many seconds each page took, the first round aside."""
    times = []
    for turn in range(rounds + 1):
        for query in SEARCHES:
            began = time.perf_counter()
            answer = client.get(f"/entreprises.html?{query}")
            if answer.status_code != 200:
                raise SystemExit(f"{query}: {answer.status_code}")
            if turn:
                times.append(time.perf_counter() - began)
    return sorted(times)


def main() -> None:
    """Build the index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--var", type=Path, default=ROOT / "var")
    options = parser.parse_args()
    release = current_release(options.var)
    with tempfile.TemporaryDirectory() as scratch:
        copy, runtime = Path(scratch, release.name), Path(scratch, "runtime")
        copy.mkdir()
        runtime.mkdir()
        for path in release.directory.iterdir():
            if path.name != SEARCH:
                (copy / path.name).symlink_to(path)
        began = time.perf_counter()
        with open_statements(release.graph_files[0], runtime) as statements:
            write_index(imagine(list(read_documents(statements)), options.companies), copy / SEARCH)
        print(f"index of {options.companies:,} companies: {time.perf_counter() - began:.1f} s")
        (runtime / "served").symlink_to(copy)
        app = create_app(load_project(ROOT), runtime)
        app.extensions["annuaire"].cache.get = lambda _key, build: build()
        times = measure(app.test_client(use_cookies=False), options.rounds)
    last = times[int(len(times) * 0.99)]
    print(f"{len(times)} pages: p50 {statistics.median(times) * 1000:.1f} ms, p99 {last * 1000:.1f} ms")


if __name__ == "__main__":
    main()
