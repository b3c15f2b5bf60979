"""Files dropped in a folder: which are complete, and which table of the project each is meant to be.

A file is complete once it no longer changes and nobody writes it or has it open in a spreadsheet. Its name says which
table it is, as in `data/`; of a table given back with its findings, `entreprises.constats.csv`, too.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from publisher.annotated_tables import ANSWER
from publisher.delimited import UnreadableError
from publisher.errors import Finding, Severity
from publisher.messages import message
from publisher.names import fold
from publisher.project import SETTINGS_FILE
from publisher.recognition import recognise_table
from publisher.table import open_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from publisher.mapping import Mapping

QUIET, LONG_QUIET = 2.0, 10.0
"""Seconds without a change after which a file is complete; the longer one where nobody can tell who writes it."""

_RETURNED = re.compile(rf"{re.escape(ANSWER)}(-[0-9]+)?$", re.IGNORECASE)
_PARTIAL = frozenset({".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".swp", ".bak"})
"""How the names end of files that are still under way, or that an editor leaves."""

_STALE = 24 * 3600.0
"""Seconds after which a lock of a spreadsheet counts as left behind."""


class Stamp(NamedTuple):
    """What tells that a file is still the same; `changed` cannot be set back by those who copy it."""

    inode: int
    size: int
    modified: int
    changed: int


class Folder:
    """The files of a folder, watched; `clock` gives seconds."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.directory = directory
        self.held: tuple[Path, ...] = ()
        """Those that are open in a spreadsheet, at the last look."""
        self.clock = clock
        self._seen: dict[Path, tuple[Stamp, float]] = {}

    def complete(self) -> dict[Path, Stamp]:
        """Return the files that are complete, by path."""
        found = {path: stamp for path in self.directory.iterdir() if (stamp := stamp_of(path)) and _counts(path)}
        now = self.clock()
        before, self._seen = self._seen, {}
        for path, stamp in found.items():
            seen = before.get(path)
            self._seen[path] = seen if seen and seen[0] == stamp else (stamp, now)
        quiet = [path for path in sorted(found) if now - self._seen[path][1] >= _needed(path)]
        self.held = tuple(path for path in quiet if _is_open(path))
        return {path: found[path] for path in quiet if path not in self.held}


def stamp_of(path: Path) -> Stamp | None:
    """Return a regular file's stamp; None of anything else, a link among them."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def state_of(project: Path) -> dict[Path, Stamp | None]:
    """Return what tells that a project has changed: the stamps of its files."""
    files = [path for name in ("data", "ontology", "shapes") for path in (project / name).rglob("[!.]*")]
    return {path: stamp_of(path) for path in (project / SETTINGS_FILE, *files)}


def stem_of(path: Path) -> str:
    """Return a file's name without its extension and without what a table given back is called by."""
    return _RETURNED.sub("", path.stem)


def table_of(path: Path, mappings: Iterable[Mapping]) -> Mapping | None:
    """Return the table that a file's name says it is: case, accents and punctuation make no difference."""
    wanted = fold(stem_of(path))
    found = [each for each in mappings if wanted in {fold(each.sheet), fold(each.name)}]
    return found[0] if len(found) == 1 else None


def refuse_name(path: Path, mapping: Mapping | None, mappings: Sequence[Mapping]) -> Finding:
    """Return what is said of a file that is no table by its name, or, if its name is one, by its format."""
    if mapping:
        rule, texts = "depot-format", message("depot-format")
    else:
        own = ", ".join(sorted(each.name for each in mappings if "/" not in each.name))
        meant = {"fr": f"nommer le fichier comme sa table : {own}", "en": f"name the file after its table: {own}"}
        with suppress(UnreadableError):
            _, records = open_records(path, path.stem, lambda name: any(each.recognise(name) for each in mappings))
            found = recognise_table(next(records, (1, []))[1], path.stem, mappings).sheet
            meant = {
                "fr": f"ses colonnes sont celles de « {found} » : lui donner ce nom",
                "en": f"its columns are those of '{found}': give it that name",
            }
        sources = (part for each in mappings for part in each.parts if part.part and not part.part.own)
        if source := next((part.label for part in sources if part.path.name == path.name), None):
            meant = {
                "fr": f"c'est celui d'une source : l'enregistrer à sa place, {source}",
                "en": f"it is that of a source: save it in its place, {source}",
            }
        rule, texts = "depot-inconnu", message("depot-inconnu", meant=meant)
    return Finding(path.name, None, None, None, Severity.VIOLATION, rule, texts)


def has_rows(path: Path) -> bool:
    """Return whether a table has a row below its header; of one that cannot be read, that is not for here to say."""
    try:
        _, records = open_records(path, path.stem, lambda _: False)
        header = next(records, None)
        return header is None or any(letter.isalnum() for _, cells in records for cell in cells for letter in cell)
    except UnreadableError:
        return True


def _counts(path: Path) -> bool:
    name = path.name
    own = name.endswith(".txt") and _RETURNED.search(path.stem)
    return not (name.startswith((".", "~")) or name.endswith("~") or path.suffix.lower() in _PARTIAL or own)


def _is_open(path: Path) -> bool:
    """Return whether an editor's lock stands beside a file: of Excel, of LibreOffice."""
    for name in (f"~${path.name}", f".~lock.{path.name}#"):
        try:
            if time.time() - path.with_name(name).lstat().st_mtime < _STALE:
                return True
        except OSError:
            continue
    return False


def _needed(path: Path) -> float:
    """Return how long a file must have stayed the same; for ever while someone has it open to write.

    The kernel gives a lease on a file only while nobody writes it; on a file of another user, or of another machine,
    it gives none.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:  # whoever reads it will say so
        return QUIET
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return float("inf") if error.errno == errno.EAGAIN else LONG_QUIET
    except AttributeError:  # no leases on this system
        return LONG_QUIET
    finally:
        os.close(handle)
    return QUIET
