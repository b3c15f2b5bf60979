"""data/sirene.csv and the refusals beside it: the fields of a company, their cells, what was accepted and refused.

A field is what a person accepts or refuses at once: a state and its date go together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.derive.tables import Row, write_rows
from publisher.enrich.own_tables import read_own

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TABLE = "sirene.csv"
METADATA = "sirene.csv-metadata.json"
REFUSALS = "derivation/sirene_refus.csv"
REFUSAL_COLUMNS = ("siren", "champ", "valeur_sirene", "motif")
FIELDS: dict[str, tuple[str, ...]] = {
    "denomination": ("denomination",),
    "noms_usuels": ("noms_usuels",),
    "categorie_juridique": ("categorie_juridique",),
    "etat": ("etat", "date_cessation"),
    "date_creation": ("date_creation",),
    "effectif": ("tranche_effectif", "annee_effectif"),
    "naf": ("naf",),
    "naf_2025": ("naf_2025",),
    "siege": ("commune_siege", "pays_siege"),
}
"""The fields, each with its columns of sirene.csv."""

DAY = "date_sirene"
COLUMNS = (
    "siren", "denomination", "noms_usuels", "categorie_juridique", "etat", "date_creation", "date_cessation",
    "tranche_effectif", "annee_effectif", "naf", "naf_2025", "commune_siege", "pays_siege", DAY,
)  # fmt: skip
_BETWEEN = " ; "
_FRENCH_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_WIDTHS = {"categorie_juridique": 4, "tranche_effectif": 2, "commune_siege": 5}
"""Codes of digits whose leading zeros a spreadsheet drops."""


def value_of(field: str, cells: Mapping[str, str]) -> str:
    """Return a field's value in one cell: `C ; 2024-06-30`; empty when all of its cells are."""
    texts = [cells.get(column, "") for column in FIELDS[field]]
    while texts and not texts[-1]:
        texts.pop()
    return _BETWEEN.join(texts)


def cells_of(field: str, value: str) -> Row:
    """Return a field's cells from its value in one cell, as a spreadsheet may have saved it again."""
    columns = FIELDS[field]
    texts = [value] if len(columns) == 1 else [part.strip() for part in value.split(_BETWEEN.strip())]
    texts += [""] * (len(columns) - len(texts))
    return {column: _restored(column, text) for column, text in zip(columns, texts, strict=False)}


def day_of(text: str) -> str:
    """Return a day as ISO 8601 writes it: a spreadsheet saves `30/06/2024`."""
    found = _FRENCH_DAY.fullmatch(text.strip())
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text.strip()


def _restored(column: str, text: str) -> str:
    if column.startswith("date_"):
        return day_of(text)
    width = _WIDTHS.get(column, 0)
    return text.strip().zfill(width) if text.strip().isdigit() else text.strip()


def read_accepted(data: Path) -> dict[str, Row]:
    """Return the rows of sirene.csv by SIREN; none when there is no such table.

    Raises:
        SourceError: the table lacks a column, or cannot be read.
    """
    return {row["siren"]: row for row in read_own(data / TABLE, COLUMNS)}


def write_accepted(path: Path, rows: Mapping[str, Row]) -> None:
    """Write sirene.csv anew, in the order of SIRENs; a column of its own that a person added stays."""
    own = dict.fromkeys(column for row in rows.values() for column in row)
    columns = [*COLUMNS, *(column for column in own if column not in COLUMNS)]
    write_rows(path, columns, [dict.fromkeys(columns, "") | rows[siren] for siren in sorted(rows)])


def read_refused(data: Path) -> frozenset[tuple[str, str, str]]:
    """Return what was refused: SIREN, field and the value that SIRENE had then."""
    return frozenset((row["siren"], row["champ"], row["valeur_sirene"]) for row in refusals(data))


def refusals(data: Path) -> list[Row]:
    """Return the rows of the table of refusals."""
    return read_own(data / REFUSALS, REFUSAL_COLUMNS)
