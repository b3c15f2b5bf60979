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
    return bend(read_turtle(data.draw(st.sampled_from(EXAMPLES))), data)


def bend(graph: Graph, data: st.DataObject) -> Graph:
    """Take statements of a graph away, add others, bend some to another value; return it."""
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


NODES = ["ex:a", "ex:b", "ex:c", "ex:d", "_:e", "_:f"]
PREDICATES = ["ex:p", "ex:q", "ex:r"]
CLASSES = ["ex:C", "ex:D", "ex:E"]
STATEMENTS = st.one_of(
    st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from([*NODES, '"x"', '"y"@fr', "3"])),
    st.tuples(st.sampled_from(NODES), st.just("a"), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(CLASSES), st.just("rdfs:subClassOf"), st.sampled_from(CLASSES)),
)
PATHS = st.recursive(
    st.sampled_from([*PREDICATES, "rdf:type", *(f"[ sh:inversePath {each} ]" for each in PREDICATES)]),
    lambda inner: st.one_of(
        st.builds("( {} {} )".format, inner, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
        st.builds("[ sh:zeroOrOnePath {} ]".format, inner),
    ),
    max_leaves=3,
)
OF_VALUES = st.sampled_from(
    ["sh:nodeKind sh:IRI", "sh:class ex:C", "sh:class ex:D", 'sh:languageIn ( "fr" )', "sh:in ( ex:a ex:b 3 )",
     "sh:disjoint ex:q", "sh:equals ex:p"]
)  # fmt: skip
OF_PROPERTIES = st.sampled_from(
    ["sh:minCount 1", "sh:minCount 2", "sh:maxCount 1", "sh:hasValue ex:a", "sh:uniqueLang true", "sh:lessThan ex:r",
     "sh:qualifiedValueShape [ sh:class ex:D ] ; sh:qualifiedMinCount 1"]
)  # fmt: skip
CONSTRAINTS = st.recursive(
    st.one_of(
        OF_VALUES, st.builds("sh:property [ sh:path {} ; {} ]".format, PATHS, st.one_of(OF_VALUES, OF_PROPERTIES))
    ),
    lambda inner: st.one_of(
        st.builds("sh:property [ sh:path {} ; {} ]".format, PATHS, inner),
        st.builds("sh:node [ {} ]".format, inner),
        st.builds("sh:not [ {} ]".format, inner),
        st.builds("sh:or ( [ {} ] [ {} ] )".format, inner, inner),
        st.builds("sh:xone ( [ {} ] [ {} ] )".format, inner, inner),
    ),
    max_leaves=3,
)
AIMED = st.sampled_from(
    ["sh:targetClass ex:C", "sh:targetClass ex:D, ex:E", "sh:targetNode ex:a, ex:z, 3", "sh:targetSubjectsOf ex:p",
     "sh:targetObjectsOf ex:q", "sh:targetObjectsOf ex:p ; sh:targetClass ex:C"]
)  # fmt: skip
