"""What the command line prints: findings, progress, JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.errors import AnnuaireError, Finding

_STEPS = {
    "fetch": ("téléchargement des sources", "fetching sources"),
    "read": ("lecture", "reading"),
    "check": ("contrôle des cellules", "checking cells"),
    "link": ("rattachement aux référentiels", "linking to references"),
    "convert": ("conversion en RDF", "converting to RDF"),
    "validate": ("contrôle SHACL", "SHACL validation"),
    "extract": ("extraits", "extracts"),
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
_BAR = 24


@dataclass(frozen=True, slots=True)
class Console:
    """Prints for a person in `lang` (fr or en), or for a program when `as_json`."""

    lang: str
    as_json: bool

    def pick(self, fr: str, en: str) -> str:
        """Return the text in the console's language."""
        return en if self.lang == "en" else fr

    def say(self, fr: str, en: str) -> None:
        """Print a line for a person."""
        if not self.as_json:
            print(self.pick(fr, en), flush=True)  # noqa: T201 — this is the command line

    def step(self, name: str) -> None:
        """Show on a terminal how far the flow is; nothing elsewhere."""
        if self.as_json or not sys.stderr.isatty():
            return
        place = list(_STEPS).index(name) + 1
        _draw((place - 1) / len(_STEPS), f"{place}/{len(_STEPS)} {self.pick(*_STEPS[name])}…")

    def progress(self, share: float) -> None:
        """Show on a terminal which share of a file is read, from 0 to 1; nothing elsewhere."""
        if not self.as_json and sys.stderr.isatty():
            _draw(share, f"{share:.0%} {self.pick(*_STEPS['read'])}…")

    def clear(self) -> None:
        """Take the progress bar off the terminal."""
        if not self.as_json and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def findings(self, findings: Sequence[Finding]) -> None:
        """Print the findings, one a line, under a heading a severity."""
        for severity, names in _SEVERITIES.items():
            chosen = [finding for finding in findings if finding.severity is severity]
            if chosen and not self.as_json:
                print(f"{self.pick(*names)} ({len(chosen)})")  # noqa: T201
                for finding in chosen:
                    print(f"  {finding.line(self.lang)}")  # noqa: T201

    def result(self, content: dict[str, Any]) -> None:
        """Print a result for a program."""
        if self.as_json:
            print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201

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


def _draw(share: float, text: str) -> None:
    bar = "█" * int(_BAR * share)
    sys.stderr.write(f"\r\x1b[K[{bar:<{_BAR}}] {text}")
    sys.stderr.flush()
