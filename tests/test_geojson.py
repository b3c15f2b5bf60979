"""Lists as GeoJSON: what is placed, what is not, narrowed as the list pages are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from endpoints.app import create_app
from tests.geo_fixture import OUTLINE, POINT, placed, write_extracts
from tests.release_fixture import COMPANY, LONELY

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["placed"]


def features(client: FlaskClient, path: str) -> dict[str, dict[str, Any]]:
    """Return the features at an address by their id."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/geo+json"
    return {feature["id"]: feature for feature in answer.get_json()["features"]}


def test_companies_stand_where_their_source_puts_them(placed: FlaskClient) -> None:
    """A company has the point of its commune, its IRI and page, its domains as a list; one without stays unplaced."""
    found = features(placed, "/entreprises.geojson")
    assert found[COMPANY]["geometry"] == {"type": "Point", "coordinates": POINT}
    properties = found[COMPANY]["properties"]
    assert properties["iri"] == f"https://annuaire.example/id/entreprise/{COMPANY}"
    assert properties["page"] == f"https://annuaire.example/doc/entreprise/{COMPANY}"
    assert properties["domaines"] == ["eclairage", "videoprotection"]
    assert properties["annees"] == [2018, 2020]
    assert properties["code_commune"] == "69123"
    assert found[LONELY]["geometry"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("domaine=eclairage", {COMPANY}),
        ("domaine=securite", {COMPANY}),
        ("commune=69123", {COMPANY}),
        ("departement=69", {COMPANY, LONELY}),
        ("region=84&domaine=velo", {LONELY}),
        ("commune=69123&domaine=velo", set()),
    ],
)
def test_filters_combine(placed: FlaskClient, query: str, expected: set[str]) -> None:
    """The filters are the list page's, and they add up; a domain stands for its narrower ones."""
    assert set(features(placed, f"/entreprises.geojson?{query}")) == expected


def test_an_unknown_place_is_not_found(placed: FlaskClient) -> None:
    """As on the list pages, a filter on what is not published is 404, as JSON."""
    answer = placed.get("/entreprises.geojson?departement=00")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_departements_have_outlines_and_counts(placed: FlaskClient) -> None:
    """A département has its outline, its région and its IRI."""
    found = features(placed, "/departements.geojson")["69"]
    assert found["geometry"] == OUTLINE
    assert found["properties"]["iri"] == "http://id.insee.fr/geo/departement/69"
    assert found["properties"]["region"] == "Auvergne-Rhône-Alpes"
    assert found["properties"]["entreprises"] == 1


def test_an_agreement_of_two_towns_has_two_points(placed: FlaskClient) -> None:
    """The points of one thing that an extract lists twice make a MultiPoint."""
    found = features(placed, "/conventions.geojson")["fictive-1"]
    assert found["geometry"] == {"type": "MultiPoint", "coordinates": [[4.8, 45.7], [4.9, 45.7]]}


def test_answers_are_cacheable_and_shared(placed: FlaskClient) -> None:
    """GeoJSON has a strong entity tag, 304, and any origin may read it."""
    answer = placed.get("/entreprises.geojson")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = placed.get("/entreprises.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_no_extract_no_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In a release without extracts the features are there, without geometry."""
    runtime = tmp_path_factory.mktemp("sans-lieu")
    project = write_extracts(runtime, placed=False)
    client = create_app(project, runtime).test_client(use_cookies=False)
    assert {each["geometry"] for each in features(client, "/entreprises.geojson").values()} == {None}
