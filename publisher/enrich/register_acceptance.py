"""A reviewed proposal of SIRENE's facts → sirene.csv, once the whole project conforms with them, or nothing at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.derive.tables import write_rows
from publisher.enrich.register_changes import PROPOSAL_COLUMNS
from publisher.enrich.register_table import (
    COLUMNS,
    DAY,
    FIELDS,
    METADATA,
    REFUSAL_COLUMNS,
    REFUSALS,
    TABLE,
    cells_of,
    day_of,
    read_accepted,
    refusals,
    value_of,
    write_accepted,
)
from publisher.enrich.reviewed import DECISION, DROP, KEEP, REASON, read_reviewed
from publisher.errors import SourceError, UsageError
from publisher.project import load_project
from publisher.siren import is_siren
from publisher.trial import open_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from publisher.derive.tables import Row

EVERY = "tout"
_MODIFIED = re.compile(r'(?m)^  "dc:modified": \{.*\},\n')
_SCHEMA = re.compile(r'(?m)^  "(?:https://[^"]*#withheld|tableSchema)":')


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How many facts were kept, dropped and left undecided, and of how many companies facts were kept."""

    kept: int
    dropped: int
    undecided: int
    companies: int


def fields_named(text: str | None) -> frozenset[str]:
    """Return the fields that an option names: `tout`, or names separated by commas.

    Raises:
        UsageError: no such field.
    """
    named = frozenset(part.strip() for part in (text or "").split(",") if part.strip())
    if EVERY in named:
        return frozenset(FIELDS)
    if unknown := ", ".join(sorted(named - FIELDS.keys())):
        listed = ", ".join((EVERY, *FIELDS))
        raise UsageError(f"champ inconnu : {unknown} ; choisir parmi {listed}", f"no such field: {unknown}; {listed}")
    return named


def accept_facts(
    project: Path, reviewed: Path, say: Callable[[str], None], *, keep: Collection[str] = (), drop: Collection[str] = ()
) -> Acceptance:
    """Put the facts marked `garder` into sirene.csv, remember those marked `ecarter`.

    `keep` and `drop` decide the rows without a decision, by field. The table is written once a copy of the project
    with it passes `check`.

    Raises:
        UsageError: no such file; a field both kept and dropped.
        SourceError: it is no reviewed proposal, or a row of it is damaged.
        NotConformantError: the project would no longer conform; nothing is written.
    """
    if both := ", ".join(sorted({*keep} & {*drop})):
        raise UsageError(f"gardé et écarté à la fois : {both}", f"both kept and dropped: {both}")
    load_project(project)
    accepted = read_accepted(project / "data")
    rows = [
        _decided(row, reviewed, number, keep, drop, accepted)
        for number, row in read_reviewed(reviewed, PROPOSAL_COLUMNS)
    ]
    kept, dropped = ([row for row in rows if row[DECISION] == each] for each in (KEEP, DROP))
    with open_trial(project) as trial:
        written = [*(_keep(trial.data, kept) if kept else ()), *(_refuse(trial.data, dropped) if dropped else ())]
        if kept:
            trial.check(say)
        trial.adopt(written)
    companies = len({row["siren"] for row in kept})
    return Acceptance(len(kept), len(dropped), len(rows) - len(kept) - len(dropped), companies)


def _decided(
    row: Row,
    reviewed: Path,
    number: int,
    keep: Collection[str],
    drop: Collection[str],
    accepted: Mapping[str, Row],
) -> Row:
    """Return a row with its decision, its SIREN and its values as they were; a spreadsheet may have dropped zeros.

    A fact is kept only in the place of the one that was there when it was proposed: `accepted` are those there now.
    """
    siren = row["siren"].replace(" ", "").zfill(9)
    if not is_siren(siren):
        raise SourceError(
            f"« {row['siren']} » n'est plus un SIREN : mettre la colonne au format texte",
            f"'{row['siren']}' is no SIREN any more: make the column a text column",
            path=reviewed,
            row=number,
        )
    if (field := row["champ"]) not in FIELDS:
        raise SourceError(f"champ « {field} » inconnu", f"unknown field '{field}'", path=reviewed, row=number)
    decision = row[DECISION] or (KEEP if field in keep else DROP if field in drop else "")
    proposed, before = (value_of(field, cells_of(field, row[name])) for name in ("valeur_sirene", "valeur_actuelle"))
    now = value_of(field, accepted.get(siren, {}))
    if decision == KEEP and now not in {before, proposed}:
        raise SourceError(
            f"{field} de {siren} vaut maintenant « {now} » : proposition périmée, en demander une neuve",
            f"{field} of {siren} is '{now}' by now: this proposal is out of date, ask for a new one",
            path=reviewed,
            row=number,
        )
    return {**row, "siren": siren, "valeur_sirene": proposed, DECISION: decision, DAY: day_of(row[DAY])}


def _keep(data: Path, kept: list[Row]) -> list[str]:
    """Write the facts kept into sirene.csv; return the files written."""
    accepted = read_accepted(data)
    for row in kept:
        cells = accepted.setdefault(row["siren"], dict.fromkeys(COLUMNS, "") | {"siren": row["siren"]})
        cells.update(cells_of(row["champ"], row["valeur_sirene"]))
        cells[DAY] = max(cells[DAY], row[DAY])
    write_accepted(data / TABLE, accepted)
    _date_source(data / METADATA, max(row[DAY] for row in accepted.values()))
    return [TABLE, METADATA]


def _date_source(metadata: Path, day: str) -> None:
    """Say in the table's description of which day its source is; all else of it stays as a person wrote it."""
    text = _MODIFIED.sub("", metadata.read_text(encoding="utf-8"))
    dated = f'  "dc:modified": {{"@value": "{day}", "@type": "xsd:date"}},\n'
    found = _SCHEMA.search(text)
    if found and day:
        metadata.write_text(text[: found.start()] + dated + text[found.start() :], encoding="utf-8")


def _refuse(data: Path, dropped: list[Row]) -> list[str]:
    """Remember what is refused: the same value is not proposed again, another one is."""
    rows = {(row["siren"], row["champ"]): row for row in refusals(data)}
    for row in dropped:
        rows[row["siren"], row["champ"]] = {name: row[name] for name in REFUSAL_COLUMNS if name != REASON} | {
            REASON: row[REASON]
        }
    path = data / REFUSALS
    path.parent.mkdir(exist_ok=True)
    write_rows(path, REFUSAL_COLUMNS, [rows[key] for key in sorted(rows)])
    return [REFUSALS]
