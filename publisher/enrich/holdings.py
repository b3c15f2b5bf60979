"""What the directory holds already: its companies, their names, the contracts and decisions it has, its buyers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.delivery import find_delivery
from publisher.derive.acheteurs import AUTHORITIES
from publisher.derive.inov import AMBIGUOUS, COMPANIES
from publisher.derive.marches import CONTRACTS, HOLDERS, contract_key
from publisher.enrich.own_tables import read_own
from publisher.errors import UsageError
from publisher.names import fold
from publisher.siren import siren_within

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.derive.tables import Row

DECISIONS = "derivation/decp_decisions.csv"
FIRST_DECISIONS = "derivation/marches_decisions.csv"
"""Decisions of the first selection, which `annuaire derive marches` reads."""

DECISION_COLUMNS = ("marche", "decision", "motif")
_NEEDED = {
    COMPANIES: ("siren", "nom"),
    CONTRACTS: ("marche", "acheteur", "titulaire", "objet", "identifiant"),
    AUTHORITIES: ("siren",),
}


@dataclass(frozen=True, slots=True)
class Holdings:
    """The tables of a project that a new contract is held against."""

    names: dict[str, list[str]]
    """Names of each company by SIREN, the one it is known by first."""
    withheld: frozenset[str]
    contracts: frozenset[str]
    subjects: dict[tuple[str, str, str], str]
    """Contracts by buyer, holder and folded object."""
    decided: frozenset[str]
    buyers: dict[str, Row]
    towns: dict[str, str]
    """Conventions by commune."""


def read_holdings(data: Path) -> Holdings:
    """Read the tables of a project's `data/`.

    Raises:
        UsageError: the project has no table of companies, contracts or authorities.
    """
    tables = {name: _needed(data / name, columns) for name, columns in _NEEDED.items()}
    names: dict[str, list[str]] = {}
    for row in tables[COMPANIES] + read_own(data / HOLDERS, ["siren", "nom"]):
        others = (row.get("autres_noms") or "").split("|")
        names.setdefault(_siren(row["siren"]), []).extend(name for name in (row["nom"], *others) if name)
    return Holdings(
        names,
        frozenset(_siren(row["siren"]) for row in read_own(data / AMBIGUOUS, ["siren"])),
        frozenset(row["marche"] for row in tables[CONTRACTS]),
        {
            (_siren(row["acheteur"]), _siren(row["titulaire"]), fold(row["objet"])): row["identifiant"]
            for row in tables[CONTRACTS]
        },
        _decided(data),
        {_siren(row["siren"]): row for row in tables[AUTHORITIES]},
        {row["commune"]: row["id_acv"] for row in read_own(data / "conventions.csv", ["commune", "id_acv"])},
    )


def _siren(text: str) -> str:
    """Return a SIREN as `publish` reads it: without spaces, within a SIRET; what is none, as it is."""
    return siren_within(text) or text.strip()


def _decided(data: Path) -> frozenset[str]:
    first = read_own(data / FIRST_DECISIONS, ["acheteur_siren", "id_marche", "titulaire_siren"])
    keys = (contract_key(row["acheteur_siren"], row["id_marche"], row["titulaire_siren"]) for row in first)
    return frozenset(row["marche"] for row in read_own(data / DECISIONS, DECISION_COLUMNS)).union(keys)


def _needed(path: Path, columns: tuple[str, ...]) -> list[Row]:
    if not find_delivery(path).is_file():
        raise UsageError(
            f"{path} : table absente ; donner le dossier du projet avec --project DIR",
            f"{path}: no such table; give the project directory with --project DIR",
        )
    return read_own(path, columns)
