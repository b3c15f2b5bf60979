"""Public contracts + our decisions → data/marches.csv, data/entreprises_marches.csv and their buyers.

The source is a folder of two extracts of the « données essentielles de la commande publique » (format of 2018,
Licence Ouverte 2.0), one row per contract holder. Our reading of it, row by row, is
data/derivation/marches_decisions.csv. Facts come over as the source writes them; only lost accents are restored,
where the decision says how. Rerun with

    annuaire derive marches FOLDER
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.derive.acheteurs import AUTHORITIES, write_buyers
from publisher.derive.inov import AMBIGUOUS, COMPANIES
from publisher.derive.tables import ANSWER, Row, read_rows, read_source, with_answers, write_rows
from publisher.errors import ProjectError
from publisher.identifiers import slug
from publisher.siren import is_siren

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

EXTRACTS = (
    "decp_2018-2019_ville_intelligente_collectivites.csv",
    "decp_2018-2019_entreprises_inov_ilab.csv",
)
CONTRACTS = "marches.csv"
HOLDERS = "entreprises_marches.csv"
CONTRACT_COLUMNS = (
    "marche", "acheteur", "titulaire", "identifiant", "objet", "accents_retablis", "domaines", "cpv", "nature",
    "procedure", "date_notification", "montant", "montant_douteux", "plusieurs_titulaires", "commune", "departement",
    "convention", "flux", "source",
)  # fmt: skip
HOLDER_COLUMNS = ("siren", "nom", "autres_noms", "domaines", ANSWER)

_TRUE = "true"
_CPV_DIGITS = 8
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Award:
    """A holder of a contract of the source that we keep, with our decision about it."""

    source: Row
    decision: Row
    shared: bool

    @property
    def siren(self) -> str:
        """The holder's SIREN."""
        return self.source["titulaire_siren"]

    @property
    def identifier(self) -> str:
        """The row's key."""
        return contract_key(self.source["acheteur_siren"], self.source["id_marche"], self.siren)

    @property
    def domains(self) -> list[str]:
        """The domain slugs of our decision."""
        return self.decision["domaines"].split("|")

    @property
    def holder_name(self) -> str:
        """The holder's name as the source writes it, without what it says of the holder in parentheses."""
        return re.sub(r"\s*\([^)]*\)", "", self.source["titulaire_nom"]).strip()


def contract_key(buyer: str, identifier: str, holder: str) -> str:
    """Return the key of a row of marches.csv: buyer, the contract's identifier at the source, holder."""
    return f"{buyer}-{slug(identifier)}-{holder}"


def derive_marches(source: Path, decisions: Path, data: Path) -> dict[str, int]:
    """Write the three tables into `data`; return how many rows each has.

    `data` also holds entreprises.csv, whose names win over the source's, conventions.csv and territoires/.

    Raises:
        ProjectError: a row of the source has no decision, two kept rows get one key, a SIREN is wrong, or stands for
            several companies.
    """
    awards = _kept(source, decisions)
    known = {row["siren"]: row["nom"] for row in read_rows(data / COMPANIES)}
    towns = {row["commune"]: row["id_acv"] for row in read_rows(data / "conventions.csv")}
    _refuse_withheld({award.siren for award in awards}, data, decisions)
    buyers = write_buyers([award.source for award in awards], data)
    contracts = sorted((contract_row(a, buyers[a.source["acheteur_siren"]], towns) for a in awards), key=_first)
    _refuse_doubles([row["marche"] for row in contracts], decisions)
    holders = sorted((_holder(group, known) for group in _by_holder(awards)), key=_first)
    write_rows(data / CONTRACTS, CONTRACT_COLUMNS, contracts)
    write_rows(data / HOLDERS, HOLDER_COLUMNS, with_answers(holders, data / HOLDERS))
    return {CONTRACTS: len(contracts), HOLDERS: len(holders), AUTHORITIES: len(buyers)}


def _kept(source: Path, decisions: Path) -> list[Award]:
    decided = {_key(row): row for row in read_rows(decisions)}
    rows = {_key(row): row for name in reversed(EXTRACTS) for row in read_source(source / name)}
    if missing := [" / ".join(key) for key in rows if key not in decided]:
        raise ProjectError(
            f"{len(missing)} marché(s) sans décision, dont {missing[0]} : les lire et décider",
            f"{len(missing)} contract(s) without a decision, such as {missing[0]}: read them and decide",
            path=decisions,
        )
    kept = [row for key, row in rows.items() if decided[key]["retenu"] == "oui"]
    sirens = {row[column] for row in kept for column in ("acheteur_siren", "titulaire_siren")}
    if wrong := sorted(siren for siren in sirens if not is_siren(siren)):
        raise ProjectError(f"SIREN invalide : {wrong[0]}", f"invalid SIREN: {wrong[0]}", path=decisions)
    holders = Counter(key[:3] for key in rows)
    return [Award(row, decided[_key(row)], shared=holders[_key(row)[:3]] > 1) for row in kept]


def _key(row: Row) -> Key:
    return row["source_flux"], row["acheteur_siren"], row["id_marche"], row["titulaire_siren"]


def _first(row: Row) -> str:
    return next(iter(row.values()))


def _refuse_doubles(keys: Sequence[str], decisions: Path) -> None:
    if twice := ", ".join(sorted(key for key, number in Counter(keys).items() if number > 1)):
        raise ProjectError(f"clé de marché en double : {twice}", f"contract key twice: {twice}", path=decisions)


def _refuse_withheld(sirens: set[str], data: Path, decisions: Path) -> None:
    if held := ", ".join(row["siren"] for row in read_rows(data / AMBIGUOUS) if row["siren"] in sirens):
        raise ProjectError(
            f"SIREN de plusieurs entreprises, à ne pas retenir : {held}",
            f"SIREN of several companies, not to be kept: {held}",
            path=decisions,
        )


def contract_row(award: Award, buyer: Row, towns: dict[str, str]) -> Row:
    """Return a row of marches.csv: the source's facts, our decision, the buyer's place and its convention."""
    row, decision = award.source, award.decision
    doubtful = "oui" in (row["montant_douteux"], decision["montant_douteux"])
    return {
        "marche": award.identifier,
        "acheteur": row["acheteur_siren"],
        "titulaire": award.siren,
        "identifiant": row["id_marche"],
        "objet": decision["objet_retabli"] or row["objet"].strip(),
        "accents_retablis": _TRUE if decision["objet_retabli"] else "",
        "domaines": decision["domaines"],
        "cpv": row["cpv"][:_CPV_DIGITS],
        "nature": row["nature"],
        "procedure": row["procedure"],
        "date_notification": row["date_notification"],
        "montant": row["montant_eur"],
        "montant_douteux": _TRUE if doubtful else "",
        "plusieurs_titulaires": _TRUE if award.shared else "",
        "commune": buyer["commune"],
        "departement": buyer["departement"],
        "convention": towns.get(buyer["commune"], ""),
        "flux": row["source_flux"],
        "source": _address(row["source_fichier"]),
    }


def _address(file: str) -> str:
    """Return where a file of a commit can be read: `owner/name@commit path`; an address is one already."""
    if file.startswith("https://"):
        return file
    repository, _, rest = file.partition("@")
    return f"https://github.com/{repository}/blob/{rest.replace(' ', '/')}"


def _by_holder(awards: Iterable[Award]) -> Iterable[list[Award]]:
    groups: dict[str, list[Award]] = defaultdict(list)
    for award in awards:
        groups[award.siren].append(award)
    return groups.values()


def _holder(awards: Sequence[Award], known: dict[str, str]) -> Row:
    """Return a company: under the name the directory knows it by, else its most frequent, then longest spelling."""
    siren = awards[0].siren
    spellings = Counter(award.holder_name for award in awards)
    name = known.get(siren) or max(sorted(spellings), key=lambda each: (spellings[each], len(each)))
    others = {each.casefold(): each for each in sorted(spellings, reverse=True)}
    domains = Counter(domain for award in awards for domain in award.domains)
    return {
        "siren": siren,
        "nom": name,
        "autres_noms": "|".join(sorted(other for folded, other in others.items() if folded != name.casefold())),
        "domaines": "|".join(sorted(domains, key=lambda each: (-domains[each], each))),
    }
