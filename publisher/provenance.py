"""The source node of each table, from the `dc:` notes of its CSVW description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, SKOS, XSD

from publisher.identifiers import Minter
from publisher.notes import date_of, link_of, texts_of
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.mapping import Mapping
    from publisher.project import Project

_DATE_TYPES = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
"""By the length of the ISO 8601 text: a source may say the year or the month only."""


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
        for each in (mapping, *(part for part in mapping.parts if part.lenient)):
            _describe(graph, minter, each)
    return graph


def cog_year(mappings: Iterable[Mapping]) -> int | None:
    """Return the year of the official geographic code that the territory tables follow, if one says so."""
    return next((mapping.cog_year for mapping in mappings if mapping.cog_year is not None), None)


def _describe(graph: Graph, minter: Minter, mapping: Mapping) -> None:
    notes = mapping.notes
    node = URIRef(mapping.source_iri)
    graph.add((node, RDF.type, PROV.Entity))
    for lang, text in texts_of(notes, "dc:title").items():
        graph.add((node, DCTERMS.title, Literal(text, lang=lang)))
        graph.add((node, SKOS.prefLabel, Literal(text, lang=lang)))
    for lang, text in texts_of(notes, "dc:description").items():
        graph.add((node, DCTERMS.description, Literal(text, lang=lang)))
    if names := texts_of(notes, "dc:publisher"):
        graph.add((node, DCTERMS.publisher, _organisation(graph, minter, names)))
    for key, term in (("dc:source", DCTERMS.source), ("dc:license", DCTERMS.license)):
        if link := link_of(notes, key):
            graph.add((node, term, URIRef(link)))
    if mapping.cog_year is not None:
        graph.add((node, ASC.cogYear, Literal(str(mapping.cog_year), datatype=XSD.gYear)))
    if date := date_of(notes, "dc:modified"):
        graph.add((node, DCTERMS.modified, Literal(date, datatype=_DATE_TYPES[len(date)])))


def _organisation(graph: Graph, minter: Minter, names: dict[str, str]) -> URIRef:
    name = names.get("fr") or next(iter(names.values()))
    node = URIRef(minter.organisation(name))
    graph.add((node, RDF.type, FOAF.Organization))
    graph.add((node, FOAF.name, Literal(name)))
    for lang, text in names.items():
        graph.add((node, SKOS.prefLabel, Literal(text, lang=lang)))
    return node
