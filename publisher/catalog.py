"""The catalog of an instance: DCAT-AP 3.0.1 (https://semiceu.github.io/DCAT-AP/releases/3.0.1/), made to be harvested.

The order in which things are said is kept to the last byte: portals show a dataset's first distribution, so
plain CSV and GeoJSON come before RDF. Only the datasets of this release are typed as such: a harvester imports
every typed dataset that it meets. The one blank node is the period, which udata would otherwise fetch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD

from publisher.authorities import adms_type, authority, code_list, licence, locations, theme
from publisher.catalog_distributions import add_distributions, add_services
from publisher.coverage import Coverage, coverage_of
from publisher.datasets import DATASETS, DOMAINS, WHOLE, Dataset
from publisher.identifiers import Minter
from publisher.notes import texts_of
from publisher.publisher_types import PUBLISHER_TYPES
from publisher.scheme_extract import scheme_graph
from publisher.vocabulary import DCAT, VCARD
from publisher.vocabulary import DOMAINS as DOMAIN_SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rdflib.term import Node

    from publisher.errors import Texts
    from publisher.extracts import Extract
    from publisher.mapping import Mapping
    from publisher.project import Project

DQV = "http://www.w3.org/ns/dqv#"
OA = "http://www.w3.org/ns/oa#"


@dataclass(frozen=True, slots=True)
class Edition:
    """What the catalog says of one release: its name, the instant of publication, that of the first one."""

    name: str
    published: datetime
    issued: datetime


def describe_catalog(
    project: Project, edition: Edition, mappings: Sequence[Mapping], files: Sequence[Extract]
) -> Graph:
    """Return the catalog graph; `files` are those of the release that a portal should list, in order."""
    graph = Graph()
    catalog = URIRef(f"{project.base_uri}/catalog")
    minter = Minter(project.base_uri)
    graph.add((catalog, RDF.type, DCAT.Catalog))
    _say(graph, catalog, DCTERMS.title, project.title)
    _say(graph, catalog, DCTERMS.description, project.description)
    _say(graph, catalog, SKOS.prefLabel, project.title)
    for dataset in DATASETS:
        graph.add((catalog, DCAT.dataset, URIRef(minter.thing("jeu", dataset.key))))
    coverage = coverage_of(mappings, files, edition.published)
    for dataset in DATASETS:
        _add_dataset(graph, project, edition, dataset, mappings, coverage[dataset.key])
        add_distributions(graph, project, edition.published, dataset, files)
    for service in add_services(graph, project, edition.published):
        graph.add((catalog, DCAT.service, service))
    for each in list(graph.subjects(RDF.type, DCAT.DataService)):
        _add_common(graph, URIRef(str(each)), project, edition)
    _add_common(graph, catalog, project, edition)
    _add_page(graph, catalog, FOAF.homepage, f"{project.base_uri}/")
    graph.add((catalog, DCAT.themeTaxonomy, code_list(graph, "data-theme")))
    graph.add((catalog, DCAT.themeTaxonomy, _domain_scheme(graph, project)))
    graph.add((catalog, DCTERMS.modified, _instant(edition.published)))
    _describe_publisher(graph, project)
    return graph


def catalog_lines(catalog: Graph) -> list[str]:
    """Return the statements of a catalog as N-Triples, in the order in which they were made.

    A subject stands where it is first spoken of; rdflib keeps the order of what is said of one subject only.
    """
    start = next(catalog.subjects(RDF.type, DCAT.Catalog))
    order: dict[Node, None] = {start: None}
    for subject in (queue := [start]):
        for each in catalog.objects(subject):
            if each not in order and (each, None, None) in catalog:
                order[each] = None
                queue.append(each)
    order |= dict.fromkeys(sorted(set(catalog.subjects()) - order.keys(), key=str))
    return [f"{s.n3()} {p.n3()} {_term(o)} ." for each in order for s, p, o in catalog.triples((each, None, None))]


def _term(node: Node) -> str:
    """Write a term as N-Triples: on one line, whatever a text holds."""
    if not isinstance(node, Literal):
        return node.n3()
    datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
    return str(ox.Literal(str(node), language=node.language, datatype=datatype))


def _add_dataset(
    graph: Graph, project: Project, edition: Edition, dataset: Dataset, mappings: Sequence[Mapping], coverage: Coverage
) -> None:
    minter = Minter(project.base_uri)
    node = URIRef(minter.thing("jeu", dataset.key))
    title, description = dataset_texts(project, dataset, mappings)
    graph.add((node, RDF.type, DCAT.Dataset))
    _say(graph, node, DCTERMS.title, title)
    _say(graph, node, SKOS.prefLabel, title)
    _say(graph, node, DCTERMS.description, description)
    graph.add((node, DCTERMS.identifier, Literal(str(node))))
    _add_common(graph, node, project, edition)
    graph.add((node, DCTERMS.modified, Literal(coverage.modified, datatype=XSD.date)))
    graph.add((node, DCAT.version, Literal(edition.name)))
    for lang, text in (("fr", "Version du"), ("en", "Release of")):
        notes = Literal(f"{text} {edition.published.date().isoformat()}", lang=lang)
        graph.add((node, URIRef("http://www.w3.org/ns/adms#versionNotes"), notes))
    for keyword in dataset.keywords:
        graph.add((node, DCAT.keyword, Literal(keyword, lang="fr")))
    for code in dataset.themes:
        graph.add((node, DCAT.theme, theme(graph, code)))
    graph.add((node, DCTERMS.accrualPeriodicity, authority(graph, "frequency/IRREG", DCTERMS.Frequency)))
    period = BNode(f"periode-{dataset.key}")
    graph.add((node, DCTERMS.temporal, period))
    graph.add((period, RDF.type, DCTERMS.PeriodOfTime))
    graph.add((period, DCAT.startDate, Literal(coverage.start, datatype=XSD.date)))
    graph.add((period, DCAT.endDate, Literal(coverage.end, datatype=XSD.date)))
    graph.add((node, DCTERMS.accessRights, authority(graph, "access-right/PUBLIC", DCTERMS.RightsStatement)))
    if dataset.kind:
        graph.add((node, DCTERMS.type, authority(graph, f"dataset-type/{dataset.kind}", SKOS.Concept)))
    _add_page(graph, node, DCAT.landingPage, f"{project.base_uri}{dataset.page}")
    _add_provenance(graph, node, minter, dataset, mappings)
    _add_quality(graph, node, project)


def dataset_texts(project: Project, dataset: Dataset, mappings: Sequence[Mapping]) -> tuple[Texts, Texts]:
    """Return a dataset's title and description: its own, its table's, the scheme's or the instance's."""
    if dataset.texts is not None:
        return dataset.texts
    if dataset is WHOLE:
        return project.title, project.description
    if dataset is DOMAINS:
        graph, scheme = scheme_graph(project), URIRef(DOMAIN_SCHEME)
        return _texts(graph, scheme, DCTERMS.title), _texts(graph, scheme, DCTERMS.description)
    notes = next((mapping.notes for mapping in dataset.mappings(mappings)), {})
    return texts_of(notes, "dc:title"), texts_of(notes, "dc:description")


def _add_common(graph: Graph, node: URIRef, project: Project, edition: Edition) -> None:
    """Say what a catalog, a dataset and a service have in common."""
    graph.add((node, DCTERMS.publisher, URIRef(Minter(project.base_uri).publisher)))
    graph.add((node, DCAT.contactPoint, _contact(graph, project)))
    graph.add((node, DCTERMS.license, licence(graph, project.licence)))
    for code in ("FRA", "ENG"):
        graph.add((node, DCTERMS.language, authority(graph, f"language/{code}", DCTERMS.LinguisticSystem)))
    for place in [URIRef(project.territory)] if project.territory else locations(graph):
        graph.add((place, RDF.type, DCTERMS.Location))
        graph.add((node, DCTERMS.spatial, place))
    graph.add((node, DCTERMS.issued, _instant(edition.issued)))


def _contact(graph: Graph, project: Project) -> URIRef:
    node = URIRef(Minter(project.base_uri).thing("organisation", "contact"))
    for class_ in (VCARD.Kind, VCARD.Organization):
        graph.add((node, RDF.type, class_))
    graph.add((node, VCARD.fn, Literal(project.publisher_name)))
    graph.add((node, VCARD.hasEmail, URIRef(f"mailto:{project.contact_email}")))
    graph.add((node, VCARD.hasURL, URIRef(project.contact_url)))
    return node


def _describe_publisher(graph: Graph, project: Project) -> None:
    node = URIRef(Minter(project.base_uri).publisher)
    for class_ in (FOAF.Agent, FOAF.Organization):
        graph.add((node, RDF.type, class_))
    graph.add((node, FOAF.name, Literal(project.publisher_name)))
    graph.add((node, FOAF.mbox, URIRef(f"mailto:{project.contact_email}")))
    graph.add((node, FOAF.homepage, URIRef(project.publisher_url)))
    if project.publisher_type:
        kind = adms_type(graph, f"publishertype/{project.publisher_type}", PUBLISHER_TYPES[project.publisher_type])
        graph.add((node, DCTERMS.type, kind))


def _add_provenance(graph: Graph, node: URIRef, minter: Minter, dataset: Dataset, mappings: Sequence[Mapping]) -> None:
    """Say which tables a dataset comes from, and in words whose data they are."""
    tables = dataset.mappings(mappings)
    for mapping in tables:
        graph.add((node, PROV.wasDerivedFrom, URIRef(minter.source(mapping.name))))
    statement = URIRef(f"{node}#provenance")
    graph.add((node, DCTERMS.provenance, statement))
    graph.add((statement, RDF.type, DCTERMS.ProvenanceStatement))
    for lang, intro, own in (
        ("fr", "Tables tenues par l'annuaire, d'après : {}.", "Tenu à la main par l'annuaire."),
        ("en", "Tables kept by the directory, after: {}.", "Kept by hand by the directory."),
    ):
        found = (texts_of(mapping.notes, "dc:publisher") for mapping in tables)
        names = dict.fromkeys(name for texts in found if (name := texts.get(lang) or texts.get("fr")))
        text = intro.format(" ; ".join(names) if lang == "fr" else "; ".join(names)) if names else own
        graph.add((statement, RDFS.label, Literal(text, lang=lang)))


def _add_quality(graph: Graph, node: URIRef, project: Project) -> None:
    """Lead to the release's SHACL report (W3C « Data Quality Vocabulary », 2016)."""
    note, report = URIRef(f"{node}#qualite"), URIRef(f"{project.base_uri}/qualite")
    graph.add((node, URIRef(f"{DQV}hasQualityAnnotation"), note))
    graph.add((note, RDF.type, URIRef(f"{DQV}QualityAnnotation")))
    graph.add((note, URIRef(f"{OA}motivatedBy"), URIRef(f"{DQV}qualityAssessment")))
    graph.add((note, URIRef(f"{OA}hasTarget"), node))
    graph.add((note, URIRef(f"{OA}hasBody"), report))
    _add_page(graph, node, FOAF.page, str(report))


def _domain_scheme(graph: Graph, project: Project) -> URIRef:
    node = URIRef(DOMAIN_SCHEME)
    graph.add((node, RDF.type, SKOS.ConceptScheme))
    _say(graph, node, DCTERMS.title, _texts(scheme_graph(project), node, DCTERMS.title))
    return node


def _add_page(graph: Graph, node: URIRef, predicate: URIRef, address: str) -> None:
    graph.add((node, predicate, URIRef(address)))
    graph.add((URIRef(address), RDF.type, FOAF.Document))


def _say(graph: Graph, node: URIRef, predicate: URIRef, texts: Texts) -> None:
    for lang, text in texts.items():
        graph.add((node, predicate, Literal(text, lang=lang)))


def _texts(graph: Graph, node: URIRef, predicate: URIRef) -> Texts:
    found = {o.language: str(o) for o in graph.objects(node, predicate) if isinstance(o, Literal) and o.language}
    return {lang: found[lang] for lang in ("fr", "en") if lang in found}


def _instant(when: datetime) -> Literal:
    return Literal(when.isoformat(), datatype=XSD.dateTime)
