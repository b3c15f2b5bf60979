"""`/.well-known/void`: the VoID description of the dataset, at the address where crawlers look for it (RFC 8615).

The note « Describing Linked Datasets with the VoID Vocabulary » (§7.2) lets a server answer there or redirect; it
answers, since not every crawler follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import RdfFormat, parse

from endpoints.answers import Choice, alternates, answer, choose
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.release import VOID
from publisher.representations import GRAPH_DOCUMENTS, HTML, by_extension

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from publisher.release import Release

blueprint = Blueprint("dataset", __name__)

PATH = "/.well-known/void"


@blueprint.get(PATH)
def void() -> Response:
    """Answer with the description: 200 without redirection, Turtle unless something else is preferred."""
    return _answer(choose(PATH, GRAPH_DOCUMENTS))


@blueprint.get(f"{PATH}.<extension>")
def void_as(extension: str) -> Response:
    """Answer with the description in the representation that the extension names."""
    found = by_extension(extension)
    if found is None or found is HTML:
        raise NotFoundError.at(request.path)
    return _answer(Choice(found, fixed=True))


def dataset_triples(release: Release) -> list[Triple]:
    """Return the VoID description and statistics of a release; nothing when it has none."""
    path = release.directory / VOID
    if not path.is_file():
        return []
    return [quad.triple for quad in parse(path=str(path), format=RdfFormat.N_TRIPLES)]


def _answer(choice: Choice) -> Response:
    triples = dataset_triples(served_release().release)
    if not triples:
        raise NotFoundError.at(request.path)
    found = choice.representation
    return answer(
        choice,
        lambda: serving().serialiser.write(triples, found),
        path=PATH,
        links=alternates(PATH, GRAPH_DOCUMENTS),
    )
