"""A small release for tests: real territories, plainly fictitious companies, the project's own ontology."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory

from pyoxigraph import DefaultGraph, RdfFormat, Store, parse

from publisher.project import Project, load_project
from publisher.release import FORMAT
from publisher.search_index import build_search_index
from publisher.statements import open_statements

ROOT = Path(__file__).parents[1]
COMPANY = "999000017"
LONELY = "999000025"
BUYER = "999000033"
CONTRACT = f"{BUYER}-2019-fictif-{COMPANY}"
DATA = """
@prefix company: <https://annuaire.example/id/entreprise/> .
@prefix company-doc: <https://annuaire.example/doc/entreprise/> .
@prefix project: <https://annuaire.example/id/projet/> .
@prefix contract: <https://annuaire.example/id/marche/> .
@prefix contract-doc: <https://annuaire.example/doc/marche/> .
@prefix buyer: <https://annuaire.example/id/collectivite/> .
@prefix source: <https://annuaire.example/id/source/> .
@prefix region: <http://id.insee.fr/geo/region/> .
@prefix departement: <http://id.insee.fr/geo/departement/> .
@prefix arrondissement: <http://id.insee.fr/geo/arrondissement/> .
@prefix commune: <http://id.insee.fr/geo/commune/> .

company:999000017 a legal:LegalEntity, rov:RegisteredOrganization, org:FormalOrganization, schema:Organization ;
    skos:prefLabel "Lampadaires Imaginaires"@fr ; skos:altLabel "L'Imaginaire <éclairé>"@fr ;
    dct:description "Éclaire des rues qui n'existent pas."@fr, "Lights streets that do not exist."@en ;
    legal:legalIdentifier <https://annuaire.example/id/entreprise/999000017#siren> ;
    schema:sameAs <https://annuaire-entreprises.data.gouv.fr/entreprise/999000017> ;
    asc:domaine dom:eclairage, dom:videoprotection ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 ;
    asc:annee "2018"^^xsd:gYear, "2020"^^xsd:gYear .
<https://annuaire.example/id/entreprise/999000017#siren> a adms:Identifier ;
    skos:notation "999000017" ; adms:schemaAgency "Insee"@fr .
company-doc:999000017 a foaf:Document, prov:Entity ;
    foaf:primaryTopic company:999000017 ;
    dct:license <https://www.etalab.gouv.fr/licence-ouverte-open-licence> ;
    prov:wasDerivedFrom source:entreprises ; dct:modified "2025-11-23"^^xsd:date ;
    prov:wasDerivedFrom source:entreprises_marches ; asc:reponseEntreprise "Nous n'éclairons plus."@fr ;
    dct:hasPart <https://annuaire.example/doc/entreprise/999000017#classement> ,
        <https://annuaire.example/doc/entreprise/999000017#marches> .
<https://annuaire.example/doc/entreprise/999000017#marches> a prov:Entity, asc:GroupeDeProvenance ;
    rdfs:label "domaines imaginaires des marchés"@fr, "imaginary domains of contracts"@en ;
    asc:porteSur asc:domaine ; prov:wasDerivedFrom source:entreprises_marches .
<https://annuaire.example/doc/entreprise/999000017#classement> a prov:Entity, asc:GroupeDeProvenance ;
    rdfs:label "classement imaginaire"@fr, "imaginary classification"@en ;
    asc:porteSur asc:domaine, dct:description ; asc:motif "explicite" ; asc:motifDetail "titre du projet"@fr ;
    prov:wasDerivedFrom source:entreprises .
company:999000025 a legal:LegalEntity, schema:Organization ;
    skos:prefLabel "Ébénisterie du Nuage"@fr ; asc:domaine dom:velo ;
    asc:departement departement:69 ; asc:region region:84 .
project:lanterne-fictive a asc:Projet, schema:Project ;
    skos:prefLabel "Lanterne fictive"@fr ; asc:entreprise company:999000017 ; asc:domaine dom:eclairage ;
    asc:annee "2018"^^xsd:gYear ; asc:vague 3 ; asc:montant 1500000.50 ; asc:aide 600000.00 ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 .
<https://annuaire.example/id/convention/fictive-1> a asc:ConventionACV ;
    skos:prefLabel "Convention fictive"@fr ; asc:commune commune:69123 ; asc:departement departement:69 ;
    asc:region region:84 ; asc:dateSignature "2018-09-28"^^xsd:date .
contract:999000033-2019-fictif-999000017 a asc:Marche, epo:Contract ;
    skos:prefLabel "Éclairage de rues qui n'existent pas"@fr ; dct:identifier "2019-FICTIF" ;
    asc:acheteur buyer:999000033 ; asc:entreprise company:999000017 ; asc:domaine dom:eclairage ;
    asc:cpv <http://data.europa.eu/cpv/cpv/50232100> ; asc:nature "Marché"@fr ;
    asc:dateNotification "2019-02-14"^^xsd:date ; asc:montant 12000 ;
    asc:convention <https://annuaire.example/id/convention/fictive-1> ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 ;
    dct:source <https://example.org/marches-imaginaires> .
contract-doc:999000033-2019-fictif-999000017 a foaf:Document, prov:Entity ;
    foaf:primaryTopic contract:999000033-2019-fictif-999000017 ;
    dct:license <https://www.etalab.gouv.fr/licence-ouverte-open-licence> ; prov:wasDerivedFrom source:marches .
buyer:999000033 a m8g:PublicOrganisation, asc:Collectivite ;
    skos:prefLabel "Ville imaginaire de Lyon"@fr ; asc:typeCollectivite "commune" ;
    adms:identifier <https://annuaire.example/id/collectivite/999000033#siren> ;
    asc:commune commune:69123 ; asc:departement departement:69 ; asc:region region:84 .
<https://annuaire.example/id/collectivite/999000033#siren> a adms:Identifier ;
    skos:notation "999000033" ; adms:schemaAgency "Insee"@fr .
source:entreprises_marches a prov:Entity ; dct:title "Titulaires imaginaires"@fr, "Imaginary holders"@en .
source:marches a prov:Entity ; dct:title "Marchés imaginaires"@fr, "Imaginary contracts"@en ;
    dct:source <https://example.org/marches-imaginaires> ; dct:modified "2019-04-05"^^xsd:date .
source:entreprises a prov:Entity ; dct:title "Entreprises imaginaires"@fr, "Imaginary companies"@en ;
    dct:source <https://example.org/imaginaire> ; dct:publisher "Ministère imaginaire"@fr ;
    dct:license <https://www.etalab.gouv.fr/licence-ouverte-open-licence> ; dct:modified "2025-11-23"^^xsd:date .
source:territoires-departements a prov:Entity ; dct:title "Départements"@fr, "Départements"@en ;
    dct:source <https://example.org/territoires> ; dct:modified "2026-01-01"^^xsd:date .
region:84 a igeo:Region ; igeo:codeINSEE "84" ; skos:prefLabel "Auvergne-Rhône-Alpes"@fr ;
    igeo:subdivisionDirecteDe <http://id.insee.fr/geo/pays/france> .
departement:69 a igeo:Departement ; igeo:codeINSEE "69" ; skos:prefLabel "Rhône"@fr ; asc:region region:84 ;
    igeo:subdivisionDirecteDe region:84 ; schema:sameAs <http://www.wikidata.org/entity/Q46130> .
departement:01 a igeo:Departement ; igeo:codeINSEE "01" ; skos:prefLabel "Ain"@fr ; asc:region region:84 ;
    igeo:subdivisionDirecteDe region:84 .
arrondissement:691 a igeo:Arrondissement ; igeo:codeINSEE "691" ; skos:prefLabel "Lyon"@fr ;
    igeo:subdivisionDirecteDe departement:69 .
commune:69123 a igeo:Commune ; igeo:codeINSEE "69123" ; skos:prefLabel "Lyon"@fr ; asc:population 520774 ;
    igeo:subdivisionDirecteDe arrondissement:691 ; asc:departement departement:69 ; asc:region region:84 .
commune:69029 a igeo:Commune ; igeo:codeINSEE "69029" ; skos:prefLabel "Bron"@fr ;
    igeo:subdivisionDirecteDe arrondissement:691 ; asc:departement departement:69 ; asc:region region:84 .
"""
CATALOG = """
@prefix c: <https://annuaire.example/> .
<https://annuaire.example/catalog> a dcat:Catalog ; dct:title "Catalogue imaginaire"@fr, "Imaginary catalog"@en ;
    dcat:dataset <https://annuaire.example/id/dataset/annuaire> .
<https://annuaire.example/id/dataset/annuaire> a dcat:Dataset ; dct:title "Jeu imaginaire"@fr .
"""
REPORT = """
[] a sh:ValidationReport ; sh:conforms true ; sh:result [ a sh:ValidationResult ;
    sh:resultSeverity sh:Warning ; sh:resultMessage "avertissement imaginaire"@fr, "imaginary warning"@en ] .
"""


def write_release(runtime: Path, number: int = 1) -> Project:
    """Write a complete release, make the runtime directory serve it, and return the project."""
    directory = runtime / f"essai-{number}"
    copytree(_template(DATA).name, directory)
    for name, content in _FILES.items():
        (directory / name).write_text(json.dumps({**content, "number": number}), encoding="utf-8")
    served = runtime / "served"
    served.unlink(missing_ok=True)
    served.symlink_to(directory)
    return load_project(ROOT)


@cache
def _template(data: str) -> TemporaryDirectory[str]:
    """Return what all releases of these data have in common, made once a process."""
    project, template = load_project(ROOT), TemporaryDirectory(prefix="annuaire-")
    directory = Path(template.name)
    (directory / "dumps").mkdir()
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in project.prefixes.items())
    store = Store(str(directory / "store"))
    for text in (data, CATALOG):
        store.bulk_load(input=prefixes + text, format=RdfFormat.TURTLE)
    for path in project.vocabulary_files():
        store.bulk_load(path=str(path), format=RdfFormat.TURTLE)
    store.optimize()
    for form, extension in _DUMPS.items():
        written = store.dump(format=form, from_graph=DefaultGraph()) or b""
        (directory / "dumps" / f"annuaire.{extension}.gz").write_bytes(gzip.compress(written, mtime=0))
    for name in _EXTRACTS:
        (directory / "dumps" / name).write_text("{}\n", encoding="utf-8")
    with open_statements(directory / "dumps/annuaire.nt.gz", directory) as statements:
        build_search_index(statements, directory / "search")
    store.flush()
    catalog = parse(input=prefixes + CATALOG, format=RdfFormat.TURTLE)
    lines = "".join(f"{quad.triple} .\n" for quad in catalog)
    (directory / "catalog.nt").write_text(lines, encoding="utf-8")
    (directory / "report.ttl").write_text(prefixes + REPORT, encoding="utf-8")
    return template


def write_again(runtime: Path, statements: str = "") -> None:
    """Add statements in Turtle to the release served, and make its search index anew."""
    release = runtime / "served"
    store = Store(str(release / "store"))
    store.load(input=statements, format=RdfFormat.TURTLE)
    rmtree(release / "search")
    triples = release / "graphe.nt"
    store.dump(triples, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    with open_statements(triples, release) as known:
        build_search_index(known, release / "search", release / "dumps" / "annuaire.geojson")
    triples.unlink()
    store.flush()


_DUMPS = {
    RdfFormat.N_TRIPLES: "nt",
    RdfFormat.TURTLE: "ttl",
    RdfFormat.JSON_LD: "jsonld",
    RdfFormat.RDF_XML: "rdf",
}
_TABLES = (
    "annuaire",
    "entreprises",
    "marches",
    "projets",
    "conventions",
    "pratiques",
    "domaines",
    "territoires-communes",
    "territoires-departements",
)
_EXTRACTS = (
    "SHA512SUMS",
    "annuaire.nq.gz",
    "annuaire.ngsi-ld.json.gz",
    *(f"{table}.{suffix}" for table in _TABLES for suffix in ("csv", "geojson", "schema.json")),
)
_FILES: dict[str, dict[str, object]] = {
    "manifest.json": {"id": "essai", "format": FORMAT, "created": "2025-11-23T08:00:00Z"},
    "counts.json": {"entreprises": 2, "projets": 1},
    "report.json": {
        "gate": "essai",
        "findings": [
            {
                "table": "data/entreprises.csv",
                "row": 3,
                "column": "commune",
                "value": "69381",
                "severity": "warning",
                "rule": "code",
                "texts": {"fr": "code ramené à sa commune", "en": "code taken to its commune"},
            }
        ],
    },
}
