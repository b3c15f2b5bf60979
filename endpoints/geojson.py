"""Lists as GeoJSON (RFC 7946, WGS 84): `/departements.geojson`, `/projets.geojson`, `/conventions.geojson`.

The filters are those of the list pages (`domaine`, `region`, `departement`, `commune`), and they combine.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from endpoints.answers import Choice, Link, answer
from endpoints.geo_features import COLLECTIONS, select_features
from endpoints.serving import serving
from publisher.representations import GEOJSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoints.geo_features import Feature

blueprint = Blueprint("geojson", __name__)


@blueprint.get("/departements.geojson", defaults={"name": "departements"})
@blueprint.get("/projets.geojson", defaults={"name": "projets"})
@blueprint.get("/conventions.geojson", defaults={"name": "conventions"})
def features(name: str) -> Response:
    """Answer with a collection, narrowed as the address asks."""
    collection = COLLECTIONS[name]
    found = select_features(collection, request.args)
    links = [Link(f"/ogc/collections/{name}", "collection", "application/json")]
    return answer(Choice(GEOJSON, fixed=True), lambda: write_features(found), links=links)


def write_features(found: Iterable[Feature]) -> str:
    """Return a FeatureCollection, one feature a line, with the licence that it is under."""
    lines = ",\n".join(json.dumps(feature.as_geojson(), ensure_ascii=False) for feature in found)
    licence = json.dumps(serving().project.licence)
    return f'{{"type":"FeatureCollection","license":{licence},"features":[\n{lines}\n]}}\n'
