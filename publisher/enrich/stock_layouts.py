"""The columns that are read of SIRENE's stock files (Insee, « Dessin de fichier », August 2026), and no other.

Names, first names, sex and pseudonyms of natural persons are columns of these files: none is ever selected, so that the
scanner passes over their cells without keeping them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from publisher.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """A stock file: its name, the columns read (ours → the file's), a column that only it has."""

    name: str
    columns: dict[str, str]
    mark: str


UNITS = Layout(
    "StockUniteLegale",
    {
        "siren": "siren",
        "status": "statutDiffusionUniteLegale",
        "category": "categorieJuridiqueUniteLegale",
        "name": "denominationUniteLegale",
        "usual_1": "denominationUsuelle1UniteLegale",
        "usual_2": "denominationUsuelle2UniteLegale",
        "usual_3": "denominationUsuelle3UniteLegale",
        "state": "etatAdministratifUniteLegale",
        "since": "dateDebut",
        "founded": "dateCreationUniteLegale",
        "size": "trancheEffectifsUniteLegale",
        "size_year": "anneeEffectifsUniteLegale",
        "activity": "activitePrincipaleUniteLegale",
        "classification": "nomenclatureActivitePrincipaleUniteLegale",
        "activity_2025": "activitePrincipaleNAF25UniteLegale",
        "processed": "dateDernierTraitementUniteLegale",
    },
    "statutDiffusionUniteLegale",
)
SITES = Layout(
    "StockEtablissement",
    {
        "siren": "siren",
        "status": "statutDiffusionEtablissement",
        "seat": "etablissementSiege",
        "commune": "codeCommuneEtablissement",
        "country": "libellePaysEtrangerEtablissement",
        "country_code": "codePaysEtrangerEtablissement",
    },
    "etablissementSiege",
)
LAYOUTS = (UNITS, SITES)
_LONGEST_HEADER = 64 << 10


def check_header(path: Path, names: Sequence[str], layout: Layout) -> None:
    """Refuse a file that is not of this layout, saying what it is when that is known.

    Raises:
        SourceError: names the columns that are missing.
    """
    if set(layout.columns.values()) <= set(names):
        return
    for other in LAYOUTS:
        if other is not layout and other.mark in names:
            raise SourceError(
                f"c'est un fichier {other.name} ; un fichier {layout.name} est attendu ici",
                f"this is a {other.name} file; a {layout.name} file is expected here",
                path=path,
                row=1,
            )
    absent = [name for name in layout.columns.values() if name not in names]
    shown = ", ".join(absent)
    if layout.mark in names:
        raise SourceError(
            f"en-tête d'un ancien {layout.name} : il manque {shown} ; télécharger le stock courant sur data.gouv.fr",
            f"header of an old {layout.name}: missing {shown}; download the current stock from data.gouv.fr",
            path=path,
            row=1,
        )
    raise SourceError(
        f"pas un fichier {layout.name} : il manque {shown}", f"no {layout.name} file: missing {shown}", path=path, row=1
    )


def read_start(path: Path, stream: IO[bytes]) -> bytes:
    """Return the beginning of a CSV: its first line, and something after it.

    Raises:
        SourceError: there is nothing, or nothing after the first line.
    """
    start = b""
    while not start.partition(b"\n")[2].strip() and len(start) < _LONGEST_HEADER:
        chunk = stream.read(_LONGEST_HEADER)
        if not chunk:
            break
        start += chunk
    if not start.strip():
        raise SourceError("fichier vide", "empty file", path=path)
    return start


def columns_of(path: Path, layout: Layout, start: bytes) -> dict[str, str]:
    """Return the columns that the first line names, all texts, once they are those of the layout."""
    names = _names(path, start)
    check_header(path, names, layout)
    columns = dict.fromkeys(names, "VARCHAR")
    if len(columns) != len(names):
        raise SourceError("une colonne est là deux fois", "a column is there twice", path=path, row=1)
    if not start.partition(b"\n")[2].strip():
        raise no_row(path)
    return columns


def _names(path: Path, start: bytes) -> list[str]:
    """Return the columns that the first line names.

    Raises:
        SourceError: it is no text, or its columns are not separated by commas.
    """
    line = start.partition(b"\n")[0].removesuffix(b"\r")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            "format non reconnu : un CSV en UTF-8, un ZIP qui le contient, ou un Parquet",
            "format not known: a CSV in UTF-8, a ZIP that holds it, or a Parquet file",
            path=path,
            row=1,
        ) from error
    names = next(csv.reader([text]), [])
    if len(names) == 1 and any(other in text for other in ";\t|"):
        raise SourceError(
            "colonnes séparées autrement que par des virgules : un tableur a réenregistré ce fichier (et sans doute "
            "retiré des zéros et des lignes) ; reprendre celui de l'Insee tel quel",
            "columns separated otherwise than by commas: a spreadsheet saved this file again (and has probably "
            "dropped zeros and rows); take Insee's as it is",
            path=path,
            row=1,
        )
    return names


def no_row(path: Path) -> SourceError:
    """Return the error of a file that holds nothing but its header."""
    return SourceError("un en-tête et aucune ligne", "a header and no row", path=path)
