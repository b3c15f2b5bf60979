"""Which file holds a table: the one that its description declares, or the same table delivered in another format.

A table declared as `entreprises.csv` may lie beside its description as `entreprises.xlsx`, `.ods`, `.parquet` or
`.tsv` instead; the file's name says which table it is, its content how it is read. Two files for one table are refused.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet"})


def is_delivery(path: Path) -> bool:
    """Return whether a file's name is that of a table's file."""
    return path.suffix.casefold() in _SUFFIXES


def find_deliveries(declared: Path) -> tuple[Path, ...]:
    """Return the files that are there for a table, whatever their format; `declared` is one of their names."""
    try:
        present = [path for path in declared.parent.iterdir() if _stands_for(path, declared)]
    except OSError:
        return ()
    return tuple(sorted(present))


def find_delivery(declared: Path) -> Path:
    """Return the file to read for a table: the one that is there, or the declared one when none or several are."""
    found = find_deliveries(declared)
    return found[0] if len(found) == 1 else declared


def delivered_name(table: str, project: Path) -> str:
    """Return what people call a table of a project: by the file that is there, such as `data/entreprises.xlsx`."""
    declared = PurePosixPath(table)
    found = find_delivery(project / declared) if declared.suffix else None
    if found is None or found.name == declared.name:
        return table  # an address too: it is no path
    return declared.with_name(found.name).as_posix()


def _stands_for(path: Path, declared: Path) -> bool:
    return path.stem.casefold() == declared.stem.casefold() and is_delivery(path)
