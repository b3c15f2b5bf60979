"""The tables of a project given back with a column of findings: a file beside no table, so that nothing is replaced."""

from __future__ import annotations

from collections import defaultdict
from glob import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from publisher.annotation import annotate
from publisher.delimited import UnreadableError
from publisher.table import open_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.errors import Finding
    from publisher.mapping import Mapping

ANSWER = ".constats"
"""What the name of a table given back with its findings ends with, before its extension."""

_FOLDER = "data"


def write_annotated(mappings: Iterable[Mapping], findings: Iterable[Finding], directory: Path, lang: str) -> list[Path]:
    """Write each table that has findings into a directory, as `entreprises.constats.csv`; return the files written.

    Those of an earlier run, on tables that have no findings any more, are removed. A table that cannot be read as one
    has none: its only finding says why.
    """
    told: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        told[finding.table].append(finding)
    written = []
    for mapping in (part for whole in mappings for part in whole.parts or (whole,)):
        place = directory / _place(mapping.label)
        for old in place.parent.glob(f"{escape(place.name)}{ANSWER}.*"):
            old.unlink()
        content = annotate_table(mapping, told[mapping.label], lang) if told[mapping.label] else None
        if content is not None:
            path = place.with_name(f"{place.name}{ANSWER}{content[1]}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[0])
            written.append(path)
    return written


def annotate_table(mapping: Mapping, findings: Sequence[Finding], lang: str) -> tuple[bytes, str] | None:
    """Return a table with its findings and its file's extension; None of what cannot be read as a table."""
    try:
        dialect, source = open_records(mapping.path, mapping.sheet, lambda name: mapping.recognise(name) is not None)
        records = list(source)
    except UnreadableError:
        return None
    content, form = annotate(records, findings, lang, dialect.delimiter if dialect else None, mapping)
    return content, f".{form.extension}"


def _place(label: str) -> Path:
    """Return where a table goes: `territoires/communes` for `data/territoires/communes.csv`."""
    path = PurePosixPath(label).with_suffix("")
    return Path(path.relative_to(_FOLDER)) if path.is_relative_to(_FOLDER) else Path(path)
