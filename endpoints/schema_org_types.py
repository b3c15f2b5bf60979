"""The classes of schema.org (https://schema.org) that things are of here, and nodes without empty properties."""

from __future__ import annotations

from typing import Any

from publisher.vocabulary import INSEE, SCHEMA

Node = dict[str, Any]
FRANCE = {"@type": "Country", "name": "France", "identifier": "FR"}
PLACES = {
    "commune": "City",
    "arrondissementMunicipal": "City",
    "communeDeleguee": "City",
    "communeAssociee": "City",
}


def type_of(kind: str, iri: str) -> str:
    """Return the schema.org class that a document's Link header names for what it describes."""
    own = {"entreprise": "Organization", "domaine": "DefinedTerm", "jeu": "Dataset", "projet": "Project"}
    others = {
        "pratique": "CreativeWork",
        "solution": "Product",
        "marche": "Order",
        "collectivite": "GovernmentOrganization",
    }
    name = {**own, **others}.get(kind) or (PLACES.get(kind, "AdministrativeArea") if is_territory(iri) else "Thing")
    return str(SCHEMA[name])


def is_territory(iri: str) -> bool:
    """Return whether a thing is a territory of INSEE's."""
    return iri.startswith(INSEE) and not iri.startswith(f"{INSEE}pays/")


def filled(node: Node) -> Node:
    """Return a node without its empty properties; a list of one is its element, as schema.org allows."""
    kept = {name: value for name, value in node.items() if value not in (None, "", [], {})}
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in kept.items()}
