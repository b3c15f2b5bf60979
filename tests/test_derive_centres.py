"""A point for each commune of the directory, to about a kilometre, from three sources."""

import csv
import json
from pathlib import Path

from publisher.derive.centres import derive_centres
from tests.projects.small import ROOT


def test_a_commune_gets_one_coarse_point_and_mistakes_are_left_out(tmp_path: Path) -> None:
    """The median of a source's points, rounded; a town of a map wins over it; a point outside is left out."""
    square = [[[0, 40], [0, 50], [10, 50], [10, 40], [0, 40]]]
    feature = {"properties": {"code": "75"}, "geometry": {"type": "Polygon", "coordinates": square}}
    (tmp_path / "departements.geojson").write_text(json.dumps({"features": [feature]}), encoding="utf-8")
    points = [("75105", (2.3412, 48.1)), ("75105", (2.3499, 48.3)), ("75105", (2.35, 48.2)), ("75105", (99.0, 0.0))]
    laureates = [{"cityid": code, "coordinates": {"geo_point": list(point)}} for code, point in points]
    (tmp_path / "l.json").write_text(json.dumps([*laureates, {"cityid": "99999", "coordinates": None}]))
    towns = "insee_com,lon,lat\n75056,2.004,48.006\n75001,,\n75002,-4.4,45.1\n"
    (tmp_path / "t.csv").write_text(towns, encoding="utf-8")
    (tmp_path / "o.csv").write_text("code,nom,longitude,latitude,geonames\n97199,Imaginaire,-61.505,16.273,0\n")
    assert derive_centres(tmp_path / "l.json", tmp_path / "t.csv", tmp_path / "o.csv", tmp_path) == 3
    with (tmp_path / "centres.csv").open(encoding="utf-8") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    assert [tuple(row.values()) for row in rows.values()] == [
        ("75056", "commune", "2.00", "48.01", "ANCT"),
        ("75105", "arrondissementMunicipal", "2.35", "48.20", "i-Nov"),
        ("97199", "commune", "-61.505", "16.273", "GeoNames"),
    ]


def test_each_point_is_that_of_a_known_territory() -> None:
    """Each row of the repository names a current commune or municipal arrondissement, as its class says."""
    tables = {"commune": "communes", "arrondissementMunicipal": "arrondissements_municipaux"}
    known = {kind: {row["code"] for row in _rows(f"{name}.csv")} for kind, name in tables.items()}
    points = _rows("centres.csv")
    assert len(points) > 500
    assert [row for row in points if row["code"] not in known[row["classe"]]] == []


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / "territoires" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
