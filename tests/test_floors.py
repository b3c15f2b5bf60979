"""A module imports only from floors below its own, and the publisher knows nothing of the endpoints.

The floors are finer than those of a drawing: nothing on one needs its neighbours. `floors.txt` has a line for each
module; a new one must be given its floor there.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LINES = (ROOT / "tests/floors.txt").read_text(encoding="utf-8").splitlines()
"""A line a module, sorted: its name and its floor, the lowest being 0."""
FLOORS = {name: int(floor) for name, floor in (line.split(" ") for line in LINES)}


def modules() -> dict[str, Path]:
    """Return every module of both packages, with its file."""
    paths = [path for package in ("publisher", "endpoints") for path in (ROOT / package).rglob("*.py")]
    found = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    return {name: path for name, path in found.items() if not name.endswith("__init__")}


MODULES = modules()


def imports(path: Path) -> set[str]:
    """Return the modules of ours that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & MODULES.keys()


def lowest(name: str) -> int:
    """Return the lowest floor that a module may be on."""
    package = name.partition(".")[0]
    below = [FLOORS.get(each, -1) for each in imports(MODULES[name]) if each.startswith(package)]
    return max(below, default=-1) + 1


def test_every_module_has_a_floor() -> None:
    """Each module has one line in `floors.txt`, and each line a module; a new one is told its lowest floor."""
    new = MODULES.keys() - FLOORS.keys()
    assert sorted((name, lowest(name)) for name in new) == []
    assert sorted(FLOORS.keys() - MODULES.keys()) == []
    assert sorted(FLOORS) == [line.partition(" ")[0] for line in LINES]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_go_down(name: str) -> None:
    """A module imports nothing from its own floor or above; the publisher, nothing from the endpoints."""
    package = name.partition(".")[0]
    for imported in imports(MODULES[name]):
        if imported.startswith(package):
            assert FLOORS.get(imported, 0) < FLOORS.get(name, len(FLOORS)), imported
        else:
            assert package == "endpoints", imported


def test_package_files_hold_nothing() -> None:
    """`__init__.py` files say what a package is; they import nothing, so that no floor is short-circuited."""
    for package in ("publisher", "endpoints"):
        for path in (ROOT / package).rglob("__init__.py"):
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert all(isinstance(node, ast.Expr) for node in body), path
