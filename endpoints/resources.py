"""Things and their documents: `/id/{class}/{key}` → 303 → `/doc/{class}/{key}`, in five representations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from endpoints.answers import Link, alternates, answer, choose, extension_of
from endpoints.document_pages import document_page
from endpoints.documents import exists, find_document, successor_of, types_of
from endpoints.history import describe_latest, find_tombstone, history_path
from endpoints.languages import PARAMETER, explicit_language
from endpoints.past import history_state, served_history
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from endpoints.structured_data import signposts
from publisher.identifiers import DOMAIN_CLASS, TERRITORY_CLASSES
from publisher.representations import DOCUMENTS, HTML

if TYPE_CHECKING:
    from publisher.representations import Representation

blueprint = Blueprint("resources", __name__)

KEY_LENGTH = 200
_OTHERS = TERRITORY_CLASSES | {DOMAIN_CLASS}
"""Classes whose IRIs are not ours: we publish documents about them, and redirect nobody from `/id`."""
_CLASS = re.compile(r"[a-zA-Z][a-zA-Z-]{0,40}")


@blueprint.get("/id/<kind>/<key>")
def thing(kind: str, key: str) -> Response:
    """Send the client from a thing of ours to the document about it (303 See Other)."""
    if kind in _OTHERS or not _is_published(kind, key):
        return _missing(kind, key)
    if moved := _successor(kind, key):
        return _moved(moved.replace("/doc/", "/id/", 1))
    path = serving().minter.document_path(kind, key)
    asked = explicit_language()
    response = Response(status=303, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = f"{path}?{PARAMETER}={asked}" if asked else path
    response.headers["Vary"] = "Accept"
    for link in [Link(path, "describedby"), *alternates(path, DOCUMENTS)]:
        response.headers.add("Link", str(link))
    response.set_data(f"{path}\n")
    return response


@blueprint.get("/doc/<kind>/<name>")
def document(kind: str, name: str) -> Response:
    """Answer with the document about a thing, in the representation asked for."""
    key, fixed = extension_of(name)
    if fixed not in DOCUMENTS:
        key, fixed = name, None
    if not _is_published(kind, key):
        return _missing(kind, key, fixed)
    if moved := _successor(kind, key):
        return _moved(f"{moved}.{fixed.extension}" if fixed else moved)
    path = f"/doc/{kind}/{quote(key, safe='')}"
    choice = choose(path, DOCUMENTS, fixed)

    def build() -> str | bytes:
        return _written(kind, key, choice.representation)

    links = _links(kind, key, path, choice.representation)
    return answer(choice, build, path=path, links=links, state=history_state(), repeatable=True)


def _missing(kind: str, key: str, fixed: Representation | None = None) -> Response:
    """Return the tombstone of what was withdrawn.

    Raises:
        NotFoundError: nothing was ever published there.
    """
    tombstone = find_tombstone(kind, key, fixed)
    if tombstone is None:
        raise NotFoundError.at(request.path)
    return tombstone


def _written(kind: str, key: str, representation: Representation) -> str | bytes:
    found = find_document(serving(), served_release(), kind, key)
    if representation is HTML:
        return document_page(kind, key, found)
    return serving().serialiser.write((*found.triples, *describe_latest(found.thing.value)), representation)


def _links(kind: str, key: str, path: str, representation: Representation) -> list[Link]:
    """Return what a document says about itself: what it describes, how to cite it, its licence, its forms.

    A page is a landing page by FAIR Signposting (https://signposting.org/FAIR/, level 1).
    """
    described = serving().minter.thing(kind, key)
    links = [
        Link(described, "describes"),
        Link(described, "cite-as"),
        Link(serving().project.licence, "license"),
        Link(serving().minter.publisher, "author"),
        *(Link(type_.value, "type") for type_ in types_of(served_release().store, NamedNode(described))),
        *(signposts(kind, described, path) if representation is HTML else [Link(path, "collection", HTML.media_type)]),
        *alternates(path, DOCUMENTS),
    ]
    if served_history().latest(described):
        links.append(Link(history_path(kind, key), "version-history"))
    return list(dict.fromkeys(links))  # schema.org's class may be one of the thing's own


def _moved(path: str) -> Response:
    return Response(f"{path}\n", status=301, content_type="text/plain; charset=utf-8", headers={"Location": path})


def _successor(kind: str, key: str) -> str | None:
    """Return the path of the document about what replaces a thing that is no more."""
    minter = serving().minter
    successor = successor_of(served_release().store, NamedNode(minter.thing(kind, key)))
    return minter.path_of(successor.value) if successor else None


def _is_published(kind: str, key: str) -> bool:
    if not _CLASS.fullmatch(kind) or not 0 < len(key) <= KEY_LENGTH or not key.isprintable():
        return False
    return exists(served_release().store, NamedNode(serving().minter.thing(kind, key)))
