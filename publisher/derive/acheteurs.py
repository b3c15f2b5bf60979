"""The buyers of public contracts → rows of data/collectivites.csv, named and placed after the territory tables.

The source names a buyer's office as often as the authority (« Direction des affaires juridiques », « BUDGET
PRINCIPAL »). A SIREN says more: 21 is a commune, 22 a département, each followed by its INSEE code (Sirene
documentation, numbering of public bodies), and an intercommunalité's SIREN is its code in the COG.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.derive.inov import departement_of
from publisher.derive.tables import Row, read_rows, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AUTHORITIES = "collectivites.csv"
AUTHORITY_COLUMNS = ("siren", "nom", "type", "commune", "epci", "departement", "region", "source")
SOURCE = "https://www.data.gouv.fr/datasets/5cd57bf68b4c4179299eb0e9"
_LINKS = {"0": "de ", "1": "d'", "2": "du ", "3": "de La ", "4": "des ", "5": "de L'", "6": "des ", "7": "de Las ",
          "8": "de Los "}  # fmt: skip
"""How « commune de » meets a name, by its TNCC (type de nom en clair, COG)."""


class Places:
    """The territories that buyers administer, by code."""

    def __init__(self, folder: Path) -> None:
        tables = ("communes", "epci", "departements", "regions")
        communes, epci, departements, regions = (
            {row["code"]: row for row in read_rows(folder / f"{name}.csv")} for name in tables
        )
        self.communes, self.epci, self.departements, self.regions = communes, epci, departements, regions
        self.seats = {row["epci"]: row for row in communes.values()}
        self.region_names = {f"région {row['nom']}".casefold(): code for code, row in regions.items()}

    def describe(self, buyer: Row) -> Row:
        """Return a buyer's name, type and territory, after its type in the source."""
        siren = buyer["acheteur_siren"]
        if buyer["acheteur_type"] == "commune":
            return self._commune(buyer["acheteur_commune_insee"] or siren[2:4] + siren[5:8])
        if buyer["acheteur_type"] == "departement":
            return self._departement(departement_of(siren[2:]))
        if buyer["acheteur_type"] == "region":
            code = self.region_names[buyer["acheteur_nom"].casefold()]
            return {"nom": f"Région {self.regions[code]['nom']}", "type": "region", "region": code}
        return self._group(siren, buyer)

    def _commune(self, code: str) -> Row:
        commune = self.communes[code]
        name = f"Commune {_LINKS[commune['tncc']]}{commune['nom_sans_article']}"
        return {"nom": name, "type": "commune", "commune": code, **self._within(commune["departement"])}

    def _departement(self, code: str) -> Row:
        name = self.departements[code]["nom_avec_article"]
        link = f"du {name[3:]}" if name.startswith("le ") else f"des {name[4:]}" if name.startswith("les ") else ""
        of = link or ("d'" if name[0] in "AEIOUÉ" else "de ") + name
        return {"nom": f"Département {of}", "type": "departement", **self._within(code)}

    def _group(self, siren: str, buyer: Row) -> Row:
        if siren in self.epci:
            place = self._within(self.seats[siren]["departement"])
            return {"nom": self.epci[siren]["nom"], "type": "intercommunalite", "epci": siren, **place}
        code = departement_of(siren[2:]) if siren.startswith(("24", "25")) else buyer["departement_execution"]
        kind = "intercommunalite" if siren.startswith("24") else "groupement"
        return {"nom": buyer["acheteur_nom"], "type": kind, **self._within(code)}

    def _within(self, departement: str) -> Row:
        return {"departement": departement, "region": self.departements[departement]["region"]}


def write_buyers(buyers: Iterable[Row], data: Path) -> dict[str, Row]:
    """Write the buyers into collectivites.csv, beside the authorities that other sources brought; return them."""
    places = Places(data / "territoires")
    found: dict[str, Row] = {}
    for buyer in buyers:
        blank = dict.fromkeys(AUTHORITY_COLUMNS, "")
        siren = buyer["acheteur_siren"]
        found[siren] = blank | {"siren": siren, "source": SOURCE} | places.describe(buyer)
    others = [row for row in read_rows(data / AUTHORITIES) if row["source"] != SOURCE and row["siren"] not in found]
    rows = [dict.fromkeys(AUTHORITY_COLUMNS, "") | row for row in others] + list(found.values())
    write_rows(data / AUTHORITIES, AUTHORITY_COLUMNS, sorted(rows, key=lambda row: row["siren"]))
    return found
