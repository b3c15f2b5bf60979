"""The files of releases as they are served: latest and immutable, resumable, with their descriptions."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.conftest import Published


@pytest.fixture
def site(small_release: Published, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Give a client of the application that serves the small release."""
    project, _, release = small_release
    runtime = tmp_path_factory.mktemp("execution")
    (runtime / "served").symlink_to(release.directory)
    return create_app(project, runtime).test_client(use_cookies=False)


def test_a_table_leads_to_the_meaning_of_its_columns(site: FlaskClient) -> None:
    """CSV says its charset and header; its Link header leads to the CSVW description beside it."""
    answer = site.get("/dumps/entreprises.csv", buffered=True)
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    links = ", ".join(answer.headers.getlist("Link"))
    assert '</dumps/entreprises.csv-metadata.json>; rel="describedby"; type="application/csvm+json"' in links
    assert site.get("/dumps/entreprises.csv-metadata.json", buffered=True).content_type == "application/csvm+json"
    assert site.get("/dumps/entreprises.schema.json", buffered=True).content_type == "application/json"
    assert site.get("/dumps/entreprises.geojson", buffered=True).content_type == "application/geo+json"


def test_the_latest_leads_to_the_immutable(site: FlaskClient, small_release: Published) -> None:
    """The same bytes stand under an address of the release, to be kept a year; the latest is asked anew."""
    latest = site.get("/dumps/annuaire.nq.gz", buffered=True)
    address = f"/dumps/{small_release[2].name}/annuaire.nq.gz"
    assert f'<https://annuaire.example{address}>; rel="cite-as"' in latest.headers["Link"]
    assert latest.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    kept = site.get(address, buffered=True)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.get_data() == latest.get_data()
    assert kept.headers["ETag"] == latest.headers["ETag"]
    assert site.get(address, buffered=True, headers={"If-None-Match": kept.headers["ETag"]}).status_code == 304


def test_a_file_can_be_checked_and_resumed(site: FlaskClient) -> None:
    """The sums are served; a range of a file continues it, and several ranges are answered with the whole."""
    sums = site.get("/dumps/SHA512SUMS", buffered=True).get_data(as_text=True).splitlines()
    digest = next(line.split()[0] for line in sums if line.endswith("  projets.csv"))
    whole = site.get("/dumps/projets.csv", buffered=True).get_data()
    assert hashlib.sha512(whole).hexdigest() == digest
    rest = site.get("/dumps/projets.csv", buffered=True, headers={"Range": "bytes=10-"})
    assert (rest.status_code, rest.get_data()) == (206, whole[10:])
    assert rest.headers["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    several = site.get("/dumps/projets.csv", buffered=True, headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, several.get_data()) == (200, whole)
    beyond = site.get("/dumps/projets.csv", headers={"Range": "bytes=999999999-"})
    assert (beyond.status_code, json.loads(beyond.data)["status"]) == (416, 416)
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize(
    "path",
    [
        "/dumps/absent.csv",
        "/dumps/absente-1/annuaire.csv",
        "/dumps/.cache",
        "/dumps/../manifest.json",
        "/dumps/%00",
        "/dumps/%00/annuaire.csv",
        f"/dumps/{'a' * 5_000}",
        f"/dumps/{'a' * 5_000}/annuaire.csv",
    ],
)
def test_nothing_else_is_served(site: FlaskClient, path: str) -> None:
    """A file or a release that is not there is not found."""
    assert site.get(path, buffered=True).status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_show_what_can_be_taken(site: FlaskClient, language: str) -> None:
    """The catalog's page lists each dataset's files, the data page the tables and the sums."""
    catalog = site.get(f"/catalog.html?lang={language}").get_data(as_text=True)
    assert 'href="/dumps/territoires-communes.csv"' in catalog
    assert 'href="/sparql' in catalog
    page = site.get(f"/donnees?lang={language}").get_data(as_text=True)
    assert 'href="/dumps/SHA512SUMS"' in page
    assert 'href="/dumps/entreprises.geojson"' in page


@pytest.mark.parametrize("name", ["annuaire.nq.gz", "entreprises.csv"])
def test_dumps_are_sent_as_they_lie(site: FlaskClient, name: str) -> None:
    """A dump is never coded on its way: what is received has the published checksum."""
    dump = site.get(f"/dumps/{name}", buffered=True, headers={"Accept-Encoding": "gzip, br, zstd"})
    assert dump.status_code == 200
    assert "Content-Encoding" not in dump.headers
