"""The search for companies: words, facets, order, pages, views, and the same answer as data."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from endpoints.answers import known_parameters
from endpoints.app import create_app
from endpoints.examples import load_examples
from endpoints.parameters import Parameter
from endpoints.search_request import FACETS, ORDERS, VIEWS, SearchRequest, read_request
from endpoints.search_words import words_of
from publisher.project import load_project
from tests.pages_fixture import client, read_graph
from tests.release_fixture import COMPANY, CONTRACT, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

__all__ = ["client"]

LIGHTING = "Lampadaires Imaginaires"
PICKED = {"region": ("11", "84"), "acv": ("oui",), "annee": ("2018",)}


def names(client: FlaskClient, query: str) -> list[str]:
    """Return the companies that a page of results lists."""
    answer = client.get(f"/entreprises.html?{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return re.findall(r'<h3><a href="/doc/entreprise/[^"]*">([^<]*)</a>', answer.get_data(as_text=True))


@pytest.mark.parametrize(
    "text",
    [
        "lampadaires",
        "LAMPADAIRES imaginaires",
        "lampad",
        "lampadiares",
        "imaginaires lampadaires",
        "rues",
        "éclairage",
        "eclairag",
        "lyon eclairage",
        COMPANY,
        f"{COMPANY[:3]} {COMPANY[3:6]} {COMPANY[6:]}",
        f"{COMPANY}00012",
    ],
)
def test_words_find_a_company(client: FlaskClient, text: str) -> None:
    """A company is found by its name, line, domain, place or number, whatever the case, accents, end or slip."""
    assert LIGHTING in names(client, f"q={text}")


@pytest.mark.parametrize("text", ["lampadaires marseille", "zzzzzzzz", "999999999"])
def test_every_word_counts(client: FlaskClient, text: str) -> None:
    """A word that a company lacks leaves it out, and the page says what to do next."""
    page = client.get(f"/entreprises.html?q={text}").get_data(as_text=True)
    assert LIGHTING not in page
    assert "Proposer une entreprise" in page


def test_a_slip_is_said(client: FlaskClient) -> None:
    """A word found only by its likeness is named."""
    assert "« lampadiares »" in client.get("/entreprises.html?q=lampadiares").get_data(as_text=True)


def test_signs_are_no_words(client: FlaskClient) -> None:
    """A text without a word or a number narrows nothing, and the page says so."""
    for text, said in (("*", True), ("💡", True), ("12", False), ("lampadaires", False)):
        page = client.get("/entreprises.html", query_string={"q": text}).get_data(as_text=True)
        assert ("ne contient ni mot ni nombre" in page) == said


def test_values_of_a_facet_add_up_and_facets_narrow(client: FlaskClient) -> None:
    """Any value of a facet will do; every facet must be met; a domain stands for its narrower ones."""
    lighting, both = names(client, "domaine=eclairage"), names(client, "domaine=eclairage&domaine=velo")
    assert set(lighting) < set(both)
    assert names(client, "domaine=eclairage&departement=01") == []
    assert LIGHTING in names(client, "domaine=securite")


def test_counts_say_what_choosing_leads_to(client: FlaskClient) -> None:
    """Each number beside a value of a facet is that of the page its link leads to."""
    page = client.get("/entreprises.html").get_data(as_text=True)
    facets = page.partition('<nav class="facets"')[2].partition("</nav>")[0]
    links = re.findall(r'<a href="([^"]*)" rel="nofollow">[^<]*</a> <span class="count">(\d+)</span>', facets)
    assert len(links) > 5
    for link, count in links:
        reached = client.get(link.replace("&amp;", "&"), headers={"Accept": "text/html"}).get_data(as_text=True)
        assert f'<h1>Entreprises <span class="count">{count}</span>' in reached, link


def test_a_chosen_filter_can_be_removed(client: FlaskClient) -> None:
    """The filters chosen are listed, each with the address without it."""
    page = client.get("/entreprises.html?domaine=eclairage&region=84&q=lampadaires").get_data(as_text=True)
    assert 'href="/entreprises?q=lampadaires&amp;region=84"' in page
    assert 'href="/entreprises?domaine=eclairage&amp;region=84"' in page


def test_a_map_has_its_table(client: FlaskClient) -> None:
    """The map of the results names each département and its number, in a table too."""
    page = client.get("/entreprises.html?vue=carte&region=84").get_data(as_text=True)
    assert 'href="/entreprises?region=84&amp;departement=69&amp;vue=carte"' in page
    assert "<caption>" in page


@pytest.mark.parametrize("query", ["", "q=lampadaires", "domaine=eclairage&domaine=velo", "departement=69&tri=recent"])
def test_data_are_what_the_page_finds(client: FlaskClient, query: str) -> None:
    """CSV, GeoJSON and the graphs hold the companies of the page, by extension or by Accept."""
    found = set(names(client, query))
    rows = csv.DictReader(io.StringIO(client.get(f"/entreprises.csv?{query}").get_data(as_text=True)))
    assert {row["nom"] for row in rows} == {name.replace("&#39;", "'") for name in found}
    features = client.get(f"/entreprises?{query}", headers={"Accept": "application/geo+json"}).get_json(force=True)
    assert {each["properties"]["nom"] for each in features["features"]} == {n.replace("&#39;", "'") for n in found}
    graph = read_graph(client.get(f"/entreprises.ttl?{query}").get_data(), "turtle")
    assert len(set(graph.subjects())) == len(found)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("region=zz", 404),
        ("domaine=../x", 404),
        ("annee=hier", 404),
        ("page=0", 404),
        ("population=12", 400),
        ("acv=peut-être", 400),
        ("tri=prix", 400),
        ("vue=3d", 400),
        ("q=" + "x" * 201, 400),
        ("&".join(f"annee={year}" for year in range(1980, 2010)), 400),
    ],
)
def test_a_wrong_value_is_named(client: FlaskClient, query: str, status: int) -> None:
    """A value that is not of its kind, or of nothing published, is refused with its parameter's name."""
    answer = client.get(f"/entreprises.csv?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert query.partition("=")[0] in answer.get_json(force=True)["detail"]


def test_there_is_no_page_after_the_last(client: FlaskClient) -> None:
    """A page beyond the results is not found."""
    assert client.get("/entreprises.html?page=2").status_code == 404


def test_parameters_of_no_search_are_ignored(client: FlaskClient) -> None:
    """Trackers and empty fields of the form change nothing."""
    assert names(client, "utm_source=x&q=&tri=&page=1") == names(client, "")


@given(
    st.builds(
        SearchRequest,
        text=st.text(max_size=40).map(lambda text: " ".join(text.split())),
        chosen=st.sets(st.sampled_from(sorted(PICKED))).map(
            lambda names: tuple((name, PICKED[name]) for name in FACETS if name in names)
        ),
        page=st.integers(1, 9),
        view=st.sampled_from(VIEWS),
    ),
    st.sampled_from(ORDERS),
)
def test_an_address_is_its_search(request_: SearchRequest, order: str) -> None:
    """A search read back from its own address is the same search."""
    asked = SearchRequest(request_.text, request_.chosen, order, request_.page, request_.view)
    if order in asked.orders:
        assert read_request(MultiDict(asked.parameters)) == asked


@given(st.text(max_size=80))
def test_any_text_has_few_plain_words(text: str) -> None:
    """Words are at most ten, without accents, capitals or signs."""
    found = words_of(text)
    assert len(found) <= 10
    assert all(word == word.casefold() and " " not in word for word in found)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=éclairage",
        "q=ville imaginaire",
        f"q={COMPANY}",
        "domaine=eclairage&departement=69",
        "population=100000-&acv=oui",
        "acheteur=commune",
        "acheteur=ville-acv&annee=2019",
    ],
)
def test_contracts_are_found_by_words_parties_and_place(client: FlaskClient, query: str) -> None:
    """A notified contract is found by its object, domain, holder, buyer, place, size of town and year."""
    page = client.get(f"/marches.html?{query}").get_data(as_text=True)
    assert f'href="/doc/marche/{CONTRACT}"' in page
    assert CONTRACT in client.get(f"/marches.csv?{query}").get_data(as_text=True)


@pytest.mark.parametrize("query", ["acheteur=region", "annee=2001", "population=0-1999", "q=vélo"])
def test_contracts_of_others_are_left_out(client: FlaskClient, query: str) -> None:
    """A condition that a contract does not meet leaves it out."""
    assert CONTRACT not in client.get(f"/marches.csv?{query}").get_data(as_text=True)


@pytest.mark.parametrize("query", ["acheteur=commune", "acheteur=ville-acv", "ville=100000-", "q=rues qui n'existent"])
def test_companies_are_found_by_whom_they_worked_for(client: FlaskClient, query: str) -> None:
    """A company is found by the kind and size of those who notified it a contract, and by what for."""
    assert names(client, query) == [LIGHTING]


def test_the_page_of_contracts_says_what_they_are(client: FlaskClient) -> None:
    """The list says that a contract is notified, and that amounts are not added up."""
    page = client.get("/marches.html").get_data(as_text=True)
    assert "Marchés notifiés" in page
    assert "plafond" in page
    assert "12 000 €" in page.replace(chr(0x202F), " ").replace(chr(0xA0), " ")


def test_contracts_have_geojson(client: FlaskClient) -> None:
    """Contracts come as features too, by extension, with the filters of the page."""
    for query, expected in (("q=éclairage", 1), ("q=vélo", 0)):
        found = client.get(f"/marches.geojson?{query}").get_json(force=True)
        assert len(found["features"]) == expected


def test_a_new_parameter_of_a_question_tells_answers_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a question of one's own asks for is part of what identifies an answer; anything else is not."""
    asked = Parameter("inedit", "nombre", "1")
    monkeypatch.setattr("endpoints.app.load_examples", lambda: (replace(load_examples()[0], parameters=(asked,)),))
    app = create_app(load_project(ROOT), tmp_path)
    with app.test_request_context("/questions/la-mienne?inedit=2&autre=3&region=84"):
        assert known_parameters() == (("inedit", "2"), ("region", "84"))
