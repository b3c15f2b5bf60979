"""The catalog of what is published (DCAT-AP), by pages when it is long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request
from pyoxigraph import RdfFormat, parse

from endpoints import catalog_view
from endpoints.answers import Choice, alternates, answer, choose
from endpoints.catalog_view import Description, entries, page_count, page_of
from endpoints.languages import language
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from endpoints.structured_data import catalog_signposts
from publisher.release import CATALOG
from publisher.representations import DOCUMENTS, HTML, RDF_XML, by_extension

if TYPE_CHECKING:
    from pyoxigraph import Triple

blueprint = Blueprint("catalog", __name__)

PATH = "/catalog"
_ALSO = {"xml": RDF_XML}
"""Extensions that harvesters guess, besides a representation's own."""


@blueprint.get(PATH)
def catalog() -> Response:
    """Answer with the catalog: 200 without redirection, Turtle unless something else is preferred."""
    return _answer(choose(PATH, DOCUMENTS), PATH)


@blueprint.get(f"{PATH}.<extension>")
def catalog_as(extension: str) -> Response:
    """Answer with the catalog in the representation that the extension names."""
    found = by_extension(extension) or _ALSO.get(extension)
    if found is None:
        raise NotFoundError.at(request.path)
    return _answer(Choice(found, fixed=True), f"{PATH}.{extension}")


def _answer(choice: Choice, path: str) -> Response:
    number = _page_number()
    if number > 1 and (choice.representation is HTML or number > page_count(_triples(), catalog_view.PAGE_SIZE)):
        raise NotFoundError.at(request.full_path)

    def build() -> str | bytes:
        if choice.representation is HTML:
            datasets, services = entries(Description(_triples()), language())
            return render_template("catalogue.html", datasets=datasets, services=services)
        address = f"{serving().project.base_uri}{path}"
        page = page_of(_triples(), number, address, catalog_view.PAGE_SIZE)
        return serving().serialiser.write(page, choice.representation)

    signposts = catalog_signposts() if choice.representation is HTML else []
    return answer(choice, build, path=PATH, links=[*signposts, *alternates(PATH, DOCUMENTS)])


def _page_number() -> int:
    asked = request.args.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", asked):
        raise NotFoundError.at(request.full_path)
    return int(asked)


def _triples() -> list[Triple]:
    path = served_release().release.directory / CATALOG
    return [quad.triple for quad in parse(path=str(path), format=RdfFormat.N_TRIPLES)]
