"""The contract of publisher.store.base, held against every store."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import Literal, RdfFormat, parse
from rdflib import Graph
from rdflib import Literal as TypedLiteral
from rdflib.compare import isomorphic

from publisher.errors import StoreError
from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS, N_TRIPLES, RESULTS_JSON
from publisher.store.errors import QueryMalformedError, StoreTimeoutError

if TYPE_CHECKING:
    from publisher.store.base import Store

JSON = RESULTS_JSON.media_type
XSD = "http://www.w3.org/2001/XMLSchema#"
ALL = "SELECT ?o WHERE { ?s <urn:p> ?o }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
VALUES = {
    "integer": ("007", Decimal(7)),
    "decimal": ("1500000.50", Decimal("1500000.5")),
    "boolean": ("true", True),
    "gYear": ("2018", "2018"),
    "date": ("2018-09-28", "2018-09-28"),
    "dateTime": ("2018-09-28T08:00:00Z", "2018-09-28T08:00:00Z"),
    "anyURI": ("https://example.org/a", "https://example.org/a"),
}
TEXTS = (
    "Éclairage – « l'été » œuvre",
    'guillemets " et barre \\ oblique',
    "deux\nlignes\tet\rretours",
    "  espaces aux bords ",
    " ",
    "<balise> & entité &amp; ]]>",
    "@prefix _:b1 . # pas un commentaire",
    "😀 𝄞 漢字 العربية",
    "e\u0301 décomposé \u00a0 insécable",
    "{accolades} }},{ \\u00e9",
    "nodeID://b1",
    "",
)


def rows(store: Store, text: str, *graphs: str) -> list[dict[str, Any]]:
    """Return the solutions of a query."""
    found: list[dict[str, Any]] = json.loads(store.query(text, JSON, graphs).read())["results"]["bindings"]
    return found


def number(store: Store, *graphs: str) -> int:
    """Return how many triples a query sees."""
    return int(rows(store, COUNT, *graphs)[0]["n"]["value"])


def triples(count: int) -> bytes:
    """Return so many triples in N-Triples."""
    return b"".join(b"<urn:s:%d> <urn:p> <urn:o:%d> .\n" % (i, i % 97) for i in range(count))


def test_load(store: Store, graph: str) -> None:
    """What is loaded, cut anywhere, is counted and found."""
    data = triples(500)
    assert store.load(graph, (data[i : i + 7] for i in range(0, len(data), 7))) == 500
    store.activate(graph)
    assert number(store) == 500
    assert rows(store, "SELECT ?o WHERE { <urn:s:98> <urn:p> ?o }") == [{"o": {"type": "uri", "value": "urn:o:1"}}]


def test_load_anew(store: Store, graph: str) -> None:
    """Loading a graph again replaces what it held."""
    store.load(graph, [triples(20)])
    assert store.load(graph, [triples(5)]) == 5
    assert number(store, graph) == 5


def test_load_malformed(store: Store, graph: str) -> None:
    """What is no N-Triples is refused, and leaves no half graph behind."""
    with pytest.raises(StoreError):
        store.load(graph, [triples(20), b"<urn:s> <urn:p> .\n"])
    assert number(store, graph) == 0


def test_languages(store: Store, graph: str) -> None:
    """Texts keep their language tag; the same text in two languages is two texts."""
    store.load(graph, [b'<urn:s> <urn:p> "Lyon"@fr, "Lyon"@en .\n'.replace(b", ", b" .\n<urn:s> <urn:p> ")])
    found = rows(store, ALL, graph)
    assert sorted((row["o"]["xml:lang"], row["o"]["value"]) for row in found) == [("en", "Lyon"), ("fr", "Lyon")]
    assert len(rows(store, 'SELECT ?s WHERE { ?s <urn:p> "Lyon"@fr }', graph)) == 1


def test_datatypes(store: Store, graph: str) -> None:
    """Typed literals keep their datatype and their value; the engine may write that value in its canonical form."""
    lines = [f'<urn:{name}> <urn:p> "{form}"^^<{XSD}{name}> .\n' for name, (form, _) in VALUES.items()]
    store.load(graph, ["".join(lines).encode()])
    found = {row["s"]["value"][4:]: row["o"] for row in rows(store, "SELECT ?s ?o { ?s <urn:p> ?o }", graph)}
    assert {name: term["datatype"] for name, term in found.items()} == {name: XSD + name for name in VALUES}
    assert {term["type"] for term in found.values()} == {"literal"}
    for name, (_, expected) in VALUES.items():
        value = found[name]["value"]
        if isinstance(expected, Decimal):
            assert Decimal(value) == expected
        elif isinstance(expected, bool):
            assert value in {"true", "1"}
        else:
            assert value == expected


def test_texts(store: Store, graph: str) -> None:
    """Accents, quotes, new lines, spaces, markup and every plane of Unicode come back as they went in."""
    lines = [f"<urn:{i}> <urn:p> {Literal(text)} .\n<urn:{i}> <urn:l> {Literal(text, language='fr')} .\n"
             for i, text in enumerate(TEXTS)]  # fmt: skip
    store.load(graph, ["".join(lines).encode()])
    for name in ("p", "l"):
        found = rows(store, f"SELECT ?s ?o {{ ?s <urn:{name}> ?o }}", graph)
        assert {row["s"]["value"]: row["o"]["value"] for row in found} == {
            f"urn:{i}": text for i, text in enumerate(TEXTS)
        }


def test_iris(store: Store, graph: str) -> None:
    """IRIs keep their accents and escapes."""
    iris = {"https://example.org/é?a=b&c=d#e", "https://example.org/%C3%A9", "http://id.insee.fr/geo/commune/2A004"}
    store.load(graph, ["".join(f"<urn:s> <urn:p> <{iri}> .\n" for iri in iris).encode()])
    assert {row["o"]["value"] for row in rows(store, ALL, graph)} == iris


def test_blank_nodes(store: Store, graph: str) -> None:
    """A blank node stays one node, however far apart its triples are, and is written as one."""
    apart = b"".join(b'<urn:s:%d> <urn:q> "%s" .\n' % (i, b"x" * 1000) for i in range(2500))
    store.load(graph, [b"<urn:s> <urn:p> _:b .\n", apart, b'_:b <urn:p> "fin" .\n'])
    assert len(rows(store, 'SELECT ?b WHERE { <urn:s> <urn:p> ?b . ?b <urn:p> "fin" }', graph)) == 1
    [row] = rows(store, "SELECT ?b WHERE { <urn:s> <urn:p> ?b }", graph)
    assert row["b"]["type"] == "bnode"
    assert "/" not in row["b"]["value"]


def test_side_by_side(store: Store, graph: str, other_graph: str) -> None:
    """Two releases lie side by side; queries see the active one, and rolling back is activating the other."""
    store.load(graph, [triples(3)])
    store.activate(graph)
    store.load(other_graph, [triples(4)])
    assert number(store) == 3
    store.activate(other_graph)
    assert number(store) == 4
    store.activate(graph)
    assert number(store) == 3
    assert number(store, other_graph) == 4


def test_activate_absent(store: Store, graph: str, other_graph: str) -> None:
    """A graph that is not there cannot be activated; what was active stays."""
    store.load(graph, [triples(3)])
    store.activate(graph)
    with pytest.raises(StoreError):
        store.activate(other_graph)
    assert number(store) == 3


def test_drop(store: Store, graph: str, other_graph: str) -> None:
    """A dropped graph is empty, dropping it again is no error, and the active one cannot be dropped."""
    store.load(graph, [triples(3)])
    store.load(other_graph, [triples(4)])
    store.activate(graph)
    store.drop(other_graph)
    store.drop(other_graph)
    assert number(store, other_graph) == 0
    with pytest.raises(StoreError):
        store.drop(graph)
    assert number(store) == 3


def test_isolation(store: Store, graph: str, other_graph: str) -> None:
    """A query sees its default graph and no other, but where the store says that it cannot promise it."""
    store.load(graph, [triples(3)])
    store.load(other_graph, [b"<urn:other> <urn:p> <urn:o> .\n"])
    store.activate(graph)
    assert rows(store, "SELECT ?o WHERE { <urn:other> ?p ?o }") == []
    assert number(store) == 3
    if store.capabilities().standard_dataset:
        assert rows(store, "SELECT ?s WHERE { GRAPH ?g { ?s ?p ?o } }") == []
        assert rows(store, f"SELECT ?s WHERE {{ GRAPH <{other_graph}> {{ ?s ?p ?o }} }}") == []


@pytest.mark.parametrize("representation", BINDINGS_RESULTS, ids=lambda r: r.name)
def test_select_formats(store: Store, graph: str, representation: Any) -> None:
    """SELECT and ASK come in each standard format, and name it."""
    store.load(graph, [b'<urn:s> <urn:p> "7"^^<%sinteger> .\n' % XSD.encode()])
    answer = store.query(ALL, representation.media_type, [graph])
    assert (answer.status, answer.media_type) == (200, representation.media_type)
    assert (
        answer.read().replace(b" ", b"")
        == {
            "json": b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal","value":"7",'
            b'"datatype":"http://www.w3.org/2001/XMLSchema#integer"}}]}}',
            "xml": b'<?xmlversion="1.0"?><sparqlxmlns="http://www.w3.org/2005/sparql-results#"><head><variablename="o"/>'
            b'</head><results><result><bindingname="o"><literaldatatype="http://www.w3.org/2001/XMLSchema#integer">7'
            b"</literal></binding></result></results></sparql>",
            "csv": b"o\r\n7\r\n",
            "tsv": b"?o\n7\n",
        }[representation.name]
    )
    for text, expected in (("ASK { ?s <urn:p> ?o }", b"true"), ("ASK { ?s <urn:nope> ?o }", b"false")):
        assert expected in store.query(text, representation.media_type, [graph]).read()


@pytest.mark.parametrize("representation", GRAPH_RESULTS, ids=lambda r: r.name)
def test_graph_formats(store: Store, graph: str, representation: Any) -> None:
    """CONSTRUCT comes in each standard format with the same content."""
    data = '<urn:s> <urn:p> "é\\n"@fr .\n<urn:s> <urn:p> _:b .\n_:b <urn:p> <https://example.org/é> .\n'
    store.load(graph, [data.encode()])
    answer = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", representation.media_type, [graph])
    quads = parse(answer.read(), RdfFormat.from_media_type(representation.media_type))
    found = Graph().parse(data="".join(f"{quad.triple} .\n" for quad in quads), format="nt")
    assert isomorphic(found, Graph().parse(data=data, format="nt"))


def test_describe(store: Store, graph: str) -> None:
    """DESCRIBE gives what is said of a thing."""
    store.load(graph, [triples(3)])
    found = store.query("DESCRIBE <urn:s:1>", N_TRIPLES.media_type, [graph]).read()
    assert found.split() == [b"<urn:s:1>", b"<urn:p>", b"<urn:o:1>", b"."]


@pytest.mark.parametrize("text", ["SELECT ?x WHERE {", "SELEKT * {}", "", "SELECT ?x WHERE { ?x nope:p ?y }"])
def test_syntax_error(store: Store, graph: str, text: str) -> None:
    """A malformed query is told apart from a failure."""
    store.load(graph, [triples(3)])
    with pytest.raises(QueryMalformedError):
        store.query(text, JSON, [graph])


def test_timeout(store: Store, graph: str) -> None:
    """A query that takes longer than allowed is given up in time."""
    store.load(graph, [triples(160)])  # takes some seconds: an embedded query runs on when it is given up
    heavy = """SELECT (COUNT(*) AS ?n) WHERE { ?a ?p ?b . ?c ?p ?d . ?e ?p ?f
               FILTER(STRLEN(CONCAT(STR(?a), STR(?c), STR(?e))) = 7) }"""
    began = time.monotonic()
    with pytest.raises(StoreTimeoutError):
        store.query(heavy, JSON, [graph], 0.4)
    assert time.monotonic() - began < 2


def test_large_answer(store: Store, graph: str) -> None:
    """A large answer flows in chunks, complete; leaving early is no error."""
    store.load(graph, [triples(30_000)])
    answer = store.query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }", "text/csv", [graph])
    chunks = list(answer)
    assert b"".join(chunks).count(b"\r\n") == 30_001
    assert len(chunks) > 5
    assert max(map(len, chunks)) < 300_000
    store.query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }", "text/csv", [graph]).close()
    assert number(store, graph) == 30_000


def test_numbers(store: Store, graph: str) -> None:
    """Sums and comparisons work on values."""
    lines = (f'<urn:{i}> <urn:p> "{i}.50"^^<{XSD}decimal> .\n' for i in range(10))
    store.load(graph, [line.encode() for line in lines])
    [row] = rows(store, "SELECT (SUM(?o) AS ?n) WHERE { ?s <urn:p> ?o FILTER(?o > 4) }", graph)
    assert TypedLiteral(row["n"]["value"], datatype=row["n"]["datatype"]).toPython() == Decimal("42.0")
