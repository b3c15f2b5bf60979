"""A file that someone fills in → which table it is, what is wrong with it, and the file with a column of findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from publisher.annotation import annotate
from publisher.backdrop import prepare_backdrop
from publisher.delimited import UnreadableError
from publisher.recognition import recognise_table
from publisher.substitution import Trial, try_table
from publisher.table import open_records, refusal_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from publisher.delimited import Record
    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.representations import Representation

ROWS = 5_000
"""How many rows a table may have: the gate takes about a second for a thousand."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be checked: a file, the name that its author gave it, the table chosen (empty: by its header)."""

    path: Path
    name: str
    table: str
    lang: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `trial` is None when no table was recognised; `annotated` when the file cannot be read."""

    trial: Trial | None
    findings: tuple[Finding, ...]
    annotated: tuple[bytes, Representation] | None


def check_file(
    project: Project, mappings: Sequence[Mapping], subject: Subject, backdrops: Path, workspace: Path
) -> Checked:
    """Check a file against the project; `backdrops` is where what does not depend on the file is kept.

    Raises:
        ProjectError: the project itself cannot be read.
    """
    chosen = next((each for each in mappings if each.name == subject.table), None)
    stem = subject.name.rpartition(".")[0] or subject.name
    label = chosen.label if chosen else subject.name
    try:
        sheet = chosen.sheet if chosen else stem
        known = (chosen,) if chosen else mappings
        dialect, source = open_records(subject.path, sheet, lambda name: any(each.recognise(name) for each in known))
        header = next(source, (1, []))
        mapping = chosen or recognise_table(header[1], stem, mappings)
        label = mapping.label
        records = _bounded(header, source)
    except UnreadableError as error:
        return Checked(None, (refusal_of(label, error),), None)
    tried = replace(mapping, path=subject.path)
    trial = try_table(project, mappings, tried, prepare_backdrop(project, mappings, backdrops), workspace)
    delimiter = dialect.delimiter if dialect else None
    annotated = annotate(records, trial.findings, subject.lang, delimiter, mapping)
    return Checked(trial, trial.findings, annotated)


def _bounded(header: Record, source: Iterable[Record]) -> list[Record]:
    records = [header, *islice(source, ROWS + 1)]
    if len(records) > ROWS + 1:
        raise UnreadableError("trop-de-lignes", records[-1][0], limit=ROWS)
    return records
