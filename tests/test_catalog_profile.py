"""The catalog of a release: what DCAT-AP 3.0.1 asks for, and what real harvesters trip over."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from pyshacl import validate
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SH, XSD

from publisher.catalog_gate import check_catalog
from publisher.csvw import load_mappings
from publisher.datasets import DATASETS
from tests.projects.small import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

    from tests.conftest import Published
    from tests.projects.small import SmallProject

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
BASE = "https://annuaire.example"
OFFICIAL = ROOT.parent / "shared" / "shapes" / "dcat-ap-3.0.1"


@cache
def _graph(path: Path) -> Graph:
    return Graph().parse(path, format="nt")


@pytest.fixture
def catalog(small_release: Published) -> Graph:
    """Give the catalog of the small release."""
    return _graph(small_release[2].directory / "catalog.nt")


def ordered(catalog: Graph, subject: Node, predicate: URIRef) -> list[str]:
    """Return the values of a property, in the order of the file."""
    return [str(o).removeprefix(f"{BASE}/id/distribution/") for o in catalog.objects(subject, predicate)]


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official shapes are not beside the repository")
@pytest.mark.parametrize(
    "name", ["shapes.ttl", "range.ttl", "dcat-ap-301-full.ttl", "deprecateduris.ttl", "shapes_recommended.ttl"]
)
def test_the_official_shapes_find_nothing(catalog: Graph, name: str) -> None:
    """Mandatory, ranges, the whole profile, deprecated terms, recommended ones: not a single result.

    No code list needs to be added: the catalog states the class of each value that it refers to.
    """
    shapes = Graph().parse(OFFICIAL / name)
    for dangling in [p for p in set(shapes.objects(None, SH.property)) if (p, SH.path, None) not in shapes]:
        shapes.remove((None, SH.property, dangling))  # the full file refers to two shapes that it does not hold
    _, report, text = validate(Graph() + catalog, shacl_graph=shapes)
    assert isinstance(report, Graph)
    assert list(report.objects(None, SH.result)) == [], text


def test_every_dataset_is_there_and_nothing_else_is_typed_so(catalog: Graph) -> None:
    """Udata imports each typed dataset that it meets: only those the catalog lists are typed."""
    expected = [URIRef(f"{BASE}/id/jeu/{dataset.key}") for dataset in DATASETS]
    assert list(catalog.objects(URIRef(f"{BASE}/catalog"), DCAT.dataset)) == expected
    assert set(catalog.subjects(RDF.type, DCAT.Dataset)) == set(expected)


def test_plain_files_come_first(catalog: Graph) -> None:
    """A portal previews the first distribution: CSV, then GeoJSON where there are places, then linked data."""
    for dataset in DATASETS:
        node = URIRef(f"{BASE}/id/jeu/{dataset.key}")
        types = [
            str(catalog.value(d, DCAT.mediaType)).rpartition("/")[2] for d in catalog.objects(node, DCAT.distribution)
        ]
        files = [t for t in types if t != "None"]
        assert files[0] == "csv"
        linked = [t for t in files if t not in {"csv", "geo+json"}]
        assert files == [*files[: -len(linked)], *linked]
        ngsi = ["ld+json"] if dataset.key == "entreprises" else []
        assert linked == ["n-triples", "turtle", "ld+json", "rdf+xml", "n-quads", *ngsi]
    assert ordered(catalog, URIRef(f"{BASE}/id/jeu/conventions"), DCAT.distribution)[:2] == [
        "conventions-csv",
        "conventions-geojson",
    ]


def test_only_sha512_sums_and_they_are_right(catalog: Graph, small_release: Published) -> None:
    """Udata fails a whole dataset on a sum of an algorithm that it knows, written as xsd:hexBinary."""
    assert set(catalog.objects(None, SPDX.algorithm)) == {SPDX.checksumAlgorithm_sha512}
    sums = list(catalog.subject_objects(SPDX.checksum))
    assert len(sums) > len(DATASETS)
    for distribution, checksum in sums:
        name = str(catalog.value(distribution, DCAT.downloadURL)).rpartition("/")[2]
        content = (small_release[2].directory / "dumps" / name).read_bytes()
        value = catalog.value(checksum, SPDX.checksumValue)
        assert value == Literal(hashlib.sha512(content).hexdigest(), datatype=XSD.hexBinary)
        assert catalog.value(distribution, DCAT.byteSize) == Literal(len(content), datatype=XSD.nonNegativeInteger)


def test_a_service_and_its_twin(catalog: Graph) -> None:
    """Udata never imports a service that is some distribution's access service: distributions name the twin."""
    services = set(catalog.objects(URIRef(f"{BASE}/catalog"), DCAT.service))
    reached = set(catalog.objects(None, DCAT.accessService))
    assert {str(s) for s in services} == {f"{BASE}/id/service/{k}" for k in ("sparql", "reconciliation", "geojson")}
    assert {str(twin) for twin in reached} == {f"{service}#acces" for service in services}
    for twin in reached:
        own = URIRef(str(twin).removesuffix("#acces"))
        assert catalog.value(twin, DCAT.endpointURL) == catalog.value(own, DCAT.endpointURL)


def test_no_date_lies_ahead_and_periods_are_blank(catalog: Graph) -> None:
    """Udata drops a future modification, and would fetch a period that has an address."""
    now = datetime.now(tz=UTC).isoformat()
    assert max(str(date) for date in catalog.objects(None, DCTERMS.modified)) <= now
    periods = set(catalog.objects(None, DCTERMS.temporal))
    assert len(periods) == len(DATASETS)
    assert {node for node in catalog.all_nodes() if isinstance(node, BNode)} == periods
    assert all(str(catalog.value(p, DCAT.startDate)) <= str(catalog.value(p, DCAT.endDate)) for p in periods)


def test_keywords_themes_and_texts(catalog: Graph) -> None:
    """Keywords are French literals, themes EU's; titles and descriptions are in both languages, long enough."""
    assert {isinstance(k, Literal) and k.language for k in catalog.objects(None, DCAT.keyword)} == {"fr"}
    assert {"/data-theme/" in str(theme) for theme in catalog.objects(None, DCAT.theme)} == {True}
    for class_ in (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService):
        described = list(catalog.subjects(RDF.type, class_))
        assert described
        for node in described:
            for predicate in (DCTERMS.title, DCTERMS.description):
                texts = [o for o in catalog.objects(node, predicate) if isinstance(o, Literal)]
                assert sorted(o.language or "" for o in texts) == ["en", "fr"]
    for node in catalog.subjects(RDF.type, DCAT.Dataset):
        assert min(len(str(o)) for o in catalog.objects(node, DCTERMS.description)) > 80


def test_licence_media_types_and_territory(catalog: Graph) -> None:
    """The licence is the address that udata knows, media types IANA's in https, territories Insee's and the EU's."""
    licences = set(catalog.objects(None, DCTERMS.license))
    assert licences == {URIRef("https://www.etalab.gouv.fr/licence-ouverte-open-licence")}
    types = [*catalog.objects(None, DCAT.mediaType), *catalog.objects(None, DCAT.compressFormat)]
    assert all(str(t).startswith("https://www.iana.org/assignments/media-types/") for t in types)
    assert {str(place) for place in catalog.objects(None, DCTERMS.spatial)} == {
        "http://id.insee.fr/geo/pays/france",
        "http://publications.europa.eu/resource/authority/country/FRA",
    }
    assert {str(catalog.value(t, RDFS.label)) for t in types} >= {"text/csv", "application/geo+json"}  # for CKAN
    formats = list(catalog.objects(None, DCTERMS["format"]))
    assert formats
    for format_ in formats:  # CKAN shows the label of a dct:IMT, else the address
        assert next(catalog.objects(format_, RDF.type)) == DCTERMS.IMT
        assert catalog.value(format_, RDFS.label)
    named = [*licences, *catalog.objects(None, DCTERMS.conformsTo)]
    assert not any(catalog.value(node, RDFS.label) for node in named)  # harvesters take it for the value


def test_tables_conform_to_a_schema_and_dumps_to_the_rules(catalog: Graph, small_release: Published) -> None:
    """The first standard of a CSV is its Table Schema; linked data conform to the ontology and the shapes."""
    dumps = small_release[2].directory / "dumps"
    csv = URIRef(f"{BASE}/id/distribution/entreprises-csv")
    assert [str(o) for o in catalog.objects(csv, DCTERMS.conformsTo)] == [f"{BASE}/dumps/entreprises.schema.json"]
    assert (dumps / "entreprises.schema.json").is_file()
    triples = URIRef(f"{BASE}/id/distribution/entreprises-nt")
    standards = [str(o) for o in catalog.objects(triples, DCTERMS.conformsTo)]
    assert standards == ["https://w3id.org/annuaire-territorial/def", f"{BASE}/dumps/shapes.ttl"]
    assert len(Graph().parse(dumps / "shapes.ttl")) > 100


def test_quality_and_provenance(catalog: Graph) -> None:
    """Each dataset leads to the report of its release, and says whose data it comes from."""
    datasets = list(catalog.subjects(RDF.type, DCAT.Dataset))
    assert len(datasets) == len(DATASETS)
    for dataset in datasets:
        assert URIRef(f"{BASE}/qualite") in set(catalog.objects(dataset, FOAF.page))
        assert catalog.value(URIRef(f"{dataset}#provenance"), RDFS.label)
        assert catalog.value(dataset, DCAT.version)


def test_our_own_shapes_accept_it(catalog: Graph, small_release: Published) -> None:
    """The rules that stop a publication find nothing in a real catalog."""
    project = small_release[0]
    assert check_catalog(catalog, project, load_mappings(project)) == []


def test_a_catalog_that_does_not_conform_is_refused(small_project: SmallProject) -> None:
    """A table without a title gives a dataset without one: refused, at the file to correct, and nothing is live."""
    for shapes in small_project.project.shape_files():
        shapes.unlink()
    path = "data/conventions.csv"
    small_project.keep(path)
    small_project.describe(path, **{"dc:title": None})
    assert small_project.main("publish") == 1
    assert not (small_project.var / "current").exists()
    report = (small_project.var / "report.json").read_text(encoding="utf-8")
    assert '"table": "data/conventions.csv-metadata.json"' in report
    assert "CatalogueJeuShape-titre" in report


def test_a_setting_is_named_as_the_place(small_project: SmallProject) -> None:
    """What comes from the settings is found there; the type of publisher is one that portals know."""
    project = small_project.project
    mappings = load_mappings(project)
    graph = Graph()
    graph.add((URIRef(f"{BASE}/id/organisation/editeur"), RDF.type, FOAF.Agent))
    (finding,) = check_catalog(graph, project, mappings)
    assert (finding.table, finding.column) == ("annuaire.toml", str(FOAF.name))
    assert finding.texts["fr"]
