"""Checks of files that people send: each in a process of its own, bounded in time and memory; nothing of it stays.

A hostile file can at worst end its own process. The file stands in a directory that only this user may read, removed
with the answer; nothing of it is ever logged.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from endpoints.problems import BadRequestError, TooLargeError, UnavailableError
from endpoints.runtime import SERVED

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/verifier"
MOST_BYTES = 8 << 20
"""What a request with a file may hold."""

_DEADLINE = 30.0
_BACKDROPS = "verification"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, the name that its author gave it, the table that it should be (empty: by its header)."""

    content: bytes
    name: str
    table: str
    lang: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a check tells (see endpoints.table_check_worker), and the file with its column of findings."""

    told: dict[str, Any]
    annotated: bytes


def check_upload(upload: Upload, project: Path, runtime: Path) -> Report:
    """Check a file; `runtime` is the private directory of this server.

    Raises:
        TooLargeError: the check takes too long, or too much memory.
        BadRequestError: the file breaks what reads it.
        UnavailableError: the project's own files cannot be read at the moment.
    """
    asked = json.dumps({"name": upload.name, "table": upload.table, "lang": upload.lang}).encode()
    with TemporaryDirectory(dir=runtime) as workspace:
        try:
            ended = _run(project, runtime, workspace, asked + b"\n" + upload.content)
        except subprocess.TimeoutExpired:
            raise _too_long() from None
    line, _, annotated = ended.stdout.partition(b"\n")
    if ended.returncode != 0 or not line:
        _log.error("a table check ended with status %d", ended.returncode)
        raise _broken()
    told = json.loads(line)
    if "error" in told:
        raise UnavailableError(told["error"]["fr"], told["error"]["en"], retry_after=60)
    return Report(told, annotated)


def prepare_checks(project: Path, runtime: Path) -> None:
    """Prepare what every check needs, so that the first one does not wait for it."""
    with TemporaryDirectory(dir=runtime) as workspace:
        _run(project, runtime, workspace, b"")


def _run(project: Path, runtime: Path, workspace: str, sent: bytes) -> subprocess.CompletedProcess[bytes]:
    backdrops = runtime / _BACKDROPS
    backdrops.mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-m", "endpoints.table_check_worker", *map(str, (project, backdrops, workspace))]
    return subprocess.run(  # noqa: S603 - our own module; the file comes through a pipe
        [*command, str(os.getpid()), str((runtime / SERVED).resolve().parents[1])],
        input=sent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback would carry cells of the table
        timeout=_DEADLINE,
        check=False,
    )


def too_large() -> TooLargeError:
    """Return the error for a file that is not taken in."""
    return TooLargeError(
        f"fichier de plus de {MOST_BYTES >> 20} Mio ; découper la table, ou la vérifier avec « annuaire check »",
        f"file of more than {MOST_BYTES >> 20} MiB; split the table, or check it with 'annuaire check'",
    )


def _too_long() -> TooLargeError:
    return TooLargeError(
        f"vérification interrompue après {_DEADLINE:g} s ; découper la table, ou la vérifier avec « annuaire check »",
        f"the check was stopped after {_DEADLINE:g} s; split the table, or check it with 'annuaire check'",
    )


def _broken() -> BadRequestError:
    return BadRequestError(
        "ce fichier n'a pas pu être lu, ou demande trop de mémoire ; le rouvrir dans le tableur, l'enregistrer en CSV",
        "this file could not be read, or takes too much memory; open it in the spreadsheet and save it as CSV",
    )
