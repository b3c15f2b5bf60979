"""Tables tried on a copy of the project, and put in place once the whole of it conforms, or not at all."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher.pipeline import check
from publisher.project import load_project
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
        check(proposed, supply(proposed, self._folder, self._folder, say), self._folder, say)

    def adopt(self, names: Iterable[str]) -> None:
        """Put files of the copy's data in the place of the project's, each in one step."""
        for name in names:
            _replace(self.data / name, self.project / "data" / name)


@contextmanager
def open_trial(project: Path) -> Iterator[Trial]:
    """Yield a trial, and take its copy away."""
    with TemporaryDirectory(prefix="annuaire-") as folder:
        yield Trial(project, Path(folder))


def _replace(new: Path, table: Path) -> None:
    """Put a table in another's place in one step: a reader sees the old one or the new one."""
    table.parent.mkdir(exist_ok=True)
    beside = table.with_name(f".{table.name}.new")
    shutil.copyfile(new, beside)
    beside.replace(table)
