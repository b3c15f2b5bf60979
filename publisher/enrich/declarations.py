"""A holder of a public contract as a file of the « données essentielles de la commande publique » declares it.

The names are those of the official schemas (schema.data.gouv.fr, 139bercy/format-commande-publique: « marchés publics »
of 2018, version 2.0 of 2022) and of the tables made from them, which write `acheteur.id` or `acheteur_id`, one row a
holder or `titulaire_id_1` to `titulaire_id_3`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

Progress = Callable[[float], None]
"""Called with the share of the work done, from 0 to 1."""

REQUIRED = (
    "id", "acheteur_id", "objet", "codeCPV", "nature", "procedure", "dateNotification", "montant", "titulaire_id",
)  # fmt: skip
"""Without these columns a table is no table of public contracts."""

CONTRACT_COLUMNS = {
    "identifier": ("id",),
    "buyer": ("acheteur_id",),
    "buyer_name": ("acheteur_nom",),
    "buyer_departement": ("acheteur_departement_code",),
    "subject": ("objet",),
    "cpv": ("codecpv",),
    "nature": ("nature",),
    "procedure": ("procedure",),
    "notified": ("datenotification",),
    "amount": ("montant",),
    "place": ("lieuexecution_code",),
    "place_kind": ("lieuexecution_typecode",),
    "flow": ("sourcedataset", "source"),
    "source": ("sourcefile",),
    "version": ("modification_id",),
}
HOLDER_COLUMNS = {
    "holder": ("titulaire_id",),
    "scheme": ("titulaire_typeidentifiant",),
    "holder_name": ("titulaire_nom", "titulaire_denominationsociale"),
}
_NOTHING = frozenset({"cdl", "mq", "nc", "null", "none", "nan"})
"""How the consolidated tables write that a cell is « conditionnel », « manquant » or « non communiqué »."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One holder of one contract, in the file's own words; what it does not say is empty."""

    identifier: str = ""
    buyer: str = ""
    buyer_name: str = ""
    buyer_departement: str = ""
    subject: str = ""
    cpv: str = ""
    nature: str = ""
    procedure: str = ""
    notified: str = ""
    amount: str = ""
    place: str = ""
    place_kind: str = ""
    flow: str = ""
    source: str = ""
    version: str = ""
    holder: str = ""
    scheme: str = ""
    holder_name: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What was read of a file: its layout, how many records it has, and all holders of the contracts asked for.

    Layouts: `csv-holder` (a row each), `csv-contract` (a row for up to three), `json-2018`, `json-2022`.
    """

    layout: str
    records: int
    declarations: list[Declaration]


def folded(column: str) -> str:
    """Return a column's name as it is compared: no case, `_` between the parts."""
    return column.strip().lstrip("\ufeff").casefold().replace(".", "_")


def cell(value: object) -> str:
    """Return a cell's text on one line; empty when the file says that there is none."""
    text = " ".join(str(value).split()) if value is not None else ""
    return "" if text.casefold() in _NOTHING else text


def missing(path: Path, columns: Collection[str]) -> SourceError:
    """Return the error of a file that lacks columns, all named."""
    absent = ", ".join(column for column in REQUIRED if column in columns)
    return SourceError(f"pas un fichier DECP : il manque {absent}", f"no DECP file: missing {absent}", path=path)


def not_utf8(path: Path, error: UnicodeDecodeError, row: int | None = None) -> SourceError:
    """Return the error of a file in another encoding; Windows-1252 is far the most common one."""
    byte = f"0x{error.object[error.start]:02x}"
    return SourceError(
        f"l'octet {byte} n'est pas de l'UTF-8 (Windows-1252 ?) : l'enregistrer en UTF-8",
        f"byte {byte} is no UTF-8 (Windows-1252?): save the file as UTF-8",
        path=path,
        row=row,
    )
