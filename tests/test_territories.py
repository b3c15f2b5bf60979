"""Finding one's territory by its name or a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from endpoints.app import create_app
from tests.pages_fixture import client
from tests.release_fixture import write_release

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]


@pytest.mark.parametrize("text", ["Lyon", "  lyon ", "69123"])
def test_what_is_certain_is_reached_at_once(client: FlaskClient, text: str) -> None:
    """A name or an Insee code that means one territory leads to its page; the language is kept."""
    answer = client.get("/territoires", query_string={"q": text, "lang": "en"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/doc/commune/69123?lang=en")


@pytest.mark.parametrize(("text", "found"), [("lyyon", "Lyon"), ("bro", "Bron"), ("Auvergne Rhone", "Auvergne-Rhône")])
def test_what_is_not_is_listed(client: FlaskClient, text: str, found: str) -> None:
    """A slip or an unfinished name gives those that may be meant, with what tells them apart."""
    answer = client.get("/territoires", query_string={"q": text})
    assert answer.status_code == 200
    listed = answer.get_data(as_text=True).partition('id="trouves"')[2].partition("</section>")[0]
    assert found in listed


def test_nothing_found_says_so(client: FlaskClient) -> None:
    """A name that nothing bears gives advice, and the départements stay there to choose from."""
    text = client.get("/territoires?q=zzzz").get_data(as_text=True)
    assert "Essayez le début du nom" in text
    assert "/doc/departement/69" in text


def test_the_communes_of_a_departement_are_listed_by_name(client: FlaskClient) -> None:
    """Its page lists the communes of a département in alphabetical order, and nothing else that is there."""
    page = client.get("/doc/departement/69", headers={"Accept": "text/html"}).get_data(as_text=True)
    listed = page.partition('<section aria-labelledby="communes">')[2].partition("</section>")[0]
    names = re.findall(r'href="/doc/([a-z]+)/[^"]*">([^<]+)<', listed)
    assert {kind for kind, _ in names} == {"commune"}
    assert {"Bron", "Lyon"} <= {name for _, name in names}
    assert [name for _, name in names] == sorted(name for _, name in names)


def test_a_postcode_leads_to_its_communes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A postcode of one commune leads there; one of several gives them all."""
    runtime = tmp_path_factory.mktemp("codes-postaux")
    project = write_release(runtime)
    table = "code,codes_postaux\n69123,69001|69002\n69029,69500|69002\n"
    (runtime / "served" / "dumps" / "territoires-communes.csv").write_text(table, encoding="utf-8")
    client = create_app(project, runtime).test_client(use_cookies=False)
    assert client.get("/territoires?q=69500").headers["Location"] == "/doc/commune/69029"
    both = client.get("/territoires?q=69 002").get_data(as_text=True)
    assert "/doc/commune/69029" in both
    assert "/doc/commune/69123" in both
