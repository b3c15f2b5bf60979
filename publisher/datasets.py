"""The datasets that an instance publishes: what each holds, and how a portal files it. The only such table.

A dataset of one table says in its CSVW notes what it is; keywords are French literals and themes EU data
themes, which is what portals index (DCAT-AP 3.0.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.dumps import DUMP_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.errors import Texts
    from publisher.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset. `tables` are the names of its mappings, in the order of their CSV files.

    `texts` stands in for CSVW notes: (title, description). `page` is what a person visits.
    """

    key: str
    tables: tuple[str, ...]
    page: str
    keywords: tuple[str, ...]
    themes: tuple[str, ...]
    texts: tuple[Texts, Texts] | None = None
    kind: str | None = None

    def mappings(self, mappings: Iterable[Mapping]) -> tuple[Mapping, ...]:
        """Return the mappings of its tables, in its own order."""
        known = {mapping.name: mapping for mapping in mappings}
        return tuple(known[name] for name in self.tables if name in known)

    def file_name(self, table: str) -> str:
        """Return the name, without extension, of the files about one of its tables."""
        return table.replace("/", "-")


THINGS = ("entreprises", "entreprises_marches", "projets", "marches", "conventions", "pratiques", "solutions")
"""The tables whose rows are things of the directory, one of which a person looks for."""

TERRITORIES = tuple(
    f"territoires/{name}"
    for name in (
        "communes", "departements", "regions", "arrondissements", "epci", "arrondissements_municipaux",
        "codes_communes", "anciens_departements", "anciennes_regions", "collectivites_territoriales",
        "collectivites_outre_mer", "zones_outre_mer", "centres",
    )
)  # fmt: skip

WHOLE = Dataset(
    DUMP_NAME,
    THINGS,
    "/",
    ("ville intelligente", "entreprises", "collectivités territoriales", "innovation", "territoires", "annuaire"),
    ("REGI", "ECON", "TECH"),
)
DOMAINS = Dataset(
    "domaines",
    (),
    "/domaines",
    ("thésaurus", "domaines d'action publique", "ville intelligente", "collectivités territoriales"),
    ("GOVE", "REGI"),
    kind="TAXONOMY",
)
DATASETS = (
    WHOLE,
    Dataset(
        "entreprises",
        ("entreprises", "entreprises_marches", "sites_web", "sirene"),
        "/entreprises",
        ("entreprises", "siren", "ville intelligente", "innovation", "i-nov", "marchés publics"),
        ("ECON", "TECH", "REGI"),
        (
            {"fr": "Entreprises de l'annuaire", "en": "Companies of the directory"},
            {
                "fr": "Les entreprises de l'annuaire, une table par source, réunies par leur SIREN : chaque table dit "
                "la sienne. Les domaines sont classés par l'annuaire et n'ont pas été validés par les entreprises.",
                "en": "The companies of the directory, one table per source, joined by SIREN number: each table says "
                "its own. The domains are classified by the directory and have not been validated by the companies.",
            },
        ),
    ),
    Dataset(
        "projets",
        ("projets",),
        "/projets",
        ("innovation", "projets", "aides aux entreprises", "ville intelligente"),
        ("TECH", "ECON"),
    ),
    Dataset(
        "marches",
        ("marches", "collectivites"),
        "/marches",
        ("marchés publics", "commande publique", "decp", "collectivités territoriales", "ville intelligente"),
        ("GOVE", "ECON", "REGI"),
    ),
    DOMAINS,
    Dataset(
        "territoires",
        TERRITORIES,
        "/territoires",
        ("territoires", "communes", "départements", "régions", "intercommunalités", "code officiel géographique"),
        ("REGI", "GOVE"),
        (
            {"fr": "Territoires de l'annuaire", "en": "Territories of the directory"},
            {
                "fr": "Régions, départements, arrondissements, communes et intercommunalités du Code officiel "
                "géographique sous leurs identifiants de l'Insee, avec leurs rattachements, les anciens codes de "
                "communes et les liens vers NUTS, ISO 3166-2 et Wikidata.",
                "en": "Regions, départements, arrondissements, communes and intercommunalités of the official "
                "geographical code under Insee's identifiers, with what they belong to, former codes of communes "
                "and links to NUTS, ISO 3166-2 and Wikidata.",
            },
        ),
    ),
    Dataset(
        "conventions",
        ("conventions",),
        "/conventions",
        ("action cœur de ville", "villes moyennes", "revitalisation", "centre-ville", "conventions"),
        ("REGI", "GOVE"),
    ),
    Dataset(
        "pratiques",
        ("pratiques",),
        "/pratiques",
        ("bonnes pratiques", "ville intelligente", "retours d'expérience", "collectivités territoriales"),
        ("GOVE", "TECH"),
    ),
)
"""In the order in which a portal lists them."""
