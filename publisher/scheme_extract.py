"""The domain scheme as a table: one row a concept, both languages, what is above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SKOS

from publisher.extract_columns import URI, ExtractColumn
from publisher.graphs import read_turtle
from publisher.vocabulary import DOMAINS

if TYPE_CHECKING:
    from rdflib.term import Node

    from publisher.project import Project

_TEXTS = {
    "code": ("Code", "Code", "Code saisi dans la colonne « domaines » des tables.", "Code used in the tables."),
    "libelle_fr": ("Libellé", "French label", "Libellé en français.", "Label in French."),
    "libelle_en": ("Libellé anglais", "English label", "Libellé en anglais.", "Label in English."),
    "definition_fr": ("Définition", "French definition", "Définition en français.", "Definition in French."),
    "definition_en": ("Définition anglaise", "English definition", "Définition en anglais.", "Definition in English."),
    "parent": ("Domaine parent", "Broader domain", "Code du domaine plus large.", "Code of the broader domain."),
    "theme": ("Thème européen", "EU theme", "Thème de données de l'Union européenne.", "EU data theme."),
}
SCHEME_COLUMNS = (
    ExtractColumn("uri", *URI, "", required=True),
    *(
        ExtractColumn(name, {"fr": fr, "en": en}, {"fr": about, "en": english}, "", required=name == "code")
        for name, (fr, en, about, english) in _TEXTS.items()
    ),
)


def scheme_graph(project: Project) -> Graph:
    """Return the statements of the project's schemes."""
    return read_turtle(*(path for path in project.vocabulary_files() if path.parent.name == "schemes"))


def scheme_rows(project: Project) -> list[list[str]]:
    """Return the concepts of the domain scheme in the order of their codes; no value is an empty text."""
    graph = scheme_graph(project)
    concepts = [c for c in graph.subjects(SKOS.notation) if isinstance(c, URIRef) and c.startswith(DOMAINS)]
    return sorted((_row(graph, concept) for concept in concepts), key=lambda row: row[1])


def _row(graph: Graph, concept: URIRef) -> list[str]:
    def text(predicate: URIRef, lang: str) -> str:
        found = (o for o in graph.objects(concept, predicate) if isinstance(o, Literal) and o.language == lang)
        return str(min(found, default=""))

    def link(predicate: URIRef) -> Node | None:
        return min(graph.objects(concept, predicate), key=str, default=None)

    broader = link(SKOS.broader)
    parent = graph.value(broader, SKOS.notation) if broader else None
    labels = [text(predicate, lang) for predicate in (SKOS.prefLabel, SKOS.definition) for lang in ("fr", "en")]
    return [
        str(concept),
        str(graph.value(concept, SKOS.notation)),
        *labels,
        str(parent or ""),
        str(link(SKOS.broadMatch) or ""),
    ]
