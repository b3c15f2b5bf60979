"""OGC API – Features: the documents, the items and their parameters; GDAL reads a served release."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from endpoints.app import create_app
from endpoints.ogc_documents import CONFORMANCE, addressed, collections
from endpoints.ogc_parameters import MOST
from publisher.project import Project
from tests.geo_fixture import POINT, placed, write_extracts
from tests.release_fixture import COMPANY, LONELY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

__all__ = ["placed"]

ITEMS = "/ogc/collections/entreprises/items"
HTML = {"Accept": "text/html"}


def read(client: FlaskClient, path: str) -> Any:
    """Return the JSON at an address."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.get_data())


def keys(client: FlaskClient, query: str) -> list[str]:
    """Return the ids of the companies that a query gives."""
    return [feature["id"] for feature in read(client, f"{ITEMS}?{query}")["features"]]


def test_landing_leads_to_everything(placed: FlaskClient) -> None:
    """From the landing page every link of the API answers with the type that it announces."""
    for path in ("/ogc", "/ogc/collections", "/ogc/collections/entreprises", f"{ITEMS}?limit=1", f"{ITEMS}/{COMPANY}"):
        document = read(placed, path)
        local = [link for link in document["links"] if link["href"].startswith("/ogc")]
        assert {"self", "alternate"} <= {link["rel"] for link in local}
        for link in local:
            answer = placed.get(link["href"])
            assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, link["type"].partition(";")[0])


def test_programs_get_whole_addresses(placed: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The links of an instance with an address of its own are whole addresses; an example's are paths."""
    assert read(placed, "/ogc/") == read(placed, "/ogc")
    assert {link["href"][0] for link in read(placed, "/ogc")["links"] if link["rel"] != "license"} == {"/"}
    monkeypatch.setattr(Project, "base_is_example", False)
    with placed.application.test_request_context("/ogc/collections"):
        found = addressed(collections())
    linked = [link for holder in (found, *found["collections"]) for link in holder["links"]]
    assert {link["href"].partition("/")[0] for link in linked} == {"https:"}


def test_joined_links_lead_on(placed: FlaskClient) -> None:
    """A link's path joined to the landing page's address, as older GDAL does, leads to the link's own address."""
    answer = placed.get(f"/ogc{ITEMS}?limit=1&bbox=4,45,5,46")
    assert (answer.status_code, answer.headers["Location"]) == (307, f"{ITEMS}?limit=1&bbox=4,45,5,46")


def test_conformance_and_collections(placed: FlaskClient) -> None:
    """It declares core, OpenAPI 3.0, HTML and GeoJSON; each collection has an extent, and a time if it has dates."""
    assert read(placed, "/ogc/conformance")["conformsTo"] == list(CONFORMANCE)
    found = {each["id"]: each for each in read(placed, "/ogc/collections")["collections"]}
    assert set(found) == {"entreprises", "departements", "marches", "projets", "conventions"}
    assert found["departements"]["extent"]["spatial"]["bbox"] == [[4, 45, 5, 46]]
    interval = found["projets"]["extent"]["temporal"]["interval"]
    assert interval == [["2018-01-01T00:00:00Z", "2018-12-31T23:59:59Z"]]


def test_definition_lists_the_parameters(placed: FlaskClient) -> None:
    """The OpenAPI definition names each collection's parameters with their limits."""
    answer = placed.get("/ogc/api")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    operation = answer.get_json(force=True)["paths"]["/collections/entreprises/items"]["get"]
    named = {each["name"]: each["schema"] for each in operation["parameters"]}
    assert {"limit", "offset", "bbox", "datetime", "domaine", "region", "departement", "commune", "f"} == set(named)
    assert named["limit"]["maximum"] == MOST


def test_paging_ends(placed: FlaskClient) -> None:
    """Following `next` gives every feature once, then stops; counts say how many there are."""
    path: str | None = f"{ITEMS}?limit=1"
    seen = []
    while path:
        page = read(placed, path)
        assert (page["numberMatched"], page["numberReturned"]) == (2, 1)
        seen += [feature["id"] for feature in page["features"]]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert sorted(seen) == [COMPANY, LONELY]
    assert read(placed, f"{ITEMS}?offset=5")["features"] == []
    assert len(read(placed, f"{ITEMS}?limit=999999")["features"]) == 2


def test_box_keeps_what_it_meets(placed: FlaskClient) -> None:
    """A box keeps the features that it meets, also with heights and across the antimeridian; none without a place."""
    assert keys(placed, "bbox=4,45,5,46") == [COMPANY]
    assert keys(placed, "bbox=4,45,0,5,46,100") == [COMPANY]
    assert keys(placed, "bbox=0,45,1,46") == []
    assert keys(placed, "bbox=170,-80,10,80") == [COMPANY]
    assert keys(placed, "bbox=170,-80,-170,80") == []


def test_filters_and_time(placed: FlaskClient) -> None:
    """Filters take keys or names, and combine; what nothing has gives an empty page; time keeps what it meets."""
    assert keys(placed, "departement=69&domaine=velo") == [LONELY]
    assert keys(placed, "departement=Rhône") == keys(placed, "departement=69")
    assert keys(placed, "departement=00") == []
    projects = "/ogc/collections/projets/items?datetime="
    kept = {
        time: len(read(placed, projects + time)["features"]) for time in ("2018-05-01", "2019-01-01/..", "../..")[:2]
    }
    assert kept == {"2018-05-01": 1, "2019-01-01/..": 0}
    dated = "/ogc/collections/conventions/items?datetime="
    assert len(read(placed, dated + "2018-09-28T00:00:00Z")["features"]) == 1
    assert len(read(placed, dated + "../2018-09-01")["features"]) == 0


@pytest.mark.parametrize(
    "query",
    [
        "inconnu=1",
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=99999999999999999999",
        "offset=-1",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=4,46,5,45",
        "bbox=nan,0,1,1",
        "bbox=0,0,1,900",
        "datetime=hier",
        "datetime=../..",
        "datetime=2018-01-01/2019-01-01/2020-01-01",
        "f=xml",
    ],
)
def test_wrong_parameters_are_refused(placed: FlaskClient, query: str) -> None:
    """An unknown parameter, or a value out of bounds, is 400 and says which."""
    answer = placed.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.get_json()["detail"]


def test_one_feature(placed: FlaskClient) -> None:
    """A feature has an address of its own; an unknown one, or an unknown collection, is 404."""
    feature = read(placed, f"{ITEMS}/{COMPANY}")
    assert (feature["type"], feature["geometry"]["coordinates"]) == ("Feature", POINT)
    assert placed.get(f"{ITEMS}/0").status_code == 404
    assert placed.get("/ogc/collections/inconnue/items").status_code == 404


def test_people_get_pages(placed: FlaskClient) -> None:
    """A browser gets pages of the site in its language; a program that takes neither is told what there is."""
    for path in ("/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/api", ITEMS, f"{ITEMS}/{COMPANY}"):
        answer = placed.get(path, headers=HTML)
        assert answer.content_type.startswith("text/html"), path
        assert "<h1>" in answer.get_data(as_text=True)
    assert "Lampadaires Imaginaires" in placed.get(ITEMS, headers=HTML).get_data(as_text=True)
    assert "Companies" in placed.get("/ogc/collections?lang=en", headers=HTML).get_data(as_text=True)
    assert placed.get(ITEMS, headers={"Accept": "application/json"}).content_type == "application/geo+json"
    assert placed.get(ITEMS, headers={"Accept": "image/png"}).status_code == 406


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a real server of the placed release, for this module's client from outside."""
    runtime = tmp_path_factory.mktemp("gdal")
    server = make_server("127.0.0.1", 0, create_app(write_extracts(runtime), runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def gdal(served: str) -> dict[str, Any]:
    """Give what GDAL reads from the served release."""
    command = [sys.executable, str(Path(__file__).with_name("gdal_reader.py")), served]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_gdal_reads_every_collection(gdal: dict[str, Any]) -> None:
    """GDAL's OAPIF driver lists the collections, and reads their features, boxes and attributes."""
    layers = gdal["layers"]
    assert set(layers) == {"entreprises", "departements", "marches", "projets", "conventions"}
    companies = {"names": ["Lampadaires Imaginaires", "Ébénisterie du Nuage"], "placed": 1, "inside": 1}
    assert {name: layers["entreprises"][name] for name in companies} == companies
    assert {name: layers["departements"][name] for name in ("placed", "inside")} == {"placed": 1, "inside": 1}
    assert {layer["crs"] for layer in layers.values()} <= {"OGC:CRS84", "EPSG:4326"}


def test_gdal_reads_the_lists(gdal: dict[str, Any]) -> None:
    """GDAL reads the GeoJSON of a list straight from its address."""
    assert gdal["geojson"] == {"features": 2, "crs": "EPSG:4326", "geometry": "Point"}
