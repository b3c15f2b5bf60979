"""VoID statistics of a release (W3C « Describing Linked Datasets with the VoID Vocabulary », 2011).

Computed once at publication from `publisher/queries/void_*.rq`: totals, class and property partitions,
linksets to the referentials that the data lead to, vocabularies, dumps, the SPARQL endpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS, VOID, XSD

from publisher.dumps import DUMP_NAME
from publisher.identifiers import Minter
from publisher.queries import read_query, select
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.project import Project
    from publisher.representations import Representation

_TOTALS = {
    "triples": VOID.triples,
    "entities": VOID.entities,
    "subjects": VOID.distinctSubjects,
    "objects": VOID.distinctObjects,
    "properties": VOID.properties,
    "classes": VOID.classes,
}
_LINK = ("name", "space", "fr", "en", "key", "n")
_EXAMPLES = ("departement/69", "region/84", "commune/38185")


def describe_dataset(store: ox.Store, project: Project, dumps: Iterable[Representation]) -> Graph:
    """Return the VoID description of the graph in `store`; `dumps` are the formats it can be taken away in."""
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
    _add_totals(graph, dataset, store)
    _add_partitions(graph, dataset, store)
    for number, row in enumerate(select(store, read_query("void_links")), start=1):
        _add_linkset(graph, dataset, minter, number, {name: _text(row[name]) for name in _LINK})
    return graph


def _add_totals(graph: Graph, dataset: URIRef, store: ox.Store) -> None:
    row = next(iter(select(store, read_query("void_totals"))))
    for variable, term in _TOTALS.items():
        graph.add((dataset, term, _integer(int(_text(row[variable])))))


def _add_partitions(graph: Graph, dataset: URIRef, store: ox.Store) -> None:
    for group, term, kind, size in (
        ("classes", VOID.classPartition, VOID["class"], VOID.entities),
        ("void_properties", VOID.propertyPartition, VOID.property, VOID.triples),
    ):
        for number, (key, count) in enumerate(sorted(_counts(store, group).items()), start=1):
            part = URIRef(f"{dataset}#{str(term).rpartition('#')[2]}-{number}")
            graph.add((dataset, term, part))
            graph.add((part, kind, URIRef(key)))
            graph.add((part, size, _integer(count)))


def _add_linkset(graph: Graph, dataset: URIRef, minter: Minter, number: int, link: dict[str, str]) -> None:
    node = URIRef(f"{dataset}#liens-{number}")
    target = URIRef(minter.thing("jeu", f"cible-{link['name']}"))
    graph.add((node, RDF.type, VOID.Linkset))
    graph.add((dataset, VOID.subset, node))
    graph.add((node, DCTERMS.title, Literal(link["fr"], lang="fr")))
    graph.add((node, DCTERMS.title, Literal(link["en"], lang="en")))
    graph.add((node, VOID.subjectsTarget, dataset))
    graph.add((node, VOID.objectsTarget, target))
    graph.add((node, VOID.linkPredicate, URIRef(link["key"])))
    graph.add((node, VOID.triples, _integer(int(link["n"]))))
    graph.add((target, RDF.type, VOID.Dataset))
    graph.add((target, VOID.uriSpace, Literal(link["space"])))


def _counts(store: ox.Store, group: str) -> dict[str, int]:
    return {_text(row["key"]): int(_text(row["n"])) for row in select(store, read_query(group))}


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""


def _integer(value: int) -> Literal:
    return Literal(value, datatype=XSD.integer)
