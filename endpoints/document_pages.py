"""The page of a document: its view and the lists that go with its class, in the template of that class."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import render_template
from pyoxigraph import NamedNode

from endpoints.languages import language
from endpoints.listing import Rows
from endpoints.pages import PageWriter
from endpoints.serving import served_release, serving
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from endpoints.documents import Document

SHOWN = 50
"""How many lines a list on a document's page shows; the whole list has an address of its own."""

_COMPANY, _PROJECT = "entreprises", "projets"


class Listed(NamedTuple):
    """A list on a page: its name in the template, the query, what the query binds."""

    name: str
    query: str
    terms: dict[str, str]


def _things(name: str, kind: str, property_: str) -> Listed:
    return Listed(name, "things_by", {"class": str(ASC[kind]), "property": str(ASC[property_])})


def _territory(property_: str) -> list[Listed]:
    link = {"property": str(ASC[property_])}
    return [
        Listed(_COMPANY, "companies_by", link),
        Listed("domaines", "domains_in", link),
        _things("conventions", "ConventionACV", property_),
        _things("pratiques", "BonnePratique", property_),
        Listed("subdivisions", "parts", {}),
        Listed("voisins", "siblings", {}),
    ]


LISTS: dict[str, list[Listed]] = {
    "entreprise": [
        Listed(_PROJECT, "projects_by", {"property": str(ASC.entreprise)}),
        _things("solutions", "Solution", "entreprise"),
        _things("pratiques", "BonnePratique", "entreprise"),
    ],
    "domaine": [
        Listed(_COMPANY, "companies_of_domain", {}),
        Listed(_PROJECT, "projects_by", {"property": str(ASC.domaine)}),
        _things("solutions", "Solution", "domaine"),
        _things("pratiques", "BonnePratique", "domaine"),
        Listed("territoires", "territories_of_domain", {}),
        Listed("voisins", "siblings", {}),
    ],
    "region": _territory("region"),
    "departement": [
        *_territory("departement"),
        Listed("communes", "communes", {"property": str(ASC.departement)}),
    ],
    "commune": [*_territory("commune"), Listed(_PROJECT, "projects_by", {"property": str(ASC.commune)})],
    "arrondissement": [Listed("subdivisions", "parts", {}), Listed("voisins", "siblings", {})],
    "intercommunalite": [Listed("communes", "communes", {"property": str(ASC.epci)})],
    "collectivite": [_things("pratiques", "BonnePratique", "collectivite")],
}
TEMPLATES = {
    "entreprise": "entreprise.html",
    "domaine": "domaine.html",
    **dict.fromkeys(("region", "departement", "commune", "arrondissement", "intercommunalite"), "territoire.html"),
}


def document_page(kind: str, key: str, document: Document) -> str:
    """Return the HTML page of a document."""
    release = served_release()
    view = PageWriter(release.store, serving().minter, language()).view(kind, key, document)
    rows = Rows(release)
    lists = {
        listed.name: rows.select(listed.query, topic=document.thing, **_terms(listed.terms))
        for listed in LISTS.get(kind, ())
    }
    template = TEMPLATES.get(kind, "document.html")
    return render_template(template, view=view, lists=lists, shown=SHOWN)


def _terms(iris: dict[str, str]) -> dict[str, NamedNode]:
    return {name: NamedNode(iri) for name, iri in iris.items()}
