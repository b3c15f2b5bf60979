"""Our tables of territories beside what INSEE and Wikidata say today: what differs, and the tables to propose.

Nothing of ours is overwritten: a proposal goes to `data/territoires/propositions/`, for a person to compare and move.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from publisher.errors import UsageError
from publisher.proposal import write_proposal
from publisher.store.errors import StoreAnswerError
from publisher.sync_sources import TIMEOUT, ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from publisher.errors import Texts
    from publisher.sync_sources import Row

TABLES = PurePosixPath("data/territoires")
PROPOSALS = TABLES / "propositions"
_WIKIDATA = "http://www.wikidata.org/entity/"
_DERIVED = ("nom_sans_article", "nom_avec_article", "tncc")
"""Columns that follow from the name: a proposal leaves them empty where the name changes."""

LEAST = 0.5
"""A source that knows fewer than this share of our territories has not answered in full."""

APPEARED, DISAPPEARED, NAME, PARENT, LINK = "appeared", "disappeared", "name", "parent", "link"


@dataclass(frozen=True, slots=True)
class Level:
    """A table of territories: the column that names the larger territory, whether rows have a Wikidata item."""

    table: str
    parent: str | None = None
    linked: bool = False


LEVELS = {
    level.table: level
    for level in (
        Level("regions", linked=True),
        Level("departements", "region", linked=True),
        Level("arrondissements", "departement"),
        Level("communes", "departement"),
    )
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what kind, where, what we have and what the source says (either may be empty)."""

    kind: str
    table: str
    code: str
    ours: str
    theirs: str

    @property
    def texts(self) -> Texts:
        """Return the difference in words."""
        fr, en = _WORDS[self.kind]
        values = {"ours": self.ours or "–", "theirs": self.theirs or "–"}
        return {"fr": fr.format(**values), "en": en.format(**values)}

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as plain JSON values."""
        return {**asdict(self), "texts": self.texts}


_WORDS = {
    APPEARED: ("nouveau : {theirs}", "new: {theirs}"),
    DISAPPEARED: ("n'existe plus à la source : {ours}", "no longer at the source: {ours}"),
    NAME: ("nom : « {ours} » → « {theirs} »", "name: '{ours}' → '{theirs}'"),
    PARENT: ("rattachement : {ours} → {theirs}", "belongs to: {ours} → {theirs}"),
    LINK: ("Wikidata : {ours} → {theirs}", "Wikidata: {ours} → {theirs}"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a table and its sources differ in, and the proposal written (None when nothing differs)."""

    table: str
    rows: int
    changes: tuple[Change, ...]
    proposal: Path | None


def compare_territories(
    project: Path, endpoint: str, wikidata: str | None, tables: Iterable[str] = tuple(LEVELS), timeout: float = TIMEOUT
) -> list[Comparison]:
    """Compare tables of a project directory with the endpoints; write a proposal for each that differs.

    Every answer is read before anything is written.

    Raises:
        UsageError: the project has no such table.
        StoreError: an endpoint is away, late, or does not know the territories.
    """
    found = []
    for name in tables:
        level, (columns, rows) = LEVELS[name], _read(project / TABLES / f"{name}.csv")
        changes = _territory_changes(level, rows, _known(endpoint, f"sync_{name}", rows, timeout))
        if level.linked and wikidata:
            changes += _link_changes(level, rows, _known(wikidata, f"sync_wikidata_{name}", rows, timeout))
        found.append((level, columns, rows, sorted(changes, key=lambda change: (change.code, change.kind))))
    return [
        Comparison(
            level.table,
            len(rows),
            tuple(changes),
            write_proposal(project / PROPOSALS, level.table, *_proposed(level, columns, rows, changes))
            if changes
            else None,
        )
        for level, columns, rows, changes in found
    ]


def _known(endpoint: str, query: str, ours: Mapping[str, Row], timeout: float) -> list[Row]:
    """Return what an endpoint knows, once it is plausible: an empty store has not abolished the départements."""
    rows = ask(endpoint, query, timeout)
    codes = {row.get("code") for row in rows}
    if len(codes & ours.keys()) < LEAST * len(ours):
        raise StoreAnswerError(
            f"{endpoint} ne connaît que {len(codes & ours.keys())} de nos {len(ours)} codes ({query}) : réponse "
            "incomplète, ou autre ontologie ; rien n'est comparé",
            f"{endpoint} knows only {len(codes & ours.keys())} of our {len(ours)} codes ({query}): an incomplete "
            "answer, or another ontology; nothing is compared",
        )
    return rows


def _territory_changes(level: Level, ours: Mapping[str, Row], rows: Sequence[Row]) -> list[Change]:
    theirs: dict[str, Row] = {}
    for row in rows:  # of two names (two languages, two versions) ours is taken, if it is one of them
        known = theirs.get(row["code"])
        if known is None or _same(row["name"], ours.get(row["code"], {}).get("nom", "")):
            theirs[row["code"]] = row
    changes = [Change(APPEARED, level.table, code, "", theirs[code]["name"]) for code in theirs.keys() - ours.keys()]
    changes += [Change(DISAPPEARED, level.table, code, ours[code]["nom"], "") for code in ours.keys() - theirs.keys()]
    for code in ours.keys() & theirs.keys():
        own, other = ours[code], theirs[code]
        if not _same(own["nom"], other["name"]):
            changes.append(Change(NAME, level.table, code, own["nom"], other["name"]))
        parent = other.get("parent", "")
        if level.parent and parent and parent != own[level.parent]:
            changes.append(Change(PARENT, level.table, code, own[level.parent], parent))
    return changes


def _link_changes(level: Level, ours: Mapping[str, Row], rows: Sequence[Row]) -> list[Change]:
    items: dict[str, list[str]] = {}
    for row in rows:
        items.setdefault(row["code"], []).append(row.get("item", "").removeprefix(_WIKIDATA))
    return [
        Change(LINK, level.table, code, own["wikidata"], "|".join(items[code]))
        for code, own in ours.items()
        if code in items and own["wikidata"] not in items[code]
    ]


def _same(one: str, other: str) -> bool:
    """Return whether two names are the same but for the apostrophe's shape."""
    return one.replace("’", "'").strip() == other.replace("’", "'").strip()


def _proposed(
    level: Level, columns: Sequence[str], rows: Mapping[str, Row], changes: Sequence[Change]
) -> tuple[Sequence[str], list[Row]]:
    proposed = {code: dict(row) for code, row in rows.items()}
    for change in changes:
        if change.kind == DISAPPEARED:
            del proposed[change.code]
        elif change.kind == APPEARED:
            proposed[change.code] = {**dict.fromkeys(columns, ""), "code": change.code, "nom": change.theirs}
        elif change.code not in proposed:
            continue
        elif change.kind == NAME:
            emptied = {name: "" for name in _DERIVED if name in columns}
            proposed[change.code] |= {**emptied, "nom": change.theirs}
        elif change.kind == PARENT and level.parent:
            proposed[change.code][level.parent] = change.theirs
        elif change.kind == LINK and "|" not in change.theirs:
            proposed[change.code]["wikidata"] = change.theirs
    return columns, [proposed[code] for code in sorted(proposed)]


def _read(path: Path) -> tuple[list[str], dict[str, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = {row["code"]: row for row in reader}
            return list(reader.fieldnames or ()), rows
    except (FileNotFoundError, KeyError) as error:
        raise UsageError(
            f"{path} : table absente ou sans colonne « code »", f"{path}: no such table, or no column 'code'"
        ) from error
