"""What is said of a dropped file, beside it: a text with the findings, and the table with a column of them.

A table given back that a person has changed since is theirs: it is never written over, and counts as dropped.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from publisher.annotated_tables import ANSWER, annotate_table
from publisher.annotation import SEVERITIES
from publisher.deposits import stamp_of, stem_of
from publisher.fingerprint import file_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from publisher.deposits import Stamp
    from publisher.errors import Finding, Texts
    from publisher.mapping import Mapping

PUBLISHED = {"fr": "publié, version {release}", "en": "published, release {release}"}
UNCHANGED = {"fr": "rien de nouveau, version {release}", "en": "nothing new, release {release}"}
REFUSED = {
    "fr": "refusé, {count} erreur(s) ; la version en ligne n'a pas changé",
    "en": "refused, {count} error(s); the current release has not changed",
}
DEFERRED = {"fr": "pas encore publié : {reason}", "en": "not published yet: {reason}"}
HELD = {
    "fr": "ouvert dans un tableur : sera lu une fois fermé",
    "en": "open in a spreadsheet: will be read once closed",
}

_OWN = ".annuaire-constats.json"
_HERE = {"fr": "Dans cette table :", "en": "In this table:"}
_ELSEWHERE = {"fr": "Dans les autres tables, avec celle-ci :", "en": "In the other tables, with this one:"}
_NEXT = {
    "fr": "Corriger le fichier{returned} et l'enregistrer dans ce dossier : il sera relu.",
    "en": "Correct the file{returned} and save it in this folder: it will be read again.",
}
_OR = {"fr": ", ou {name},", "en": ", or {name},"}


class Answers:
    """The answers in a folder, in one language; which tables among them are still as they were written."""

    def __init__(self, directory: Path, lang: str) -> None:
        self._directory, self._lang = directory, lang
        try:
            self._own: dict[str, str] = json.loads((directory / _OWN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._own = {}
        self._known: dict[Path, tuple[Stamp | None, bool]] = {}

    def is_own(self, path: Path) -> bool:
        """Return whether a file is a table given back that nobody has changed."""
        if path.name not in self._own:
            return False
        stamp = stamp_of(path)
        if path not in self._known or self._known[path][0] != stamp:
            with suppress(OSError):
                self._known[path] = stamp, file_digest(path) == self._own[path.name]
        return path in self._known and self._known[path][1]

    def refuse(
        self, path: Path, said: Texts, own: Sequence[Finding], elsewhere: Sequence[Finding], mapping: Mapping | None
    ) -> None:
        """Say why a file is refused: its own findings, and the errors that it would cause in other tables."""
        returned = self._give_back(path, mapping, own)
        name = _OR[self._lang].format(name=returned.name) if returned else ""
        end = _NEXT[self._lang].format(returned=name)
        self._tell(path, said, [*self._lines(_HERE, own), *self._lines(_ELSEWHERE, elsewhere), "", end])

    def accept(self, path: Path, said: Texts, findings: Sequence[Finding]) -> None:
        """Say that a table is published, and with which findings; the one given back before goes."""
        self._withdraw(path)
        self._tell(path, said, self._lines(_HERE, findings))

    def defer(self, path: Path, said: Texts) -> None:
        """Say why a file could not be dealt with yet."""
        self._tell(path, said, [])

    def _lines(self, heading: dict[str, str], findings: Sequence[Finding]) -> list[str]:
        told = [f"  {SEVERITIES[each.severity][self._lang]} : {each.line(self._lang)}" for each in findings]
        return ["", heading[self._lang], *told] if told else []

    def _tell(self, path: Path, said: Texts, lines: list[str]) -> None:
        """Write the text, with a byte order mark, as old editors need it; as it stands it is left alone."""
        answer = path.with_name(f"{stem_of(path)}{ANSWER}.txt")
        told = "\n".join([f"{path.name} : {said[self._lang]}", *lines]) + "\n"
        with suppress(OSError, UnicodeDecodeError):
            if answer.read_text(encoding="utf-8-sig").partition("\n")[2] == told:
                return
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
        _write(answer, f"{now}\n{told}".encode("utf-8-sig"))

    def _give_back(self, path: Path, mapping: Mapping | None, findings: Sequence[Finding]) -> Path | None:
        """Write the table with its findings; return where, None if there is none or it cannot be read."""
        self._withdraw(path)
        content = annotate_table(mapping, findings, self._lang) if mapping and findings else None
        if content is None:
            return None
        stem = f"{stem_of(path)}{ANSWER}"
        number, target = 1, path.with_name(f"{stem}{content[1]}")
        while target.exists():
            number += 1
            target = path.with_name(f"{stem}-{number}{content[1]}")
        _write(target, content[0])
        self._own[target.name] = file_digest(target)
        self._remember()
        return target

    def _withdraw(self, path: Path) -> None:
        """Remove the tables given back before of this one, but for those that someone has changed."""
        for name in [name for name in self._own if stem_of(path.with_name(name)) == stem_of(path)]:
            returned = path.with_name(name)
            if self.is_own(returned):
                returned.unlink()
            del self._own[name]
        self._remember()

    def _remember(self) -> None:
        _write(self._directory / _OWN, json.dumps(self._own, sort_keys=True).encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step: nobody sees half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
