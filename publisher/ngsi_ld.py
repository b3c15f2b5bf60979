"""Companies as NGSI-LD entities: a dump that a context broker takes by batch upsert.

Normalised form (ETSI GS CIM 009, §4.5 and §5.6.8: `POST /ngsi-ld/v1/entityOperations/upsert` with
`application/ld+json`), attributes of the smart-data-models « Organization » entity. What the release does not know
is left out: no `areaServed` (where a company works is not where it is), no `legalName`; `address` goes no further
than the commune that the source gives. Domains keep the IRIs of our vocabulary, for the model has no such attribute.
"""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

from publisher.compact_json import write_compact
from publisher.dumps import DUMP_NAME
from publisher.vocabulary import ASC, DOMAINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from publisher.project import Project

    Json = dict[str, Any]

FILE_NAME = f"{DUMP_NAME}.ngsi-ld.json.gz"
CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Organization/master/context.jsonld",
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
)
MODEL = "https://smart-data-models.github.io/dataModel.Organization/Organization/schema.json"
"""The address of the model's JSON schema."""
URN = "urn:ngsi-ld:Organization:"
SEPARATOR = "|"
_LISTS = ("autres_noms", "domaines")


def write_entities(project: Project, tables: Iterable[Path], target: Path) -> int:
    """Write the entities of extracts of companies (CSV) as one gzipped JSON array; return how many.

    One entity a line; gzip's header carries no date, so that the same extracts give the same bytes.
    """
    count = 0
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        file = io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
        file.write("[")
        for company in _companies(tables):
            file.write(",\n" if count else "\n")
            file.write(write_compact(describe_entity(project, company)))
            count += 1
        file.write("\n]\n")
        file.flush()
        file.detach()
    return count


def describe_entity(project: Project, said: dict[str, str]) -> Json:
    """Return one company, as its extracts write it, as an entity."""
    iri = said["uri"]
    place = {"addressLocality": said.get("commune_nom"), "addressRegion": said.get("region_nom")}
    address = {name: value for name, value in place.items() if value}
    values: Json = {
        "name": said.get("nom"),
        "alternateName": ", ".join(_items(said, "autres_noms")),
        "description": said.get("offre_fr"),
        "taxID": said.get("siren"),
        "address": {**address, "addressCountry": "FR"} if address else None,
        "source": iri.replace(f"{project.base_uri}/id/", f"{project.base_uri}/doc/", 1),
        "dataProvider": project.publisher_name,
        "seeAlso": [iri],
        str(ASC.domaine): [DOMAINS + slug for slug in _items(said, "domaines")],
    }
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items() if value}
    if said.get("longitude"):
        point = {"type": "Point", "coordinates": [float(said["longitude"]), float(said["latitude"])]}
        attributes["location"] = {"type": "GeoProperty", "value": point}
    key = iri.rpartition("/")[2]
    return {"id": URN + key, "type": "Organization", **attributes, "@context": list(CONTEXT)}


def _companies(tables: Iterable[Path]) -> Iterator[dict[str, str]]:
    """Yield what the tables say of each company that they name; the first one wins, lists are put together.

    Tables are read twice, so that only what is said of a company after the first time is held in memory.
    """
    further = _read_further(listed := list(tables))
    told: set[str] = set()
    for table in listed:
        for row in _rows(table):
            uri = row["uri"]
            if uri in told:
                continue
            if uri in further:
                told.add(uri)
                for each in further[uri]:
                    row |= {name: cell for name, cell in each.items() if not row.get(name) and name not in _LISTS}
                    row |= {name: SEPARATOR.join([*_items(row, name), *_items(each, name)]) for name in _LISTS}
            for name in _LISTS:
                row[name] = SEPARATOR.join(dict.fromkeys(_items(row, name)))
            if row.get("nom"):
                yield row


def _read_further(tables: Iterable[Path]) -> dict[str, list[dict[str, str]]]:
    """Return what is said of companies after the first time, by their address."""
    seen: set[str] = set()
    further: dict[str, list[dict[str, str]]] = {}
    for row in (row for table in tables for row in _rows(table)):
        if row["uri"] in seen:
            further.setdefault(row["uri"], []).append(row)
        seen.add(row["uri"])
    return further


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _items(said: dict[str, str], name: str) -> list[str]:
    return [item for cell in said.get(name, "").split(SEPARATOR) if (item := cell.strip())]
