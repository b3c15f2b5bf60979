"""What crawlers read: `/sitemap.xml`, an index of parts of at most 50,000 addresses, and `/robots.txt`.

Sitemaps protocol 0.9 (https://www.sitemaps.org/protocol.html): UTF-8, absolute addresses of one host, `lastmod`
as a day. Days come from the source of a record, or of the table that a class comes from: never from a clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode
from rdflib.namespace import DCTERMS, SKOS

from endpoints.answers import Choice, answer
from endpoints.list_request import COLLECTIONS
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.representations import SITEMAP, TEXT
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

blueprint = Blueprint("sitemap", __name__)

MOST = 50_000
"""How many addresses one part holds at most."""

PAGES = "pages"
FIXED = (
    "/", "/entreprises", "/marches", "/domaines", "/territoires", "/questions", "/donnees", "/catalog", "/def",
    "/qualite", "/releases", "/cite", "/sparql", "/a-propos", "/sources", "/api", "/mentions-legales",
    "/accessibilite", "/verifier",
)  # fmt: skip
CLASSES = {
    "entreprises": "http://www.w3.org/ns/legal#LegalEntity",
    "marches": str(ASC.Marche),
    **{name: collection.class_ for name, collection in COLLECTIONS.items()},
    "domaines": str(SKOS.Concept),
    "regions": str(IGEO.Region),
    "departements": str(IGEO.Departement),
    "arrondissements": str(IGEO.Arrondissement),
    "intercommunalites": str(IGEO.Intercommunalite),
    "communes": str(IGEO.Commune),
}
"""The parts: the class of the things whose pages each lists."""

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
Entry = tuple[str, str | None]
"""An absolute address, and the day of its last change."""


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """Answer with the index of the parts."""
    return answer(Choice(SITEMAP, fixed=True), lambda: _kept(lambda: _write("sitemapindex", "sitemap", _parts())))


@blueprint.get("/sitemaps/<name>-<int:number>.xml")
def part(name: str, number: int) -> Response:
    """Answer with one part."""

    def build() -> str:
        known = name in {PAGES, *CLASSES} and number > 0
        entries = _entries(name)[(number - 1) * MOST : number * MOST] if known else []
        if not entries:
            raise NotFoundError.at(request.path)
        return _write("urlset", "url", entries)

    return answer(Choice(SITEMAP, fixed=True), lambda: _kept(build))


def _kept(build: Callable[[], str]) -> bytes:
    """Return a file built once, whatever parameters an address has after it: it has none."""
    return serving().cache.get((served_release().name, request.path), build)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Answer with what crawlers may read: all but the queries themselves, which are made to be asked, not crawled."""
    lines = ("User-agent: *", "Disallow: /sparql?", "Disallow: /reconcile?", "Allow: /", "")
    text = "\n".join((*lines, f"Sitemap: {serving().project.base_uri}/sitemap.xml", ""))
    return answer(Choice(TEXT, fixed=True), lambda: text)


def _parts() -> list[Entry]:
    """Return the address of each part that has entries, with the latest of their days."""
    base = serving().project.base_uri
    parts = []
    for name in (PAGES, *CLASSES):
        entries = _entries(name)
        for start in range(0, len(entries), MOST):
            days = [day for _, day in entries[start : start + MOST] if day]
            parts.append((f"{base}/sitemaps/{name}-{start // MOST + 1}.xml", max(days, default=None)))
    return parts


def _entries(name: str) -> list[Entry]:
    """Return the addresses of a part, in order, each with its day; without ORDER BY, which took a second."""
    base, minter = serving().project.base_uri, serving().minter
    if name == PAGES:
        return [(base + path, None) for path in (*FIXED, *(f"/{each}" for each in COLLECTIONS))]
    queries = Queries(serving().project, served_release().store)
    days = {row["thing"]: _day(row["modified"].value) for row in queries.solutions("sitemap_days", {})}
    things = (row["thing"] for row in queries.solutions("sitemap", {"class": NamedNode(CLASSES[name])}))
    found = sorted((path, thing) for thing in things if (path := minter.path_of(thing.value)))
    placed = [(path, thing) for path, thing in found if path.startswith("/doc/")]
    fallback = _table_day(placed[0][0]) if placed else None
    return [(base + path, days.get(thing, fallback)) for path, thing in placed]


def _table_day(path: str) -> str | None:
    """Return the day of the table that a document's class comes from."""
    table = serving().tables.get(path.split("/")[2])
    if table is None:
        return None
    source, modified = NamedNode(serving().minter.source(table)), NamedNode(str(DCTERMS.modified))
    objects = (quad.object for quad in served_release().store.quads_for_pattern(source, modified, None))
    dates = (term.value for term in objects if isinstance(term, Literal))
    return next((day for date in dates if (day := _day(date))), None)


def _day(date: str) -> str | None:
    """Return the day of a date or an instant; a year or a month alone is no day."""
    return date[:10] if len(date) >= len("2026-01-01") else None


def _write(root: str, element: str, entries: Iterable[Entry]) -> str:
    lines = [
        f"<{element}><loc>{escape(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</{element}>\n"
        for address, day in entries
    ]
    return f'{_XML}<{root} xmlns="{_NAMESPACE}">\n{"".join(lines)}</{root}>\n'
