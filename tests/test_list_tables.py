"""The lists as tables for spreadsheets and for programs: byte order mark, description of the columns."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from endpoints.list_request import COLLECTIONS
from endpoints.list_tables import BOM, column_texts
from endpoints.searches import SEARCHABLE
from tests.pages_fixture import client

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_each_table_is_described(client: FlaskClient, name: str) -> None:
    """The CSV of each list links to a CSVW description whose columns are its header, with texts in both languages."""
    answer = client.get(f"/{name}.csv")
    path = f"/{name}.csv-metadata.json"
    assert f'<{path}>; rel="describedby"; type="application/csvm+json"' in answer.headers.getlist("Link")
    described = client.get(path)
    assert described.content_type == "application/csvm+json"
    document = described.get_json(force=True)
    assert document["url"] == f"https://annuaire.example/{name}.csv"
    columns = document["tableSchema"]["columns"]
    header = next(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert [column["titles"] for column in columns] == header
    for column in columns:
        assert {text["@language"] for text in column["dc:description"]} == {"fr", "en"}
        assert column["datatype"]


def test_no_column_is_described_in_vain(client: FlaskClient) -> None:
    """Every column that is described belongs to a list."""
    tables = [client.get(f"/{name}.csv").get_data(as_text=True) for name in (*COLLECTIONS, *SEARCHABLE)]
    assert {column for table in tables for column in table.split("\r\n")[0].split(",")} == set(column_texts())


def test_a_narrowed_table_describes_itself(client: FlaskClient) -> None:
    """The description of a narrowed list names that list."""
    link = client.get("/entreprises.csv?domaine=velo&bom=1").headers.getlist("Link")[-1]
    assert link.startswith("</entreprises.csv-metadata.json?domaine=velo>")
    document = client.get("/entreprises.csv-metadata.json?domaine=velo").get_json(force=True)
    assert document["url"].endswith("/entreprises.csv?domaine=velo")


def test_excel_gets_its_mark(client: FlaskClient) -> None:
    """With `bom=1` the same table begins with a byte order mark, and only then; the page offers both."""
    plain = client.get("/entreprises.csv").get_data()
    assert not plain.startswith(BOM)
    assert client.get("/entreprises.csv?bom=1").get_data() == BOM + plain
    page = client.get("/entreprises.html?departement=69").get_data(as_text=True)
    assert "/entreprises.csv?bom=1&amp;departement=69" in page
    assert "/entreprises.geojson?departement=69" in page


def test_other_names_are_not_found(client: FlaskClient) -> None:
    """There is no description of a list that does not exist."""
    assert client.get("/inconnu.csv-metadata.json").status_code == 404
