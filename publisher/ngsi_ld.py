"""Companies as NGSI-LD entities: a dump that a context broker takes by batch upsert.

Normalised form (ETSI GS CIM 009, §4.5 and §5.6.8: `POST /ngsi-ld/v1/entityOperations/upsert` with
`application/ld+json`), attributes of the smart-data-models « Organization » entity. What the release does not know
is left out: no `areaServed` (where a company works is not where it is), no `legalName`; `address` goes no further
than the commune that the source gives. Domains keep the IRIs of our vocabulary, for the model has no such attribute.
"""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

from publisher.dumps import DUMP_NAME
from publisher.vocabulary import ASC, DOMAINS

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def write_entities(project: Project, companies: Path, target: Path) -> int:
    """Write the entities of an extract of companies (GeoJSON) as one gzipped JSON array; return how many.

    One entity a line; gzip's header carries no date, so that the same extract gives the same bytes.
    """
    count = 0
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        file = io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
        file.write("[")
        for feature in _features(companies):
            file.write(",\n" if count else "\n")
            file.write(json.dumps(describe_entity(project, feature), ensure_ascii=False, separators=(",", ":")))
            count += 1
        file.write("\n]\n")
        file.flush()
        file.detach()
    return count


def describe_entity(project: Project, feature: Json) -> Json:
    """Return one company, read from a feature of its extract, as an entity."""
    said, iri = feature["properties"], str(feature["id"])
    place = {"addressLocality": said.get("commune_nom"), "addressRegion": said.get("region_nom")}
    address = {name: value for name, value in place.items() if value}
    values: Json = {
        "name": said.get("nom"),
        "alternateName": ", ".join(said.get("autres_noms") or ()),
        "description": said.get("offre_fr"),
        "taxID": said.get("siren"),
        "address": {**address, "addressCountry": "FR"} if address else None,
        "source": iri.replace(f"{project.base_uri}/id/", f"{project.base_uri}/doc/", 1),
        "dataProvider": project.publisher_name,
        "seeAlso": [iri],
        str(ASC.domaine): [DOMAINS + slug for slug in said.get("domaines") or ()],
    }
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items() if value}
    if feature["geometry"] is not None:
        attributes["location"] = {"type": "GeoProperty", "value": feature["geometry"]}
    key = iri.rpartition("/")[2]
    return {"id": URN + key, "type": "Organization", **attributes, "@context": list(CONTEXT)}


def _features(path: Path) -> Iterator[Json]:
    """Yield the features of an extract, which writes one a line."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            text = line.strip().removesuffix(",")
            if text.startswith('{"type":"Feature",'):
                yield json.loads(text)
