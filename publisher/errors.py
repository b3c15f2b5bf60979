"""The exception tree and the finding: everything that can go wrong, as types with fields.

Texts are bilingual; French comes first. Exit codes are decided in `endpoints.cli`, HTTP statuses in
`endpoints.problems`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Texts = dict[str, str]
"""A text by language tag: always `fr` and `en`."""


_SHOWN = 160
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Severity(Enum):
    """How much a finding weighs: only a violation stops a publication."""

    VIOLATION = "violation"
    WARNING = "warning"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in the tables: where, what, how serious, and what to do.

    `row` is numbered as the steward's spreadsheet numbers it (the header is row 1). `rule` is the name of a
    check of ours or the IRI of a property shape. `record` is the IRI of the thing that a published row describes,
    `proposal` what to write in the whole cell, where that is known.
    """

    table: str
    row: int | None
    column: str | None
    value: str | None
    severity: Severity
    rule: str
    texts: Texts
    record: str | None = None
    proposal: str | None = None

    def line(self, lang: str = "fr") -> str:
        """Return the finding on one line: `data/entreprises.csv:2: siren "793002909": …`."""
        place = _inert(self.table) if self.row is None else f"{_inert(self.table)}:{self.row}"
        subject = shown(self.column or "")
        if self.value is not None:
            subject = f'{subject} "{shown(self.value)}"'.strip()
        text = _inert(self.texts.get(lang) or self.texts["fr"])
        return f"{place}: {subject}: {text}" if subject else f"{place}: {text}"

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {**asdict(self), "severity": self.severity.value}


def shown(value: str) -> str:
    """Return a value fit for one line of a terminal: no control character acts, no endless cell floods."""
    return _inert(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")


def _inert(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\u00a0\u202f" else _ESCAPES.get(c, f"\\u{{{ord(c):x}}}") for c in text)


class AnnuaireError(Exception):
    """Root of every error of ours. `texts` says in French and English what is wrong and what to do."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(fr)
        self.texts: Texts = {"fr": fr, "en": en}


class UsageError(AnnuaireError):
    """The command line, or a request, asks for something that makes no sense."""


class ProjectError(AnnuaireError):
    """The project directory or its `annuaire.toml` is not usable; `key` names the setting, if one."""

    def __init__(self, fr: str, en: str, *, path: Path | None = None, key: str | None = None) -> None:
        place = "".join([f"{path}: " if path else "", f"{key}: " if key else ""])
        super().__init__(place + fr, place + en)
        self.path, self.key = path, key


class MappingError(ProjectError):
    """A CSVW description says something that the mapping subset does not know: refused by name."""


class SourceError(AnnuaireError):
    """A file of an outside source is not what it should be; `row` is the line of the file, if one is at fault."""

    def __init__(self, fr: str, en: str, *, path: Path, row: int | None = None) -> None:
        place = f"{path}: " if row is None else f"{path}:{row}: "
        super().__init__(place + fr, place + en)
        self.path, self.row = path, row


class NotConformantError(AnnuaireError):
    """The tables do not conform: nothing is published. Carries every finding, and the report for files."""

    def __init__(self, findings: Sequence[Finding], report: dict[str, Any]) -> None:
        count = sum(f.severity is Severity.VIOLATION for f in findings)
        super().__init__(
            f"{count} erreur(s) : rien n'est publié, la version en ligne reste en place",
            f"{count} error(s): nothing is published, the current release stays",
        )
        self.findings = tuple(findings)
        self.report = report


class ShapesError(ProjectError):
    """A shapes graph that the gate does not understand; `shape` is the IRI of the shape, or of the nearest with one."""

    def __init__(self, fr: str, en: str, *, shape: str) -> None:
        super().__init__(f"forme SHACL refusée ({shape}) : {fr}", f"SHACL shape refused ({shape}): {en}")
        self.shape = shape
        self.why: Texts = {"fr": fr, "en": en}


class ReleaseError(AnnuaireError):
    """A release cannot be written, opened or switched to."""


class PublicationBusyError(ReleaseError):
    """Another `annuaire publish` holds the lock."""


class EngineError(AnnuaireError):
    """What is to run a conversion does not start, or does not take the plan."""


class StoreError(AnnuaireError):
    """A store cannot be reached or does not answer as it should."""


def texts(messages: Mapping[str, str], **fields: object) -> Texts:
    """Fill a bilingual template (`{"fr": "… {value}", "en": …}`) with the same fields in each language."""
    return {lang: template.format(**fields) for lang, template in messages.items()}
