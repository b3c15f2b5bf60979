"""A point for each commune of the directory, to about a kilometre, from two sources."""

import csv
import json
from pathlib import Path

from publisher.derive.centres import derive_centres


def test_a_commune_gets_one_coarse_point_and_mistakes_are_left_out(tmp_path: Path) -> None:
    """The median of a source's points, rounded; the other source's town wins; a point outside is left out."""
    square = [[[0, 40], [0, 50], [10, 50], [10, 40], [0, 40]]]
    feature = {"properties": {"code": "75"}, "geometry": {"type": "Polygon", "coordinates": square}}
    (tmp_path / "departements.geojson").write_text(json.dumps({"features": [feature]}), encoding="utf-8")
    points = [("75105", (2.3412, 48.1)), ("75105", (2.3499, 48.3)), ("75105", (2.35, 48.2)), ("75105", (99.0, 0.0))]
    laureates = [{"cityid": code, "coordinates": {"geo_point": list(point)}} for code, point in points]
    (tmp_path / "l.json").write_text(json.dumps([*laureates, {"cityid": "99999", "coordinates": None}]))
    towns = "insee_com,lon,lat\n75056,2.004,48.006\n75001,,\n75002,-4.4,45.1\n"
    (tmp_path / "t.csv").write_text(towns, encoding="utf-8")
    assert derive_centres(tmp_path / "l.json", tmp_path / "t.csv", tmp_path) == 2
    with (tmp_path / "centres.csv").open(encoding="utf-8") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    assert rows["75105"] == {"code": "75105", "longitude": "2.35", "latitude": "48.20", "source": "i-Nov"}
    assert rows["75056"] == {"code": "75056", "longitude": "2.00", "latitude": "48.01", "source": "ANCT"}
