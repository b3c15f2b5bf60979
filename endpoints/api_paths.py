"""Every path of the service for programs, in one table: the guide `/api` and `/openapi.json` are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoints.api_operations import Operation, reading
from endpoints.list_request import COLLECTIONS
from endpoints.search_request import CONTRACT_FACETS, FACETS
from publisher.representations import (
    ATOM,
    BIBTEX,
    BINDINGS_RESULTS,
    CSL_JSON,
    CSV,
    DOCUMENTS,
    GEOJSON,
    GRAPH_DOCUMENTS,
    GRAPH_RESULTS,
    HTML,
    JSON,
    OPENAPI_3_1,
    SITEMAP,
    STREAM_PAGES,
    TEXT,
    TURTLE,
)

if TYPE_CHECKING:
    from publisher.errors import Texts

GROUPS: dict[str, Texts] = {
    "things": {"fr": "Chaque chose et sa fiche", "en": "Each thing and its record"},
    "lists": {"fr": "Listes et recherche", "en": "Lists and search"},
    "query": {"fr": "Interroger", "en": "Querying"},
    "files": {"fr": "Télécharger et moissonner", "en": "Downloading and harvesting"},
    "changes": {"fr": "Suivre les changements", "en": "Following changes"},
    "match": {"fr": "Rapprocher ses propres données", "en": "Matching one's own data"},
    "service": {"fr": "Le service lui-même", "en": "The service itself"},
}
_LISTS = (HTML, CSV, *GRAPH_DOCUMENTS, GEOJSON)


OPERATIONS = (
    Operation(
        "things",
        "/id/{class}/{key}",
        {"fr": "Une chose : renvoie (303) vers sa fiche", "en": "A thing: leads (303) to its record"},
        (TEXT,),
        "curl -L -H 'Accept: text/turtle' {base}/id/entreprise/{siren}",
        status=303,
    ),
    reading(
        "things", "/doc/{class}/{key}", "La fiche d'une chose, d'un territoire ou d'un domaine ; aussi par extension",
        "The record of a thing, a territory or a domain; by extension too", DOCUMENTS,
        "{base}/doc/departement/69.jsonld",
    ),
    reading(
        "things", "/def", "Le vocabulaire, terme par terme", "The vocabulary, term by term", DOCUMENTS,
        "-H 'Accept: text/turtle' {base}/def",
    ),
    reading(
        "things", "/domaines", "Les domaines, schéma SKOS", "The domains, a SKOS scheme", DOCUMENTS,
        "{base}/domaines.ttl",
    ),
    reading(
        "lists", "/entreprises", "Les entreprises : texte, facettes, ordre, page",
        "Companies: text, facets, order, page", _LISTS,
        "'{base}/entreprises.csv?q=ville&region=84'", "q", *FACETS, "tri", "vue", "page", "bom",
    ),
    reading(
        "lists", "/marches", "Les marchés notifiés, avec les mêmes facettes",
        "Notified contracts, with the same facets",
        _LISTS, "'{base}/marches.csv?region=84'", "q", *CONTRACT_FACETS, "tri", "vue", "page", "bom",
    ),
    *(
        reading(
            "lists", f"/{name}", fr, en, (HTML, CSV, *GRAPH_DOCUMENTS),
            f"{{base}}/{name}.csv", *COLLECTIONS[name].filters,
            "tri", "vue", "page", "bom",
        )
        for name, fr, en in (
            ("projets", "Les projets d'innovation", "Innovation projects"),
            ("conventions", "Les conventions Action cœur de ville", "Action Cœur de Ville agreements"),
            ("solutions", "Les solutions", "Solutions"),
            ("pratiques", "Les bonnes pratiques", "Good practices"),
        )
    ),
    *(
        reading(
            "lists", f"/{name}.geojson", fr, en, (GEOJSON,), f"{{base}}/{name}.geojson"
        )
        for name, fr, en in (
            ("projets", "Les projets sur une carte", "Projects on a map"),
            ("conventions", "Les conventions sur une carte", "Agreements on a map"),
            ("departements", "Les contours et comptes des départements", "Outlines and counts of départements"),
        )
    ),
    reading(
        "query", "/sparql", "Poser une requête SPARQL 1.1 ; sans requête, la description du service",
        "Ask a SPARQL 1.1 query; without one, the service description", (*BINDINGS_RESULTS, *GRAPH_RESULTS, HTML),
        "-G -H 'Accept: text/csv' --data-urlencode 'query=SELECT ?type (COUNT(?thing) AS ?n) "
        "{ ?thing a ?type } GROUP BY ?type' {base}/sparql", "query",
    ),
    Operation(
        "query",
        "/sparql",
        {"fr": "La même chose, pour une longue requête", "en": "The same, for a long query"},
        (*BINDINGS_RESULTS, *GRAPH_RESULTS),
        "curl -H 'Content-Type: application/sparql-query' -H 'Accept: application/sparql-results+json' "
        "--data 'ASK { ?s ?p ?o }' {base}/sparql",
        method="post",
    ),
    reading(
        "query", "/questions", "Les questions toutes faites, avec leur requête",
        "Ready-made questions, with their query",
        (HTML, *GRAPH_DOCUMENTS), "-H 'Accept: text/turtle' {base}/questions",
    ),
    reading(
        "query", "/ogc/collections", "Les collections géographiques (OGC API – Features)",
        "Geographical collections (OGC API – Features)", (JSON, HTML), "'{base}/ogc/collections?f=json'", "f",
    ),
    reading(
        "query", "/ogc/collections/{collection}/items", "Les objets d'une collection, par emprise, date ou filtre",
        "Features of a collection, by box, date or filter", (GEOJSON, HTML),
        "'{base}/ogc/collections/departements/items?limit=5'", "bbox", "datetime", "limit", "offset", "f",
    ),
    reading(
        "files", "/catalog", "Le catalogue, en DCAT-AP", "The catalog, in DCAT-AP", DOCUMENTS,
        "-H 'Accept: application/rdf+xml' {base}/catalog", "page",
    ),
    reading(
        "files", "/dumps/{file}", "Les fichiers de la version en ligne : graphe entier, tableaux, cartes",
        "Files of the release online: whole graph, tables, maps", (), "-O {base}/dumps/annuaire.nt.gz",
    ),
    reading(
        "files", "/dumps/{release}/{file}", "Les mêmes, d'une version donnée : adresse qui ne change pas",
        "The same, of a given release: an address that does not change", (),
        "-O {base}/dumps/{release}/annuaire.nt.gz",
    ),
    reading(
        "files", "/.well-known/void", "Les statistiques du graphe, en VoID", "Statistics of the graph, in VoID",
        GRAPH_DOCUMENTS, "{base}/.well-known/void.ttl",
    ),
    reading(
        "files", "/qualite", "Le rapport de contrôle, en SHACL, et la complétude",
        "The validation report, in SHACL, and completeness",
        (HTML, TURTLE, JSON), "{base}/qualite.json",
    ),
    reading(
        "files", "/qualite/a-revoir.csv", "Les fiches vérifiées ou à revoir, et le jour où elles le seront",
        "Records that were checked or are to be reviewed, and the day when they will be", (CSV,),
        "{base}/qualite/a-revoir.csv",
    ),
    reading(
        "files", "/cite", "Comment citer la version en ligne", "How to cite the release online",
        (HTML, BIBTEX, CSL_JSON), "{base}/cite.bib",
    ),
    reading(
        "files", "/sitemap.xml", "Toutes les adresses, pour les moteurs", "All addresses, for crawlers", (SITEMAP,),
        "{base}/sitemap.xml",
    ),
    reading(
        "changes", "/releases", "Les versions publiées", "The releases published", (*GRAPH_DOCUMENTS, HTML, JSON),
        "{base}/releases.json",
    ),
    reading(
        "changes", "/releases/{release}", "Une version : chiffres, contrôle, changements",
        "A release: figures, gate, changes", (*GRAPH_DOCUMENTS, HTML, JSON), "{base}/releases/{release}.json",
    ),
    reading(
        "changes", "/releases/{before}/diff/{after}", "Ce qui sépare deux versions",
        "What two releases differ in", (HTML, JSON), "{base}/releases/{release}/diff/{release}.json",
    ),
    reading(
        "changes", "/changes.atom", "Le fil des changements", "The feed of changes", (ATOM,), "{base}/changes.atom",
    ),
    reading(
        "changes", "/ldes", "Le flux d'événements (Linked Data Event Streams)",
        "The event stream (Linked Data Event Streams)", STREAM_PAGES, "-H 'Accept: text/turtle' {base}/ldes",
    ),
    reading(
        "changes", "/history/{class}/{key}", "Ce que fut une fiche, version par version",
        "What a record was, version by version", DOCUMENTS, "{base}/history/entreprise/{siren}.ttl",
    ),
    reading(
        "match", "/reconcile", "Le manifeste du service de rapprochement (OpenRefine)",
        "The manifest of the reconciliation service (OpenRefine)", (JSON,), "{base}/reconcile",
    ),
    Operation(
        "match",
        "/reconcile",
        {"fr": "Rapprocher des noms", "en": "Matching names"},
        (JSON,),
        """curl --data-urlencode 'queries={"q0": {"query": "Lyon"}}' {base}/reconcile""",
        method="post",
    ),
    reading(
        "service", "/representation", "Quelle représentation une adresse vous donne, et pourquoi",
        "Which representation an address gives you, and why", (HTML, JSON),
        "-H 'Accept: text/turtle' '{base}/representation?de=/doc/departement/69'", "de",
    ),
    reading(
        "service", "/openapi.json", "Cette description, en OpenAPI 3.1",
        "This description, in OpenAPI 3.1", (OPENAPI_3_1,),
        "{base}/openapi.json",
    ),
    reading(
        "service", "/health/ready", "Si le service répond, et avec quelle version",
        "Whether the service answers, and with which release",
        (JSON,), "{base}/health/ready",
    ),
    reading(
        "service", "/health", "La même chose", "The same", (JSON,), "{base}/health",
    ),
    reading(
        "service", "/health/live", "Si le processus web vit", "Whether the web process lives", (JSON,),
        "{base}/health/live",
    ),
)  # fmt: skip
