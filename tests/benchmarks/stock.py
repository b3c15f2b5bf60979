"""Invented StockUniteLegale and StockEtablissement: official headers, plausible shares, plainly fictitious; seeded."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NAMES = (
    "siren,statutDiffusionUniteLegale,unitePurgeeUniteLegale,dateCreationUniteLegale,sigleUniteLegale,sexeUniteLegale,"
    "prenom1UniteLegale,prenom2UniteLegale,prenom3UniteLegale,prenom4UniteLegale,prenomUsuelUniteLegale,"
    "pseudonymeUniteLegale,identifiantAssociationUniteLegale,trancheEffectifsUniteLegale,anneeEffectifsUniteLegale,"
    "dateDernierTraitementUniteLegale,nombrePeriodesUniteLegale,categorieEntreprise,anneeCategorieEntreprise,dateDebut,"
    "etatAdministratifUniteLegale,nomUniteLegale,nomUsageUniteLegale,denominationUniteLegale,"
    "denominationUsuelle1UniteLegale,denominationUsuelle2UniteLegale,denominationUsuelle3UniteLegale,"
    "categorieJuridiqueUniteLegale,activitePrincipaleUniteLegale,nomenclatureActivitePrincipaleUniteLegale,"
    "nicSiegeUniteLegale,economieSocialeSolidaireUniteLegale,societeMissionUniteLegale,caractereEmployeurUniteLegale,"
    "activitePrincipaleNAF25UniteLegale"
)
HEADER = _NAMES.split(",")

_VALUES = {
    "siren": "lpad(CAST(100000000 + n * 33 AS VARCHAR), 9, '0')",
    "statutDiffusionUniteLegale": "CASE WHEN r % 100 < 12 THEN 'P' ELSE 'O' END",
    "dateCreationUniteLegale": "CAST(DATE '1975-01-01' + CAST(r % 18500 AS INTEGER) AS VARCHAR)",
    "sexeUniteLegale": "CASE WHEN person THEN CASE WHEN r % 2 = 0 THEN 'F' ELSE 'M' END END",
    "prenom1UniteLegale": "CASE WHEN person THEN CASE WHEN partial THEN '[ND]' ELSE 'PRÉNOM FICTIF' END END",
    "prenomUsuelUniteLegale": "CASE WHEN person THEN CASE WHEN partial THEN '[ND]' ELSE 'PRÉNOM FICTIF' END END",
    "trancheEffectifsUniteLegale": "CASE WHEN r % 7 = 0 THEN ['01','02','03','11','12','21','22'][1 + r // 7 % 7] "
    "WHEN r % 7 < 4 THEN 'NN' END",
    "anneeEffectifsUniteLegale": "CASE WHEN r % 7 = 0 THEN '2023' END",
    "dateDernierTraitementUniteLegale": "CAST(DATE '2019-01-01' + CAST(r % 2700 AS INTEGER) AS VARCHAR) || "
    "'T' || lpad(CAST(r % 24 AS VARCHAR), 2, '0') || ':15:07.000'",
    "nombrePeriodesUniteLegale": "CAST(1 + r % 6 AS VARCHAR)",
    "categorieEntreprise": "CASE WHEN r % 9 = 0 THEN 'PME' END",
    "anneeCategorieEntreprise": "CASE WHEN r % 9 = 0 THEN '2023' END",
    "dateDebut": "CAST(DATE '1990-01-01' + CAST(r % 13000 AS INTEGER) AS VARCHAR)",
    "etatAdministratifUniteLegale": "CASE WHEN r % 100 < 43 THEN 'C' ELSE 'A' END",
    "nomUniteLegale": "CASE WHEN person THEN CASE WHEN partial THEN '[ND]' ELSE 'NOM FICTIF' END END",
    "denominationUniteLegale": "CASE WHEN NOT person THEN CASE WHEN partial THEN '[ND]' "
    "ELSE 'ENTREPRISE FICTIVE \"N° ' || n || '\", SOCIÉTÉ IMAGINAIRE' END END",
    "denominationUsuelle1UniteLegale": "CASE WHEN r % 11 = 0 AND NOT partial THEN 'ENSEIGNE FICTIVE ' || n END",
    "categorieJuridiqueUniteLegale": "CASE WHEN person THEN '1000' ELSE "
    "['5710','5499','6540','9220','5599'][1 + r % 5] END",
    "activitePrincipaleUniteLegale": "['62.01Z','43.21A','68.20B','56.10A','94.99Z','47.91B','01.11Z'][1 + r % 7]",
    "nomenclatureActivitePrincipaleUniteLegale": "'NAFRev2'",
    "nicSiegeUniteLegale": "lpad(CAST(10 + r % 80 AS VARCHAR), 5, '0')",
    "economieSocialeSolidaireUniteLegale": "CASE WHEN r % 25 = 0 THEN 'O' END",
    "caractereEmployeurUniteLegale": "CASE WHEN r % 7 = 0 THEN 'O' ELSE 'N' END",
    "activitePrincipaleNAF25UniteLegale": "['62.10Y','43.21G','68.20Y','56.11Y','94.99Y','47.91Y','01.11Y'][1 + r % 7]",
}

_SITE_NAMES = (
    "siren,nic,siret,statutDiffusionEtablissement,dateCreationEtablissement,trancheEffectifsEtablissement,"
    "anneeEffectifsEtablissement,activitePrincipaleRegistreMetiersEtablissement,dateDernierTraitementEtablissement,"
    "etablissementSiege,nombrePeriodesEtablissement,complementAdresseEtablissement,numeroVoieEtablissement,"
    "indiceRepetitionEtablissement,typeVoieEtablissement,libelleVoieEtablissement,codePostalEtablissement,"
    "libelleCommuneEtablissement,libelleCommuneEtrangerEtablissement,distributionSpecialeEtablissement,"
    "codeCommuneEtablissement,codeCedexEtablissement,libelleCedexEtablissement,codePaysEtrangerEtablissement,"
    "libellePaysEtrangerEtablissement,dateDebut,etatAdministratifEtablissement,enseigne1Etablissement,"
    "denominationUsuelleEtablissement,activitePrincipaleEtablissement,nomenclatureActivitePrincipaleEtablissement,"
    "caractereEmployeurEtablissement,activitePrincipaleNAF25Etablissement"
)
_COMMUNES = "['75056','69123','13055','31555','44109','67482','33063','59350','01004','2A004']"
_SITES = {
    "siren": "lpad(CAST(100000000 + n * 33 AS VARCHAR), 9, '0')",
    "nic": "lpad(CAST(10 + r % 80 AS VARCHAR), 5, '0')",
    "siret": "lpad(CAST(100000000 + n * 33 AS VARCHAR), 9, '0') || lpad(CAST(10 + r % 80 AS VARCHAR), 5, '0')",
    "statutDiffusionEtablissement": "CASE WHEN partial THEN 'P' ELSE 'O' END",
    "dateCreationEtablissement": "CAST(DATE '1975-01-01' + CAST(r % 18500 AS INTEGER) AS VARCHAR)",
    "dateDernierTraitementEtablissement": "CAST(DATE '2019-01-01' + CAST(r % 2700 AS INTEGER) AS VARCHAR)",
    "etablissementSiege": "CASE WHEN r % 10 < 7 THEN 'true' ELSE 'false' END",
    "numeroVoieEtablissement": "CASE WHEN partial THEN '[ND]' ELSE CAST(r % 200 AS VARCHAR) END",
    "typeVoieEtablissement": "CASE WHEN partial THEN '[ND]' ELSE 'RUE' END",
    "libelleVoieEtablissement": "CASE WHEN partial THEN '[ND]' ELSE 'DE LA FICTION' END",
    "libelleCommuneEtablissement": "'COMMUNE FICTIVE'",
    "codeCommuneEtablissement": f"{_COMMUNES}[1 + r % 10]",
    "dateDebut": "CAST(DATE '1990-01-01' + CAST(r % 13000 AS INTEGER) AS VARCHAR)",
    "etatAdministratifEtablissement": "CASE WHEN r % 100 < 50 THEN 'F' ELSE 'A' END",
    "activitePrincipaleEtablissement": _VALUES["activitePrincipaleUniteLegale"],
    "nomenclatureActivitePrincipaleEtablissement": "'NAFRev2'",
    "caractereEmployeurEtablissement": _VALUES["caractereEmployeurUniteLegale"],
}

_TYPES = {
    "categorieJuridiqueUniteLegale": "INTEGER", "anneeEffectifsUniteLegale": "INTEGER",
    "dateCreationUniteLegale": "DATE", "dateDebut": "DATE", "dateDernierTraitementUniteLegale": "TIMESTAMP",
}  # fmt: skip
"""What the official Parquet file has as something else than text."""


def write_units(path: Path, rows: int, known: Sequence[str], seed: int) -> None:
    """Write a stock of so many legal units; `known` are SIRENs that it holds besides, as companies, at its end."""
    _copy(path, HEADER, _VALUES, rows - len(known), seed)
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER, restval="", lineterminator="\n")
        for siren in known:
            writer.writerow({
                "siren": siren, "statutDiffusionUniteLegale": "O", "dateCreationUniteLegale": "2012-03-05",
                "trancheEffectifsUniteLegale": "12", "anneeEffectifsUniteLegale": "2023",
                "dateDernierTraitementUniteLegale": "2026-05-03T10:00:00.000", "dateDebut": "2020-01-01",
                "etatAdministratifUniteLegale": "A", "denominationUniteLegale": f"ENTREPRISE FICTIVE {siren}",
                "categorieJuridiqueUniteLegale": "5710", "activitePrincipaleUniteLegale": "62.01Z",
                "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2", "nicSiegeUniteLegale": "00010",
                "activitePrincipaleNAF25UniteLegale": "62.10Y",
            })  # fmt: skip


def write_sites(path: Path, rows: int, known: Sequence[str], seed: int) -> None:
    """Write a stock of so many establishments; `known` are SIRENs whose seats it holds besides, at its end."""
    header = _SITE_NAMES.split(",")
    _copy(path, header, _SITES, rows - len(known), seed)
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
        for siren in known:
            writer.writerow({
                "siren": siren, "nic": "00010", "siret": f"{siren}00010", "statutDiffusionEtablissement": "O",
                "etablissementSiege": "true", "codeCommuneEtablissement": "69123",
                "libelleCommuneEtablissement": "LYON", "etatAdministratifEtablissement": "A",
            })  # fmt: skip


def _copy(path: Path, header: Sequence[str], values: dict[str, str], rows: int, seed: int) -> None:
    selected = ", ".join(f'{values.get(name, "NULL")} AS "{name}"' for name in header)
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(  # constants of this module and whole numbers
            f"COPY (SELECT {selected} FROM (SELECT n, r, r % 100 < 12 AS partial, r % 10 < 5 AS person FROM "
            f"(SELECT range AS n, CAST(hash(range + {seed}) // 2 AS BIGINT) AS r FROM range({rows})))) "
            f"TO '{path}' (FORMAT csv, HEADER true)"
        )


def write_parquet(stock: Path, path: Path) -> None:
    """Write a stock anew as Parquet, typed as the official file: the legal category a number, days as days."""
    typed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in _TYPES.items())
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            f"COPY (SELECT * REPLACE ({typed}) FROM read_csv('{stock}', all_varchar = true, header = true)) "
            f"TO '{path}' (FORMAT parquet)"
        )
