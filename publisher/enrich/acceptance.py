"""A reviewed proposal → the tables in use, once the whole project conforms with its rows, or nothing at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.csvw import SUFFIX as DESCRIPTION
from publisher.delivery import find_delivery
from publisher.derive.acheteurs import AUTHORITIES, AUTHORITY_COLUMNS
from publisher.derive.marches import CONTRACT_COLUMNS, CONTRACTS, HOLDER_COLUMNS, HOLDERS, contract_key
from publisher.derive.tables import Row, write_rows
from publisher.enrich.holdings import DECISION_COLUMNS, DECISIONS
from publisher.enrich.own_tables import open_own
from publisher.enrich.proposals import BUYER_COLUMNS, COLUMNS
from publisher.enrich.reviewed import DECISION, DROP, KEEP, REASON, read_reviewed
from publisher.errors import SourceError, UsageError
from publisher.project import load_project
from publisher.trial import open_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How many rows were kept, dropped and left undecided, and how many rows each table gained."""

    kept: int
    dropped: int
    undecided: int
    added: dict[str, int]


def accept(project: Path, reviewed: Path, say: Callable[[str], None]) -> Acceptance:
    """Add the rows marked `garder` to the tables, with their buyers and holders; remember every decision.

    The tables are written once a copy of the project with these rows passes `check`.

    Raises:
        UsageError: no such file.
        SourceError: it is no reviewed proposal, a decision is unknown, a row dropped has no reason, a key has changed.
        NotConformantError: the project would no longer conform; nothing is written.
    """
    load_project(project)
    rows = _read(reviewed)
    kept, dropped = ([row for row in rows if row[DECISION] == each] for each in (KEEP, DROP))
    tables = {
        CONTRACTS: (CONTRACT_COLUMNS, kept),
        AUTHORITIES: (AUTHORITY_COLUMNS, [_buyer(row) for row in kept]),
        HOLDERS: (HOLDER_COLUMNS, _holders(kept) if _has_holders(project) else []),
        DECISIONS: (DECISION_COLUMNS, kept + dropped),
    }
    with open_trial(project) as trial:
        added = {name: _append(trial.data / name, columns, new) for name, (columns, new) in tables.items()}
        if kept:
            trial.check(say)
        trial.adopt(name for name, number in added.items() if number)
    return Acceptance(len(kept), len(dropped), len(rows) - len(kept) - len(dropped), added)


def _has_holders(project: Path) -> bool:
    """Return whether companies that contracts name have a table of their own: else all companies are in one."""
    return (project / "data" / HOLDERS).with_suffix(DESCRIPTION).is_file()


def _read(reviewed: Path) -> list[Row]:
    return [_decided(row, reviewed, number) for number, row in read_reviewed(reviewed, COLUMNS)]


def _decided(cells: Row, reviewed: Path, number: int) -> Row:
    if cells[DECISION] == DROP and not cells[REASON]:
        raise SourceError("écarté sans motif", "dropped without a reason", path=reviewed, row=number)
    if cells["marche"] != contract_key(cells["acheteur"], cells["identifiant"], cells["titulaire"]):
        raise SourceError(  # a spreadsheet makes 2.019E+14 of an identifier, and drops leading zeros
            f"« {cells['marche']} » ne répond plus à acheteur, identifiant et titulaire : les mettre au format texte",
            f"'{cells['marche']}' no longer matches acheteur, identifiant and titulaire: make them text cells",
            path=reviewed,
            row=number,
        )
    return cells


def _buyer(row: Row) -> Row:
    place = {"siren": row["acheteur"], "commune": row["commune"], "departement": row["departement"]}
    return place | {ours: row[column] for column, ours in BUYER_COLUMNS.items()}


def _holders(rows: Sequence[Row]) -> list[Row]:
    """Return a row of entreprises_marches.csv for each holder, its domains the most frequent first."""
    domains: dict[str, Counter[str]] = {}
    for row in rows:
        domains.setdefault(row["titulaire"], Counter()).update(row["domaines"].split("|"))
    names = {row["titulaire"]: row["titulaire_nom"] for row in rows}
    return [
        {"siren": siren, "nom": names[siren], "autres_noms": "",
         "domaines": "|".join(sorted(found, key=lambda each: (-found[each], each)))}
        for siren, found in domains.items()
    ]  # fmt: skip


def _append(path: Path, columns: Sequence[str], new: Iterable[Row]) -> int:
    """Add the rows whose key the table does not have, in the order of keys; return how many.

    A table keeps its header; columns that a proposal knows nothing of are empty in the rows added.

    Raises:
        UsageError: it is no CSV file: a workbook holds more than its cells, and is a person's to write.
    """
    if (found := find_delivery(path)).suffix.casefold() != path.suffix:
        raise UsageError(f"{found} : l'enregistrer en CSV, {path.name}", f"{found}: save it as CSV, {path.name}")
    key = columns[0]
    own = open_own(path, [key])
    rows = {row[key]: row for row in own.rows}
    headers = own.headers if rows else {column: own.headers.get(column, column) for column in columns}
    added = {row[key]: {column: row.get(column, "") for column in headers} for row in new if row[key] not in rows}
    if added:
        path.parent.mkdir(exist_ok=True)
        together = sorted([*rows.values(), *added.values()], key=lambda row: row[key])
        write_rows(path, list(headers.values()), [{headers[name]: row[name] for name in headers} for row in together])
    return len(added)
