"""Tables tried on a copy of the project, and put in place once the whole of it conforms, or not at all."""

from __future__ import annotations

import filecmp
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher.delivery import find_deliveries, find_delivery
from publisher.pipeline import check
from publisher.project import load_project
from publisher.release import flush
from publisher.supply import supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Trial:
    """A copy of a project whose tables may be changed; nothing of the project itself is."""

    def __init__(self, project: Path, folder: Path) -> None:
        self.project, self.copy = project, folder / "projet"
        self._folder = folder
        shutil.copytree(project / "data", self.copy / "data")
        for entry in project.iterdir():  # sources that the settings name may be anywhere in the project
            if entry.name != "data" and not entry.name.startswith("."):
                (self.copy / entry.name).symlink_to(entry.resolve())

    @property
    def data(self) -> Path:
        """The copy's tables."""
        return self.copy / "data"

    def check(self, say: Callable[[str], None]) -> None:
        """Take the copy through the gate.

        Raises:
            NotConformantError: the project would no longer conform.
        """
        proposed = load_project(self.copy)
        check(proposed, supply(proposed, self._folder, self._folder, say), self._folder, say, None)

    def adopt(self, names: Iterable[str]) -> None:
        """Put files of the copy's data in the place of the project's, each in one step."""
        for name in names:
            _replace(self.data / name, self.project / "data" / name)

    def substitute(self, label: str, delivered: Path) -> None:
        """Put a file in the place of the copy's table of this label, whatever the format of either."""
        declared = self.copy / label
        for old in find_deliveries(declared):
            old.unlink()
        shutil.copyfile(delivered, declared.with_suffix(delivered.suffix.lower()))

    def deliver(self, label: str, archive: Path) -> None:
        """Put the copy's table in the place of the project's, once the one that it replaces is in `archive`."""
        new, declared = find_delivery(self.copy / label), self.project / label
        target = declared.with_name(new.name)
        for old in find_deliveries(declared):
            if not filecmp.cmp(old, new, shallow=False):
                keep(old, archive)
        _replace(new, target)
        for old in find_deliveries(declared):
            if old.name != target.name:
                old.unlink()


@contextmanager
def open_trial(project: Path) -> Iterator[Trial]:
    """Yield a trial, and take its copy away."""
    with TemporaryDirectory(prefix="annuaire-") as folder:
        yield Trial(project, Path(folder))


def keep(path: Path, archive: Path) -> None:
    """Copy a file into an archive under its name and this instant, unless the archive has the same content already."""
    archive.mkdir(exist_ok=True)
    kept = [each for each in archive.iterdir() if each.name.startswith(f"{path.stem}.") and each.suffix == path.suffix]
    if any(filecmp.cmp(each, path, shallow=False) for each in kept):
        return
    instant = f"{datetime.now(tz=UTC):%Y-%m-%dT%H%M%SZ}"
    names = (f"{path.stem}.{instant}{f'-{number}' if number else ''}{path.suffix}" for number in count())
    _replace(path, next(archive / name for name in names if not (archive / name).exists()))


def _replace(new: Path, table: Path) -> None:
    """Put a table in another's place in one step: a reader sees the old one or the new one, so does a power cut."""
    table.parent.mkdir(exist_ok=True)
    beside = table.with_name(f".{table.name}.new")
    shutil.copyfile(new, beside)
    if table.exists():  # whoever could write the table can still
        shutil.copymode(table, beside)
    flush(beside)
    beside.replace(table)
    flush(table.parent)
