"""What OGC API – Features says of itself (OGC 17-069r4): landing page, conformance, collections, definition.

Links are written as paths, for the pages; `addressed` makes whole addresses of them, for programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from endpoints.feature_sources import source_of
from endpoints.geo_features import COLLECTIONS
from endpoints.languages import language
from endpoints.ogc_parameters import DEFAULT_LIMIT, MOST
from endpoints.serving import serving
from publisher.fingerprint import software_version
from publisher.representations import GEOJSON, HTML, JSON, OPENAPI

if TYPE_CHECKING:
    from endpoints.geo_features import GeoCollection
    from publisher.errors import Texts

    Json = dict[str, Any]

ROOT = "/ogc"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")
)
TITLES: dict[str, Texts] = {
    "entreprises": {"fr": "Entreprises", "en": "Companies"},
    "departements": {"fr": "Départements", "en": "Départements"},
    "projets": {"fr": "Projets d'innovation", "en": "Innovation projects"},
    "marches": {"fr": "Marchés notifiés", "en": "Notified contracts"},
    "conventions": {"fr": "Villes Action cœur de ville", "en": "Action Cœur de Ville towns"},
}
_PLACED: Texts = {
    "fr": "Placé au point de la commune que donne la source, à un kilomètre près ; sans commune, sans géométrie.",
    "en": "Placed at the point of the commune that the source gives, to a kilometre; no commune, no geometry.",
}
_OUTLINED: Texts = {
    "fr": "Contours simplifiés (IGN, Admin Express) et nombre d'entreprises de l'annuaire.",
    "en": "Simplified outlines (IGN, Admin Express) and number of companies in the directory.",
}
_BOX = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}


def link(path: str, relation: str, media_type: str, title: str | None = None) -> Json:
    """Return a link object."""
    return {"href": path, "rel": relation, "type": media_type, **({"title": title} if title else {})}


def forms(path: str, media_type: str = JSON.media_type) -> list[Json]:
    """Return the links of a document to itself and to its page."""
    return [link(f"{path}?f=json", "self", media_type), link(f"{path}?f=html", "alternate", HTML.media_type)]


def addressed(content: Json) -> Json:
    """Return a document with whole addresses as links: QGIS, OWSLib and GDAL before 3.9.2 resolve no path.

    An example host leads nowhere: a copy that has one keeps its paths, and answers whoever resolves them.
    """
    project = serving().project
    if not project.base_is_example:
        for holder in (content, *content.get("collections", ())):
            for each in holder.get("links", ()):
                if each["href"].startswith("/"):
                    each["href"] = project.base_uri + each["href"]
    return content


def landing() -> Json:
    """Return the landing page (§7.2)."""
    project = serving().project
    return {
        "title": project.title[language()],
        "description": project.description[language()],
        "attribution": project.publisher_name,
        "links": [
            *forms(ROOT),
            link(f"{ROOT}/api", "service-desc", OPENAPI.media_type, "OpenAPI"),
            link("/donnees", "service-doc", HTML.media_type),
            link(f"{ROOT}/conformance", "conformance", JSON.media_type),
            link(f"{ROOT}/collections", "data", JSON.media_type),
            link(project.licence, "license", HTML.media_type),
        ],
    }


def conformance() -> Json:
    """Return the conformance classes (§7.4)."""
    return {"title": "Conformance", "conformsTo": list(CONFORMANCE), "links": forms(f"{ROOT}/conformance")}


def collections() -> Json:
    """Return the collections (§7.13)."""
    listed = [describe(each) for each in COLLECTIONS.values()]
    return {"title": "Collections", "collections": listed, "links": forms(f"{ROOT}/collections")}


def describe(collection: GeoCollection) -> Json:
    """Return one collection (§7.14)."""
    path = f"{ROOT}/collections/{collection.name}"
    about = _OUTLINED if collection.name == "departements" else _PLACED
    box, days = source_of(collection).extent()
    extent: Json = {"spatial": {"bbox": [list(box)], "crs": CRS84}}
    if days:
        extent["temporal"] = {"interval": [[f"{days[0]}T00:00:00Z", f"{days[1]}T23:59:59Z"]]}
    return {
        "id": collection.name,
        "title": TITLES[collection.name][language()],
        "description": about[language()],
        "itemType": "feature",
        "crs": [CRS84],
        "extent": extent,
        "links": [
            *forms(path),
            link(f"{path}/items?f=json", "items", GEOJSON.media_type),
            link(f"{path}/items?f=html", "items", HTML.media_type),
            link(serving().project.licence, "license", HTML.media_type),
        ],
    }


def definition() -> Json:
    """Return the API's definition (OpenAPI 3.0, §7.3)."""
    project = serving().project
    paths: Json = {
        "/": _operation("landing", JSON.media_type),
        "/conformance": _operation("conformance", JSON.media_type),
        "/collections": _operation("collections", JSON.media_type),
    }
    for name, collection in COLLECTIONS.items():
        path = f"/collections/{name}"
        paths[path] = _operation(f"{name}.collection", JSON.media_type)
        paths[f"{path}/items"] = _operation(f"{name}.items", GEOJSON.media_type, _parameters(collection))
        one = [{"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths[f"{path}/items/{{featureId}}"] = _operation(f"{name}.item", GEOJSON.media_type, one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": project.title[language()],
            "description": project.description[language()],
            "version": software_version(),
            "contact": {"name": project.publisher_name, "email": project.contact_email},
            "license": {"name": project.licence, "url": project.licence},
        },
        "servers": [{"url": ROOT}],
        "paths": paths,
    }


def _operation(identifier: str, media_type: str, parameters: list[Json] | None = None) -> Json:
    formats = {"name": "f", "in": "query", "schema": {"type": "string", "enum": ["json", "html"]}}
    content = {media_type: {"schema": {"type": "object"}}, HTML.media_type: {"schema": {"type": "string"}}}
    return {
        "get": {
            "operationId": identifier,
            "parameters": [*(parameters or []), formats],
            "responses": {
                "200": {"description": "OK", "content": content},
                "400": {"description": "Bad request"},
                "404": {"description": "Not found"},
            },
        }
    }


def _parameters(collection: GeoCollection) -> list[Json]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    schemas: dict[str, Json] = {
        "limit": limit,
        "offset": {"type": "integer", "minimum": 0, "default": 0},
        "bbox": _BOX,
        "datetime": {"type": "string"},
        **{name: {"type": "string"} for name in collection.filters},
    }
    style = {"style": "form", "explode": False, "required": False}
    return [{"name": name, "in": "query", "schema": schema, **style} for name, schema in schemas.items()]
