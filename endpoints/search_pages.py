"""The pages of a search: facets, filters, a list or a map of what is found, and ways out when there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request

from endpoints.charts import draw_counts
from endpoints.contract_rows import contract_rows
from endpoints.exports import MANY
from endpoints.facets import chosen_filters, facet_values, view_facets
from endpoints.languages import language, text_in
from endpoints.presentation import href
from endpoints.problems import NotFoundError
from endpoints.search_request import FACETS, VIEWS
from endpoints.search_words import words_of
from endpoints.searches import CONTRACTS, OFFERED, search_for
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from endpoints.whereabouts import contract_places, read_aside
from publisher.extracts import OUTLINES
from publisher.names import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from endpoints.charts import Map
    from endpoints.listing import Row
    from endpoints.search_request import SearchRequest
    from endpoints.searches import Searchable
    from endpoints.searching import Record

_NEAR_DOMAINS = 4


def search_page(searchable: Searchable, asked: SearchRequest) -> str:
    """Return the page of a search.

    Raises:
        NotFoundError: the page asked for is after the last.
    """
    search = search_for(searchable)
    found = search.find(asked)
    if asked.page > found.pages:
        raise NotFoundError.at(request.full_path)
    filters = chosen_filters(asked, searchable.kind)
    return render_template(
        f"{searchable.name}.html",
        searchable=searchable,
        offered=OFFERED,
        many=MANY,
        asked=asked,
        found=found,
        facets=view_facets(asked, found.counts, searchable.kind),
        filters=filters,
        views=VIEWS,
        ways_out=[]
        if found.total
        else [(title, name, other, search.page(other, 1)[0]) for title, name, other in filters],
        near_domains=[] if found.total or not asked.text else _near_domains(asked.text),
        rows=_rows(searchable, found.records),
        total=found.total,
        wordless=bool(asked.text) and not words_of(asked.text),
        aside=read_aside(searchable, asked),
        **(departement_map(searchable, asked, found.counts["departement"]) if asked.view == VIEWS[1] else {}),
    )


def _rows(searchable: Searchable, records: Iterable[Record]) -> list[Row]:
    if searchable is CONTRACTS:
        return contract_rows(each["iri"] for each in records)
    return [company_row(each) for each in records]


def company_row(record: Record) -> Row:
    """Return a company as the lists of a page show it."""
    places, lang = record.get("places", {}), language()
    names = {place: text_in(places[place]["labels"], lang) for place in ("commune", "departement") if place in places}
    return {
        "thing": serving().minter.document_path("entreprise", record["code"]),
        "iri": record["iri"],
        "name": text_in(record["labels"], lang),
        "offer": text_in(record.get("description", {}), lang),
        "placeName": names.get("commune", ""),
        "departementName": names.get("departement", ""),
        "domains": ", ".join(text_in(domain["labels"], lang) for domain in record.get("domains", ())),
        "contracts": str(record.get("contracts", "")),
        "contractPlaces": contract_places(record["iri"], record.get("contracts", 0)),
    }


def departement_map(searchable: Searchable, asked: SearchRequest, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the map of what is found, its links, and the values that its table lists."""
    departements = facet_values(FACETS["departement"], asked, counts)
    drawn: Map | None = draw_counts(counts, serving().project.directory / OUTLINES)
    links = {each.value: href(searchable.path, **each.leads_to.parameters) for each in departements}
    return {"departements": departements, "map": drawn, "map_links": links}


def _near_domains(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return the slug and labels of the domains whose names are near a text."""
    records = search_index(serving(), served_release()).named(words(text), ["domaine"], _NEAR_DOMAINS)
    return [(record["code"], record["labels"]) for record in records]
