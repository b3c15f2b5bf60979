"""VoID statistics of a release (W3C « Describing Linked Datasets with the VoID Vocabulary », 2011).

Computed once at publication from `publisher/queries/void_*.sql`: totals, class and property partitions,
linksets to the referentials that the data lead to, vocabularies, dumps, the SPARQL endpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS, VOID, XSD

from publisher.dumps import DUMP_NAME
from publisher.identifiers import Minter
from publisher.queries import read_sql
from publisher.terms import iri_of
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

    from publisher.project import Project
    from publisher.representations import Representation

_TOTALS = (
    VOID.triples,
    VOID.entities,
    VOID.distinctSubjects,
    VOID.distinctObjects,
    VOID.properties,
    VOID.classes,
)
"""In the order of the columns of void_totals.sql."""

_EXAMPLES = ("departement/69", "region/84", "commune/38185")


class _Link(NamedTuple):
    name: str
    space: str
    fr: str
    en: str
    key: str
    n: int


def describe_dataset(statements: DuckDBPyConnection, project: Project, dumps: Iterable[Representation]) -> Graph:
    """Return the VoID description of the graph in `statements`; `dumps` are the formats it can be taken away in."""
    minter = Minter(project.base_uri)
    graph = Graph()
    dataset = URIRef(minter.thing("jeu", DUMP_NAME))
    graph.add((dataset, RDF.type, VOID.Dataset))
    graph.add((dataset, VOID.sparqlEndpoint, URIRef(f"{project.base_uri}/sparql")))
    graph.add((dataset, VOID.uriSpace, Literal(f"{project.base_uri}/id/")))
    graph.add((dataset, FOAF.homepage, URIRef(f"{project.base_uri}/")))
    for representation in dumps:
        address = f"{project.base_uri}/dumps/{DUMP_NAME}.{representation.extension}.gz"
        graph.add((dataset, VOID.dataDump, URIRef(address)))
        if representation.iri:
            graph.add((dataset, VOID.feature, URIRef(representation.iri)))
    for key in _EXAMPLES:
        graph.add((dataset, VOID.exampleResource, URIRef(minter.thing(*key.split("/")))))
    for vocabulary in (ASC, IGEO, SKOS, DCTERMS, FOAF):
        graph.add((dataset, VOID.vocabulary, URIRef(str(vocabulary))))
    _add_totals(graph, dataset, statements)
    _add_partitions(graph, dataset, statements)
    links = statements.execute(read_sql("void_links")).fetchall()
    for number, row in enumerate(links, start=1):
        _add_linkset(graph, dataset, minter, number, _Link(*row))
    return graph


def _add_totals(graph: Graph, dataset: URIRef, statements: DuckDBPyConnection) -> None:
    totals = statements.execute(read_sql("void_totals")).fetchone() or ()
    for term, total in zip(_TOTALS, totals, strict=True):
        graph.add((dataset, term, _integer(total)))


def _add_partitions(graph: Graph, dataset: URIRef, statements: DuckDBPyConnection) -> None:
    for group, term, kind, size in (
        ("classes", VOID.classPartition, VOID["class"], VOID.entities),
        ("void_properties", VOID.propertyPartition, VOID.property, VOID.triples),
    ):
        for number, (key, count) in enumerate(sorted(_counts(statements, group).items()), start=1):
            part = URIRef(f"{dataset}#{str(term).rpartition('#')[2]}-{number}")
            graph.add((dataset, term, part))
            graph.add((part, kind, URIRef(key)))
            graph.add((part, size, _integer(count)))


def _add_linkset(graph: Graph, dataset: URIRef, minter: Minter, number: int, link: _Link) -> None:
    node = URIRef(f"{dataset}#liens-{number}")
    target = URIRef(minter.thing("jeu", f"cible-{link.name}"))
    graph.add((node, RDF.type, VOID.Linkset))
    graph.add((dataset, VOID.subset, node))
    graph.add((node, DCTERMS.title, Literal(link.fr, lang="fr")))
    graph.add((node, DCTERMS.title, Literal(link.en, lang="en")))
    graph.add((node, VOID.subjectsTarget, dataset))
    graph.add((node, VOID.objectsTarget, target))
    graph.add((node, VOID.linkPredicate, URIRef(iri_of(link.key))))
    graph.add((node, VOID.triples, _integer(link.n)))
    graph.add((target, RDF.type, VOID.Dataset))
    graph.add((target, VOID.uriSpace, Literal(link.space)))


def _counts(statements: DuckDBPyConnection, group: str) -> dict[str, int]:
    return {iri_of(key): n for key, n in statements.execute(read_sql(group)).fetchall()}


def _integer(value: int) -> Literal:
    return Literal(value, datatype=XSD.integer)
