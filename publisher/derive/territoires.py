"""Territories of the Code officiel géographique, from Etalab's npm package to our own tables.

Source: `@etalab/decoupage-administratif` (COG of Insee, EPCI of the DGCL; Licence Ouverte). What the package
does not carry (ISO 3166-2, NUTS, Wikidata, collectivités with departmental powers) comes from small tables
kept by hand in the folder called `reference`. The result is sorted by code and byte-identical from one run
to the next.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from publisher.derive.tables import Row, read_rows, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Record = dict[str, Any]

ARTICLES = {2: "Le ", 3: "La ", 4: "Les ", 5: "L'", 6: "Aux ", 7: "Las ", 8: "Los "}
"""The article that Insee's code TNCC stands for; 0 and 1 mean that the name has none."""

OVERSEAS = "com"
CLIPPERTON = "989"
ZONES = {"984": "District", "986": "CirconscriptionTerritoriale"}
"""Overseas collectivities whose divisions are no communes, with Insee's class of these."""

FORMER = {"commune-deleguee": "CommuneDeleguee", "commune-associee": "CommuneAssociee"}
"""The package's types of former communes, with Insee's class of these."""

COLUMNS = {
    "regions": "code nom nom_sans_article nom_avec_article tncc chef_lieu iso_3166_2 nuts wikidata",
    "departements": "code nom nom_sans_article nom_avec_article tncc chef_lieu region iso_3166_2 nuts wikidata",
    "arrondissements": "code nom nom_sans_article tncc chef_lieu departement region",
    "communes": "code nom nom_sans_article tncc arrondissement departement departement_direct region "
    "collectivite_outre_mer epci population siren codes_postaux",
    "arrondissements_municipaux": "code nom commune departement region population codes_postaux",
    "codes_communes": "code nom type segment commune",
    "epci": "code nom type population",
    "collectivites_outre_mer": "code nom",
    "zones_outre_mer": "code nom type segment collectivite_outre_mer population codes_postaux",
    "collectivites_territoriales": "code nom siren departements region",
}


def derive_territoires(package: Path, out: Path, *, reference: Path) -> dict[str, int]:
    """Write every territory table in `out` and return its number of rows by table name.

    `package` is the unpacked npm package, `reference` the folder of tables kept by hand. Raises `ValueError`
    when a reference table does not cover the package, `OSError` when a file cannot be read or written.
    """
    source = {
        name: json.loads((package / "data" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("regions", "departements", "arrondissements", "communes", "epci")
    }
    communes = source["communes"]
    current = [record for record in communes if record["type"] == "commune-actuelle"]
    regions, departements = (
        [record for record in source[name] if record["zone"] != OVERSEAS] for name in ("regions", "departements")
    )
    members = _communes(current, source["epci"])
    tables = {
        "regions": _identified(regions, reference / "identifiants_regions.csv"),
        "departements": _identified(departements, reference / "identifiants_departements.csv", "region"),
        "arrondissements": [_arrondissement(record) for record in source["arrondissements"]],
        "communes": members,
        "arrondissements_municipaux": [
            _arrondissement_municipal(record) for record in communes if record["type"] == "arrondissement-municipal"
        ],
        "codes_communes": _codes_communes(communes, current),
        "epci": _epci(source["epci"], members),
        "collectivites_outre_mer": _collectivites_outre_mer(source["departements"]),
        "zones_outre_mer": [_zone(record) for record in current if record["departement"] in ZONES],
        "collectivites_territoriales": _collectivites_territoriales(departements, reference),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_rows(out / f"{name}.csv", COLUMNS[name].split(), sorted(rows, key=lambda row: row["code"]))
    return {name: len(rows) for name, rows in tables.items()}


def name_without_article(name: str, tncc: int) -> str:
    """Return a name stripped of the article that its code TNCC says it carries.

    Insee writes communes with their article (`Le Havre`, TNCC 2) and départements without it (`Rhône`).
    """
    return name.removeprefix(ARTICLES.get(tncc, ""))


def name_with_article(name: str, tncc: int) -> str:
    """Return the name of a région or a département as a sentence writes it: `le Rhône`, `l'Ain`, `Paris`."""
    return f"{ARTICLES.get(tncc, '').lower()}{name}"


def _named(record: Record) -> Row:
    name, tncc = record["nom"], record["typeLiaison"]
    return {
        "code": record["code"],
        "nom": name,
        "nom_sans_article": name_without_article(name, tncc),
        "tncc": str(tncc),
    }


def _identified(records: list[Record], table: Path, *parents: str) -> list[Row]:
    identifiers = {row["code"]: row for row in read_rows(table)}
    if identifiers.keys() != {record["code"] for record in records}:
        message = f"{table.name} and the package do not have the same codes"
        raise ValueError(message)
    return [
        {
            **_named(record),
            "nom_avec_article": name_with_article(record["nom"], record["typeLiaison"]),
            "chef_lieu": record["chefLieu"],
            **{parent: record[parent] for parent in parents},
            **identifiers[record["code"]],
        }
        for record in records
    ]


def _arrondissement(record: Record) -> Row:
    kept = {key: record[key] for key in ("departement", "region")}
    return {**_named(record), "chef_lieu": record["chefLieu"], **kept}


def _communes(current: Iterable[Record], epci: Iterable[Record]) -> list[Row]:
    member_of = {member["code"]: group["code"] for group in epci for member in group["membres"]}
    return [
        _overseas_commune(record) if record["zone"] == OVERSEAS else _commune(record, member_of)
        for record in current
        if record["departement"] not in {*ZONES, CLIPPERTON}
    ]


def _commune(record: Record, member_of: Mapping[str, str]) -> Row:
    arrondissement = record.get("arrondissement", "")
    return {
        **_named(record),
        "arrondissement": arrondissement,
        "departement": record["departement"],
        "departement_direct": "" if arrondissement else record["departement"],
        "region": record["region"],
        "collectivite_outre_mer": "",
        "epci": member_of.get(record["code"], ""),
        "siren": record["siren"],
        **_inhabited(record),
    }


def _overseas_commune(record: Record) -> Row:
    """Return a commune of an overseas collectivity: the package's `departement` and `region` are neither."""
    row = dict.fromkeys(COLUMNS["communes"].split(), "")
    named = {"code": record["code"], "nom": record["nom"], "nom_sans_article": record["nom"]}
    return {**row, **named, "collectivite_outre_mer": record["departement"], **_inhabited(record)}


def _zone(record: Record) -> Row:
    overseas = record["departement"]
    named = {"code": record["code"], "nom": record["nom"], "collectivite_outre_mer": overseas}
    return {**named, **_at_insee(ZONES[overseas]), **_inhabited(record)}


def _at_insee(kind: str) -> Row:
    return {"type": kind, "segment": kind[0].lower() + kind[1:]}


def _inhabited(record: Record) -> Row:
    population = record.get("population")
    return {
        "population": "" if population is None else str(population),
        "codes_postaux": "|".join(sorted(record.get("codesPostaux", []))),
    }


def _arrondissement_municipal(record: Record) -> Row:
    kept = {key: record[key] for key in ("code", "nom", "commune", "departement", "region")}
    return {**kept, **_inhabited(record)}


def _codes_communes(communes: Iterable[Record], current: Iterable[Record]) -> list[Row]:
    """Return the codes that are no longer those of a commune, each with the current commune that it leads to.

    Where a delegated or associated commune names its commune, that prevails over the list of former codes.
    """
    codes = {record["code"] for record in current}
    rows = {
        former: {"code": former, "nom": "", "type": "AncienCode", "segment": "", "commune": record["code"]}
        for record in current
        for former in record.get("anciensCodes", [])
    }
    for record in communes:
        if record["type"] in FORMER:
            named = {"code": record["code"], "nom": record["nom"], "commune": record["chefLieu"]}
            rows[record["code"]] = {**named, **_at_insee(FORMER[record["type"]])}
    return [row for code, row in rows.items() if code not in codes]


def _epci(records: Iterable[Record], communes: Iterable[Row]) -> list[Row]:
    """Return the EPCI; their population is that of their communes, because the package's is a year older."""
    inhabitants = Counter[str]()
    for commune in communes:
        inhabitants[commune["epci"]] += int(commune["population"] or 0)
    return [
        {
            "code": record["code"],
            "nom": " ".join(record["nom"].split()),
            "type": record["type"],
            "population": str(inhabitants[record["code"]]),
        }
        for record in records
    ]


def _collectivites_outre_mer(departements: Iterable[Record]) -> list[Row]:
    return [
        {"code": record["code"], "nom": record["nom"]}
        for record in departements
        if record["zone"] == OVERSEAS and record["code"] != CLIPPERTON
    ]


def _collectivites_territoriales(departements: Iterable[Record], reference: Path) -> list[Row]:
    rows = read_rows(reference / "collectivites_territoriales.csv")
    known = {record["code"] for record in departements}
    unknown = {code for row in rows for code in row["departements"].split("|")} - known
    if unknown:
        message = f"collectivites_territoriales.csv names unknown départements: {sorted(unknown)}"
        raise ValueError(message)
    return rows
