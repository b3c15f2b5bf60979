"""The questions as RDF: SHACL's executables, described as SIB's examples of SPARQL queries are.

https://www.w3.org/TR/shacl-af/ (sh:SPARQLExecutable), https://github.com/sib-swiss/sparql-examples. Each text runs as
it stands, with the default values of its parameters; the address template says which these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.namespace import OWL, RDF, RDFS, SH, XSD

from endpoints.parameters import LANGUAGE
from publisher.vocabulary import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from endpoints.examples import Example
    from publisher.project import Project

PATH = "/questions"
_EXECUTABLES = {
    "SELECT": (SH.SPARQLSelectExecutable, SH.select),
    "ASK": (SH.SPARQLAskExecutable, SH.ask),
    "CONSTRUCT": (SH.SPARQLConstructExecutable, SH.construct),
}


def describe_questions(examples: Iterable[Example], project: Project) -> list[Triple]:
    """Return the graph of the questions, with the prefixes that they share."""
    prefixes = NamedNode(f"{project.base_uri}{PATH}#prefixes")
    found = [triple for example in examples for triple in _question(example, project, prefixes)]
    found.append(_triple(prefixes, RDF.type, NamedNode(str(OWL.Ontology))))
    for name, namespace in project.prefixes.items():
        declared = BlankNode(f"prefix-{name}")
        found += [
            _triple(prefixes, SH.declare, declared),
            _triple(declared, SH.prefix, Literal(name)),
            _triple(declared, SH.namespace, Literal(namespace, datatype=NamedNode(str(XSD.anyURI)))),
        ]
    return found


def _question(example: Example, project: Project, prefixes: NamedNode) -> Iterator[Triple]:
    node = NamedNode(f"{project.base_uri}{PATH}/{example.key}")
    executable, property_ = _EXECUTABLES[example.form]
    for class_ in (SH.SPARQLExecutable, executable):
        yield _triple(node, RDF.type, NamedNode(str(class_)))
    for lang, title in example.title.items():
        yield _triple(node, RDFS.label, Literal(title, language=lang))
        yield _triple(node, RDFS.comment, Literal(f"{title} – {example.description[lang]}", language=lang))
    yield _triple(node, SH.prefixes, prefixes)
    yield _triple(node, property_, Literal(example.query))
    yield _triple(node, SCHEMA.target, NamedNode(f"{project.base_uri}/sparql"))
    names = [parameter.name for parameter in example.parameters if parameter.kind != LANGUAGE]
    if names:
        template = f"{node.value}{{?{','.join(names)}}}"
        action, entry = BlankNode(f"action-{example.key}"), BlankNode(f"entry-{example.key}")
        yield _triple(node, SCHEMA.potentialAction, action)
        yield _triple(action, RDF.type, NamedNode(str(SCHEMA.SearchAction)))
        yield _triple(action, SCHEMA.target, entry)
        yield _triple(entry, RDF.type, NamedNode(str(SCHEMA.EntryPoint)))
        yield _triple(entry, SCHEMA.urlTemplate, Literal(template))


def _triple(subject: NamedNode | BlankNode, predicate: object, value: NamedNode | BlankNode | Literal) -> Triple:
    return Triple(subject, NamedNode(str(predicate)), value)
