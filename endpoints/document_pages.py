"""The page of a document: its view and the lists that go with its class, in the template of that class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from flask import render_template
from pyoxigraph import Literal, NamedNode

from endpoints.details import add_details
from endpoints.languages import language
from endpoints.listed_things import communes_of, listed_things
from endpoints.listing import Row, Rows, with_counts
from endpoints.pages import PageWriter
from endpoints.past import served_history
from endpoints.profiles import profile
from endpoints.serving import served_release, serving
from publisher.changes import CREATE, DELETE
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from endpoints.documents import Document

PROFILED = frozenset({"region", "departement", "commune", "intercommunalite", "domaine"})
"""The kinds whose pages show the companies and contracts there are."""

MADE_OF_COMMUNES = frozenset({"departement", "intercommunalite"})
"""The kinds whose pages list all of their communes."""

VERSIONS = 5
"""How many versions of the thing its page names."""

_Version = TypeVar("_Version")


class Listed(NamedTuple):
    """A list on a page: its name in the template, the query, what it binds, the counts to add, the most to show.

    `kind` is the class of the things listed, where a property leads from them to the page's: no query tells what the
    document does.
    """

    name: str
    query: str
    terms: dict[str, str]
    counts: str | None = None
    limit: int | None = None
    kind: str | None = None


def _things(name: str, class_: str, kind: str, property_: str) -> Listed:
    return Listed(name, "things", {"class": str(ASC[class_]), "property": str(ASC[property_])}, kind=kind)


def _solutions(property_: str) -> Listed:
    return _things("solutions", "Solution", "solution", property_)


def _practices(property_: str) -> Listed:
    return _things("pratiques", "BonnePratique", "pratique", property_)


def _projects(property_: str) -> Listed:
    return Listed("projets", "projects", {"property": str(ASC[property_])}, kind="projet")


_NEIGHBOURS = Listed("voisins", "siblings", {}, limit=30)


def _territory(property_: str, parts: str) -> list[Listed]:
    return [
        Listed("conventions", "conventions", {"property": str(ASC[property_])}, kind="convention"),
        Listed("subdivisions", "parts", {}, parts),
        _NEIGHBOURS,
    ]


LISTS: dict[str, list[Listed]] = {
    "entreprise": [
        _projects("entreprise"),
        _solutions("entreprise"),
        _practices("entreprise"),
    ],
    "domaine": [
        Listed("precis", "narrower", {}, "domaines"),
        _NEIGHBOURS,
    ],
    "region": _territory("region", "departements"),
    "departement": _territory("departement", "communes"),
    "commune": _territory("commune", "communes"),
    "arrondissement": [Listed("subdivisions", "parts", {}, "communes"), _NEIGHBOURS],
    "collectivite": [_practices("collectivite")],
}
TEMPLATES = {
    "entreprise": "entreprise.html",
    "domaine": "domaine.html",
    "marche": "marche.html",
    "collectivite": "collectivite.html",
    "convention": "convention.html",
    "projet": "projet.html",
    **dict.fromkeys(("region", "departement", "commune", "arrondissement", "intercommunalite"), "territoire.html"),
}


def document_page(kind: str, key: str, document: Document) -> str:
    """Return the HTML page of a document."""
    release = served_release()
    writer = PageWriter(release.store, serving().minter, language())
    view = writer.view(kind, key, document)
    rows = Rows(release)
    lists = {listed.name: _list(rows, listed, document, release.counts) for listed in LISTS.get(kind, ())}
    template = TEMPLATES.get(kind, "document.html")
    if kind in MADE_OF_COMMUNES:
        lists["communes"] = with_counts(communes_of(kind, key), release.counts.get("communes", {}))
    past = shorten(served_history().versions(document.thing.value))
    shared = {"things": listed_things(release, kind, key), "past": past, "created": CREATE, "deleted": DELETE}
    shown = _profile(kind, key, document) if kind in PROFILED else add_details(writer, view, document, lists)
    return render_template(template, view=view, lists=lists, **shared, **shown)


def _list(rows: Rows, listed: Listed, document: Document, counts: dict[str, Any]) -> list[Row]:
    if listed.kind and document.lacks(listed.kind, listed.terms["property"]):
        return []
    terms = {name: NamedNode(iri) for name, iri in listed.terms.items()}
    found = rows.select(listed.query, {"topic": document.thing, **terms}, listed.limit)
    return with_counts(found, counts.get(listed.counts, {})) if listed.counts else found


def _profile(kind: str, key: str, document: Document) -> dict[str, Any]:
    found = profile(kind, key, population=_population(document))
    return {"profile": found, "map": found.get("map"), "map_links": found.get("map_links")}


def _population(document: Document) -> int | None:
    """Return how many inhabitants a commune has; of larger territories nothing is asked."""
    stated = (t.object for t in document.own if t.predicate.value == str(ASC.population))
    return next((int(number.value) for number in stated if isinstance(number, Literal)), None)


def shorten(versions: list[_Version]) -> list[_Version]:
    """Return the latest versions of a thing, and its first one."""
    return versions if len(versions) <= VERSIONS else [*versions[: VERSIONS - 1], versions[-1]]
