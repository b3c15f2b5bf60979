"""Interrupts what writes into a directory of releases at each of its changes of the disk, and looks at what is left.

`python -m tests.faults_fixture DIR TRIED COMMAND:MODE…` runs under LD_PRELOAD with the library of tests/faults.c.
Every attempt is a process of its own, forked from one that has imported everything and opened nothing.
"""

# ruff: noqa: T201 - it prints what it found

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import pieces, pipeline, revision
from publisher.errors import AnnuaireError
from publisher.project import load_project
from publisher.release import current_release, list_releases
from publisher.upkeep import prune, roll_back
from publisher.verification import list_leftovers, verify_directory, verify_history, verify_release
from tests.history_fixture import FIRST, SECOND, START, Chronicle, company
from tests.installs import find_program
from tests.projects.tiny import assemble_tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[1]
MODES = {"killed": 1, "full": 2, "broken": 3}
KILLED, REFUSED, UNEXPECTED = 137, 3, 1
DONE = 0
_NEVER = 1 << 40
_SWITCH = 9
"""How many changes of the disk there are from the numbering of the step to the end."""


def publish(var: Path) -> None:
    """Publish a third release."""
    Chronicle(var).publish([*SECOND, *company("999000004", "Delta fictive")])


def clear_out(var: Path) -> None:
    """Remove all releases but the active one, were it active since a moment only."""
    assert prune(var, 1) or len(list_releases(var)) == 1


def move_carelessly(var: Path) -> None:
    """Go back as one must not: between the two calls there is no active release."""
    (var / "current").unlink()
    (var / "current").symlink_to("releases/essai-1")


def publish_tables(var: Path) -> None:
    """Publish a project of one table, with all that `annuaire publish` does."""
    pipeline.publish(load_project(var.parent / "projet"), var, lambda _: None, force=True)


def publish_change(var: Path) -> None:
    """Publish that project with one more row, taking over what did not change, small as it is."""
    pieces._ONE_IN, revision._MOST = 2, 0
    pipeline.publish(load_project(var.parent / "projet"), var, lambda _: None)


COMMANDS: dict[str, Callable[[Path], object]] = {
    "publish": publish,
    "rollback": roll_back,
    "prune": clear_out,
    "pipeline": publish_tables,
    "change": publish_change,
    "careless": move_carelessly,
}


@dataclass(frozen=True, slots=True)
class Sweep:
    """Attempts at one command, each with another change of the disk that fails."""

    directory: Path
    command: Callable[[Path], object]
    mode: int
    library: ctypes.CDLL

    def prepare(self) -> Path:
        """Return a fresh copy of the directory of releases."""
        var = self.directory / "var"
        shutil.rmtree(var, ignore_errors=True)
        model = "modele-publie" if self.command is publish_change else "modele"
        shutil.copytree(self.directory / model, var, symlinks=True)
        return var

    def count(self) -> int:
        """Return how many changes of the disk the command makes."""
        var, found = self.prepare(), self.directory / "nombre"

        def count() -> None:
            self.library.faults_arm(self.mode, _NEVER)
            self.command(var)
            found.write_text(str(self.library.faults_seen()), encoding="utf-8")

        assert apart(count) == DONE
        return int(found.read_text(encoding="utf-8"))

    def attempt(self, number: int) -> list[str]:
        """Run the command with that change of the disk failing; return what is wrong with what is left."""
        var = self.prepare()

        def fail() -> None:
            self.library.faults_arm(self.mode, number)
            self.command(var)

        code = apart(fail)
        expected = {DONE, KILLED} if self.mode == MODES["killed"] else {DONE, REFUSED}
        faults = [] if code in expected else [f"ended with {code}"]
        told = self.directory / "constat"
        if apart(lambda: look(var, told, self.command)) != DONE:
            faults.append("what is left cannot be looked at")
        return faults + told.read_text(encoding="utf-8").splitlines()


def look(var: Path, told: Path, command: Callable[[Path], object]) -> None:
    """Note what is wrong now, and after the command is run again with a sound disk."""
    faults = []
    told.write_text("", encoding="utf-8")
    for moment in ("at once", "afterwards"):
        release = current_release(var)
        wrong = [*verify_release(release), *verify_history(var), *verify_directory(var)]
        faults += [f"{moment}: {fault['fr']}" for fault in wrong]
        if moment == "at once":
            (publish if command is roll_back else command)(var)  # a second rollback would come back again
    faults += [f"left over: {name}" for name in list_leftovers(var)]
    told.write_text("\n".join(faults), encoding="utf-8")


def apart(act: Callable[[], object]) -> int:
    """Run something in a process of its own; return how it ended."""
    if not (pid := os.fork()):
        code = UNEXPECTED
        try:
            act()
            code = DONE
        except AnnuaireError as error:
            code = REFUSED if error.texts.keys() == {"fr", "en"} else UNEXPECTED
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told
            print(f"{type(error).__module__}.{type(error).__qualname__}: {error}", flush=True)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def build_library(directory: Path) -> Path:
    """Compile tests/faults.c."""
    compiler = find_program("cc", "a C compiler is missing: apt-get install gcc")
    library = directory / "faults.so"
    flags = ["-D_GNU_SOURCE", "-D_LARGEFILE64_SOURCE", "-O1", "-fPIC", "-shared"]
    subprocess.run([compiler, *flags, "-o", str(library), str(ROOT / "tests/faults.c"), "-ldl"], check=True)
    return library


def run_sweeps(directory: Path, chosen: Sequence[str], tried: int = 0) -> dict[str, str]:
    """Sweep commands (`publish:killed`) in one process that has the library loaded; return what each told."""
    module = [sys.executable, "-m", "tests.faults_fixture", str(directory), str(tried), *chosen]
    environment = {**os.environ, "LD_PRELOAD": str(build_library(directory))}
    done = subprocess.run(module, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    told = done.stdout.split("\f")
    return dict(zip(chosen, told, strict=True))


def sweep(directory: Path, library: ctypes.CDLL, command: str, mode: str, tried: int) -> None:
    """Try each change of the disk, or `tried` all along and the last ones, around the switch; print what went wrong."""
    attempts = Sweep(directory, COMMANDS[command], MODES[mode], library)
    total = attempts.count()
    chosen = set(range(1, total + 2))
    if tried:
        chosen = {*range(1, total + 2, total // tried + 1), *range(max(1, total + 2 - _SWITCH), total + 2)}
    wrong = {number: faults for number in sorted(chosen) if (faults := attempts.attempt(number))}
    for number, faults in wrong.items():
        print(f"{number}/{total}: {'; '.join(faults)}")
    print(f"{command}:{mode}: {len(chosen)} of {total} changes tried, {len(wrong)} wrong")


def main(directory: Path, tried: int, chosen: list[str]) -> None:
    """Sweep each command, form feeds between what they print."""
    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    library.faults_arm.argtypes = [ctypes.c_int, ctypes.c_long]
    library.faults_seen.restype = ctypes.c_long

    def begin() -> None:
        assemble_tiny(directory / "projet").write("cle,nom\na,Exemple fictif\n")
        chronicle = Chronicle(directory / "modele")
        chronicle.publish(FIRST, START)
        chronicle.publish(SECOND, START)  # in the past: no server may still be answering from the first

    def begin_tables() -> None:
        publish_change(directory / "modele-publie")
        (directory / "projet/data/table.csv").write_text("cle,nom\na,Exemple fictif\nb,Autre exemple fictif\n")

    assert [apart(begin), apart(begin_tables)] == [DONE, DONE]
    for place, each in enumerate(chosen):
        if place:
            print(end="\f")
        command, _, mode = each.partition(":")
        sweep(directory, library, command, mode, tried)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
