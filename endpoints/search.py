"""The search for companies, `/entreprises`: a page with facets or a map; what is found as CSV, GeoJSON and RDF."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from endpoints.answers import Choice, Link, alternates, answer, choose
from endpoints.charts import draw_counts
from endpoints.documents import exists
from endpoints.faceted_search import FacetedSearch
from endpoints.facets import chosen_filters, facet_values, view_facets
from endpoints.geo_features import COLLECTIONS, load_features
from endpoints.geojson import write_features
from endpoints.languages import LANGUAGES, language
from endpoints.list_tables import BOM_PARAMETER, describe_table, description_link, write_table
from endpoints.presentation import href
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.search_request import FACETS, VIEWS, read_request
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from publisher.extracts import OUTLINES
from publisher.representations import CSVW, GEOJSON, GRAPH_DOCUMENTS, HTML, RESULTS_CSV

if TYPE_CHECKING:
    from collections.abc import Mapping

    from endpoints.charts import Map
    from endpoints.listing import Row
    from endpoints.search_request import SearchRequest
    from endpoints.searching import Record, SearchIndex

blueprint = Blueprint("search", __name__)

PATH = "/entreprises"
TABLE = "companies_csv"
OFFERED = (HTML, RESULTS_CSV, GEOJSON, *GRAPH_DOCUMENTS)
_NEAR_DOMAINS = 4


@blueprint.get(PATH)
def companies() -> Response:
    """Answer with the companies found, in the representation asked for."""
    return _answer(choose(PATH, OFFERED))


@blueprint.get(f"{PATH}.<extension>")
def companies_as(extension: str) -> Response:
    """Answer with the companies found, or the description of their table, as the extension names it."""
    found = next((each for each in (*OFFERED, CSVW) if each.extension == extension), None)
    if found is None:
        raise NotFoundError.at(request.path)
    return _answer(Choice(found, fixed=True))


def _answer(choice: Choice) -> Response:
    asked = _asked()
    links = alternates(PATH, OFFERED)
    if choice.representation is RESULTS_CSV:
        links.append(description_link("entreprises", asked.parameters))
    if choice.representation is GEOJSON:
        links.append(Link("/ogc/collections/entreprises", "collection", "application/json"))

    def build() -> str | bytes:
        return _page(asked) if choice.representation is HTML else _data(asked, choice)

    return answer(choice, build, path=PATH, links=links)


def _asked() -> SearchRequest:
    asked = read_request(request.args)
    for name, values in asked.chosen:
        for value in values if (kind := FACETS[name].kind) else ():
            if not exists(served_release().store, NamedNode(serving().minter.thing(str(kind), value))):
                raise NotFoundError(f"{name} inconnu : {value}", f"unknown {name}: {value}")
    return asked


def _search() -> FacetedSearch:
    return _over(search_index(serving(), served_release()))


@lru_cache(maxsize=2)
def _over(index: SearchIndex) -> FacetedSearch:
    return FacetedSearch(index, "entreprise")


def _data(asked: SearchRequest, choice: Choice) -> str | bytes:
    """Return all that is found, whatever the page, in a representation for programs."""
    iris = _search().iris(asked)
    things = [NamedNode(iri) for iri in iris]
    if choice.representation is CSVW:
        return describe_table("entreprises", TABLE, {"adresse": things}, asked.parameters)
    if choice.representation is RESULTS_CSV:
        return write_table(TABLE, {"adresse": things}, marked=request.args.get(BOM_PARAMETER) == "1")
    if choice.representation is GEOJSON:
        found = set(iris)
        return write_features(each for each in load_features(COLLECTIONS["entreprises"]) if each.iri in found)
    triples = Queries(serving().project, served_release().store).construct("described", {"thing": things})
    return serving().serialiser.write(sorted(triples, key=str), choice.representation)


def _page(asked: SearchRequest) -> str:
    search = _search()
    found = search.find(asked)
    if asked.page > found.pages:
        raise NotFoundError.at(request.full_path)
    filters = chosen_filters(asked)
    departements = facet_values(FACETS["departement"], asked, found.counts["departement"])
    return render_template(
        "entreprises.html",
        asked=asked,
        found=found,
        facets=view_facets(asked, found.counts),
        filters=filters,
        views=VIEWS,
        departements=departements,
        map=_map(found.counts["departement"]) if asked.view == VIEWS[1] else None,
        map_links={each.value: href(PATH, **each.leads_to.parameters) for each in departements},
        ways_out=[] if found.total else [(title, name, other, search.count(other)) for title, name, other in filters],
        near_domains=[] if found.total or not asked.text else _near_domains(asked.text),
        rows=[_row(record) for record in found.records],
        total=found.total,
    )


def _row(record: Record) -> Row:
    """Return a company as the lists of a page show it."""
    places = record.get("places", {})
    names = {place: best_label(places[place]["labels"]) for place in ("commune", "departement") if place in places}
    return {
        "thing": serving().minter.document_path("entreprise", record["code"]),
        "name": best_label(record["labels"]),
        "offer": best_label(record.get("description", {})),
        "placeName": names.get("commune", ""),
        "departementName": names.get("departement", ""),
    }


def best_label(labels: Mapping[str, str]) -> str:
    """Return the text in the page's language, else in French, else any."""
    return labels.get(language()) or labels.get(LANGUAGES[0]) or next(iter(labels.values()), "")


def _map(counts: Mapping[str, int]) -> Map | None:
    return draw_counts(counts, serving().project.directory / OUTLINES)


def _near_domains(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return the slug and labels of the domains whose names are near a text."""
    records = search_index(serving(), served_release()).named(text.split(), ["domaine"], _NEAR_DOMAINS)
    return [(record["code"], record["labels"]) for record in records]
