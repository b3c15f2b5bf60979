"""The paths that the guide leaves out: pages for people, forms by extension, the inner parts of protocols.

The guide tells of what people begin with; `/openapi.json` leaves nothing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoints.api_operations import Operation
from endpoints.api_paths import OPERATIONS
from publisher.representations import (
    ATOM,
    BIBTEX,
    CSL_JSON,
    CSV,
    DOCUMENTS,
    GEOJSON,
    GRAPH_DOCUMENTS,
    HTML,
    JSON,
    N_TRIPLES,
    OPENAPI,
    RESULTS_CSV,
    RESULTS_JSON,
    SITEMAP,
    STREAM_PAGES,
    SVG,
    TEXT,
    TURTLE,
    XLSX,
)

if TYPE_CHECKING:
    from publisher.errors import Texts
    from publisher.representations import Representation

FURTHER_GROUPS: dict[str, Texts] = {
    "forms": {"fr": "Par extension, sans négociation", "en": "By extension, without negotiation"},
    "pages": {"fr": "Pages", "en": "Pages"},
    "parts": {"fr": "Parties d'un protocole", "en": "Parts of a protocol"},
}
_PAGES = (
    ("/", "L'accueil", "Home"),
    ("/donnees", "Les données", "The data"),
    ("/a-propos", "À propos", "About"),
    ("/sources", "Les sources et leurs dates", "Sources and their dates"),
    ("/territoires", "Les territoires", "Territories"),
    ("/mentions-legales", "Les mentions légales", "Legal notice"),
    ("/accessibilite", "L'accessibilité", "Accessibility"),
    ("/contact", "Signaler une erreur", "Reporting an error"),
    ("/api", "Le guide des interfaces", "The guide for programs"),
    ("/verifier", "Vérifier une table", "Checking a table"),
    ("/reconcile.html", "Rapprocher ses données : mode d'emploi", "Matching one's data: how to"),
)
_ASKED = {"/territoires": ("q",), "/contact": ("fiche",)}


def _part(path: str, fr: str, en: str, answers: tuple[Representation, ...], *parameters: str) -> Operation:
    return Operation("parts", path, {"fr": fr, "en": en}, answers, parameters=parameters)


_PARTS = (
    _part("/changes/{number}.atom", "Une page d'archive du fil", "A page of the feed's archive", (ATOM,)),
    _part("/ldes/{number}", "Une page du flux d'événements", "A page of the event stream", STREAM_PAGES),
    _part(
        "/ldes/{number}.{extension}", "La même, par extension", "The same, by extension", STREAM_PAGES,
    ),
    _part(
        "/ldes/niveau-{level}/{number}", "Un nœud du flux d'événements, qui mène à des pages",
        "A node of the event stream, which leads to pages", STREAM_PAGES,
    ),
    _part(
        "/ldes/niveau-{level}/{number}.{extension}", "Le même, par extension", "The same, by extension", STREAM_PAGES,
    ),
    Operation(
        "parts", "/history/{number}",
        {"fr": "Renvoie (303) vers la version d'une étape", "en": "Leads (303) to the release of a step"}, (TEXT,),
        status=303,
    ),
    _part("/history/{number}.nq.gz", "Ce qu'une étape a changé, en fichier", "What a step changed, as a file", ()),
    _part("/history/{class}/{key}/{number}", "Une fiche à une étape", "A record at a step", DOCUMENTS),
    _part(
        "/releases/{before}/diff/{after}/{sense}.nt", "Les triplets ajoutés, ou retirés",
        "The triples added, or removed", (N_TRIPLES,),
    ),
    _part("/sitemaps/{list}-{number}.xml", "Une partie du plan du site", "A part of the sitemap", (SITEMAP,)),
    _part("/robots.txt", "Ce que les moteurs peuvent lire", "What crawlers may read", (TEXT,)),
    _part("/cartes/departement/{departement}.svg", "Un département sur la carte", "A département on the map", (SVG,)),
    _part("/editeur.json", "Ce que l'éditeur SPARQL propose", "What the SPARQL editor proposes", (JSON,)),
    _part(
        "/questions/{question}", "La réponse à une question toute faite, avec ses paramètres",
        "The answer to a ready-made question, with its parameters",
        (HTML, RESULTS_CSV, RESULTS_JSON, *GRAPH_DOCUMENTS),
    ),
    _part("/ogc", "OGC API – Features : l'entrée", "OGC API – Features: landing page", (JSON, HTML), "f"),
    _part("/ogc/conformance", "Les classes de conformité", "Conformance classes", (JSON, HTML), "f"),
    _part("/ogc/api", "Leur description, en OpenAPI 3.0", "Their description, in OpenAPI 3.0", (OPENAPI, HTML), "f"),
    _part("/ogc/collections/{collection}", "Une collection", "A collection", (JSON, HTML), "f"),
    _part("/ogc/collections/{collection}/items/{key}", "Un objet", "A feature", (GEOJSON, HTML), "f"),
    Operation(
        "parts", "/ogc/ogc/{path}",
        {"fr": "Une adresse mal jointe, redressée", "en": "An address joined wrongly, put right"}, (TEXT,), status=307,
    ),
    _part("/reconcile/suggest/{kind}", "Compléter un texte", "Completing a text", (JSON,), "prefix", "cursor"),
    _part("/reconcile/flyout/{kind}", "Une proposition en deux lignes", "A suggestion in two lines", (JSON,), "id"),
    _part("/reconcile/preview", "Une chose en petit", "A thing, in small", (HTML,), "id"),
    Operation(
        "parts", "/reconcile/view", {"fr": "Renvoie (303) vers la fiche", "en": "Leads (303) to the record"}, (TEXT,),
        parameters=("id",), status=303,
    ),
    _part("/reconcile/properties", "Ce qui complète une table", "What extends a table", (JSON,), "type", "limit"),
    Operation(
        "parts", "/verifier",
        {"fr": "Vérifier une table : ses constats, ou elle-même annotée", "en": "Check a table: findings, or itself"},
        (HTML, JSON, CSV, XLSX), method="post",
    ),
)  # fmt: skip
_BY_EXTENSION: dict[str, tuple[Representation, ...]] = {
    "/doc/{class}/{key}": DOCUMENTS,
    "/def": DOCUMENTS,
    "/domaines": DOCUMENTS,
    "/catalog": DOCUMENTS,
    "/.well-known/void": GRAPH_DOCUMENTS,
    "/history/{class}/{key}": DOCUMENTS,
    "/releases": (*DOCUMENTS, JSON),
    "/releases/{release}": (*DOCUMENTS, JSON),
    "/releases/{before}/diff/{after}": (HTML, JSON),
    "/ldes": STREAM_PAGES,
    "/qualite": (HTML, TURTLE, JSON),
    "/cite": (HTML, BIBTEX, CSL_JSON),
    "/questions": (HTML, *GRAPH_DOCUMENTS),
    "/entreprises": (HTML, CSV, *GRAPH_DOCUMENTS, GEOJSON),
    "/marches": (HTML, CSV, *GRAPH_DOCUMENTS, GEOJSON),
    "/projets": (HTML, CSV, *GRAPH_DOCUMENTS),
    "/conventions": (HTML, CSV, *GRAPH_DOCUMENTS),
    "/solutions": (HTML, CSV, *GRAPH_DOCUMENTS),
    "/pratiques": (HTML, CSV, *GRAPH_DOCUMENTS),
}
"""What each address is available as by an extension."""


def _by_extension(operation: Operation) -> Operation:
    path = f"{operation.path}.{{extension}}"
    return Operation("forms", path, operation.texts, _BY_EXTENSION[operation.path], parameters=operation.parameters)


FURTHER = (
    *(
        Operation("pages", path, {"fr": fr, "en": en}, (HTML,), parameters=_ASKED.get(path, ()))
        for path, fr, en in _PAGES
    ),
    *(_by_extension(each) for each in OPERATIONS if each.path in _BY_EXTENSION and each.method == "get"),
    *_PARTS,
)
