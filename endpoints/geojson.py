"""Things as GeoJSON (RFC 7946, WGS 84): `/departements.geojson`; lists and searches write theirs with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from endpoints.answers import Choice, Link, answer
from endpoints.geo_features import COLLECTIONS, load_features
from endpoints.serving import serving
from publisher.representations import GEOJSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from endpoints.geo_features import Feature

blueprint = Blueprint("geojson", __name__)


@blueprint.get("/departements.geojson")
def departements() -> Response:
    """Answer with the outlines of the départements."""
    links = [Link("/ogc/collections/departements", "collection", "application/json")]

    def build() -> bytes:
        return b"".join(write_features([load_features(COLLECTIONS["departements"])]))

    return answer(Choice(GEOJSON, fixed=True), build, links=links)


def write_features(batches: Iterable[Iterable[Feature]]) -> Iterator[bytes]:
    """Yield a FeatureCollection, one feature a line, with the licence that it is under, a batch at a time."""
    yield f'{{"type":"FeatureCollection","license":{json.dumps(serving().project.licence)},"features":['.encode()
    separator = "\n"
    for features in batches:
        lines = ",\n".join(json.dumps(feature.as_geojson(), ensure_ascii=False) for feature in features)
        if lines:
            yield (separator + lines).encode()
            separator = ",\n"
    yield b"\n]}\n"
