"""What a page tells machines in its head and beside its breadcrumbs: schema.org in JSON-LD, canonical addresses.

A `<script type="application/ld+json">` is a data block, which no browser executes (HTML, « the script element »):
the content policy lets it be. Values are escaped so that no text of a table can close the element.
"""

from __future__ import annotations

import json
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import g, request
from jinja2 import pass_context
from markupsafe import Markup

from endpoints.answers import Link, known_parameters
from endpoints.languages import LANGUAGES, PARAMETER, explicit_language, language
from endpoints.schema_org import Describer
from endpoints.schema_org_types import type_of
from endpoints.serving import served_release, serving
from publisher.representations import GRAPH_DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask
    from jinja2.runtime import Context

    from endpoints.schema_org_types import Node
    from endpoints.views import Value

CONTEXT = "https://schema.org"
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_CATALOG_PAGES = frozenset({"home.home", "home.data", "catalog.catalog", "catalog.catalog_as"})
_LISTED = 50


def install_structured_data(app: Flask) -> None:
    """Give the templates the functions of this module."""
    app.jinja_env.globals.update(
        structured_data=structured_data,
        structured_crumbs=structured_crumbs,
        canonical=canonical,
        hreflangs=hreflangs,
    )


def data_block(node: Node) -> Markup:
    """Return a JSON-LD data block, with nothing in it that HTML could take for markup."""
    text = json.dumps({"@context": CONTEXT, **node}, ensure_ascii=False).translate(_ESCAPES)
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))  # noqa: S704 — escaped above


def canonical(lang: str | None = None) -> str:
    """Return this page's own absolute address: no extension, only the parameters that change what it shows."""
    path, parameters = _address()
    wanted = lang or explicit_language()
    query = "&".join([*parameters, *([f"{PARAMETER}={wanted}"] if wanted else [])])
    return f"{path}{'?' if query else ''}{query}"


def _address() -> tuple[str, list[str]]:
    """Return this page's address without its parameters, and those that it keeps, the language aside."""
    if "address" not in g:
        path = quote(request.path).removesuffix(".html")
        kept = [urlencode([each]) for each in known_parameters() if each != ("page", "1")]
        g.address = f"{serving().project.base_uri}{path}", kept
    found: tuple[str, list[str]] = g.address
    return found


def hreflangs() -> list[tuple[str, str]]:
    """Return the page's addresses by language tag; `x-default` is the one that follows the reader's settings."""
    whatever = canonical().replace(f"{PARAMETER}={explicit_language()}", "").rstrip("?&")
    return [*((lang, canonical(lang)) for lang in LANGUAGES), ("x-default", whatever)]


def structured_crumbs(trail: Sequence[Value], last: str, above: tuple[str, str] | None, home: str) -> Markup:
    """Return a page's breadcrumbs as a BreadcrumbList: the steps of its `nav`, then the page itself."""
    base = serving().project.base_uri
    steps = [(home, "/"), *([(above[1], above[0])] if above else []), *((s.text, s.href or "/") for s in trail)]
    items = [(name, f"{base}{path}") for name, path in steps] + [(last, canonical())]
    listed = [
        {"@type": "ListItem", "position": number, "name": str(name), "item": address}
        for number, (name, address) in enumerate(items, 1)
    ]
    return data_block({"@type": "BreadcrumbList", "itemListElement": listed})


def signposts(kind: str, iri: str, path: str) -> list[Link]:
    """Return the links of a landing page to its data: they describe the thing, and are what there is to take."""
    types = [Link(f"{CONTEXT}/AboutPage", "type"), Link(type_of(kind, iri), "type")]
    files = [(f"{path}.{each.extension}", each.media_type) for each in GRAPH_DOCUMENTS]
    return [*types, *(Link(target, relation, media) for relation in ("describedby", "item") for target, media in files)]


def site_signposts(path: str, kind: str, named: str) -> list[Link]:
    """Return the links of a page that is about data as a whole: `named` in schema.org's class `kind`.

    `path` is where the RDF that describes it is.
    """
    project = serving().project
    described = [Link(f"{path}.{each.extension}", "describedby", each.media_type) for each in GRAPH_DOCUMENTS]
    return [
        Link(named, "cite-as"),
        Link(f"{CONTEXT}/AboutPage", "type"),
        Link(f"{CONTEXT}/{kind}", "type"),
        Link(project.licence, "license"),
        Link(serving().minter.publisher, "author"),
        *described,
    ]


def catalog_signposts() -> list[Link]:
    """Return the links of a page about all that is published, as the catalog describes it."""
    return site_signposts("/catalog", "DataCatalog", f"{serving().project.base_uri}/catalog")


@pass_context
def structured_data(context: Context, title: str, description: str) -> Markup:
    """Return what a page is and is about; `context` is the template's."""
    project = serving().project
    describer = Describer(served_release().store, serving().minter, project, language())
    site = {
        "@type": "WebSite",
        "@id": f"{project.base_uri}/#site",
        "url": f"{project.base_uri}/",
        "name": project.title[language()],
    }
    page: dict[str, Any] = {
        "@type": "WebPage",
        "@id": canonical(),
        "url": canonical(),
        "name": unescape(title).strip() or project.title[language()],
        "description": unescape(description).strip(),
        "inLanguage": language(),
        "license": project.licence,
        "isPartOf": site,
        "publisher": describer.publisher(),
    }
    about = _about(context, describer)
    if about is not None:
        page["mainEntity"] = about
    return data_block(page)


def _about(context: Context, describer: Describer) -> Node | None:
    view = context.get("view")
    if view is not None:
        return describer.thing(view.kind, view.iri)
    if request.endpoint in _CATALOG_PAGES:
        return describer.catalog()
    if context.get("domains") is not None:
        return describer.scheme(row["iri"] for top, narrower in context["domains"] for row in (top, *narrower))
    if context.get("rows") is not None:
        return _listing(context["rows"], context.get("total"))
    return None


def _listing(rows: Sequence[dict[str, str]], total: int | None) -> Node:
    base = serving().project.base_uri
    shown = [row for row in rows if row.get("thing", "").startswith("/") and row.get("name")]
    items = [
        {"@type": "ListItem", "position": number, "name": row["name"], "url": f"{base}{row['thing']}"}
        for number, row in enumerate(shown[:_LISTED], 1)
    ]
    return {"@type": "ItemList", "numberOfItems": total or len(rows), "itemListElement": items}
