"""What the parameters of the service's paths and queries are, for the guide of `api_guide`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.errors import Texts

PARAMETERS: dict[str, Texts] = {
    "q": {"fr": "des mots", "en": "words"},
    "domaine": {"fr": "code d'un domaine", "en": "code of a domain"},
    "region": {"fr": "code INSEE d'une région", "en": "INSEE code of a région"},
    "departement": {"fr": "code INSEE d'un département", "en": "INSEE code of a département"},
    "epci": {"fr": "SIREN d'une intercommunalité", "en": "SIREN of an inter-municipal body"},
    "commune": {"fr": "code INSEE d'une commune", "en": "INSEE code of a commune"},
    "population": {"fr": "tranche de population de la commune", "en": "population band of the commune"},
    "ville": {"fr": "tranche de population de la ville acheteuse", "en": "population band of the buying town"},
    "acv": {"fr": "oui : dans une ville Action cœur de ville", "en": "oui: in an Action Cœur de Ville town"},
    "annee": {"fr": "année", "en": "year"},
    "acheteur": {"fr": "sorte d'acheteur public", "en": "kind of public buyer"},
    "tri": {"fr": "ordre : l'un de ceux que la page propose", "en": "order: one of those that the page offers"},
    "vue": {"fr": "vue de la page : liste ou tableau, carte…", "en": "view of the page: liste or tableau, carte…"},
    "vague": {"fr": "vague du concours", "en": "wave of the contest"},
    "page": {"fr": "numéro de page", "en": "page number"},
    "bom": {"fr": "1 : pour Excel (marque UTF-8)", "en": "1: for Excel (UTF-8 mark)"},
    "query": {"fr": "la requête", "en": "the query"},
    "prefix": {"fr": "le début d'un texte", "en": "the beginning of a text"},
    "cursor": {"fr": "propositions à passer", "en": "suggestions to skip"},
    "id": {"fr": "l'IRI d'une chose, d'une propriété ou d'un type", "en": "the IRI of a thing, a property or a type"},
    "type": {"fr": "l'IRI d'un type", "en": "the IRI of a type"},
    "fiche": {"fr": "l'adresse d'une fiche", "en": "the address of a record"},
    "lang": {"fr": "fr ou en, plutôt que l'en-tête Accept-Language", "en": "fr or en, instead of Accept-Language"},
    "f": {"fr": "json ou html, plutôt que l'en-tête Accept", "en": "json or html, instead of the Accept header"},
    "bbox": {"fr": "emprise : ouest,sud,est,nord", "en": "box: west,south,east,north"},
    "datetime": {"fr": "instant ou intervalle", "en": "instant or interval"},
    "limit": {"fr": "nombre d'objets au plus", "en": "most features"},
    "offset": {"fr": "objets à passer", "en": "features to skip"},
    "de": {"fr": "une adresse de ce site, commençant par /", "en": "an address of this site, beginning with /"},
    "class": {"fr": "entreprise, projet, marche, departement…", "en": "entreprise, projet, marche, departement…"},
    "key": {"fr": "SIREN, code INSEE ou clé", "en": "SIREN, INSEE code or key"},
    "file": {"fr": "nom du fichier", "en": "name of the file"},
    "release": {"fr": "nom d'une version", "en": "name of a release"},
    "before": {"fr": "nom d'une version", "en": "name of a release"},
    "after": {"fr": "nom d'une version", "en": "name of a release"},
    "collection": {"fr": "nom d'une collection", "en": "name of a collection"},
    "extension": {"fr": "extension qui dit le format", "en": "extension that tells the format"},
    "number": {"fr": "numéro", "en": "number"},
    "level": {"fr": "niveau au-dessus des pages", "en": "level above the pages"},
    "question": {"fr": "nom d'une question", "en": "name of a question"},
    "kind": {"fr": "entity, property ou type", "en": "entity, property or type"},
    "sense": {"fr": "added ou removed", "en": "added or removed"},
    "list": {"fr": "nom d'une liste d'adresses", "en": "name of a list of addresses"},
    "path": {"fr": "une adresse sous /ogc", "en": "an address under /ogc"},
}
"""By name: a parameter means the same wherever it stands."""

_COUNT = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
SCHEMAS: dict[str, dict[str, Any]] = {
    "annee": {"example": "2022"},
    "bbox": {"example": "4,45,5,46"},
    "class": {"example": "departement"},
    "commune": {"example": "38185"},
    "datetime": {"example": "2022-01-01/.."},
    "de": {"pattern": "^/", "example": "/doc/departement/69"},
    "departement": {"example": "69"},
    "f": {"enum": ["json", "html"]},
    "file": {"example": "annuaire.nt.gz"},
    "key": {"example": "69"},
    "kind": {"enum": ["entity", "property", "type"]},
    "level": {"type": "integer", "minimum": 1, "maximum": 999},
    "limit": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "number": _COUNT,
    "offset": _COUNT,
    "page": {"type": "integer", "minimum": 1, "maximum": 999_999},
    "query": {"example": "ASK { ?s ?p ?o }"},
    "q": {"example": "éclairage"},
    "region": {"example": "84"},
    "sense": {"enum": ["added", "removed"]},
}
"""What a parameter looks like, in JSON Schema; a text where nothing else is said."""
