"""Points of communes: from ANCT's map, else the middle of i-Nov's points, never outside the département."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from publisher.derive.centres import LAUREATES, TOWNS, derive_centres

TABLES = Path(__file__).parents[1] / "data" / "territoires"
SQUARE = [[[4, 45], [6, 45], [6, 47], [4, 47], [4, 45]]]


@pytest.fixture
def territories(tmp_path: Path) -> Path:
    """Give a folder of territories with one département, three communes and a municipal arrondissement."""
    tables = {
        "communes": "code,departement\n69123,69\n69029,69\n69266,69\n97105,971\n",
        "codes_communes": "code,commune\n",
        "arrondissements_municipaux": "code,commune\n69383,69123\n",
        "centres_acv": "code,lon,lat\n69029,4.9,45.7\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    outline = {"properties": {"code": "69"}, "geometry": {"type": "Polygon", "coordinates": SQUARE}}
    (tmp_path / "departements.geojson").write_text(json.dumps({"features": [outline]}), encoding="utf-8")
    return tmp_path


def laureate(commune: str | None, point: list[float]) -> dict[str, str | None]:
    """Return a row as the source writes it."""
    return {"cityid": commune, "coordinates": str({"geo_point": point})}


def rows(path: Path) -> list[list[str]]:
    """Return the rows of a table, header left out."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_towns_keep_the_point_of_the_map(territories: Path) -> None:
    """A town has the point of ANCT's map; an overseas town, drawn beside the mainland, has none."""
    source = territories / "carte.csv"
    source.write_text("insee_com,lon,lat\n69266,4.8896,45.7661\n97105,-4.4,45.0\n", encoding="utf-8")
    assert derive_centres(source, territories) == {TOWNS: 1}
    assert rows(territories / TOWNS) == [["69266", "4.8896", "45.7661"]]


def test_laureates_give_a_rounded_middle(territories: Path) -> None:
    """A commune's point is the median of its laureates', rounded; strays and communes placed already are left out."""
    given = [
        laureate("69383", [4.80004, 45.70004]),
        laureate("69123", [4.90004, 45.80004]),
        laureate("69123", [5.7, 45.75004]),
        laureate("69029", [4.7, 45.6]),
        laureate("69266", [2.3, 48.8]),
        laureate(None, [4.8, 45.7]),
    ]
    source = territories / "laureats.json"
    source.write_text(json.dumps(given), encoding="utf-8")
    assert derive_centres(source, territories) == {LAUREATES: 1}
    assert rows(territories / LAUREATES) == [["69123", "4.900", "45.750"]]


def test_a_commune_has_one_point() -> None:
    """No commune stands in both published tables, or twice in one."""
    codes = [code for name in (TOWNS, LAUREATES) for code, _, _ in rows(TABLES / name)]
    assert len(codes) == len(set(codes)) > 400
