"""What the command line prints: findings, progress, JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from endpoints.progress import Progress, draw, erase
from publisher.delivery import delivered_name
from publisher.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from publisher.errors import AnnuaireError, Finding

_STEPS = {
    "fetch": ("téléchargement des sources", "fetching sources"),
    "read": ("lecture", "reading"),
    "check": ("contrôle des cellules", "checking cells"),
    "link": ("rattachement aux référentiels", "linking to references"),
    "convert": ("conversion en RDF", "converting to RDF"),
    "extract": ("extraits", "extracts"),
    "validate": ("contrôle SHACL", "SHACL validation"),
    "counts": ("décomptes", "counts"),
    "search": ("index de recherche", "search index"),
    "dumps": ("fichiers à télécharger", "files to download"),
    "store": ("base de données", "database"),
    "history": ("historique", "history"),
    "seal": ("écriture de la version", "writing the release"),
}
_SEVERITIES = {
    Severity.VIOLATION: ("erreur", "error"),
    Severity.WITHHELD: ("retenu", "withheld"),
    Severity.WARNING: ("avertissement", "warning"),
}
_MINUTE = 60


@dataclass(slots=True)
class Console:
    """Prints for a person in `lang` (fr or en), or for a program when `as_json`."""

    lang: str
    as_json: bool
    _expected: dict[str, float] = field(default_factory=dict)
    _bar: Progress | None = None

    def pick(self, fr: str, en: str) -> str:
        """Return the text in the console's language."""
        return en if self.lang == "en" else fr

    def say(self, fr: str, en: str) -> None:
        """Print a line for a person."""
        if not self.as_json:
            print(self.pick(fr, en), flush=True)  # noqa: T201 — this is the command line

    def expect(self, durations: Mapping[str, float]) -> None:
        """Say how many seconds the steps to come took the last time."""
        self._expected.update(durations)

    def step(self, name: str) -> None:
        """Show on a terminal how far the flow is; nothing elsewhere."""
        if self.as_json or not sys.stderr.isatty():
            return
        if self._bar is None:
            names = {step: self.pick(*texts) for step, texts in _STEPS.items()}
            self._bar = Progress(names, self._expected, self._left)
        self._bar.step(name)

    def progress(self, share: float) -> None:
        """Show on a terminal which share of a file is read, from 0 to 1; nothing elsewhere."""
        if not self.as_json and sys.stderr.isatty():
            draw(share, f"{share:.0%} {self.pick(*_STEPS['read'])}…")

    def clear(self) -> None:
        """Take the progress bar off the terminal."""
        if self._bar is not None:
            self._bar.clear()
            self._bar = None
        if not self.as_json and sys.stderr.isatty():
            erase()

    def _left(self, seconds: float) -> str:
        if seconds < _MINUTE:
            return self.pick(f" encore {seconds:.0f} s environ", f" about {seconds:.0f} s left")
        minutes = seconds / _MINUTE
        return self.pick(f" encore {minutes:.0f} min environ", f" about {minutes:.0f} min left")

    def findings(self, findings: Sequence[Finding], project: Path | None = None) -> None:
        """Print the findings, one a line, under a heading a severity.

        A table of the project is called by the file that was delivered, such as `data/entreprises.xlsx`.
        """
        files = {each: delivered_name(each, project) if project else each for each in {each.table for each in findings}}
        for severity, names in _SEVERITIES.items():
            chosen = [replace(each, table=files[each.table]) for each in findings if each.severity is severity]
            if chosen and not self.as_json:
                print(f"{self.pick(*names)} ({len(chosen)})")  # noqa: T201
                for finding in chosen:
                    print(f"  {finding.line(self.lang)}")  # noqa: T201

    def result(self, content: dict[str, Any]) -> None:
        """Print a result for a program."""
        if self.as_json:
            print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201

    def report(self, report: dict[str, Any], project: Path) -> None:
        """Print a report for a program: `file` says where a table was read, unless it is the one declared."""
        files = {each: delivered_name(each, project) for each in {each["table"] for each in report["findings"]}}
        moved = {table: {"file": file} for table, file in files.items() if file != table}
        self.result({**report, "findings": [each | moved.get(each["table"], {}) for each in report["findings"]]})

    def event(self, content: dict[str, Any]) -> None:
        """Print one of several results for a program, on a line of its own and at once."""
        if self.as_json:
            print(json.dumps(content, ensure_ascii=False), flush=True)  # noqa: T201

    def error(self, error: AnnuaireError) -> None:
        """Print an error: one line for a person, an object for a program."""
        self.clear()
        if self.as_json:
            print(json.dumps({"error": type(error).__name__, "texts": error.texts}, ensure_ascii=False))  # noqa: T201
        else:
            print(f"annuaire: {error.texts[self.lang]}", file=sys.stderr)  # noqa: T201
