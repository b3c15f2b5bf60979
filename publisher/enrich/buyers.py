"""Which buyers are local authorities, and where: after their SIREN, then after what the file says of them.

SIRENs that begin with 21 are communes, 22 départements, 23 régions, 24 and 25 groupings; 20 stands for public bodies of
any kind registered since 2008 (Sirene documentation, numbering of public bodies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.derive.acheteurs import AUTHORITY_COLUMNS, SOURCE, Places
from publisher.derive.inov import departement_of
from publisher.derive.tables import Row, read_rows
from publisher.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.enrich.declarations import Declaration

_PREFIXES = ("20", "21", "22", "23", "24", "25")
_POSTCODES, _COMMUNES, _DEPARTEMENTS = "code postal", "code commune", "code departement"


def is_authority(siren: str) -> bool:
    """Return whether a SIREN is numbered as those of local authorities and their groupings."""
    return siren.startswith(_PREFIXES)


class Buyers:
    """Rows of collectivites.csv for buyers: those that the directory has, else drawn from the territory tables."""

    def __init__(self, data: Path, known: Mapping[str, Row]) -> None:
        self._known, self._places = known, Places(data / "territoires")
        self._communes = {row["siren"]: code for code, row in self._places.communes.items() if row["siren"]}
        former = read_rows(data / "territoires" / "codes_communes.csv")
        self._former = {row["code"]: row["commune"] for row in former}
        self._regions = {fold(f"région {row['nom']}"): row["nom"] for row in self._places.regions.values()}

    def describe(self, siren: str, declared: Declaration) -> tuple[Row, bool]:
        """Return a buyer's row, and whether a person must look at it: unplaced, or of a kind that we guess."""
        blank = dict.fromkeys(AUTHORITY_COLUMNS, "")
        if known := self._known.get(siren):
            return blank | known, False
        buyer = {
            "acheteur_siren": siren,
            "acheteur_type": self._kind(siren, declared),
            "acheteur_nom": declared.buyer_name,
            "acheteur_commune_insee": self._commune(siren),
            "departement_execution": self._departement(declared),
        }
        if buyer["acheteur_type"] == "region":
            buyer["acheteur_nom"] = f"région {self._regions.get(self._region_name(declared), '')}"
        try:
            described = self._places.describe(buyer)
        except KeyError:  # no such territory in the tables: a person fills it in
            described = {"nom": declared.buyer_name}
        sure = bool(described.get("region")) and described.get("type") != "groupement"
        return blank | {"siren": siren, "source": SOURCE} | described, not sure

    def _kind(self, siren: str, declared: Declaration) -> str:
        if siren in self._communes or siren.startswith("21"):
            return "commune"
        if siren.startswith("22"):
            return "departement"
        if siren.startswith("23") or self._region_name(declared) in self._regions:
            return "region"
        return "EPCI/syndicat"

    def _region_name(self, declared: Declaration) -> str:
        return fold(declared.buyer_name).replace("conseil regional", "region")

    def _commune(self, siren: str) -> str:
        own = siren[2:5] + siren[6:8] if siren[2:4] == "97" else siren[2:4] + siren[5:8]
        return self._communes.get(siren) or self._former.get(own, "")

    def _departement(self, declared: Declaration) -> str:
        if declared.buyer_departement:
            return declared.buyer_departement
        kind, code = fold(declared.place_kind), declared.place
        if kind in {_POSTCODES, _COMMUNES}:
            return departement_of(code)
        return code if kind == _DEPARTEMENTS else ""
