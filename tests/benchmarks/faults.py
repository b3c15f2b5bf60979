"""Every change of the disk that publishing, going back and clearing out make, failed one by one: killed, full, broken.

`python -m tests.benchmarks.faults [COMMAND …]`: publish (a chronicle), pipeline (`annuaire publish`), change
(the same, taking over what did not change), rollback, prune.
Needs Linux and a C compiler; some ten minutes. Printed: how many changes were tried, and those that left something
wrong; the exit code is 1 when there are any.
"""

# ruff: noqa: T201 - it prints what it found

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults_fixture import MODES, run_sweeps

_COMMANDS = ("publish", "rollback", "prune", "pipeline", "change")


def main(commands: list[str]) -> int:
    """Sweep each command in each mode."""
    wrong = False
    for chosen in [f"{command}:{mode}" for command in commands or _COMMANDS for mode in MODES]:
        with TemporaryDirectory() as directory:
            (told,) = run_sweeps(Path(directory), [chosen]).values()
        print(told, end="", flush=True)
        wrong |= " 0 wrong" not in told
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
