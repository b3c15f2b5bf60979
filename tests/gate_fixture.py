"""What tests of the gate share: examples, corrupted values, reports as multisets of results."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH, XSD

from publisher.graphs import read_turtle

if TYPE_CHECKING:
    from rdflib.term import Node

ROOT = Path(__file__).parents[1]
EXAMPLES = [path for path in sorted((ROOT / "shapes/examples").glob("*/*.ttl")) if ".report." not in path.name]
PREFIXES = """
    @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://exemple.test/> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def term(node: Node | None) -> object:
    """Return a term as both engines must give it; blank nodes are alike, and languages have no case."""
    if isinstance(node, BNode):
        return "blank"
    if isinstance(node, Literal):
        return str(node), (node.language or "").lower(), str(node.datatype or XSD.string)
    return node and str(node)


def results(report: Graph) -> Counter[tuple[object, ...]]:
    """Return a report's results as a multiset."""
    terms = (SH.focusNode, SH.sourceConstraintComponent, SH.resultPath, SH.resultSeverity, SH.value, SH.sourceShape)
    return Counter(
        (
            *(term(report.value(result, each)) for each in terms),
            frozenset(term(message) for message in report.objects(result, SH.resultMessage)),
        )
        for result in report.objects(report.value(None, RDF.type, SH.ValidationReport), SH.result)
    )


WORDS = ["", "1", "-3", "1.50", "abc", "2020-02-28", "2020", "true", "http://a b", "+5", "00123456789012345678901"]
FITTING = {
    XSD.integer: ["1", "-3", "+5", "00123"],
    XSD.decimal: ["1.50", "-3", "500000.00"],
    XSD.date: ["2020-02-28"],
    XSD.gYear: ["2020"],
    XSD.boolean: ["true"],
    XSD.anyURI: ["urn:x"],
}
"""Well-formed values only: of ill-formed ones that are to be compared, pySHACL says nothing (SHACL §4.3 does)."""

LITERALS = st.one_of(
    st.sampled_from(WORDS).map(Literal),
    st.builds(lambda text, lang: Literal(text, lang=lang), st.sampled_from(WORDS), st.sampled_from(["fr", "en", "de"])),
    st.sampled_from([(text, kind) for kind, texts in FITTING.items() for text in texts]).map(
        lambda pair: Literal(pair[0], datatype=pair[1])
    ),
)
IRIS = st.sampled_from([URIRef("urn:x"), URIRef("http://id.insee.fr/geo/departement/6"), URIRef("http://a/b#c")])


def corrupt(data: st.DataObject) -> Graph:
    """Draw an example, and take statements of it away, add others, bend some to another value."""
    graph = read_turtle(data.draw(st.sampled_from(EXAMPLES)))
    for _ in range(data.draw(st.integers(1, 5))):
        statements = sorted(graph, key=str)
        if not statements:
            break
        subject, predicate, value = data.draw(st.sampled_from(statements))
        if data.draw(st.booleans()):
            graph.remove((subject, predicate, value))
        if data.draw(st.booleans()):
            others = st.sampled_from([each[2] for each in statements])
            graph.add((subject, predicate, data.draw(st.one_of(LITERALS, IRIS, others))))
    return graph
