"""What SIRENE says, held against what was accepted of it: changes to propose, flags, and what must not be shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.diffusion import disclosed, is_natural_person, is_partial
from publisher.enrich.register_table import COLUMNS, DAY, FIELDS, value_of
from publisher.enrich.reviewed import DECISION, REASON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from publisher.derive.tables import Row
    from publisher.enrich.directory import Company, Directory
    from publisher.enrich.register_facts import Unit

PROPOSAL_COLUMNS = (
    DECISION, REASON, "siren", "nom", "champ", "valeur_annuaire", "valeur_actuelle", "valeur_sirene", "libelle",
    "signalement", DAY,
)  # fmt: skip
PARTIAL, PERSON, HIDDEN, UNKNOWN_CODE, REFUSED = (
    "partial_diffusion", "natural_person", "not_disclosed", "unknown_code", "refused_before",
)  # fmt: skip
_UNKNOWN_DAY = "1900-01-01"
"""What SIRENE writes for a day of foundation that it does not know."""

_CEASED = "C"
_CATEGORY = "categorie_juridique"
_PERSON_FLAG = "personne physique : fiche retenue tant que sa base légale n'est pas dite"
_LONGEST = 200


@dataclass(slots=True)
class Changes:
    """Rows to propose, and what was seen on the way; `withheld` are companies whose facts must not be shown."""

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    withheld: set[str] = field(default_factory=set)
    absent: list[str] = field(default_factory=list)
    ceased: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)


def find_changes(
    units: Mapping[str, Unit],
    directory: Directory,
    accepted: Mapping[str, Row],
    refused: frozenset[tuple[str, str, str]],
    asked: Iterable[str] | None = None,
) -> Changes:
    """Return the changes that SIRENE's facts call for; `asked` are the companies that were asked about (None: all)."""
    finder = _Finder(directory, accepted, refused, Changes())
    for siren in sorted(directory.companies if asked is None else asked):
        unit = units.get(siren)
        if unit is None:
            finder.changes.absent.append(siren)
        else:
            finder.look(unit)
    return finder.changes


@dataclass(frozen=True, slots=True)
class _Finder:
    """Holds units against what was accepted and refused of them."""

    directory: Directory
    accepted: Mapping[str, Row]
    refused: frozenset[tuple[str, str, str]]
    changes: Changes

    def look(self, unit: Unit) -> None:
        if is_natural_person(unit.category):
            self.changes.left_out[PERSON] += 1
            self._hold(unit)
        elif is_partial(unit.status):
            self.changes.left_out[PARTIAL] += 1
            self.changes.withheld.add(unit.siren)
        else:
            self._compare(unit)

    def _hold(self, unit: Unit) -> None:
        """Propose that a natural person's legal category be noted, and nothing else: its record is then withheld.

        A record whose « base légale » is filled in stays (see `publisher.withholding`).
        """
        before = self.accepted.get(unit.siren, {})
        if any(before.get(column) for column in COLUMNS if column not in {"siren", _CATEGORY, DAY}):
            self.changes.withheld.add(unit.siren)
            before = {}
        self._propose(unit, _CATEGORY, {_CATEGORY: unit.category}, before, _PERSON_FLAG)

    def _compare(self, unit: Unit) -> None:
        cells = _cells(unit, self.directory, self.changes.left_out)
        flags = _flags(self.directory.companies[unit.siren], cells, self.directory)
        if "etat" in flags:
            self.changes.ceased.append(unit.siren)
        if "siege" in flags:
            self.changes.moved.append(unit.siren)
        for name, columns in FIELDS.items():
            if set(columns) <= cells.keys():
                self._propose(unit, name, cells, self.accepted.get(unit.siren, {}), flags.get(name, ""))

    def _propose(self, unit: Unit, name: str, cells: Row, accepted: Mapping[str, str], flag: str) -> None:
        """Add the row of a field whose value is another than the one accepted, unless a person has refused it."""
        now, before = value_of(name, cells), value_of(name, accepted)
        if now == before:
            return
        if (unit.siren, name, now) in self.refused:
            self.changes.left_out[REFUSED] += 1
            return
        company = self.directory.companies[unit.siren]
        self.changes.rows.append({
            DECISION: "", REASON: "", "siren": unit.siren, "nom": company.name, "champ": name,
            "valeur_annuaire": _said(name, company), "valeur_actuelle": before, "valeur_sirene": now,
            "libelle": _label(name, cells, self.directory), "signalement": flag, DAY: unit.processed or _today(),
        })  # fmt: skip


def _cells(unit: Unit, directory: Directory, left_out: Counter[str]) -> Row:
    """Return the cells of sirene.csv that a unit gives: none for what the source does not tell."""
    name, usual = _open(unit.name, left_out), [_open(each, left_out) for each in unit.usual or ()]
    cells = {
        "denomination": name[:_LONGEST],
        "categorie_juridique": _known("categorie_juridique", unit.category, directory, left_out),
        "etat": (state := _known("etat", unit.state, directory, left_out)),
        "date_cessation": unit.ceased if state == _CEASED else "",
        "date_creation": "" if unit.founded == _UNKNOWN_DAY else unit.founded,
        "tranche_effectif": (size := _known("tranche_effectif", unit.size, directory, left_out)),
        "annee_effectif": unit.size_year if size else "",
        "naf": _known("naf", unit.activity, directory, left_out),
        "naf_2025": _known("naf_2025", unit.activity_2025, directory, left_out),
    }
    if unit.usual is not None:
        cells["noms_usuels"] = "|".join(dict.fromkeys(each.replace("|", " ") for each in usual if each))
    if unit.seat is not None:
        cells |= _seat(unit, directory, left_out)
    return cells


def _seat(unit: Unit, directory: Directory, left_out: Counter[str]) -> Row:
    seat = unit.seat
    if seat is None or is_partial(seat.status):
        left_out[HIDDEN] += 1
        return {"commune_siege": "", "pays_siege": ""}
    code = _open(seat.commune, left_out)
    code = directory.replaced.get(code, code)
    if code and code not in directory.communes:
        left_out[UNKNOWN_CODE] += 1
        code = ""
    return {"commune_siege": code, "pays_siege": "" if code else _open(seat.country, left_out)}


def _open(text: str, left_out: Counter[str]) -> str:
    shown = " ".join(disclosed(text).split())
    if text.strip() and not shown:
        left_out[HIDDEN] += 1
    return shown


def _known(column: str, code: str, directory: Directory, left_out: Counter[str]) -> str:
    found = _open(code, left_out)
    if found and found not in directory.labels[column]:
        left_out[UNKNOWN_CODE] += 1
        return ""
    return found


def _flags(company: Company, cells: Mapping[str, str], directory: Directory) -> dict[str, str]:
    """Return what a person must see at once, by field: ceased, or moved away from where the directory has it."""
    found = {}
    if cells["etat"] == _CEASED:
        found["etat"] = "entreprise cessée"
    seat = directory.communes.get(cells.get("commune_siege", ""))
    if seat and company.departement and seat[1] != company.departement:
        found["siege"] = f"siège dans un autre département : {company.departement} dans l'annuaire, {seat[1]} ici"
    elif cells.get("pays_siege") and company.departement:
        found["siege"] = f"siège à l'étranger ; {company.departement} dans l'annuaire"
    return found


def _today() -> str:
    return datetime.now(tz=UTC).date().isoformat()


def _said(name: str, company: Company) -> str:
    """Return what the steward's own tables say of a field; SIRENE never takes its place."""
    return {"denomination": company.name, "siege": company.commune or company.departement}.get(name, "")


def _label(name: str, cells: Mapping[str, str], directory: Directory) -> str:
    first = cells[FIELDS[name][0]]
    if name == "siege":
        return directory.communes[first][0] if first else ""
    return directory.labels.get(FIELDS[name][0], {}).get(first, "")
