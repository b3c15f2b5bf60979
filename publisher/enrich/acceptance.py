"""A reviewed proposal → the tables in use, once the whole project conforms with its rows, or nothing at all."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher.delimited import find_delimiter
from publisher.derive.acheteurs import AUTHORITIES, AUTHORITY_COLUMNS
from publisher.derive.marches import CONTRACT_COLUMNS, CONTRACTS, HOLDER_COLUMNS, HOLDERS, contract_key
from publisher.derive.tables import Row, read_rows, write_rows
from publisher.enrich.holdings import DECISION_COLUMNS, DECISIONS
from publisher.enrich.proposals import BUYER_COLUMNS, COLUMNS, DECISION, REASON
from publisher.errors import SourceError, UsageError
from publisher.names import fold
from publisher.pipeline import check
from publisher.project import SETTINGS_FILE, load_project
from publisher.supply import supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

KEEP, DROP = "garder", "ecarter"


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
    data = project / "data"
    tables = {
        CONTRACTS: (CONTRACT_COLUMNS, kept),
        AUTHORITIES: (AUTHORITY_COLUMNS, [_buyer(row) for row in kept]),
        HOLDERS: (HOLDER_COLUMNS, _holders(kept)),
        DECISIONS: (DECISION_COLUMNS, kept + dropped),
    }
    with TemporaryDirectory(prefix="annuaire-") as folder:
        copy = Path(folder) / "projet"
        _copy(project, copy)
        added = {name: _append(copy / "data" / name, columns, new) for name, (columns, new) in tables.items()}
        if kept:
            proposed = load_project(copy)
            check(proposed, supply(proposed, Path(folder), Path(folder), say), Path(folder), say)
        for name, number in added.items():
            if number:
                _replace(copy / "data" / name, data / name)
    return Acceptance(len(kept), len(dropped), len(rows) - len(kept) - len(dropped), added)


def _read(reviewed: Path) -> list[Row]:
    """Read a reviewed table as a spreadsheet saves it: comma or semicolon, UTF-8 with or without BOM."""
    try:
        text = reviewed.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{reviewed} : fichier introuvable", f"{reviewed}: no such file") from error
    except UnicodeDecodeError as error:
        raise SourceError("l'enregistrer en UTF-8", "save it as UTF-8", path=reviewed) from error
    lines = io.StringIO(text, newline="")
    delimiter = find_delimiter(lines.readline(), COLUMNS.__contains__)
    lines.seek(0)
    reader = csv.DictReader(lines, delimiter=delimiter)
    if absent := ", ".join(column for column in COLUMNS if column not in (reader.fieldnames or ())):
        raise SourceError(
            f"pas une proposition relue : il manque {absent}",
            f"no reviewed proposal: missing {absent}",
            path=reviewed,
            row=1,
        )
    return [_decided(row, reviewed, number) for number, row in enumerate(reader, start=2)]


def _decided(row: Row, reviewed: Path, number: int) -> Row:
    cells = {column: (row[column] or "").strip() for column in COLUMNS}
    cells[DECISION] = fold(cells[DECISION])
    if cells[DECISION] not in {"", KEEP, DROP}:
        raise SourceError(
            f"décision « {row[DECISION]} » inconnue : {KEEP}, {DROP} ou rien",
            f"unknown decision '{row[DECISION]}': {KEEP}, {DROP} or nothing",
            path=reviewed,
            row=number,
        )
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

    A table keeps its columns; those that a proposal knows nothing of are empty in the rows added.
    """
    key = columns[0]
    rows = {row[key]: row for row in read_rows(path)} if path.exists() else {}
    columns = list(next(iter(rows.values()), columns))
    added = {row[key]: {column: row.get(column, "") for column in columns} for row in new if row[key] not in rows}
    if added:
        path.parent.mkdir(exist_ok=True)
        write_rows(path, columns, sorted([*rows.values(), *added.values()], key=lambda row: row[key]))
    return len(added)


def _copy(project: Path, copy: Path) -> None:
    shutil.copytree(project / "data", copy / "data")
    whole = {"ontology", "shapes", SETTINGS_FILE}
    folders = {source.file.partition("/")[0] for source in load_project(project).sources if source.file} - {"data"}
    for name in sorted(whole | folders):
        (copy / name).symlink_to((project / name).resolve())


def _replace(new: Path, table: Path) -> None:
    """Put a table in another's place in one step: a reader sees the old one or the new one."""
    table.parent.mkdir(exist_ok=True)
    beside = table.with_name(f".{table.name}.new")
    shutil.copyfile(new, beside)
    beside.replace(table)
