"""The distributions of a dataset, and the data services that an instance offers (DCAT 3, §6.8 and §6.9).

A service stands twice: as itself, and as the twin that a distribution's `dcat:accessService` leads to. udata
takes a service that is some distribution's access service for no more than that, and would not import it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

from publisher.authorities import FILE_TYPES, GZIP, authority, file_type, licence, media_type, theme
from publisher.data_services import SERVICES, Service
from publisher.datasets import DATASETS, Dataset
from publisher.identifiers import Minter
from publisher.ngsi_ld import MODEL
from publisher.representations import CSV, GEOJSON, NGSI_LD
from publisher.vocabulary import ASC, DCAT, SPDX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from publisher.extracts import Extract
    from publisher.project import Project

_AVAILABILITY = URIRef("http://data.europa.eu/r5r/availability")
_NAMES = {
    "csv": "CSV",
    "geojson": "GeoJSON",
    "ntriples": "RDF N-Triples",
    "nquads": "RDF N-Quads",
    "turtle": "RDF Turtle",
    "rdfxml": "RDF/XML",
    "jsonld": "JSON-LD",
    "ngsi-ld": "NGSI-LD",
}
_ABOUT = {
    CSV.name: (
        "Tableau UTF-8 séparé par des virgules, les noms à côté des codes ; s'ouvre dans un tableur.",
        "UTF-8 table separated by commas, names beside codes; opens in a spreadsheet.",
    ),
    GEOJSON.name: (
        "Objets géographiques en WGS 84, pour les cartes et les outils SIG.",
        "Geographic features in WGS 84, for maps and GIS tools.",
    ),
    NGSI_LD.name: (
        "Entités NGSI-LD normalisées, à envoyer par lots à un courtier de contexte ; compressées par gzip.",
        "Normalised NGSI-LD entities, for a context broker's batch upsert; compressed with gzip.",
    ),
}
_LINKED = (
    "Toutes les déclarations du jeu de données en données liées, compressées par gzip.",
    "Every statement of the dataset as linked data, compressed with gzip.",
)


def add_distributions(
    graph: Graph, project: Project, published: datetime, dataset: Dataset, files: Sequence[Extract]
) -> None:
    """Describe the files of a dataset in the order given, then the services that it shows."""
    node = URIRef(Minter(project.base_uri).thing("jeu", dataset.key))
    for file in files:
        if file.dataset == dataset.key:
            graph.add((node, DCAT.distribution, _file(graph, project, published, file)))
    for service in SERVICES:
        if dataset.key in service.offered_by:
            graph.add((node, DCAT.distribution, _access(graph, project, published, dataset, service)))


def _file(graph: Graph, project: Project, published: datetime, file: Extract) -> URIRef:
    representation, packed = file.representation, file.path.suffix == ".gz"
    stem = file.path.name.partition(".")[0]
    key = f"{stem}-{representation.extension}".replace(".", "-")
    node = URIRef(Minter(project.base_uri).thing("distribution", key))
    address = URIRef(f"{project.base_uri}/dumps/{file.path.name}")
    name = _NAMES[representation.name]
    about = _ABOUT.get(representation.name, _LINKED)
    label = f"{stem} ({name}{', gzip' if packed else ''})"
    _head(graph, project, published, node, (label, label), about)
    graph.add((node, DCAT.accessURL, address))
    graph.add((node, DCAT.downloadURL, address))
    graph.add((node, DCAT.mediaType, media_type(graph, representation.media_type)))
    graph.add((node, DCTERMS["format"], file_type(graph, FILE_TYPES[representation.name])))
    if packed:
        graph.add((node, DCAT.compressFormat, media_type(graph, GZIP)))
    graph.add((node, DCAT.byteSize, Literal(str(file.path.stat().st_size), datatype=XSD.nonNegativeInteger)))
    for standard in _standards(graph, project, file):
        graph.add((node, DCTERMS.conformsTo, standard))
    _add_checksum(graph, node, file)
    return node


def _head(
    graph: Graph, project: Project, published: datetime, node: URIRef, title: tuple[str, str], about: tuple[str, str]
) -> None:
    graph.add((node, RDF.type, DCAT.Distribution))
    for predicate, texts in ((DCTERMS.title, title), (SKOS.prefLabel, title), (DCTERMS.description, about)):
        for text, lang in zip(texts, ("fr", "en"), strict=True):
            graph.add((node, predicate, Literal(text, lang=lang)))
    graph.add((node, DCTERMS.license, licence(graph, project.licence)))
    graph.add((node, _AVAILABILITY, authority(graph, "planned-availability/STABLE", SKOS.Concept)))
    for code in ("FRA", "ENG"):
        graph.add((node, DCTERMS.language, authority(graph, f"language/{code}", DCTERMS.LinguisticSystem)))
    graph.add((node, DCTERMS.modified, Literal(published.isoformat(), datatype=XSD.dateTime)))
    page = URIRef(f"{project.base_uri}/donnees")
    graph.add((node, FOAF.page, page))
    graph.add((page, RDF.type, FOAF.Document))


def _standards(graph: Graph, project: Project, file: Extract) -> Iterator[URIRef]:
    """Return what a file conforms to; a Table Schema is said first, and alone, for portals read one."""
    if file.representation is CSV:
        name = file.path.stem
        address = f"{project.base_uri}/dumps/{name}.schema.json"
        yield _standard(graph, address, f"Schéma de {name}.csv", f"Schema of {name}.csv")
    elif file.representation is GEOJSON:
        yield _standard(graph, "https://www.rfc-editor.org/rfc/rfc7946", "GeoJSON (RFC 7946)", "GeoJSON (RFC 7946)")
    elif file.representation is NGSI_LD:
        yield _standard(graph, MODEL, "Smart Data Models, Organization", "Smart Data Models, Organization")
    else:
        ontology = str(ASC).rstrip("#")
        yield _standard(graph, ontology, "Vocabulaire de l'annuaire territorial", "Territorial directory vocabulary")
        shapes = f"{project.base_uri}/dumps/shapes.ttl"
        yield _standard(graph, shapes, "Règles SHACL de l'annuaire", "SHACL rules of the directory")


def _standard(graph: Graph, address: str, fr: str, en: str) -> URIRef:
    node = URIRef(address)
    graph.add((node, RDF.type, DCTERMS.Standard))
    graph.add((node, DCTERMS.title, Literal(fr, lang="fr")))
    graph.add((node, DCTERMS.title, Literal(en, lang="en")))
    return node


def _add_checksum(graph: Graph, node: URIRef, file: Extract) -> None:
    """Add the SHA-512 sum: udata fails a whole dataset on an `xsd:hexBinary` of an algorithm that it knows."""
    checksum = URIRef(f"{node}#somme")
    graph.add((node, SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha512))
    graph.add((SPDX.checksumAlgorithm_sha512, RDF.type, SPDX.ChecksumAlgorithm))
    graph.add((checksum, SPDX.checksumValue, Literal(file.sha512, datatype=XSD.hexBinary)))


def _access(graph: Graph, project: Project, published: datetime, dataset: Dataset, service: Service) -> URIRef:
    """Return the distribution through which a dataset is reached at a service."""
    node = URIRef(Minter(project.base_uri).thing("distribution", f"{dataset.key}-service-{service.key}"))
    about = (service.about["fr"], service.about["en"])
    _head(graph, project, published, node, (service.title["fr"], service.title["en"]), about)
    graph.add((node, DCAT.accessURL, URIRef(f"{project.base_uri}{service.path}")))
    graph.add((node, DCTERMS["format"], file_type(graph, service.answers)))
    twin = URIRef(f"{Minter(project.base_uri).thing('service', service.key)}#acces")
    graph.add((node, DCAT.accessService, twin))
    _describe_service(graph, project, twin, service)
    return node


def add_services(graph: Graph, project: Project, published: datetime) -> list[URIRef]:
    """Describe the services themselves and return them."""
    nodes = []
    for service in SERVICES:
        node = URIRef(Minter(project.base_uri).thing("service", service.key))
        _describe_service(graph, project, node, service)
        graph.add((node, DCTERMS.identifier, Literal(str(node))))
        graph.add((node, DCTERMS.modified, Literal(published.isoformat(), datatype=XSD.dateTime)))
        graph.add((node, RDFS.seeAlso, URIRef(f"{node}#acces")))
        nodes.append(node)
    return nodes


def _describe_service(graph: Graph, project: Project, node: URIRef, service: Service) -> None:
    minter = Minter(project.base_uri)
    graph.add((node, RDF.type, DCAT.DataService))
    for lang in ("fr", "en"):
        graph.add((node, DCTERMS.title, Literal(service.title[lang], lang=lang)))
        graph.add((node, SKOS.prefLabel, Literal(service.title[lang], lang=lang)))
        graph.add((node, DCTERMS.description, Literal(service.about[lang], lang=lang)))
    graph.add((node, DCAT.endpointURL, URIRef(f"{project.base_uri}{service.path}")))
    graph.add((node, DCAT.endpointDescription, URIRef(f"{project.base_uri}{service.description}")))
    for key in service.serves or [dataset.key for dataset in DATASETS]:
        graph.add((node, DCAT.servesDataset, URIRef(minter.thing("jeu", key))))
    for address, name in service.conforms_to:
        graph.add((node, DCTERMS.conformsTo, _standard(graph, address, name, name)))
    for keyword in service.keywords:
        graph.add((node, DCAT.keyword, Literal(keyword, lang="fr")))
    for code in ("TECH", "REGI"):
        graph.add((node, DCAT.theme, theme(graph, code)))
    graph.add((node, DCTERMS.accessRights, authority(graph, "access-right/PUBLIC", DCTERMS.RightsStatement)))
    page = URIRef(f"{project.base_uri}/donnees")
    graph.add((node, DCAT.landingPage, page))
    graph.add((page, RDF.type, FOAF.Document))
