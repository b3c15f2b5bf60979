"""What the project directories of tests have in common: where they are, and the command line run on them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.cli import main
from publisher.project import Project, load_project

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the command line answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class ProjectDirectory:
    """A project directory that a test may change; `var` is where its releases go."""

    directory: Path

    @property
    def var(self) -> Path:
        """The directory of releases."""
        return self.directory / "var"

    @property
    def project(self) -> Project:
        """The project as it is read now."""
        return load_project(self.directory)

    def run(self, *arguments: str) -> Run:
        """Run the installed command in a process of its own, on this project."""
        command = [sys.executable, "-m", "endpoints.cli", *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, encoding="utf-8", check=False)
        return Run(done.returncode, done.stdout, done.stderr)

    def main(self, command: str, *arguments: str) -> int:
        """Run a command in this process; return its exit code."""
        places = {
            "check": ["--project", str(self.directory)],
            "publish": ["--project", str(self.directory), "--var", str(self.var)],
            "releases": ["--var", str(self.var)],
        }
        return main([command, *places[command], *arguments])
