"""The description of the SPARQL service (https://www.w3.org/TR/sparql11-service-description/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, VOID, XSD, Namespace

from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS

if TYPE_CHECKING:
    from publisher.project import Project

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
PATH = "/sparql"


def describe_service(project: Project, triples: int) -> list[Triple]:
    """Return the service's description: address, language, formats, features, dataset with its number of triples."""
    endpoint = NamedNode(project.base_uri + PATH)
    service, dataset, graph = (NamedNode(f"{endpoint.value}#{name}") for name in ("service", "dataset", "graph"))
    said: list[tuple[NamedNode | BlankNode, str, NamedNode | Literal]] = [
        (service, RDF.type, NamedNode(str(SD.Service))),
        (service, SD.endpoint, endpoint),
        (service, SD.supportedLanguage, NamedNode(str(SD.SPARQL11Query))),
        (service, SD.feature, NamedNode(str(SD.EmptyGraphs))),
        (service, SD.defaultDataset, dataset),
        (dataset, RDF.type, NamedNode(str(SD.Dataset))),
        (dataset, SD.defaultGraph, graph),
        (graph, RDF.type, NamedNode(str(SD.Graph))),
        (graph, RDF.type, NamedNode(str(VOID.Dataset))),
        (graph, VOID.triples, Literal(str(triples), datatype=NamedNode(str(XSD.integer)))),
        (graph, VOID.sparqlEndpoint, endpoint),
        (graph, FOAF.homepage, NamedNode(project.base_uri + "/")),
        (graph, DCTERMS.license, NamedNode(project.licence)),
        *((service, RDFS.label, Literal(text, language=lang)) for lang, text in project.title.items()),
        *(
            (service, SD.resultFormat, NamedNode(representation.iri))
            for representation in (*BINDINGS_RESULTS, *GRAPH_RESULTS)
            if representation.iri
        ),
    ]
    return [Triple(subject, NamedNode(str(predicate)), value) for subject, predicate, value in said]
