"""i-Nov laureates + our decisions → data/entreprises.csv and data/projets.csv.

The source is the JSON of « Lauréats du concours d'innovation i-Nov » (French ministry of research, Licence
Ouverte); our reading of it, row by row, is data/derivation/inov_decisions.csv. Only facts come over, as the
source writes them, defects included: they are for the publication's report to show. Rerun with

    annuaire derive inov LAUREATES.json
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from publisher.derive.tables import ANSWER, read_rows, with_answers, write_rows
from publisher.errors import ProjectError
from publisher.identifiers import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

COMPANIES = "entreprises.csv"
PROJECTS = "projets.csv"
AMBIGUOUS = "siren_ambigus.csv"
COMPANY_COLUMNS = (
    "siren", "nom", "autres_noms", "commune", "departement", "domaines", "annees", "offre_fr", "offre_en",
    "motif", "motif_detail", ANSWER,
)  # fmt: skip
PROJECT_COLUMNS = (
    "projet", "siren", "nom", "vague", "annee", "thematique", "domaines", "commune", "departement", "montant",
    "aide",
)  # fmt: skip
_SLUG_LENGTH = 48

Row = dict[str, Any]
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Award:
    """A laureate of the source that we keep, with our decision about it."""

    source: Row
    decision: dict[str, str]

    @property
    def wave(self) -> int:
        """The number in the source's « Vague 4 »."""
        return int(self.source["vague"].split()[-1])

    @property
    def year(self) -> str:
        """The year of the source's date, which is always a 1 January."""
        return str(self.source["datepublication"])[:4]

    @property
    def domains(self) -> list[str]:
        """The domain slugs of our decision."""
        return self.decision["domaines"].split("|")

    @property
    def identifier(self) -> str:
        """The project's key: SIREN, wave and the slug of its name."""
        return f"{self.source['siren']}-v{self.wave}-{_short_slug(self.source['projet'])}"


def _short_slug(name: str) -> str:
    return slug(name)[:_SLUG_LENGTH].rstrip("-")


def departement_of(commune: str) -> str:
    """Return the département that an INSEE code of a commune or a postcode begins with; empty for an empty code."""
    return commune[:3] if commune.startswith("97") else commune[:2]


def derive_inov(source: Path, decisions: Path, out: Path) -> dict[str, int]:
    """Write entreprises.csv and projets.csv into `out`; return how many rows each has.

    `out` also holds siren_ambigus.csv, a table that we keep by hand: a SIREN listed there keeps one row for
    each of its names, since they may not be one company. It is so for wave 3 in four themes (water, energy
    efficiency, renewable energy, transport), where the source mixes SIRENs and communes up between rows.

    Raises:
        ProjectError: a row of the source has no decision, or two kept projects get the same key.
    """
    awards = _kept(source, decisions)
    ambiguous = {row["siren"] for row in read_rows(out / AMBIGUOUS)}
    companies = [_company(group) for group in _by_company(awards, ambiguous)]
    projects = [_project(award) for award in awards]
    keys = [project["projet"] for project in projects]
    if len(set(keys)) < len(keys):
        twice = ", ".join(sorted({key for key in keys if keys.count(key) > 1}))
        raise ProjectError(f"clé de projet en double : {twice}", f"project key twice: {twice}", path=decisions)
    companies.sort(key=lambda row: (row["siren"], row["nom"]))
    write_rows(out / COMPANIES, COMPANY_COLUMNS, with_answers(companies, out / COMPANIES))
    write_rows(out / PROJECTS, PROJECT_COLUMNS, sorted(projects, key=lambda row: row["projet"]))
    return {COMPANIES: len(companies), PROJECTS: len(projects)}


def _kept(source: Path, decisions: Path) -> list[Award]:
    decided = {_key(row): row for row in read_rows(decisions)}
    laureates = json.loads(source.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    missing = [" / ".join(_key(row)) for row in laureates if _key(row) not in decided]
    if missing:
        raise ProjectError(
            f"{len(missing)} lauréat(s) sans décision, dont {missing[0]} : les lire et décider",
            f"{len(missing)} laureate(s) without a decision, such as {missing[0]}: read them and decide",
            path=decisions,
        )
    return [Award(row, decided[_key(row)]) for row in laureates if decided[_key(row)]["retenu"] == "oui"]


def _key(row: Row) -> Key:
    """A laureate's key: the source has no identifier, and lists one project under two spellings."""
    return row["siren"], row["vague"], row["projet"], row["entreprise"]


def _by_company(awards: Iterable[Award], ambiguous: set[str]) -> list[list[Award]]:
    groups: dict[tuple[str, str], list[Award]] = defaultdict(list)
    for award in awards:
        siren = award.source["siren"]
        groups[siren, _short_slug(award.decision["nom_affiche"]) if siren in ambiguous else ""].append(award)
    return [sorted(group, key=lambda award: award.wave, reverse=True) for group in groups.values()]


def _company(awards: Sequence[Award]) -> dict[str, str]:
    """Merge a company's awards, the most recent first: its name, commune and offer are the latest ones."""
    latest = awards[0]
    name = latest.decision["nom_affiche"]
    ground = next((award for award in awards if award.decision["motif"] == "explicite"), latest)
    detail = ground.decision["motif_detail"]
    return {
        "siren": latest.source["siren"],
        "nom": name,
        "autres_noms": "|".join(_other_names(name, awards)),
        **_place(latest),
        "domaines": "|".join(dict.fromkeys(domain for award in awards for domain in award.domains)),
        "annees": "|".join(sorted({award.year for award in awards})),
        "offre_fr": latest.decision["offre_fr"],
        "offre_en": latest.decision["offre_en"],
        "motif": ground.decision["motif"],
        "motif_detail": f"projet « {ground.source['projet']} » (vague {ground.wave}) : {detail}",
    }


def _other_names(name: str, awards: Iterable[Award]) -> list[str]:
    """The other spellings, decided or of the source, that differ by more than capitals."""
    names = [
        other for award in awards for other in (*award.decision["autres_noms"].split("|"), award.source["entreprise"])
    ]
    found = {other.casefold(): other for other in reversed(names) if other}
    return sorted(other for folded, other in found.items() if folded != name.casefold())


def _project(award: Award) -> dict[str, str]:
    row = award.source
    return {
        "projet": award.identifier,
        "siren": row["siren"],
        "nom": row["projet"],
        "vague": str(award.wave),
        "annee": award.year,
        "thematique": row["thematique"] or "",
        "domaines": award.decision["domaines"],
        **_place(award),
        "montant": _amount(row["montantprojet"]),
        "aide": _amount(row["subvention"]),
    }


def _place(award: Award) -> dict[str, str]:
    commune = award.source["cityid"] or ""
    return {"commune": commune, "departement": departement_of(commune)}


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
