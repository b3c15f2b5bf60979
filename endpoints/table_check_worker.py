"""A process that checks one file and ends.

`python -m endpoints.table_check_worker PROJECT BACKDROPS WORKSPACE PARENT VAR`

It reads a line of JSON, then the file, from its standard input, so that neither name nor content shows in a list of
processes; it answers with a line of JSON, then the annotated file. Without input it only prepares what checks need.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from endpoints.evaluation.confinement import die_with_parent, forbid_sockets, limit_memory
from publisher.backdrop import prepare_backdrop
from publisher.delivery import delivered_name
from publisher.errors import AnnuaireError
from publisher.project import load_project
from publisher.supply import supply_copies
from publisher.table_check import Checked, Subject, check_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.errors import Finding

MEMORY = 2 << 30
_FILES = 512 << 20
_SECONDS = 120
"""Of processor time; the parent's deadline comes first, unless the parent is gone."""

_SHOWN = 1_000
"""Findings that are told one by one; the annotated file has them all."""


def main(arguments: list[str]) -> None:
    """Check one file, or prepare."""
    directory, backdrops, workspace = (Path(each) for each in arguments[:3])
    die_with_parent(int(arguments[3]))
    limit_memory(MEMORY)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILES, _FILES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    forbid_sockets()
    gc.disable()  # the process ends before there is much to collect
    asked = sys.stdin.buffer.readline()
    try:
        project = load_project(directory)
        mappings = supply_copies(project, Path(arguments[4]))
        if not asked:
            prepare_backdrop(project, mappings, backdrops)
            return
        path = workspace / "table"
        path.write_bytes(sys.stdin.buffer.read())
        checked = check_file(project, mappings, Subject(path, **json.loads(asked)), backdrops, workspace)
        told, content = _tell(checked, directory), checked.annotated[0] if checked.annotated else b""
    except AnnuaireError as error:
        told, content = {"error": error.texts}, b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)


def _tell(checked: Checked, project: Path) -> dict[str, Any]:
    trial = checked.trial
    others = _list(trial.elsewhere if trial else ())
    files = {each: delivered_name(each, project) for each in {each["table"] for each in others}}
    return {
        "table": trial.mapping.name if trial else None,
        "rows": trial.rows if trial else 0,
        "gate": trial.gate if trial else None,
        "counts": Counter(finding.severity.value for finding in checked.findings),
        "findings": _list(checked.findings),
        "elsewhere": [{**each, "table": files[each["table"]]} for each in others],
        "elsewhere_count": len(trial.elsewhere) if trial else 0,
        "extension": checked.annotated[1].extension if checked.annotated else None,
    }


def _list(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    ordered = sorted(findings, key=lambda each: (each.table, each.row or 0, each.column or ""))
    return [finding.as_dict() for finding in ordered[:_SHOWN]]


if __name__ == "__main__":
    main(sys.argv[1:])
