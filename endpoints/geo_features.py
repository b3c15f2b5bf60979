"""Things on a map: features of a release, made of its tables' rows and of the geometries of its extracts.

A company's point is that of the commune its source gives. A thing that the release places nowhere has a null
geometry (RFC 7946 §3.2): no position is ever guessed.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode
from rdflib.namespace import RDF, XSD

from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.release import DUMPS
from publisher.vocabulary import ASC, IGEO, LEGAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from endpoints.queries import Terms
    from endpoints.searching import Record
    from endpoints.serving import OpenRelease

FILTERS = ("domaine", "region", "departement", "commune")
Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
_NUMBERS = {str(XSD.integer): int, str(XSD.gYear): int, str(XSD.decimal): float}
_LISTS = {"domaines": str, "annees": int}


@dataclass(frozen=True, slots=True)
class GeoCollection:
    """A collection of features: the class, the query of its rows, filters.

    `kind` is that of its things in the search index, which says where they are; without one, `extract` names the file
    that holds their geometries, and they are few enough to be held in memory. `date` is the property that places a
    feature in time.
    """

    name: str
    class_: str
    query: str
    kind: str = ""
    extract: str = ""
    filters: tuple[str, ...] = FILTERS
    date: str | None = None


COLLECTIONS = {
    each.name: each
    for each in (
        GeoCollection("entreprises", str(LEGAL.LegalEntity), "companies_csv", kind="entreprise"),
        GeoCollection(
            "departements", str(IGEO.Departement), "departements_csv", extract="territoires-departements", filters=()
        ),
        GeoCollection("marches", str(ASC.Marche), "contracts_csv", kind="marche", date="date_notification"),
        GeoCollection("projets", str(ASC.Projet), "projects_csv", kind="projet", date="annee"),
        GeoCollection(
            "conventions",
            str(ASC.ConventionACV),
            "conventions_csv",
            extract="conventions",
            filters=FILTERS[1:],
            date="date_signature",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing: the key of its address, its IRI, its properties, its geometry and the box around it."""

    key: str
    iri: str
    properties: dict[str, Any]
    geometry: dict[str, Any] | None
    box: Box | None

    def as_geojson(self) -> dict[str, Any]:
        """Return the feature as RFC 7946 writes it."""
        return {"type": "Feature", "id": self.key, "geometry": self.geometry, "properties": self.properties}


_loaded: dict[tuple[Path, str], tuple[Feature, ...]] = {}
_lock = threading.Lock()


def load_features(collection: GeoCollection) -> tuple[Feature, ...]:
    """Return all features of a collection in the release served; they are read once per release."""
    release = served_release()
    key = (release.release.directory, collection.name)
    found = _loaded.get(key)
    if found is None:
        found = tuple(_read(release, collection))
        with _lock:
            for other in [each for each in _loaded if each[0] != key[0]][: -len(COLLECTIONS) or None]:
                del _loaded[other]
            _loaded[key] = found
    return found


def features_of(collection: GeoCollection, records: Iterable[Record]) -> Iterator[Feature]:
    """Yield the features of things of a collection, from their documents in the search index."""
    release = served_release()
    points = {record["iri"]: record.get("point") for record in records}
    rows = _rows(release, collection, {"adresse": [NamedNode(iri) for iri in points]})
    for iri, point in points.items():
        if iri in rows:
            geometries = [{"type": "Point", "coordinates": point}] if point else []
            yield _feature(iri, rows[iri], geometries, release)


def _read(release: OpenRelease, collection: GeoCollection) -> Iterator[Feature]:
    geometries = _geometries(release.release.directory / DUMPS / f"{collection.extract}.geojson")
    terms = {"property": NamedNode(str(RDF.type)), "topic": NamedNode(collection.class_)}
    for iri, listed in _rows(release, collection, terms).items():
        yield _feature(iri, listed, geometries.get(iri, []), release)


def _rows(release: OpenRelease, collection: GeoCollection, terms: Terms) -> dict[str, list[dict[str, Any]]]:
    solutions = Queries(serving().project, release.store).solutions(collection.query, terms)
    names = [variable.value for variable in solutions.variables]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for solution in solutions:
        row = {name: _value(name, solution[name]) for name in names}
        rows[str(row.pop("adresse"))].append(row)
    return rows


def _feature(iri: str, rows: list[dict[str, Any]], geometries: list[dict[str, Any]], release: OpenRelease) -> Feature:
    geometry = _joined(geometries)
    return Feature(iri.rpartition("/")[2], iri, _properties(iri, rows, release), geometry, _box(geometry))


def _properties(iri: str, rows: list[dict[str, Any]], release: OpenRelease) -> dict[str, Any]:
    """Return a feature's properties; of several rows (a convention of two towns), the values joined by `|`."""
    base, path = serving().project.base_uri, serving().minter.path_of(iri)
    merged: dict[str, Any] = {"iri": iri, "page": f"{base}{path}" if path else None}
    for name in rows[0]:
        values = list(dict.fromkeys(str(row[name]) for row in rows if row[name] is not None)) if len(rows) > 1 else []
        merged[name] = "|".join(values) if len(values) > 1 else rows[0][name]
    counts = release.counts.get("departements", {})
    return {**merged, "entreprises": counts.get(iri, 0)} if "code_region" in rows[0] else merged


def _value(name: str, term: object) -> Any:
    if name in _LISTS:
        texts = [text for text in str(getattr(term, "value", "")).split("|") if text]
        return sorted(_LISTS[name](text) for text in texts)
    if isinstance(term, Literal):
        return _NUMBERS.get(term.datatype.value, str)(term.value)
    return getattr(term, "value", None)


def _geometries(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the geometries of an extract by IRI; an extract that is not there places nothing."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if path.is_file():
        for feature in json.loads(path.read_text(encoding="utf-8")).get("features", ()):
            if feature["geometry"] is not None:
                found[feature["id"]].append(feature["geometry"])
    return found


def _joined(geometries: list[dict[str, Any]]) -> dict[str, Any] | None:
    points = list(dict.fromkeys(tuple(each["coordinates"]) for each in geometries if each["type"] == "Point"))
    if len(points) > 1:
        return {"type": "MultiPoint", "coordinates": points}
    return geometries[0] if geometries else None


def _box(geometry: dict[str, Any] | None) -> Box | None:
    if geometry is None:
        return None
    xs, ys = zip(*_positions(geometry["coordinates"]), strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def _positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
    else:
        yield from chain.from_iterable(_positions(inner) for inner in coordinates)


def box_around(features: Iterable[Feature]) -> Box:
    """Return the box around all features; the world's when none has a place."""
    boxes = [feature.box for feature in features if feature.box]
    if not boxes:
        return WORLD
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west), min(south), max(east), max(north))


def meets(feature: Feature, box: Box) -> bool:
    """Return whether a feature's box meets another; a box whose west is east of its east crosses the antimeridian."""
    if feature.box is None:
        return False
    west, south, east, north = feature.box
    ways = (east >= box[0], west <= box[2])
    across = any(ways) if box[0] > box[2] else all(ways)
    return across and south <= box[3] and north >= box[1]
