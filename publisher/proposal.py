"""A table proposed to a person: written beside the tables in use, never in their place."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def write_proposal(folder: Path, table: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Path:
    """Write a proposal beside earlier ones, under a name that is free; the same proposal is not written twice."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    folder.mkdir(exist_ok=True)
    number = 1
    while True:
        path = folder / (f"{table}.csv" if number == 1 else f"{table}-{number}.csv")
        if not path.exists():
            path.write_bytes(content)
            return path
        if path.read_bytes() == content:
            return path
        number += 1
