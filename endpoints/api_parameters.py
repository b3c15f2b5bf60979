"""What the parameters of the service's paths and queries are, for the guide of `api_guide`."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
}
"""By name: a parameter means the same wherever it stands."""
