"""The vocabulary `/def` as documentation: its terms, a drawing of its classes, the scheme of domains; and its graph."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template
from flask_babel import gettext
from pyoxigraph import Literal, NamedNode
from rdflib.namespace import SKOS

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.languages import best_text, language
from endpoints.serving import served_release, serving
from endpoints.structured_data import site_signposts
from endpoints.vocabulary import OFFERED, domain_tree, select_graph
from endpoints.vocabulary_diagram import draw_classes
from endpoints.vocabulary_terms import KINDS, name_term, read_terms
from endpoints.wording import term_label
from publisher.representations import HTML
from publisher.vocabulary import ASC, DOMAINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Triple

blueprint = Blueprint("ontology", __name__)

PATH = "/def"
ONTOLOGY = str(ASC).rstrip("#")


@blueprint.get(PATH)
@blueprint.get(PATH + forms(OFFERED))
def ontology(extension: str | None = None) -> Response:
    """Answer with the vocabulary in the representation asked for."""
    choice = choose_as(PATH, OFFERED, extension)

    def build() -> str | bytes:
        graph = select_graph("vocabulary", {"ontology": NamedNode(ONTOLOGY)})
        return (
            _page(graph) if choice.representation is HTML else serving().serialiser.write(graph, choice.representation)
        )

    signposts = site_signposts(PATH, "DefinedTermSet", ONTOLOGY) if choice.representation is HTML else []
    return answer(choice, build, path=PATH, links=[*signposts, *alternates(PATH, OFFERED)])


def _page(graph: list[Triple]) -> str:
    terms = read_terms(graph)
    return render_template(
        "vocabulaire.html",
        groups={kind: [term for term in terms if term.kind == kind] for kind in KINDS.values()},
        diagram=draw_classes(terms, _class_name, lambda iri: name_term(iri).text),
        name_term=name_term,
        ontology=ONTOLOGY,
        said=_said(graph, ONTOLOGY),
        scheme=_said(_about(DOMAINS), DOMAINS),
        tops=domain_tree(),
    )


def _class_name(iri: str | None) -> str:
    """Return the name of a class; a concept is one of any scheme here, not of the directory's domains alone."""
    if iri is not None and iri != str(SKOS.Concept):
        return term_label(served_release().store, iri, language())
    return str(gettext("Concept") if iri else gettext("Toute fiche"))


def _about(iri: str) -> Iterator[Triple]:
    """Yield what the release says of one thing."""
    yield from (quad.triple for quad in served_release().store.quads_for_pattern(NamedNode(iri), None, None))


def _said(graph: Iterable[Triple], iri: str) -> dict[str, str]:
    """Return the title, description, version… of an ontology or scheme, by the end of each property's name."""
    found: dict[str, list[Literal]] = defaultdict(list)
    for triple in graph:
        if triple.subject == NamedNode(iri) and isinstance(triple.object, Literal):
            found[triple.predicate.value.replace("#", "/").rpartition("/")[2]].append(triple.object)
    best = {name: best_text(texts, language()) for name, texts in found.items()}
    return {name: text.value for name, text in best.items() if text}
