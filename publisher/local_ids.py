"""Rows without their official key: local ids, kept in a register that the steward can read, and never given twice.

The register, `data/identifiants_locaux.csv`, is part of the project: `publish` adds to it. A row keeps its id while its
source gives it the same name; namesakes of one source are told apart by one more column. The id may also be written in
the key's cell. Once the key is known, in the source or in the register, the id leads to it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from publisher.errors import ReleaseError, SourceError
from publisher.identifiers import slug
from publisher.refusals import refusal_reason
from publisher.siren import is_siren

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

REGISTER = "data/identifiants_locaux.csv"
PREFIX = "local-"
COLUMNS = ("identifiant", "table", "source", "nom", "precision", "siren")
_LOCAL = re.compile(rf"{PREFIX}([1-9][0-9]{{0,8}})")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the register: an id, whose it is, and the official key once it is known (else empty)."""

    number: int
    table: str
    source: str
    name: str
    apart: str
    key: str = ""

    @property
    def id(self) -> str:
        """The id as it stands in addresses and cells."""
        return f"{PREFIX}{self.number}"

    @property
    def now(self) -> str:
        """What the id leads to."""
        return self.key or self.id


def is_local(value: str) -> str:
    """Return the SQL that tells whether a value is written as a local id."""
    return f"coalesce(regexp_full_match({value}, '{PREFIX}[1-9][0-9]*'), false)"


class Keyless(NamedTuple):
    """A row as far as ids are concerned; `key` is empty, a local id, or the official key."""

    row: int
    name: str
    apart: str
    key: str


_Named = TypeVar("_Named", Entry, Keyless)


@dataclass(frozen=True, slots=True)
class Allotment:
    """What rows get: their keys by row, the register after that, and what is to be told: row, rule, entry."""

    keys: dict[int, str]
    register: tuple[Entry, ...]
    told: tuple[tuple[int, str, Entry], ...]


def allot(register: Sequence[Entry], table: str, source: str, rows: Iterable[Keyless]) -> Allotment:
    """Give the rows of a source their ids: those that they have in the register, or new ones."""
    listed = list(rows)
    entries = {entry.number: entry for entry in register}
    keys = _written(entries, table, source, listed)
    taken = {*keys.values()}
    own = (entry for entry in entries.values() if (entry.table, entry.source) == (table, source))
    free = _by_name(entry for entry in own if entry.now not in taken)
    wanted = {*free, *_by_name(row for row in listed if not row.key)} - {""}
    named = _by_name(listed) if wanted else {}
    told: list[tuple[int, str, Entry]] = []
    for name in sorted(wanted):
        alike, known = named.get(name, []), free.get(name, [])
        group = sorted((each for each in alike if not each.key), key=lambda each: (_same(each.apart), each.row))
        given = _match(group, known)
        for each in group:
            twins = (given[one.row] for one in group if one.row in given and _same(one.apart) == _same(each.apart))
            new = Entry(max(entries, default=0) + 1, table, source, each.name, each.apart)
            entry = replace(given.get(each.row) or next(twins, new), name=each.name, apart=each.apart)
            entries[entry.number] = given[each.row] = entry
            told.append((each.row, "cle-connue" if entry.key else "identifiant-local", entry))
        keys |= {row: entry.now for row, entry in given.items()}
        seen = {entry.number for entry in given.values()}
        for entry in (one for one in known if not one.key and one.number not in seen):
            if holder := _holder(entry, known, [each for each in alike if is_siren(each.key)]):
                entries[entry.number] = settled = replace(entry, key=holder.key)
                told.append((holder.row, "identifiant-remplace", settled))
    return Allotment(keys, tuple(entries[number] for number in sorted(entries)), tuple(told))


def _by_name(named: Iterable[_Named]) -> dict[str, list[_Named]]:
    found: dict[str, list[_Named]] = defaultdict(list)
    for each in named:
        found[_same(each.name)].append(each)
    return found


def _written(entries: dict[int, Entry], table: str, source: str, rows: list[Keyless]) -> dict[int, str]:
    """Return the keys of rows in which an id of the table is written; one of the source takes the row's name."""
    keys = {}
    for each in rows:
        found = _LOCAL.fullmatch(each.key)
        entry = entries.get(int(found[1])) if found else None
        if entry and entry.table == table:
            keys[each.row] = entry.now
            if entry.source == source and each.name:
                entries[entry.number] = replace(entry, name=each.name, apart=each.apart)
    return keys


def _match(group: list[Keyless], known: list[Entry]) -> dict[int, Entry]:
    """Match rows of one name with entries of that name: the only one with the only one, namesakes by what differs."""
    if len(group) == 1 and len(known) == 1:
        row, entry = group[0], known[0]
        other = entry.key and entry.apart and row.apart and _same(entry.apart) != _same(row.apart)
        return {} if other else {row.row: entry}
    apart = {_same(entry.apart): entry for entry in known}
    return {each.row: apart[_same(each.apart)] for each in group if _same(each.apart) in apart}


def _holder(entry: Entry, known: list[Entry], official: Sequence[Keyless]) -> Keyless | None:
    """Return the row that an entry has become: the only one of its name, or of its name and what tells it apart."""
    alike = official if len(known) == 1 else [each for each in official if _same(each.apart) == _same(entry.apart)]
    return alike[0] if len(alike) == 1 else None


def _same(text: str) -> str:
    return slug(text) or text.casefold().strip()


def read_register(project: Path) -> tuple[Entry, ...]:
    """Read the register of a project; a project without one has no local id yet.

    Raises:
        SourceError: a line is not as it should be; names it.
    """
    path = project / REGISTER
    if not path.is_file():
        return ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("l'enregistrer en UTF-8", "save it as UTF-8", path=path) from error
    delimiter = ";" if ";" in text.partition("\n")[0] else ","  # as a spreadsheet saves it
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        listed = ", ".join(COLUMNS)
        raise SourceError(f"colonnes attendues : {listed}", f"columns expected: {listed}", path=path, row=1)
    entries: dict[int, Entry] = {}
    for row, cells in enumerate(reader, 2):
        entry = _entry({name: (cells[name] or "").strip() for name in COLUMNS}, path, row)
        if entry.number in entries:
            raise SourceError(f"{entry.id} est déjà pris", f"{entry.id} is already taken", path=path, row=row)
        entries[entry.number] = entry
    return tuple(entries[number] for number in sorted(entries))


def _entry(cells: dict[str, str], path: Path, row: int) -> Entry:
    found = _LOCAL.fullmatch(cells["identifiant"])
    if not found:
        raise SourceError(
            "identifiant attendu : local-1, local-2…", "id expected: local-1, local-2…", path=path, row=row
        )
    if cells["siren"] and not is_siren(cells["siren"]):
        raise SourceError(
            f"« {cells['siren']} » n'est pas un SIREN", f"'{cells['siren']}' is no SIREN", path=path, row=row
        )
    return Entry(int(found[1]), cells["table"], cells["source"], cells["nom"], cells["precision"], cells["siren"])


def keep_register(project: Path, entries: Sequence[Entry]) -> None:
    """Write the register if it changed, in one step.

    Raises:
        ReleaseError: the project cannot be written.
    """
    path, text = project / REGISTER, register_text(entries)
    if tuple(entries) == read_register(project):
        return
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        why = refusal_reason(error)
        raise ReleaseError(
            f"{path} : écriture impossible ({why['fr']}) ; de nouveaux identifiants locaux doivent y être gardés",
            f"{path}: not writable ({why['en']}); new local ids must be kept there",
        ) from error


def register_text(entries: Iterable[Entry]) -> str:
    """Return the register as its file holds it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((e.id, e.table, e.source, e.name, e.apart, e.key) for e in entries)
    return text.getvalue()
