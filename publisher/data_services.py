"""The data services of an instance, as its catalog lists them. The only such table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.dumps import DUMP_NAME

if TYPE_CHECKING:
    from publisher.errors import Texts


@dataclass(frozen=True, slots=True)
class Service:
    """A service at `path`, described for programs at `description`; `offered_by` are the datasets that show it.

    `answers` is the EU file type of what it answers.
    """

    key: str
    path: str
    description: str
    title: Texts
    about: Texts
    conforms_to: tuple[tuple[str, str], ...]
    keywords: tuple[str, ...]
    answers: str
    offered_by: tuple[str, ...]
    serves: tuple[str, ...] = ()


SERVICES = (
    Service(
        "sparql",
        "/sparql",
        "/sparql",
        {"fr": "Point d'accès SPARQL", "en": "SPARQL endpoint"},
        {
            "fr": "Interroge toutes les données liées de l'annuaire : requêtes SELECT, ASK, CONSTRUCT et DESCRIBE, "
            "en lecture seule.",
            "en": "Queries all linked data of the directory: SELECT, ASK, CONSTRUCT and DESCRIBE, read only.",
        },
        (("https://www.w3.org/TR/sparql11-protocol/", "SPARQL 1.1 Protocol"),),
        ("sparql", "données liées", "api"),
        "SPARQLQ",
        (DUMP_NAME,),
    ),
    Service(
        "reconciliation",
        "/reconcile",
        "/reconcile",
        {"fr": "Service de réconciliation", "en": "Reconciliation service"},
        {
            "fr": "Rapproche des noms d'entreprises, de domaines et de territoires, ou des numéros SIREN, de leurs "
            "identifiants dans l'annuaire ; s'ajoute tel quel dans OpenRefine.",
            "en": "Matches names of companies, domains and territories, or SIREN numbers, with their identifiers in "
            "the directory; can be added to OpenRefine as it is.",
        },
        (
            (
                "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
                "Reconciliation Service API 0.2",
            ),
        ),
        ("réconciliation", "openrefine", "api"),
        "JSON",
        ("entreprises",),
        (DUMP_NAME, "entreprises", "domaines", "territoires"),
    ),
    Service(
        "geojson",
        "/ogc",
        "/ogc",
        {"fr": "Service géographique (OGC API Features, GeoJSON)", "en": "Geographic service (OGC API Features)"},
        {
            "fr": "Donne les entreprises et les départements en GeoJSON, par emprise et par page, aux outils "
            "cartographiques.",
            "en": "Gives companies and départements as GeoJSON, by bounding box and page, to mapping tools.",
        },
        (("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core", "OGC API - Features 1.0, core"),),
        ("geojson", "ogc api features", "sig", "api"),
        "GEOJSON",
        ("entreprises",),
        (DUMP_NAME, "entreprises", "territoires"),
    ),
)
