"""The source node of each table, from the `dc:` notes of its CSVW description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, SKOS, XSD

from publisher.identifiers import Minter, slug
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.mapping import Mapping
    from publisher.project import Project

_DATE_TYPES = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
"""By the length of the ISO 8601 text: a source may say the year or the month only."""
_COG_YEAR = str(ASC.cogYear)


def describe_sources(project: Project, mappings: Iterable[Mapping]) -> Graph:
    """Return the source nodes (`prov:Entity`) of all tables, and the organisation that publishes."""
    minter = Minter(project.base_uri)
    graph = Graph()
    publisher = URIRef(minter.publisher)
    graph.add((publisher, RDF.type, FOAF.Organization))
    graph.add((publisher, FOAF.name, Literal(project.publisher_name)))
    graph.add((publisher, SKOS.prefLabel, Literal(project.publisher_name, lang="fr")))
    graph.add((publisher, FOAF.homepage, URIRef(project.publisher_url)))
    for mapping in mappings:
        _describe(graph, minter, mapping)
    return graph


def cog_year(mappings: Iterable[Mapping]) -> int | None:
    """Return the year of the official geographic code that the territory tables follow, if one says so."""
    years = (mapping.notes.get(_COG_YEAR) for mapping in mappings)
    return next((int(year) for year in years if year is not None), None)


def texts_of(notes: dict[str, Any], key: str) -> dict[str, str]:
    """Return the texts by language of a `dc:` note."""
    value = notes.get(key, [])
    nodes = value if isinstance(value, list) else [value]
    return {node.get("@language", "fr"): node["@value"] for node in nodes if "@value" in node}


def link_of(notes: dict[str, Any], key: str) -> str | None:
    """Return the address of a `dc:` note."""
    value = notes.get(key)
    return value.get("@id") if isinstance(value, dict) else None


def date_of(notes: dict[str, Any], key: str) -> str | None:
    """Return the date (ISO 8601) of a `dc:` note."""
    value = notes.get(key)
    return value.get("@value") if isinstance(value, dict) else None


def _describe(graph: Graph, minter: Minter, mapping: Mapping) -> None:
    notes = mapping.notes
    node = URIRef(minter.source(mapping.name))
    graph.add((node, RDF.type, PROV.Entity))
    for lang, text in texts_of(notes, "dc:title").items():
        graph.add((node, DCTERMS.title, Literal(text, lang=lang)))
        graph.add((node, SKOS.prefLabel, Literal(text, lang=lang)))
    for lang, text in texts_of(notes, "dc:description").items():
        graph.add((node, DCTERMS.description, Literal(text, lang=lang)))
    for lang, text in texts_of(notes, "dc:publisher").items():
        graph.add((node, DCTERMS.publisher, _organisation(graph, minter, text, lang)))
    for key, term in (("dc:source", DCTERMS.source), ("dc:license", DCTERMS.license)):
        if link := link_of(notes, key):
            graph.add((node, term, URIRef(link)))
    if year := notes.get(_COG_YEAR):
        graph.add((node, ASC.cogYear, Literal(str(year), datatype=XSD.gYear)))
    if date := date_of(notes, "dc:modified"):
        graph.add((node, DCTERMS.modified, Literal(date, datatype=_DATE_TYPES[len(date)])))


def _organisation(graph: Graph, minter: Minter, name: str, lang: str) -> URIRef:
    node = URIRef(minter.thing("organisation", slug(name)))
    graph.add((node, RDF.type, FOAF.Organization))
    graph.add((node, FOAF.name, Literal(name)))
    graph.add((node, SKOS.prefLabel, Literal(name, lang=lang)))
    return node
