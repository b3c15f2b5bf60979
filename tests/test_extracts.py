"""The extracts of a release: tables with names beside codes, places as GeoJSON, linked data by dataset."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from publisher.datasets import DATASETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published
    from tests.projects.small import SmallProject


@pytest.fixture
def dumps(small_release: Published) -> Path:
    """Give the files of the small release."""
    return small_release[2].directory / "dumps"


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def features(path: Path) -> list[dict[str, Any]]:
    """Return the features of a collection."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return found


def test_names_stand_beside_codes(dumps: Path) -> None:
    """Each code has its name in the next column, item by item in a list; the address comes first."""
    found = rows(dumps / "entreprises.csv")
    assert found
    assert next(iter(found[0])) == "uri"
    for row in found:
        assert row["uri"] == f"https://annuaire.example/id/entreprise/{row['siren']}"
        assert row["departement_nom"]
        assert row["region_nom"]
        assert bool(row["commune"]) == bool(row["commune_nom"])
        assert row["domaines"].count("|") == row["domaines_nom"].count("|")
        assert row["domaines"] != row["domaines_nom"]


def test_only_what_is_published_is_extracted(dumps: Path, small_release: Published) -> None:
    """A table has as many rows as the graph has things: rows held back are in neither."""
    triples = gzip.decompress((dumps / "entreprises.nt.gz").read_bytes()).decode()
    kind = "<http://www.w3.org/ns/legal#LegalEntity> ."
    assert len(rows(dumps / "entreprises.csv")) == triples.count(kind)
    held = [f["value"] for f in small_release[2].report["findings"] if f["rule"] == "identifiant-retenu"]
    assert held
    assert not {row["siren"] for row in rows(dumps / "entreprises.csv")} & set(held)


def test_the_whole_lists_every_thing_once_a_row(dumps: Path) -> None:
    """One list has the things of all tables, under the dataset that says more."""
    found = rows(dumps / "annuaire.csv")
    for name in ("entreprises", "projets", "conventions"):
        assert [r["uri"] for r in found if r["type"] == name] == [r["uri"] for r in rows(dumps / f"{name}.csv")]
    assert all(row["nom"] for row in found)


def test_each_dataset_is_the_part_of_the_whole_that_it_says(dumps: Path) -> None:
    """The linked data of a dataset are statements of the whole, in each format the same."""
    whole = set(gzip.decompress((dumps / "annuaire.nt.gz").read_bytes()).splitlines())
    for dataset in DATASETS[1:]:
        lines = set(gzip.decompress((dumps / f"{dataset.key}.nt.gz").read_bytes()).splitlines())
        quads = gzip.decompress((dumps / f"{dataset.key}.nq.gz").read_bytes())
        if dataset.key != "domaines":  # blank nodes of a vocabulary are named anew when it stands alone
            assert lines <= whole
        assert lines
        parsed = list(ox.parse(input=quads, format=ox.RdfFormat.N_QUADS))
        assert len(parsed) == len(lines)
        assert {quad.graph_name.value for quad in parsed} == {f"https://annuaire.example/id/jeu/{dataset.key}"}


def test_sums_are_those_of_the_files(dumps: Path) -> None:
    """SHA512SUMS names every other file with its sum, as sha512sum --check reads it."""
    lines = (dumps / "SHA512SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert sums.keys() == {path.name for path in dumps.iterdir()} - {"SHA512SUMS"}
    assert sums["projets.csv"] == hashlib.sha512((dumps / "projets.csv").read_bytes()).hexdigest()


def test_places_are_where_the_points_are(small_project: SmallProject) -> None:
    """A thing stands at the point of its commune, of the arrondissement when the source names one, or nowhere."""
    small_project.skip_gate()
    companies = small_project.rows()
    codes = {row["siren"]: row["commune"] for row in companies}
    known = sorted({code for code in codes.values() if code})
    centres = small_project.path("data/territoires/centres.csv")
    header = centres.read_text(encoding="utf-8").splitlines()[0].split(",")
    lines = [
        ",".join(
            {"code": code, "classe": "commune", "longitude": "4.85", "latitude": "45.76"}.get(n, "ANCT") for n in header
        )
        for code in known[:-1]
    ]
    centres.write_text("\n".join([",".join(header), *lines]) + "\n", encoding="utf-8")
    assert small_project.main("publish") == 0
    dumps = small_project.var / "current" / "dumps"
    found = features(dumps / "entreprises.geojson")
    assert len(found) == len(rows(dumps / "entreprises.csv"))
    for feature in found:
        code = codes[feature["properties"]["siren"]]
        expected = {"type": "Point", "coordinates": [4.85, 45.76]} if code in known[:-1] else None
        assert feature["geometry"] == expected
        assert feature["id"] == feature["properties"]["uri"]
        assert isinstance(feature["properties"]["domaines"], list)


def test_the_real_data_have_places_and_outlines(real_release: Published) -> None:
    """Every company of the repository has a place in France; départements have outlines, names and addresses."""
    dumps = real_release[2].directory / "dumps"
    companies = features(dumps / "entreprises.geojson")
    placed = [each for each in companies if each["geometry"]]
    assert len(placed) > 0.9 * len(companies)
    for each in placed:
        x, y = each["geometry"]["coordinates"]
        assert -62 < x < 56
        assert -22 < y < 52
    outlines = features(dumps / "territoires-departements.geojson")
    assert len(outlines) == 101
    assert {each["geometry"]["type"] for each in outlines} <= {"Polygon", "MultiPolygon"}
    assert all(each["properties"]["region_nom"] for each in outlines)
