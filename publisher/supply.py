"""Sources that are addresses → files to read: fetched now, or the last good copy, and a warning that says so."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import duckdb

from publisher.copies import find_copy
from publisher.csvw import load_mappings
from publisher.errors import Finding, Severity
from publisher.fetching import FetchError, Limits, Validators, fetch
from publisher.fingerprint import file_digest, software_version
from publisher.mapping import Copy
from publisher.messages import message
from publisher.parts import with_date
from publisher.report import has_violation
from publisher.source_settings import complete, variables_of
from publisher.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from publisher.errors import Texts
    from publisher.mapping import Mapping, Part
    from publisher.project import Project

LIMITS = Limits()
_Kept = tuple["Path", Copy]


def supply(
    project: Project, var: Path, workspace: Path, say: Callable[[str], None], limits: Limits = LIMITS
) -> tuple[Mapping, ...]:
    """Return a project's mappings with what the addresses of their sources give, fetched into `workspace`.

    `var` holds the copies last published: a server is told which one is here, and it is used when the server is away,
    or when what it gives cannot be read as the table.

    Raises:
        ProjectError: see `publisher.csvw.load_mappings`.
    """
    mappings = load_mappings(project)
    if any(part.part and part.part.address for mapping in mappings for part in mapping.parts):
        say("fetch")
    return _replaced(mappings, lambda each, part: _supplied(each, part, find_copy(var, part), workspace, limits))


def supply_copies(project: Project, var: Path) -> tuple[Mapping, ...]:
    """Return a project's mappings with the copies last published in the place of addresses, and nothing fetched.

    Raises:
        ProjectError: see `publisher.csvw.load_mappings`.
    """

    def kept(mapping: Mapping, part: Part) -> Mapping:
        found = find_copy(var, part)
        return _with(mapping, part, *found) if found else mapping

    return _replaced(load_mappings(project), kept)


def notices_of(mappings: Sequence[Mapping]) -> tuple[Finding, ...]:
    """Return what was found when sources were fetched."""
    return tuple(notice for mapping in mappings for part in mapping.parts for notice in part.notices)


def _replaced(mappings: Sequence[Mapping], supplied: Callable[[Mapping, Part], Mapping]) -> tuple[Mapping, ...]:
    return tuple(
        replace(
            mapping,
            parts=tuple(
                supplied(each, each.part) if each.part and each.part.address else each for each in mapping.parts
            ),
        )
        for mapping in mappings
    )


def _supplied(mapping: Mapping, part: Part, kept: _Kept | None, workspace: Path, limits: Limits) -> Mapping:
    target = workspace / f"source-{part.name}"
    try:
        copy = _fetch(part, target, kept[1] if kept else None, limits)
    except FetchError as error:
        return _instead(mapping, part, kept, error.texts)
    if kept and copy.sha512 == kept[1].sha512:
        return _with(mapping, part, *kept)
    fetched = _with(mapping, part, target, copy)
    if kept:
        with duckdb.connect() as connection:
            table, found = read_table(connection, fetched, workspace)
        if table is None or has_violation(found):
            refusal = next(each for each in found if each.severity is Severity.VIOLATION)
            return _instead(mapping, part, kept, {lang: refusal.line(lang) for lang in ("fr", "en")})
    return fetched


def _fetch(part: Part, target: Path, known: Copy | None, limits: Limits) -> Copy:
    """Fetch a source; return what was fetched, or the copy known when the server says that it is the same.

    Raises:
        FetchError: see `publisher.fetching`; or a variable of the address is not set.
    """
    url = part.address or ""
    for name in variables_of(url):
        if not os.environ.get(name):
            raise FetchError(f"variable {name} absente de l'environnement", f"variable {name} not in the environment")
    validators = Validators(known.etag, known.last_modified) if known else Validators()
    agent = f"annuaire-territorial/{software_version()}"
    found = fetch(complete(url, dict(os.environ)), target, agent, validators, limits)
    if found is None and known:
        return known
    found = found or Validators()
    sha512 = file_digest(target)
    if known and known.sha512 == sha512:
        return known
    now = datetime.now(tz=UTC).replace(microsecond=0)
    day = min(_day(found.last_modified) or now.date(), now.date())
    return Copy(sha512, now.isoformat(), day.isoformat(), found.etag, found.last_modified)


def _day(last_modified: str | None) -> date | None:
    try:
        return parsedate_to_datetime(last_modified).date() if last_modified else None
    except ValueError:
        return None


def _with(mapping: Mapping, part: Part, path: Path, copy: Copy) -> Mapping:
    return replace(mapping, path=path, part=replace(part, copy=copy), notes=with_date(mapping.notes, copy.date))


def _instead(mapping: Mapping, part: Part, kept: _Kept | None, reason: Texts) -> Mapping:
    """Return a mapping that reads the copy kept, with a warning; without one, that the source cannot be read."""
    rule, severity = ("source-copie", Severity.WARNING) if kept else ("source-absente", Severity.VIOLATION)
    texts = message(rule, reason=reason, date=kept[1].fetched[:10] if kept else "")
    read = _with(mapping, part, *kept) if kept else mapping
    return replace(read, notices=(Finding(mapping.label, None, None, None, severity, rule, texts),))
