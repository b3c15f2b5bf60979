"""Thousands of requests made from the service's OpenAPI description: `python -m tests.benchmarks.fuzzing`.

Serves the release of `--var` without a limit of work, and asks every path, right and wrong, for `--seconds`; each
answer that is not as described is printed with the line of curl that repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from tests.benchmarks.servers import ROOT, our_server
from tests.edge_fixture import write_project
from tests.fuzzing_fixture import checks_of, describe, operations_of

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.schemas import APIOperation

_AT_ONCE = 25
"""Requests of one kind to one path before the next path has its turn."""


def main() -> int:
    """Ask, and return how many kinds of failures there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--var", type=Path, default=ROOT / "var")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        project = write_project(Path(directory) / "projet", "[serveur]\ntravail = 0\nmetriques = ''\n")
        with our_server(project, options.var.resolve()) as server:
            operations = operations_of(describe(f"http://127.0.0.1:{server.port}"))
            until, seed = time.monotonic() + options.seconds, options.seed
            while time.monotonic() < until:
                for operation in operations:
                    for mode in GenerationMode:
                        _ask(operation, mode, seed, asked, found)
                seed += 1
    print(f"{asked.total()} requests to {len(operations)} operations, {len(found)} kinds of failures")  # noqa: T201
    return min(len(found), 1)


def _ask(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    seed: int,
    asked: Counter[str],
    found: Counter[str],
) -> None:
    @seeded(seed)
    @settings(
        max_examples=_AT_ONCE,
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        asked[operation.path] += 1
        try:
            case.call_and_validate(checks=checks_of(operation.path), timeout=60)
        except FailureGroup as group:
            for failure in group.exceptions:
                name = f"{operation.method.upper()} {operation.path}: {type(failure).__name__}"
                found[name] += 1
                if found[name] == 1:
                    print(f"{name}\n{failure}\n{case.as_curl_command()}\n", flush=True)  # noqa: T201

    with contextlib.suppress(Unsatisfiable):
        run()


if __name__ == "__main__":
    sys.exit(main())
