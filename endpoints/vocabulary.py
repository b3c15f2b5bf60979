"""The vocabulary `/def` and the domains `/domaines`: pages, and the graphs they are made from."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template
from pyoxigraph import Literal, NamedNode
from rdflib.namespace import OWL, RDF, RDFS

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.languages import best_text, language
from endpoints.listing import Row, Rows, alphabetical, with_counts
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.representations import GRAPH_DOCUMENTS, HTML
from publisher.vocabulary import ASC, DOMAINS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Triple

blueprint = Blueprint("vocabulary", __name__)

OFFERED = (HTML, *GRAPH_DOCUMENTS)
GRAPHS = {
    "def": ("vocabulary", {"ontology": NamedNode(str(ASC).rstrip("#"))}),
    "domaines": ("scheme", {"scheme": NamedNode(DOMAINS)}),
}
_KINDS = {str(OWL.Class): "class", str(OWL.ObjectProperty): "link", str(OWL.DatatypeProperty): "value"}
_LINKS = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)


@blueprint.get("/<any(def, domaines):name>")
@blueprint.get("/<any(def, domaines):name>" + forms(OFFERED))
def vocabulary(name: str, extension: str | None = None) -> Response:
    """Answer with the vocabulary or the domains in the representation asked for."""
    choice = choose_as(f"/{name}", OFFERED, extension)

    def build() -> str | bytes:
        if choice.representation is HTML:
            return _domains_page() if name == "domaines" else _terms_page()
        return serving().serialiser.write(_graph(name), choice.representation)

    return answer(choice, build, path=f"/{name}", links=alternates(f"/{name}", OFFERED))


def _graph(name: str) -> list[Triple]:
    query, terms = GRAPHS[name]
    triples = Queries(serving().project, served_release().store).construct(query, terms)
    return sorted(triples, key=str)


def _domains_page() -> str:
    return render_template("domaines.html", domains=domain_tree())


def domain_tree() -> list[tuple[Row, list[Row]]]:
    """Return the top domains with their narrower ones, each with its number of companies."""
    return _domain_tree(served_release().name, language())


@lru_cache(maxsize=8)
def _domain_tree(_release: str, _lang: str) -> list[tuple[Row, list[Row]]]:
    """Return the tree of the release served, whose name and language keep what is remembered apart."""
    release = served_release()
    rows = alphabetical(with_counts(Rows(release).select("domains"), release.counts.get("domaines", {})))
    below: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        below[row.get("broader")].append(row)
    return [(row, below[row["thing"]]) for row in below[None]]


def _terms_page() -> str:
    terms: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for triple in _graph("def"):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            terms[triple.subject.value][triple.predicate.value].append(triple.object)
    shown = [_term(iri, said) for iri, said in terms.items() if iri.startswith(str(ASC))]
    groups = {kind: [term for term in shown if term["kind"] == kind] for kind in _KINDS.values()}
    return render_template("vocabulaire.html", groups=groups, ontology=str(ASC).rstrip("#"))


def _term(iri: str, said: dict[str, list[NamedNode | Literal]]) -> dict[str, object]:
    kinds = [_KINDS[t.value] for t in said[str(RDF.type)] if t.value in _KINDS]
    links = [(str(p).rpartition("#")[2], [o.value for o in said.get(str(p), ())]) for p in _LINKS]
    return {
        "iri": iri,
        "name": iri.rpartition("#")[2],
        "label": _text(said[str(RDFS.label)]),
        "comment": _text(said[str(RDFS.comment)]),
        "kind": kinds[0] if kinds else "",
        "links": [(name, [_compact(value) for value in values]) for name, values in links if values],
    }


def _text(terms: Iterable[object]) -> str:
    best = best_text((term for term in terms if isinstance(term, Literal)), language())
    return best.value if best else ""


def _compact(iri: str) -> tuple[str, str]:
    """Return the prefixed name of a term and where it leads."""
    prefixes = serving().project.prefixes.items()
    name = next((f"{p}:{iri.removeprefix(ns)}" for p, ns in prefixes if iri.startswith(ns)), iri)
    return name, serving().minter.path_of(iri) or iri
