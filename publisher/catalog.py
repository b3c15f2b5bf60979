"""The catalog of an instance (DCAT 3, https://www.w3.org/TR/vocab-dcat-3/): one dataset, its dumps, its service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS, XSD

from publisher.dumps import DUMP_NAME
from publisher.fingerprint import file_digest
from publisher.identifiers import Minter
from publisher.vocabulary import DCAT, SPDX, VCARD

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from publisher.project import Project
    from publisher.representations import Representation

_IANA = "https://www.iana.org/assignments/media-types/"
_LANGUAGES = "http://publications.europa.eu/resource/authority/language/"
_COUNTRY = "http://publications.europa.eu/resource/authority/country/FRA"
_THEMES = ("REGI", "ECON", "TECH")
_THEME = "http://publications.europa.eu/resource/authority/data-theme/"
_KEYWORDS = ("ville intelligente", "entreprises", "collectivités territoriales", "innovation", "territoires")


@dataclass(frozen=True, slots=True)
class Edition:
    """What the catalog says of one release: its name, the instant of publication, the source's last change."""

    name: str
    published: datetime
    modified: str | None


def describe_catalog(project: Project, edition: Edition, dumps: dict[Path, Representation]) -> Graph:
    """Return the catalog graph; `dumps` are the files of the release with their representations."""
    minter = Minter(project.base_uri)
    graph = Graph()
    catalog = URIRef(f"{project.base_uri}/catalog")
    dataset = URIRef(minter.thing("jeu", DUMP_NAME))
    service = URIRef(minter.thing("service", "sparql"))
    published = Literal(edition.published.isoformat(), datatype=XSD.dateTime)
    graph.add((catalog, RDF.type, DCAT.Catalog))
    graph.add((dataset, RDF.type, DCAT.Dataset))
    for node in (catalog, dataset):
        _describe(graph, node, project, minter)
        graph.add((node, DCTERMS.modified, published))
    graph.add((catalog, FOAF.homepage, URIRef(f"{project.base_uri}/")))
    graph.add((catalog, DCAT.dataset, dataset))
    graph.add((catalog, DCAT.service, service))
    _describe_dataset(graph, dataset, project, edition)
    for path, representation in dumps.items():
        graph.add((dataset, DCAT.distribution, _distribution(graph, project, path, representation)))
    _describe_service(graph, service, project, dataset)
    return graph


def _describe(graph: Graph, node: URIRef, project: Project, minter: Minter) -> None:
    for lang in ("fr", "en"):
        graph.add((node, DCTERMS.title, Literal(project.title[lang], lang=lang)))
        graph.add((node, SKOS.prefLabel, Literal(project.title[lang], lang=lang)))
        graph.add((node, DCTERMS.description, Literal(project.description[lang], lang=lang)))
    for code in ("FRA", "ENG"):
        graph.add((node, DCTERMS.language, URIRef(_LANGUAGES + code)))
    graph.add((node, DCTERMS.publisher, URIRef(minter.publisher)))
    graph.add((node, DCTERMS.license, URIRef(project.licence)))
    graph.add((node, DCTERMS.spatial, URIRef(_COUNTRY)))


def _describe_dataset(graph: Graph, dataset: URIRef, project: Project, edition: Edition) -> None:
    contact = URIRef(Minter(project.base_uri).thing("organisation", "contact"))
    graph.add((contact, RDF.type, VCARD.Organization))
    graph.add((contact, VCARD.fn, Literal(project.publisher_name)))
    graph.add((contact, VCARD.hasEmail, URIRef(f"mailto:{project.contact_email}")))
    graph.add((contact, VCARD.hasURL, URIRef(project.contact_url)))
    graph.add((dataset, DCAT.contactPoint, contact))
    graph.add((dataset, DCAT.landingPage, URIRef(f"{project.base_uri}/")))
    graph.add((dataset, DCAT.version, Literal(edition.name)))
    for theme in _THEMES:
        graph.add((dataset, DCAT.theme, URIRef(_THEME + theme)))
    for keyword in _KEYWORDS:
        graph.add((dataset, DCAT.keyword, Literal(keyword, lang="fr")))
    if edition.modified:
        period = BNode("periode")
        graph.add((dataset, DCTERMS.temporal, period))
        graph.add((period, RDF.type, DCTERMS.PeriodOfTime))
        graph.add((period, DCAT.endDate, Literal(edition.modified, datatype=XSD.date)))


def _distribution(graph: Graph, project: Project, path: Path, representation: Representation) -> URIRef:
    address = URIRef(f"{project.base_uri}/dumps/{path.name}")
    node = URIRef(Minter(project.base_uri).thing("distribution", f"{DUMP_NAME}-{representation.extension}"))
    checksum = URIRef(f"{node}#somme")
    graph.add((node, RDF.type, DCAT.Distribution))
    for lang in ("fr", "en"):
        title = f"{project.title[lang]} ({representation.media_type}, gzip)"
        graph.add((node, DCTERMS.title, Literal(title, lang=lang)))
    graph.add((node, DCAT.accessURL, address))
    graph.add((node, DCAT.downloadURL, address))
    graph.add((node, DCAT.mediaType, URIRef(_IANA + representation.media_type)))
    graph.add((node, DCAT.compressFormat, URIRef(_IANA + "application/gzip")))
    graph.add((node, DCAT.byteSize, Literal(path.stat().st_size, datatype=XSD.nonNegativeInteger)))
    graph.add((node, DCTERMS.license, URIRef(project.licence)))
    graph.add((node, SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha512))
    graph.add((checksum, SPDX.checksumValue, Literal(file_digest(path), datatype=XSD.hexBinary)))
    return node


def _describe_service(graph: Graph, service: URIRef, project: Project, dataset: URIRef) -> None:
    endpoint = URIRef(f"{project.base_uri}/sparql")
    graph.add((service, RDF.type, DCAT.DataService))
    graph.add((service, DCTERMS.title, Literal("Point d'accès SPARQL", lang="fr")))
    graph.add((service, DCTERMS.title, Literal("SPARQL endpoint", lang="en")))
    graph.add((service, DCAT.endpointURL, endpoint))
    graph.add((service, DCAT.endpointDescription, endpoint))
    graph.add((service, DCAT.servesDataset, dataset))
    graph.add((service, DCTERMS.license, URIRef(project.licence)))
    graph.add((service, DCTERMS.conformsTo, URIRef("https://www.w3.org/TR/sparql11-protocol/")))
