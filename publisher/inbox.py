"""A folder in which people drop complete tables: each is tried with the whole project, and published or given back.

A table that conforms is published from a copy of the project, then takes its place in `data/`; what it replaces goes to
`archives/` in the folder, and the dropped file goes once all of that is on disk. Killed at any instruction, the next
run takes it up from the dropped file, which is still there.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from publisher.csvw import load_mappings
from publisher.delimited import UnreadableError
from publisher.delivery import delivered_name, find_delivery, is_delivery
from publisher.deposit_answers import DEFERRED, HELD, PUBLISHED, REFUSED, UNCHANGED, Answers
from publisher.deposits import Folder, has_rows, refuse_name, stamp_of, state_of, table_of
from publisher.errors import (
    AnnuaireError,
    Finding,
    NotConformantError,
    PublicationBusyError,
    Severity,
    UsageError,
    texts,
)
from publisher.local_ids import REGISTER
from publisher.lock import hold
from publisher.project import load_project
from publisher.refusals import explain_refusal, refusal_reason
from publisher.report import findings_of
from publisher.table import refusal_of
from publisher.trial import keep, open_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from publisher.deposits import Stamp
    from publisher.errors import Texts
    from publisher.mapping import Mapping
    from publisher.project import Project
    from publisher.publication import Publication
    from publisher.trial import Trial

    Publish = Callable[[Project], Publication]

ARCHIVES = "archives"
_LOCK = ".annuaire-depots.verrou"
_RETRY = 10.0
"""Seconds before another attempt, once something else than the tables has stood in the way."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a dropped file: `published`, `refused` or `waiting`; what is said, found; the release, if one."""

    kind: str
    file: str
    texts: Texts
    findings: tuple[Finding, ...] = ()
    release: str | None = None


@dataclass(frozen=True, slots=True)
class _Deposit:
    """A dropped file with the table that it is, and the older files dropped for that table."""

    path: Path
    stamp: Stamp
    label: str
    older: tuple[Path, ...]


class Inbox:
    """A folder and the project that it feeds; `publish` publishes a project and says what came of it."""

    def __init__(self, folder: Folder, project: Path, publish: Publish, lang: str) -> None:
        self._folder, self._project, self._publish = folder, project, publish
        self._answers = Answers(folder.directory, lang)
        self._settled: object = None
        self._told: dict[str, object] = {}
        self._again = 0.0

    def look(self) -> Iterator[Outcome]:
        """Deal with the files that are complete; yield what became of each, as it is known.

        Nothing is done again until a file or the project changes; what fails for another reason than the tables is
        tried again after a while.
        """
        files: dict[Path, Stamp] = {}
        try:
            files = {path: stamp for path, stamp in self._folder.complete().items() if not self._answers.is_own(path)}
            yield from self._say_held()
            state = (files, state_of(self._project)) if files else None
            if state is None or state == self._settled or self._folder.clock() < self._again:
                return
            yield from self._deal(files)
            self._settled = state
        except (AnnuaireError, OSError) as error:
            self._again = self._folder.clock() + _RETRY
            yield from self._defer(error, files)
        else:
            self._told.pop("", None)

    def _deal(self, files: dict[Path, Stamp]) -> Iterator[Outcome]:
        mappings = load_mappings(load_project(self._project))
        dropped: dict[str, list[Path]] = {}
        for path in sorted(files, key=lambda path: (files[path].changed, path)):
            mapping = table_of(path, mappings)
            if mapping and is_delivery(path):
                dropped.setdefault(mapping.label, []).append(path)
            elif mapping or is_delivery(path):
                yield from self._refuse(path, path.name, (refuse_name(path, mapping, mappings),), None)
        batch = [_Deposit(latest, files[latest], label, tuple(older)) for label, (*older, latest) in dropped.items()]
        if batch:
            yield from self._settle(batch)

    def _settle(self, batch: list[_Deposit]) -> Iterator[Outcome]:
        """Publish tables together; where that is refused, those without an error first, then the others one by one."""
        with open_trial(self._project) as trial:
            unread = {each.label: refusal for each in batch if (refusal := _substitute(trial, each))}
            if not unread:
                if any(stamp_of(each.path) != each.stamp for each in batch):
                    return  # what changed meanwhile is for the next look
                try:
                    publication = self._publish(load_project(trial.copy))
                except NotConformantError as refusal:
                    findings = refusal.findings
                else:
                    yield from self._accept(batch, publication, trial)
                    return
            else:
                findings = tuple(unread.values())
            if len(batch) == 1:
                reader = None if unread else _readers(trial).get(batch[0].label)
                yield from self._refuse(batch[0].path, batch[0].label, findings, reader)
                return
        wrong = {each.table for each in findings if each.severity is Severity.VIOLATION}
        guilty = [each for each in batch if each.label in wrong] or batch
        if innocent := [each for each in batch if each not in guilty]:
            yield from self._settle(innocent)
        for each in guilty:
            yield from self._settle([each])

    def _accept(self, batch: Sequence[_Deposit], publication: Publication, trial: Trial) -> Iterator[Outcome]:
        """Put the tables published in their places, and say so; the dropped files go last of all."""
        archive = self._folder.directory / ARCHIVES
        release = publication.release
        findings = (*findings_of(release.report), *publication.notices)
        said = texts(PUBLISHED if publication.fresh else UNCHANGED, release=release.name)
        for each in batch:
            trial.deliver(each.label, archive)
        if (trial.copy / REGISTER).is_file():
            trial.adopt([PurePath(REGISTER).name])
        own = {each.label: _called(findings, each.label, each.path.name) for each in batch}
        for each in batch:
            self._answers.accept(each.path, said, own[each.label])
            for older in each.older:
                keep(older, archive)
                older.unlink()
            if stamp_of(each.path) == each.stamp:
                each.path.unlink()
            self._told.pop(each.path.name, None)
        for each in batch:
            yield Outcome("published", each.path.name, said, own[each.label], release.name)

    def _refuse(
        self, path: Path, label: str, findings: Sequence[Finding], mapping: Mapping | None
    ) -> Iterator[Outcome]:
        """Give a file back with its findings and the errors that it causes elsewhere; the same is said once."""
        errors = [each for each in findings if each.severity is Severity.VIOLATION]
        own = _called(findings, label, path.name)
        others = {each.table: delivered_name(each.table, self._project) for each in errors if each.table != label}
        elsewhere = tuple(each for other, name in others.items() for each in _called(errors, other, name))
        said = texts(REFUSED, count=len(errors))
        self._answers.refuse(path, said, own, elsewhere, mapping)
        yield from self._say(Outcome("refused", path.name, said, (*own, *elsewhere)))

    def _defer(self, error: AnnuaireError | OSError, files: Iterable[Path]) -> Iterator[Outcome]:
        """Say what stands in the way, beside the files too if that is possible."""
        reason = error.texts if isinstance(error, AnnuaireError) else explain_refusal(error)
        said = {lang: texts(DEFERRED, reason=reason[lang])[lang] for lang in reason}
        for path in filter(is_delivery, files):
            with suppress(OSError):
                self._answers.defer(path, said)
        yield from self._say(Outcome("waiting", "", said))

    def _say_held(self) -> Iterator[Outcome]:
        for path in self._folder.held:
            yield from self._say(Outcome("waiting", path.name, HELD))

    def _say(self, outcome: Outcome) -> Iterator[Outcome]:
        if self._told.get(outcome.file) != outcome:
            self._told[outcome.file] = outcome
            yield outcome


@contextmanager
def open_inbox(directory: Path, project: Path, publish: Publish, lang: str) -> Iterator[Inbox]:
    """Open a folder as an inbox; only one process at a time has it.

    Raises:
        UsageError: no folder, or one that holds the project's own tables.
        ProjectError: no project.
        PublicationBusyError: another process has it.
        OSError: the folder, or the project's tables, cannot be written.
    """
    load_project(project)
    data = project / "data"
    if not directory.is_dir():
        raise UsageError(f"{directory} : dossier introuvable", f"{directory}: no such folder")
    if directory.resolve().is_relative_to(data.resolve()):
        raise UsageError(
            f"{directory} est dans les tables du projet : surveiller un autre dossier, où l'on dépose",
            f"{directory} is among the project's tables: watch another folder, to drop files in",
        )
    if not os.access(data, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(data))
    held = hold(directory / _LOCK)
    if held is None:
        raise PublicationBusyError(
            f"{directory} : un autre « annuaire watch » suit déjà ce dossier",
            f"{directory}: another 'annuaire watch' follows this folder already",
        )
    try:
        yield Inbox(Folder(directory), project, publish, lang)
    finally:
        os.close(held)


def _substitute(trial: Trial, deposit: _Deposit) -> Finding | None:
    """Put a dropped file in the place of its table in the trial; return why that cannot be, if so."""
    declared = trial.copy / deposit.label
    filled = has_rows(find_delivery(declared))
    try:
        trial.substitute(deposit.label, deposit.path)
    except OSError as error:
        return refusal_of(deposit.label, UnreadableError("table-illisible", reason=refusal_reason(error)))
    empty = filled and not has_rows(find_delivery(declared))
    return refusal_of(deposit.label, UnreadableError("depot-vide")) if empty else None


def _called(findings: Iterable[Finding], table: str, name: str) -> tuple[Finding, ...]:
    """Return the findings of a table under the name that its readers know it by."""
    return tuple(replace(each, table=name) for each in findings if each.table == table)


def _readers(trial: Trial) -> dict[str, Mapping]:
    """Return the mappings by which the files of a trial are read, by label."""
    mappings = load_mappings(load_project(trial.copy))
    return {part.label: part for mapping in mappings for part in mapping.parts or (mapping,)}
