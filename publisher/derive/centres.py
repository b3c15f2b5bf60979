"""Where a commune is, to about a kilometre: three open sources → data/territoires/centres.csv.

- ANCT's map of Action cœur de ville (CSV of `publisher.derive.conventions`): the point of each town;
- i-Nov laureates (JSON of `publisher.derive.inov`): points of companies. The median of a commune's points,
  rounded to two decimals, is kept, so that no company's door is published;
- GeoNames (https://www.geonames.org, CC BY 4.0), for the overseas towns, which ANCT's map draws beside the
  mainland: data/derivation/territoires/points_outre_mer.csv, kept by hand, as written there.

A point that falls outside the box of its département's outline is left out: a mistake of i-Nov's, or an overseas
town of ANCT's map.

A town of GeoNames wins over ANCT's, and that over i-Nov. Paris, Lyon and Marseille get the median of their
municipal arrondissements, which keep points of their own. Rerun with

    python -m publisher.derive.centres LAUREATES.json TOWNS.csv OVERSEAS.csv data/territoires
"""

from __future__ import annotations

import json
import sys
from ast import literal_eval
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from publisher.derive.inov import departement_of
from publisher.derive.tables import read_rows, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS = ("code", "classe", "longitude", "latitude", "source")
_WHOLE = {"751": "75056", "6938": "69123", "132": "13055"}
"""The commune that municipal arrondissements belong to, by how their codes begin."""
_DECIMALS = 2
_MARGIN = 0.05  # the outlines are simplified to about 100 m

Point = tuple[float, float]


def derive_centres(laureates: Path, towns: Path, overseas: Path, territories: Path) -> int:
    """Write centres.csv into `territories`, which holds departements.geojson; return how many rows it has."""
    outlines = json.loads((territories / "departements.geojson").read_text(encoding="utf-8"))
    boxes = {each["properties"]["code"]: _box(each["geometry"]["coordinates"]) for each in outlines["features"]}
    found: dict[str, list[Point]] = defaultdict(list)
    for code, point in _laureates(laureates):
        if _inside(point, boxes.get(departement_of(code))):
            found[code].append(point)
            if whole := _whole(code):
                found[whole].append(point)
    rows = {code: (*_middle(points), "i-Nov") for code, points in found.items()}
    placed = ((code, point) for code, point in _towns(towns) if _inside(point, boxes.get(departement_of(code))))
    rows |= {code: (*_middle([point]), "ANCT") for code, point in placed}
    rows |= {code: (*point, "GeoNames") for code, point in _overseas(overseas)}
    listed = (dict(zip(COLUMNS, (code, _class(code), *rows[code]), strict=True)) for code in sorted(rows))
    write_rows(territories / "centres.csv", COLUMNS, listed)
    return len(rows)


def _laureates(path: Path) -> Iterator[tuple[str, Point]]:
    for row in json.loads(path.read_text(encoding="utf-8")):
        place = row.get("coordinates")
        content: dict[str, Any] = literal_eval(place) if isinstance(place, str) else place or {}
        if row.get("cityid") and (point := content.get("geo_point")):
            yield row["cityid"], (float(point[0]), float(point[1]))


def _towns(path: Path) -> Iterator[tuple[str, Point]]:
    for row in read_rows(path):
        if row["lon"] and row["lat"]:
            yield row["insee_com"], (float(row["lon"]), float(row["lat"]))


def _overseas(path: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    for row in read_rows(path):
        yield row["code"], (row["longitude"], row["latitude"])


def _class(code: str) -> str:
    """Return the class segment of INSEE's URI: Paris, Lyon and Marseille are communes, their parts are not."""
    return "arrondissementMunicipal" if _whole(code) else "commune"


def _whole(code: str) -> str | None:
    """Return the commune that a municipal arrondissement belongs to."""
    return next((city for prefix, city in _WHOLE.items() if code.startswith(prefix) and code != city), None)


def _middle(points: list[Point]) -> tuple[str, str]:
    x, y = (median(axis) for axis in zip(*points, strict=True))
    return f"{x:.{_DECIMALS}f}", f"{y:.{_DECIMALS}f}"


def _box(coordinates: Any) -> tuple[float, float, float, float]:
    """Return west, south, east and north of nested GeoJSON coordinates, a margin added."""
    points = list(_positions(coordinates))
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs) - _MARGIN, min(ys) - _MARGIN, max(xs) + _MARGIN, max(ys) + _MARGIN


def _positions(coordinates: Any) -> Iterable[Point]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
    else:
        for inner in coordinates:
            yield from _positions(inner)


def _inside(point: Point, box: tuple[float, float, float, float] | None) -> bool:
    return box is not None and box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


if __name__ == "__main__":
    sys.stdout.write(f"{derive_centres(*(Path(argument) for argument in sys.argv[1:5]))}\n")
