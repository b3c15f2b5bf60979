"""Everything that others do too, beside others, in one run: `make bench`, or `python -m tests.benchmarks`.

Mapping and gate, eight questions to the endpoint, pages; on one fictitious directory. The tables say which versions.
"""

# ruff: noqa: T201 - it prints tables

from __future__ import annotations

import argparse
import platform
from importlib.metadata import version

from publisher.project import load_project
from publisher.release import current_release
from tests.benchmarks.mappings import compare_gates, compare_mappings
from tests.benchmarks.pages import compare_pages, place_of, prepare, require_wrk
from tests.benchmarks.queries import compare

_LIBRARIES = ("duckdb", "granian", "pyoxigraph", "shacl", "tantivy")


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="our build, endpoint and pages beside others'")
    parser.add_argument("--companies", type=int, default=10_000)
    options = parser.parse_args()
    require_wrk()
    directory = prepare(place_of(options.companies), options.companies)
    release = current_release(directory / "var")
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    print(f"{options.companies:,} companies, {release.manifest['triples']:,} statements")
    print(f"annuaire on Python {platform.python_version()} with {versions}\n")
    compare_mappings(directory)
    compare_gates(directory)
    print()
    compare(directory, release, load_project(directory / "projet").base_uri)
    print()
    compare_pages(directory, rounds=3, seconds=4)


if __name__ == "__main__":
    main()
