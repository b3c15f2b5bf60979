"""OGC API – Features, Part 1: Core (OGC 17-069r4) over the collections of `geo_features`: `/ogc`.

JSON unless the client prefers a page; `f=json` and `f=html` decide over the Accept header.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, render_template, request

from endpoints import ogc_documents
from endpoints.answers import Choice, Link, answer
from endpoints.feature_sources import source_of
from endpoints.geo_features import COLLECTIONS
from endpoints.languages import language
from endpoints.negotiation import negotiate
from endpoints.ogc_documents import ROOT, TITLES, link
from endpoints.ogc_parameters import read_wish, refuse_unknown
from endpoints.problems import BadRequestError, NotAcceptableError, NotFoundError
from publisher.representations import GEOJSON, HTML, JSON, OPENAPI

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoints.geo_features import GeoCollection
    from endpoints.ogc_parameters import Wish
    from publisher.representations import Representation

    Json = dict[str, Any]

blueprint = Blueprint("ogc", __name__, url_prefix=ROOT)

_NAMES = f"<any({', '.join(COLLECTIONS)}):name>"


@blueprint.get("")
@blueprint.get("/")
def landing() -> Response:
    """Answer with the landing page."""
    return _document(ogc_documents.landing)


@blueprint.get(f"{ROOT}/<path:rest>")
def joined(rest: str) -> Response:
    """Send on a client that joined a link's path to the landing page's address (GDAL before 3.9.2)."""
    place = f"{ROOT}/{quote(rest)}?{request.query_string.decode('ascii', 'replace')}".rstrip("?")
    return Response(f"{place}\n", status=307, content_type="text/plain; charset=utf-8", headers={"Location": place})


@blueprint.get("/conformance")
def conformance() -> Response:
    """Answer with the conformance classes."""
    return _document(ogc_documents.conformance)


@blueprint.get("/api")
def api() -> Response:
    """Answer with the OpenAPI definition."""
    return _document(ogc_documents.definition, OPENAPI)


@blueprint.get("/collections")
def collections() -> Response:
    """Answer with the collections."""
    return _document(ogc_documents.collections)


@blueprint.get(f"/collections/{_NAMES}")
def collection(name: str) -> Response:
    """Answer with one collection."""
    return _document(lambda: ogc_documents.describe(COLLECTIONS[name]))


@blueprint.get(f"/collections/{_NAMES}/items")
def items(name: str) -> Response:
    """Answer with a page of features."""
    wanted = COLLECTIONS[name]
    wish = read_wish(request.args, wanted)
    return _answer(lambda: _page_of(wanted, wish), GEOJSON)


@blueprint.get(f"/collections/{_NAMES}/items/<key>")
def item(name: str, key: str) -> Response:
    """Answer with one feature."""
    refuse_unknown(request.args)
    found = source_of(COLLECTIONS[name]).find(key)
    if found is None:
        raise NotFoundError.at(request.path)
    path = f"{ROOT}/collections/{name}"
    own = ogc_documents.forms(f"{path}/items/{quote(key, safe='')}", GEOJSON.media_type)
    links = [*own, link(path, "collection", JSON.media_type), link(found.iri, "canonical", HTML.media_type)]
    return _answer(lambda: {**found.as_geojson(), "links": links}, GEOJSON)


def _page_of(collection: GeoCollection, wish: Wish) -> Json:
    try:
        matched, shown = source_of(collection).select(request.args, wish)
    except NotFoundError:  # a value that no feature has: an empty page (§7.15.5)
        matched, shown = 0, []
    return {
        "type": "FeatureCollection",
        "features": [feature.as_geojson() for feature in shown],
        "numberMatched": matched,
        "numberReturned": len(shown),
        "links": _page_links(collection, wish, matched),
    }


def _page_links(collection: GeoCollection, wish: Wish, matched: int) -> list[Json]:
    path = f"{ROOT}/collections/{collection.name}"
    kept = {name: value for name, value in request.args.items() if name not in {"f", "offset", "limit"}}

    def at(offset: int, form: str) -> str:
        return f"{path}/items?{urlencode({**kept, 'offset': offset, 'limit': wish.limit, 'f': form})}"

    links = [
        link(at(wish.offset, "json"), "self", GEOJSON.media_type),
        link(at(wish.offset, "html"), "alternate", HTML.media_type),
        link(path, "collection", JSON.media_type),
    ]
    if wish.offset + wish.limit < matched:
        links.append(link(at(wish.offset + wish.limit, "json"), "next", GEOJSON.media_type))
    if wish.offset:
        links.append(link(at(max(0, wish.offset - wish.limit), "json"), "prev", GEOJSON.media_type))
    return links


def _document(build: Callable[[], Json], form: Representation = JSON) -> Response:
    refuse_unknown(request.args)
    return _answer(build, form)


def _answer(build: Callable[[], Json], form: Representation) -> Response:
    choice = _choice(form)

    def write() -> str:
        content = build()
        if choice.representation is HTML:
            return _page(content)
        return json.dumps(ogc_documents.addressed(content), ensure_ascii=False) + "\n"

    links = [Link(f"{ROOT}/api", "service-desc", OPENAPI.media_type)]
    return answer(choice, write, links=links)


def _choice(form: Representation) -> Choice:
    """Return the representation: by `f`, else by Accept; plain JSON is taken as the JSON there is."""
    asked = request.args.get("f")
    if asked is not None:
        if asked not in {"json", "html"}:
            raise BadRequestError(f"f : « {asked} » n'est ni json ni html", f"f: '{asked}' is neither json nor html")
        return Choice(HTML if asked == "html" else form, fixed=True)
    accept = request.headers.get("Accept")
    if negotiate(accept, (form, HTML)) is HTML:
        return Choice(HTML, fixed=False)
    if negotiate(accept, (form, JSON)) is None:
        raise NotAcceptableError.among(
            [(f"{request.path}?f={name}", r) for name, r in (("json", form), ("html", HTML))]
        )
    return Choice(form, fixed=False)


def _page(content: Json) -> str:
    features: list[Json] = content.get("features") or ([content] if content.get("type") == "Feature" else [])
    name = request.view_args.get("name") if request.view_args else None
    return render_template(
        "ogc.html",
        name=name,
        title=TITLES[name][language()] if name else content.get("title", "OGC API – Features"),
        content=content,
        features=features,
        following=next((each["href"] for each in content.get("links", ()) if each["rel"] == "next"), None),
    )
