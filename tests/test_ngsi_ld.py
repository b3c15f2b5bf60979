"""The NGSI-LD dump: entities that a context broker takes, of the smart-data-models Organization shape."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from publisher.ngsi_ld import CONTEXT, FILE_NAME, describe_entity, write_entities
from publisher.project import load_project
from publisher.vocabulary import ASC
from tests.projects.small import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project
    from tests.conftest import Published

# What the model's JSON schema (dataModel.Organization 0.0.2, with its common definitions) asks of the key-values
# form, for the attributes that we give: their types, and the two that are required.
_TEXT = {"type": "string"}
_POINT = {"type": "array", "minItems": 2, "items": {"type": "number"}}
MODEL = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "type"],
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "type": {"const": "Organization"},
        **dict.fromkeys(("name", "alternateName", "description", "taxID", "source", "dataProvider"), _TEXT),
        "address": {
            "type": "object",
            "properties": dict.fromkeys(("addressLocality", "addressRegion", "addressCountry"), _TEXT),
            "additionalProperties": False,
        },
        "location": {
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": {"type": {"enum": ["Point"]}, "coordinates": _POINT},
        },
        "seeAlso": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "uri"}},
    },
    "patternProperties": {"^https?://": {"type": "array", "items": _TEXT}},
    "additionalProperties": False,
}
_ATTRIBUTE = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {"type": {"enum": ["Property", "GeoProperty"]}, "value": {"not": {"type": "null"}}},
    "additionalProperties": False,
}
# The normalised form (ETSI GS CIM 009, §4.5): a URI, a type, attributes that are typed nodes, a context.
NORMALISED = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "type", "@context"],
    "properties": {
        "id": {"type": "string", "pattern": "^urn:ngsi-ld:Organization:[A-Za-z0-9-]+$"},
        "type": {"const": "Organization"},
        "@context": {"const": list(CONTEXT)},
    },
    "additionalProperties": _ATTRIBUTE,
}


def key_values(entity: dict[str, Any]) -> dict[str, Any]:
    """Return the simplified form of an entity (§4.5.4)."""
    attributes = {name: node["value"] for name, node in entity.items() if isinstance(node, dict)}
    return {"id": entity["id"], "type": entity["type"], **attributes}


@pytest.fixture(scope="module")
def project() -> Project:
    """Give the project's settings."""
    return load_project(ROOT)


def company(**cells: str) -> dict[str, str]:
    """Return a fictitious company as the extract writes it."""
    uri = "https://annuaire.example/id/entreprise/999000017"
    point = {"longitude": "4.83", "latitude": "45.76"}
    return {"uri": uri, "siren": "999000017", "nom": "Lampadaires Imaginaires", "domaines": "eclairage"} | point | cells


def write(path: Path, *companies: dict[str, str]) -> Path:
    """Write an extract."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(companies[0]))
        writer.writeheader()
        writer.writerows(companies)
    return path


def test_the_dump_of_a_release_is_valid(small_release: Published) -> None:
    """Each entity of a published release is normalised, and its simplified form is of the model's shape."""
    _, _, release = small_release
    with gzip.open(release.directory / "dumps" / FILE_NAME, "rt", encoding="utf-8") as file:
        entities = json.load(file)
    assert len(entities) == release.manifest["counts"]["http://www.w3.org/ns/legal#LegalEntity"]
    assert len({entity["id"] for entity in entities}) == len(entities)
    for entity in entities:
        jsonschema.Draft202012Validator(NORMALISED).validate(entity)
        jsonschema.Draft202012Validator(MODEL).validate(key_values(entity))


def test_a_company_is_an_entity(project: Project) -> None:
    """It has its name, SIREN, place and point, its domains under our vocabulary, and where it comes from."""
    entity = describe_entity(
        project, company(commune_nom="Lyon", region_nom="Auvergne-Rhône-Alpes", autres_noms="LI|L'Imaginaire")
    )
    assert entity["id"] == "urn:ngsi-ld:Organization:999000017"
    said = key_values(entity)
    assert said["name"] == "Lampadaires Imaginaires"
    assert said["alternateName"] == "LI, L'Imaginaire"
    assert said["taxID"] == "999000017"
    place = {"addressLocality": "Lyon", "addressRegion": "Auvergne-Rhône-Alpes", "addressCountry": "FR"}
    assert said["address"] == place
    assert entity["location"] == {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [4.83, 45.76]}}
    assert said[str(ASC.domaine)] == ["https://w3id.org/annuaire-territorial/domaine/eclairage"]
    assert said["source"] == "https://annuaire.example/doc/entreprise/999000017"


def test_what_is_unknown_is_left_out(project: Project) -> None:
    """No commune, no address; no point, no location; and never an area that it would serve."""
    entity = describe_entity(project, company(longitude="", latitude=""))
    assert {"address", "location", "alternateName", "areaServed", "legalName"}.isdisjoint(entity)


def test_companies_of_several_tables_are_one_dump(project: Project, tmp_path: Path) -> None:
    """A company of two tables is one entity with the domains of both; a row that names nobody is none."""
    first = write(tmp_path / "1.csv", company())
    other = {"uri": "https://annuaire.example/id/entreprise/999000025", "nom": "Ébénisterie du Nuage", "domaines": ""}
    again = {"uri": company()["uri"], "nom": "Autre graphie", "domaines": "velo|eclairage"}
    nameless = {"uri": "https://annuaire.example/id/entreprise/999000033", "nom": "", "domaines": "velo"}
    second = write(tmp_path / "2.csv", other, again, nameless)
    assert write_entities(project, [first, second], tmp_path / "a.gz") == 2
    assert write_entities(project, [first, second], tmp_path / "b.gz") == 2
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    one, two = (key_values(entity) for entity in json.loads(gzip.decompress((tmp_path / "a.gz").read_bytes())))
    assert (one["name"], two["name"]) == ("Lampadaires Imaginaires", "Ébénisterie du Nuage")
    assert [domain.rpartition("/")[2] for domain in one[str(ASC.domaine)]] == ["eclairage", "velo"]


def test_an_extract_without_a_company_gives_an_empty_array(project: Project, tmp_path: Path) -> None:
    """The dump is always JSON."""
    assert write_entities(project, [], tmp_path / "c.gz") == 0
    assert json.loads(gzip.decompress((tmp_path / "c.gz").read_bytes())) == []
