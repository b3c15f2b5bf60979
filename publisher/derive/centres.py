"""Points that place communes on a map: data/territoires/centres_acv.csv and centres_inov.csv.

Neither source gives the centre of every commune, so each table says what its points are: the town's point on
ANCT's map of Action cœur de ville; else the middle (median) of the points that the i-Nov contest gives to its
laureates in that commune, to a thousandth of a degree (about 100 m), so that it is no company's address. A point
that falls outside the commune's département is left out: some rows of i-Nov mix communes up, and ANCT's map
draws the overseas towns beside the mainland. Rerun with

    annuaire derive centres COMMUNES.csv    (ANCT's map)
    annuaire derive centres LAUREATES.json  (i-Nov)
"""

from __future__ import annotations

import ast
import csv
import json
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COLUMNS = ("code", "lon", "lat")
TOWNS = "centres_acv.csv"
LAUREATES = "centres_inov.csv"
_MARGIN = 0.03
"""How far outside the box of its département a point may fall, in degrees: outlines are simplified."""

Point = tuple[float, float]


def derive_centres(source: Path, territories: Path) -> dict[str, int]:
    """Write the table that the source gives (a CSV: ANCT's map; a JSON: i-Nov) into `territories`; return its rows.

    Communes that ANCT's table places are not in i-Nov's: a commune has one point.
    """
    current = _current_codes(territories)
    if source.suffix == ".csv":
        name, points, decimals = TOWNS, _towns(source), 4
        placed: set[str] = set()
    else:
        name, points, decimals = LAUREATES, _laureates(source), 3
        placed = {row["code"] for row in _rows(territories / TOWNS)}
    boxes = _boxes(territories)
    found: dict[str, list[Point]] = defaultdict(list)
    for code, point in points:
        commune = current.get(code)
        if commune and commune[0] not in placed and _inside(point, boxes.get(commune[1])):
            found[commune[0]].append(point)
    rows = [(code, *(f"{median(axis):.{decimals}f}" for axis in zip(*found[code], strict=True))) for code in found]
    with (territories / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(rows))
    return {name: len(rows)}


def _towns(source: Path) -> Iterable[tuple[str, Point]]:
    for row in _rows(source):
        yield row["insee_com"], (float(row["lon"]), float(row["lat"]))


def _laureates(source: Path) -> Iterable[tuple[str, Point]]:
    """Yield the commune and point of each laureate; the source writes the point as a Python literal in a string."""
    for row in json.loads(source.read_text(encoding="utf-8")):
        if row["cityid"] and row["coordinates"]:
            longitude, latitude = ast.literal_eval(row["coordinates"])["geo_point"]
            yield row["cityid"], (longitude, latitude)


def _current_codes(territories: Path) -> dict[str, tuple[str, str]]:
    """Return the current commune and its département by commune code, former and arrondissement codes included."""
    departements = {row["code"]: row["departement"] for row in _rows(territories / "communes.csv")}
    leads = {code: code for code in departements}
    for table in ("codes_communes.csv", "arrondissements_municipaux.csv"):
        leads |= {row["code"]: row["commune"] for row in _rows(territories / table)}
    return {code: (commune, departements[commune]) for code, commune in leads.items() if commune in departements}


def _boxes(territories: Path) -> dict[str, tuple[Point, Point]]:
    """Return the box of each département's outline: south-west and north-east corners."""
    boxes = {}
    for feature in json.loads((territories / "departements.geojson").read_text(encoding="utf-8"))["features"]:
        polygons = feature["geometry"]["coordinates"]
        if feature["geometry"]["type"] == "Polygon":
            polygons = [polygons]
        axes = list(zip(*(point for rings in polygons for ring in rings for point in ring), strict=True))
        low, high = tuple(map(min, axes)), tuple(map(max, axes))
        boxes[feature["properties"]["code"]] = ((low[0], low[1]), (high[0], high[1]))
    return boxes


def _inside(point: Point, box: tuple[Point, Point] | None) -> bool:
    if box is None:
        return False
    low, high = box
    return all(low[i] - _MARGIN <= point[i] <= high[i] + _MARGIN for i in (0, 1))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
