"""The code lists that DCAT-AP refers to: their addresses, their classes, and labels to show.

EU authority tables (Publications Office), IANA media types, ADMS types, Insee's and the EU's France. The class
of each value is stated, for the application profile asks for it and no harvester fetches it. Labels are
skos:prefLabel: harvesters take an rdfs:label for the value itself, which is what media and file types have one for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, RDFS, SKOS

from publisher.vocabulary import DCAT, INSEE, LICENCE_OUVERTE

if TYPE_CHECKING:
    from rdflib import Graph

EU = "http://publications.europa.eu/resource/authority/"
ADMS = "http://purl.org/adms/"
IANA = "https://www.iana.org/assignments/media-types/"
FRANCE = URIRef(f"{INSEE}pays/france")
FRANCE_EU = URIRef(f"{EU}country/FRA")
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
GZIP = "application/gzip"
_WEST, _SOUTH, _EAST, _NORTH = "-61.81", "-21.39", "55.84", "51.09"
"""France with its overseas départements, from their outlines."""
_BOX = f"POLYGON(({_WEST} {_SOUTH},{_EAST} {_SOUTH},{_EAST} {_NORTH},{_WEST} {_NORTH},{_WEST} {_SOUTH}))"
_CENTRE = "POINT(2.45 46.6)"  # the middle of the mainland, where a map should open

LABELS: dict[str, tuple[str, str]] = {
    "data-theme/REGI": ("Régions et villes", "Regions and cities"),
    "data-theme/ECON": ("Économie et finances", "Economy and finance"),
    "data-theme/TECH": ("Science et technologie", "Science and technology"),
    "data-theme/GOVE": ("Gouvernement et secteur public", "Government and public sector"),
    "data-theme": ("Thèmes de données", "Data themes"),
    "language": ("Langues", "Languages"),
    "frequency": ("Fréquences", "Frequencies"),
    "planned-availability": ("Disponibilités prévues", "Planned availabilities"),
    "access-right": ("Droits d'accès", "Access rights"),
    "dataset-type": ("Types de jeux de données", "Dataset types"),
    "country": ("Pays", "Countries"),
    "file-type": ("Types de fichiers", "File types"),
    "language/FRA": ("français", "French"),
    "language/ENG": ("anglais", "English"),
    "frequency/IRREG": ("irrégulière", "irregular"),
    "planned-availability/STABLE": ("stable", "stable"),
    "access-right/PUBLIC": ("public", "public"),
    "dataset-type/TAXONOMY": ("taxinomie", "taxonomy"),
    "country/FRA": ("France", "France"),
    "file-type/CSV": ("CSV", "CSV"),
    "file-type/GEOJSON": ("GeoJSON", "GeoJSON"),
    "file-type/RDF_N_TRIPLES": ("RDF N-Triples", "RDF N-Triples"),
    "file-type/RDF_N_QUADS": ("RDF N-Quads", "RDF N-Quads"),
    "file-type/RDF_TURTLE": ("RDF Turtle", "RDF Turtle"),
    "file-type/RDF_XML": ("RDF/XML", "RDF/XML"),
    "file-type/JSON_LD": ("JSON-LD", "JSON-LD"),
    "file-type/JSON": ("JSON", "JSON"),
    "file-type/SPARQLQ": ("requête SPARQL", "SPARQL query"),
}
FILE_TYPES = {
    "csv": "CSV",
    "geojson": "GEOJSON",
    "ntriples": "RDF_N_TRIPLES",
    "nquads": "RDF_N_QUADS",
    "turtle": "RDF_TURTLE",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON_LD",
    "ngsi-ld": "JSON_LD",
}
"""The EU file type of a representation, by its name."""


def authority(graph: Graph, code: str, *classes: URIRef) -> URIRef:
    """Return a value of an EU code list (`language/FRA`), described in the graph."""
    node = URIRef(EU + code)
    for class_ in classes:
        graph.add((node, RDF.type, class_))
    for text, lang in zip(LABELS[code], ("fr", "en"), strict=True):
        graph.add((node, SKOS.prefLabel, Literal(text, lang=lang)))
    if "/" in code:
        graph.add((node, SKOS.inScheme, code_list(graph, code.partition("/")[0])))
    return node


def code_list(graph: Graph, code: str) -> URIRef:
    """Return an EU code list (`data-theme`), described in the graph."""
    node = authority(graph, code, SKOS.ConceptScheme)
    for text, lang in zip(LABELS[code], ("fr", "en"), strict=True):
        graph.add((node, DCTERMS.title, Literal(text, lang=lang)))
    return node


def theme(graph: Graph, code: str) -> URIRef:
    """Return an EU data theme."""
    return authority(graph, f"data-theme/{code}", SKOS.Concept)


def media_type(graph: Graph, name: str) -> URIRef:
    """Return IANA's address of a media type."""
    node = URIRef(IANA + name)
    graph.add((node, RDF.type, DCTERMS.MediaType))
    graph.add((node, RDFS.label, Literal(name)))  # CKAN knows a format by this label, and then previews it
    return node


def file_type(graph: Graph, code: str) -> URIRef:
    """Return an EU file type; CKAN shows the label of what is first of all a `dct:IMT`, else the address."""
    node = authority(graph, f"file-type/{code}", DCTERMS.IMT, DCTERMS.MediaTypeOrExtent)
    graph.add((node, RDFS.label, Literal(LABELS[f"file-type/{code}"][1])))
    return node


def locations(graph: Graph) -> tuple[URIRef, URIRef]:
    """Return France, for Insee and for the EU, with the box that a map needs."""
    for node in (FRANCE, FRANCE_EU):
        graph.add((node, SKOS.prefLabel, Literal("France", lang="fr")))
        graph.add((node, SKOS.prefLabel, Literal("France", lang="en")))
        graph.add((node, DCAT.bbox, Literal(_BOX, datatype=WKT)))
        graph.add((node, DCAT.centroid, Literal(_CENTRE, datatype=WKT)))
    graph.add((FRANCE_EU, SKOS.inScheme, code_list(graph, "country")))
    return FRANCE, FRANCE_EU


def licence(graph: Graph, address: str) -> URIRef:
    """Return a licence document; what is known of the Licence Ouverte is said."""
    node = URIRef(address)
    graph.add((node, RDF.type, DCTERMS.LicenseDocument))
    if address == LICENCE_OUVERTE:
        kind = adms_type(graph, "licencetype/Attribution", ("Attribution", "Attribution"))
        graph.add((node, DCTERMS.type, kind))
        graph.add((node, DCTERMS.title, Literal("Licence Ouverte", lang="fr")))
        graph.add((node, DCTERMS.title, Literal("Open Licence", lang="en")))
    return node


def adms_type(graph: Graph, code: str, labels: tuple[str, str]) -> URIRef:
    """Return a value of an ADMS code list (`publishertype/LocalAuthority`)."""
    node, scheme = URIRef(f"{ADMS}{code}"), URIRef(f"{ADMS}{code.partition('/')[0]}/1.0")
    graph.add((node, RDF.type, SKOS.Concept))
    graph.add((node, SKOS.inScheme, scheme))
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, DCTERMS.title, Literal(code.partition("/")[0], lang="en")))
    for text, lang in zip(labels, ("fr", "en"), strict=True):
        graph.add((node, SKOS.prefLabel, Literal(text, lang=lang)))
    return node
