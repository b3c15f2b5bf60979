"""What lists and searches give to programs: the same whether it is sent whole or in batches."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from endpoints import exports, faceted_search, list_pages, lists, search, search_pages
from endpoints.app import create_app
from tests.pages_fixture import client
from tests.release_fixture import write_release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

__all__ = ["client"]

GRAPHS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
PATHS = ("/entreprises", "/marches", "/projets")


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each batch hold one thing."""
    for module in (exports, lists, search):
        monkeypatch.setattr(module, "BATCH", 1)


def whole(client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return an answer made in one batch."""
    with monkeypatch.context() as patch:
        for module in (exports, lists, search):
            patch.setattr(module, "BATCH", 500)
        answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_length is not None
    return answer.get_data()


@pytest.mark.usefixtures("in_batches")
@pytest.mark.parametrize("extension", GRAPHS)
@pytest.mark.parametrize("path", PATHS)
def test_graphs_are_the_same(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str, extension: str) -> None:
    """A graph in batches is one document, isomorphic with the graph sent whole."""
    address = f"{path}.{extension}"
    expected = Graph().parse(data=whole(client, address, monkeypatch), format=GRAPHS[extension])
    answer = client.get(address, headers={"If-None-Match": '"another"'})
    found = Graph().parse(data=answer.get_data(), format=GRAPHS[extension])
    assert len(found) > 10
    assert isomorphic(found, expected)


@pytest.mark.usefixtures("in_batches")
@pytest.mark.parametrize("path", PATHS)
def test_tables_are_the_same(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A table in batches has one header, one byte order mark, and the rows of the table sent whole."""
    expected = whole(client, f"{path}.csv?bom=1", monkeypatch).decode("utf-8-sig")
    found = client.get(f"{path}.csv?bom=1").get_data().decode("utf-8-sig")
    assert "\ufeff" not in found
    assert list(csv.reader(io.StringIO(found))) == list(csv.reader(io.StringIO(expected)))


@pytest.mark.usefixtures("in_batches")
@pytest.mark.parametrize("path", PATHS)
def test_features_are_the_same(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Features in batches are one collection, that of the answer sent whole."""
    expected = json.loads(whole(client, f"{path}.geojson", monkeypatch))
    assert json.loads(client.get(f"{path}.geojson").get_data()) == expected
    assert len(expected["features"]) > 0


ORDERED = (
    ("/entreprises", "", "/doc/entreprise/"),
    ("/entreprises", "tri=recent", "/doc/entreprise/"),
    ("/entreprises", "q=fictif", "/doc/entreprise/"),
    ("/marches", "", "/doc/marche/"),
    ("/marches", "tri=nom", "/doc/marche/"),
    ("/projets", "tri=montant", "/doc/projet/"),
    ("/projets", "tri=nom", "/doc/projet/"),
    ("/conventions", "", "/doc/commune/"),
    ("/conventions", "tri=population", "/doc/commune/"),
)


@pytest.mark.usefixtures("in_batches")
@pytest.mark.parametrize(("path", "asked", "space"), ORDERED)
def test_what_is_exported_is_in_the_order_of_the_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str, asked: str, space: str
) -> None:
    """Rows of a table, features and subjects of a graph stand as the page shows them, whatever is asked for."""
    monkeypatch.setattr(faceted_search, "_STRIDE", 1)
    text = client.get(f"{path}?{asked}", headers={"Accept": "text/html"}).get_data(as_text=True)
    page = re.findall(rf'href="({space}[^"]+)"', text.partition("</h1>")[2])
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv?{asked}").get_data(as_text=True))))
    column = "code_commune" if "commune" in space else "adresse"
    table = [space + row[column].rpartition("/")[2] for row in rows]
    assert table == list(dict.fromkeys(each for each in page if each in table))
    addresses = [row["adresse"] for row in rows]
    features = client.get(f"{path}.geojson?{asked}").get_json()["features"]
    assert [each["properties"]["iri"] for each in features] == list(dict.fromkeys(addresses))
    lines = client.get(f"{path}.nt?{asked}").get_data(as_text=True).splitlines()
    assert list(dict.fromkeys(line.split(">")[0][1:] for line in lines)) == list(dict.fromkeys(addresses))


@pytest.mark.usefixtures("in_batches")
def test_what_flows_is_coded_and_validated(client: FlaskClient) -> None:
    """An answer in batches is compressed as it flows, has a validator of its own coding, and answers 304 and HEAD."""
    plain = client.get("/entreprises.csv")
    assert plain.content_length is None
    coded = client.get("/entreprises.csv", headers={"Accept-Encoding": "gzip"})
    assert coded.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in coded.headers["Vary"]
    assert gzip.decompress(coded.get_data()) == plain.get_data()
    assert coded.headers["ETag"] != plain.headers["ETag"]
    again = client.get("/entreprises.csv", headers={"If-None-Match": coded.headers["ETag"], "Accept-Encoding": "gzip"})
    assert (again.status_code, again.get_data()) == (304, b"")
    head = client.head("/entreprises.csv")
    assert (head.status_code, head.get_data()) == (200, b"")


def test_a_long_result_leads_to_the_file_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that finds very many things leads to the file that a publication made of them; another does not."""
    made = create_app(write_release(tmp_path), tmp_path).test_client(use_cookies=False)
    monkeypatch.setattr(search_pages, "MANY", 0)
    monkeypatch.setattr(list_pages, "MANY", 0)
    for path, name in (("/entreprises", "entreprises"), ("/projets", "projets")):
        assert f'<a href="/dumps/{name}.csv">' in made.get(path, headers={"Accept": "text/html"}).text
    assert "/dumps/" not in made.get("/entreprises?q=introuvablement", headers={"Accept": "text/html"}).text


@pytest.mark.usefixtures("in_batches")
def test_nothing_found_is_a_whole_document(client: FlaskClient) -> None:
    """A search that finds nothing gives a header, an empty collection, an empty graph."""
    nothing = "q=introuvablement"
    assert len(client.get(f"/entreprises.csv?{nothing}").get_data().splitlines()) == 1
    assert client.get(f"/entreprises.geojson?{nothing}").get_json()["features"] == []
    for extension, form in GRAPHS.items():
        assert len(Graph().parse(data=client.get(f"/entreprises.{extension}?{nothing}").get_data(), format=form)) == 0
