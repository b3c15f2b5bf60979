"""The description of the SPARQL service (https://www.w3.org/TR/sparql11-service-description/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, VOID, XSD, Namespace

from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.project import Project

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
PATH = "/sparql"


def describe_service(project: Project, triples: int, void: Sequence[Triple] = (), address: str = "") -> list[Triple]:
    """Return the service's description: address, language, formats, features, dataset.

    `address` is where this client reaches the service, if that is not under the base URI, which names it all the same.
    The default graph is the dataset that `void` describes, statistics included; without it, only its number of
    triples is told.
    """
    endpoint = NamedNode(project.base_uri + PATH)
    service, dataset = (NamedNode(f"{endpoint.value}#{name}") for name in ("service", "dataset"))
    graph = _described(void) or NamedNode(f"{endpoint.value}#graph")
    said: list[tuple[NamedNode, str, NamedNode | Literal]] = [
        (service, RDF.type, NamedNode(str(SD.Service))),
        (service, SD.endpoint, NamedNode(address or endpoint.value)),
        (service, SD.supportedLanguage, NamedNode(str(SD.SPARQL11Query))),
        (service, SD.feature, NamedNode(str(SD.EmptyGraphs))),
        *([(service, SD.feature, NamedNode(str(SD.BasicFederatedQuery)))] if project.service.federation else []),
        (service, SD.defaultDataset, dataset),
        (service, RDFS.seeAlso, NamedNode(f"{project.base_uri}/questions")),
        *((service, RDFS.label, Literal(text, language=lang)) for lang, text in project.title.items()),
        *(
            (service, SD.resultFormat, NamedNode(representation.iri))
            for representation in (*BINDINGS_RESULTS, *GRAPH_RESULTS)
            if representation.iri
        ),
        (dataset, RDF.type, NamedNode(str(SD.Dataset))),
        (dataset, SD.defaultGraph, graph),
        (graph, RDF.type, NamedNode(str(SD.Graph))),
        (graph, RDF.type, NamedNode(str(VOID.Dataset))),
        (graph, VOID.sparqlEndpoint, endpoint),
        (graph, FOAF.homepage, NamedNode(project.base_uri + "/")),
        (graph, DCTERMS.license, NamedNode(project.licence)),
    ]
    if not void:
        said.append((graph, VOID.triples, Literal(str(triples), datatype=NamedNode(str(XSD.integer)))))
    written = [Triple(subject, NamedNode(str(predicate)), value) for subject, predicate, value in said]
    return list(dict.fromkeys([*written, *void]))


def _described(void: Sequence[Triple]) -> NamedNode | None:
    """Return the dataset that a VoID description is about: the one that names an endpoint."""
    found = (triple.subject for triple in void if triple.predicate.value == str(VOID.sparqlEndpoint))
    return next((node for node in found if isinstance(node, NamedNode)), None)
