"""What crawlers read: `/sitemap.xml`, an index of parts of at most 5,000 addresses, and `/robots.txt`.

Sitemaps protocol 0.9 (https://www.sitemaps.org/protocol.html): UTF-8, absolute addresses of one host, `lastmod`
as a day. Days come from the source of a record, or of the table that a class comes from: never from a clock.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode
from rdflib.namespace import DCTERMS, PROV

from endpoints.answers import Choice, answer
from endpoints.exports import BATCH, Export
from endpoints.faceted_search import FacetedSearch
from endpoints.list_request import COLLECTIONS
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.readings import Node, said_of
from endpoints.search_request import SearchRequest
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from publisher.representations import SITEMAP, TEXT
from publisher.search_documents import CONTRACT
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyoxigraph import Store

blueprint = Blueprint("sitemap", __name__)

MOST = 5000
"""How many addresses one part holds at most, of the 50,000 that the protocol allows: each takes a look at the store."""

PAGES = "pages"
FIXED = (
    "/", "/entreprises", "/marches", "/domaines", "/territoires", "/questions", "/donnees", "/catalog", "/def",
    "/qualite", "/releases", "/cite", "/sparql", "/a-propos", "/sources", "/api", "/mentions-legales",
    "/accessibilite", "/verifier",
)  # fmt: skip
KINDS = {
    "entreprises": "entreprise",
    "marches": CONTRACT,
    **{name: collection.kind for name, collection in COLLECTIONS.items() if collection.kind},
    "domaines": "domaine",
    "regions": "region",
    "departements": "departement",
    "intercommunalites": "intercommunalite",
    "communes": "commune",
}
"""The parts of the things that the search index holds: their kind there, which is the class of their addresses too."""

CLASSES = {
    "conventions": (str(ASC.ConventionACV), "convention"),
    "arrondissements": (str(IGEO.Arrondissement), "arrondissement"),
}
"""The parts of other things, which are few: their class, and that of their addresses."""

_DERIVED, _MODIFIED = NamedNode(str(PROV.wasDerivedFrom)), NamedNode(str(DCTERMS.modified))
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
Entry = tuple[str, str | None]
"""An absolute address, and the day of its last change."""


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """Answer with the index of the parts."""
    return answer(Choice(SITEMAP, fixed=True), lambda: _kept(lambda: b"".join(_write("sitemapindex", [_parts()]))))


@blueprint.get("/sitemaps/<name>-<int:number>.xml")
def part(name: str, number: int) -> Response:
    """Answer with one part."""
    total, first = _total(name), (number - 1) * MOST
    if not 0 <= first < total:
        raise NotFoundError.at(request.path)
    export = Export(min(MOST, total - first), lambda: _write("urlset", _entries(name, first)))
    return export.answer(Choice(SITEMAP, fixed=True), f"/sitemaps/{name}-{number}", ())


def _kept(build: Callable[[], bytes]) -> bytes:
    """Return a file built once, whatever parameters an address has after it: it has none."""
    return serving().cache.get((served_release().name, request.path), build)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Answer with what crawlers may read: all but the queries themselves, which are made to be asked, not crawled."""
    lines = ("User-agent: *", "Disallow: /sparql?", "Disallow: /reconcile?", "Allow: /", "")
    text = "\n".join((*lines, f"Sitemap: {serving().project.base_uri}/sitemap.xml", ""))
    return answer(Choice(TEXT, fixed=True), lambda: text)


def _parts() -> list[Entry]:
    """Return the address of each part that has entries, with the day of their table."""
    base = serving().project.base_uri
    numbers = {name: -(-_total(name) // MOST) for name in (PAGES, *KINDS, *CLASSES)}
    return [
        (f"{base}/sitemaps/{name}-{number + 1}.xml", _table_day(name))
        for name, parts in numbers.items()
        for number in range(parts)
    ]


def _total(name: str) -> int:
    """Return how many entries the parts of a name have together."""
    if name in KINDS:
        return _search(name).total(SearchRequest())
    return len(_pages() if name == PAGES else _few(name) if name in CLASSES else ())


def _entries(name: str, first: int) -> Iterator[list[Entry]]:
    """Yield the addresses of a part, in batches, each with its day."""
    base, minter, fallback = serving().project.base_uri, serving().minter, _table_day(name)
    if name == PAGES:
        yield [(base + path, None) for path in _pages()[first : first + MOST]]
        return
    things = _search(name).iris(first, MOST) if name in KINDS else _few(name)[first : first + MOST]
    store, modified = served_release().store, cache(_modified)  # a source is that of a million things
    for start in range(0, len(things), BATCH):
        paths = [path for iri in things[start : start + BATCH] if (path := minter.path_of(iri))]
        yield [(base + path, _day_of(store, base + path, modified) or fallback) for path in paths]


def _pages() -> list[str]:
    return [*FIXED, *(f"/{each}" for each in COLLECTIONS)]


def _few(name: str) -> list[str]:
    """Return the IRIs of all things of a class, in order."""
    queries = Queries(serving().project, served_release().store)
    found = queries.solutions("sitemap", {"class": NamedNode(CLASSES[name][0])})
    return sorted(row["thing"].value for row in found)


def _search(name: str) -> FacetedSearch:
    return FacetedSearch(search_index(serving(), served_release()), KINDS[name], ())


def _day_of(store: Store, address: str, modified: Callable[[Node], str | None]) -> str | None:
    """Return the last day when a source of the record at an address changed."""
    sources = (quad.object for quad in store.quads_for_pattern(NamedNode(address), _DERIVED, None))
    return max((day for source in sources if isinstance(source, Node) and (day := modified(source))), default=None)


def _modified(source: Node) -> str | None:
    """Return the last day when a source changed."""
    dates = (str(getattr(date, "value", "")) for date in said_of(served_release().store, source).get(_MODIFIED, ()))
    return max((day for date in dates if (day := _day(date))), default=None)


def _table_day(name: str) -> str | None:
    """Return the day of the table that the things of a part come from."""
    table = serving().tables.get(KINDS.get(name) or CLASSES.get(name, ("", ""))[1])
    if table is None:
        return None
    return _modified(NamedNode(serving().minter.source(table)))


def _day(date: str) -> str | None:
    """Return the day of a date or an instant; a year or a month alone is no day."""
    return date[:10] if len(date) >= len("2026-01-01") else None


def _write(root: str, batches: Iterable[Iterable[Entry]]) -> Iterator[bytes]:
    """Yield a file whose root element holds the entries."""
    element = "url" if root == "urlset" else "sitemap"
    yield f'{_XML}<{root} xmlns="{_NAMESPACE}">\n'.encode()
    for entries in batches:
        lines = (
            f"<{element}><loc>{escape(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</{element}>\n"
            for address, day in entries
        )
        yield "".join(lines).encode()
    yield f"</{root}>\n".encode()
