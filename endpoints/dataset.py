"""`/.well-known/void`: the VoID description of the dataset, at the address where crawlers look for it (RFC 8615).

The note « Describing Linked Datasets with the VoID Vocabulary » (§7.2) lets a server answer there or redirect; it
answers, since not every crawler follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pyoxigraph import RdfFormat, parse

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.release import VOID
from publisher.representations import GRAPH_DOCUMENTS

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from publisher.release import Release

blueprint = Blueprint("dataset", __name__)

PATH = "/.well-known/void"


@blueprint.get(PATH)
@blueprint.get(PATH + forms(GRAPH_DOCUMENTS))
def void(extension: str | None = None) -> Response:
    """Answer with the description: 200 without redirection, Turtle unless something else is preferred."""
    choice = choose_as(PATH, GRAPH_DOCUMENTS, extension)
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


def dataset_triples(release: Release) -> list[Triple]:
    """Return the VoID description and statistics of a release; nothing when it has none."""
    path = release.directory / VOID
    if not path.is_file():
        return []
    return [quad.triple for quad in parse(path=str(path), format=RdfFormat.N_TRIPLES)]
