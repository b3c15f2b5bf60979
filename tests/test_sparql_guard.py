"""The guard: what a query must not ask for is refused, what people write is not, in linear time."""

from __future__ import annotations

import time
from contextlib import suppress

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoints.evaluation import guard
from endpoints.evaluation.errors import (
    EvaluationError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTooComplexError,
    UpdateRefusedError,
)
from endpoints.evaluation.lexer import tokens

NOWHERE = "http://127.0.0.1:9/"
SERVICES = (
    f"SELECT*{{SERVICE<{NOWHERE}>{{?s?p?o}}}}",
    f"SELECT * {{ SeRvIcE#c\n<{NOWHERE}> {{?s ?p ?o}} }}",
    f"PREFIX x:<{NOWHERE}> SELECT * {{ SERVICE x:d {{?s ?p ?o}} }}",
    f"PREFIX : <{NOWHERE}> SELECT * {{ ?s ?p true.SERVICE:ep {{ ?s ?p ?o }} }}",
    "ASK { FILTER EXISTS { SERVICE SILENT ?u {?s ?p ?o} } }",
    'SELECT * { ?s ?p "a" .SERVICE<http://a>{} }',
    "SELECT * { ?s ?p 1.SERVICE<http://a>{} }",
    "SELECT * { ?s ?p 1e5SERVICE<http://a>{} }",
    "SELECT * { ?s ?p 'a\\'' . SERVICE<http://a>{} }",
    'SELECT * { ?s ?p """a"b""" SERVICE<http://a>{} }',
    "SELECT * { FILTER(1<2) SERVICE<http://a>{} }",
    "SELECT * { ?s ?p ?o FILTER(?o<3&&?o>1)SERVICE<http://a>{} }",
    'SELECT * { ?s <p>/<q> "x"@fr SERVICE<http://a>{} }',
    "SELECT * { ?s ?p 1SERVICE<http://a>{} }",
    "SELECT * { ?s ?p trueSERVICE<http://a>{} }",
    "PREFIX : <a:> SELECT * { ?s ?p :.service<http://a>{} }",
    "PREFIX x: <a:> SELECT * { ?s ?p x:a,x:b;SERVICE<http://a>{} }",
    "PREFIX x: <a:> SELECT * { ?s ?p x:a#c\nSERVICE<http://a>{} }",
    "PREFIX x: <a:> SELECT * { ?s ?p x:a.b.SERVICE<http://a>{} }",
    "SELECT * { ?s ?p _:a.b.SERVICE<http://a>{} }",
    "SELECT * { SERVIC\\u0045 <http://a> {} }",
    "SELECT * { \\U00000053ERVICE <http://a> {} }",
)
HARMLESS = (
    "SELECT ?service { ?service a <http://ex/SERVICE> }",
    'SELECT * { VALUES ?x { "SERVICE <http://x>" } } # SERVICE',
    "PREFIX s:<http://s/> SELECT * { ?s s:service ?o ; s:SERVICE.x ?x }",
    "SELECT * { ?s ?p \"it's\"@en , '''SERVICE''' }",
    "SELECT * { ?s a <http://x/a#SERVICE> }",
    "SELECT * { ?s ?p ?o FILTER(?o < 3 && ?o > 2) }",
    "PREFIX service:<http://s/> SELECT * { ?s service:x 1 }",
    "PREFIX x:<http://s/> SELECT * { ?s x:e\u0301service x:a\u00b7service ; x:a.service ?e\u0301service }",
    "PREFIX web.service:<http://s/> SELECT * { ?s web.service:x 1 }",
    "SELECT * { ?s ?p _:service1 . ?s $SERVICE ?o }",
    "SELECT * { VALUES ?x {" + " ".join(f'"a.{i}"' for i in range(500)) + "} }",
    "SELECT * { ?s ?p ?o FILTER(?o IN (" + ", ".join(map(str, range(500))) + ")) }",
    'SELECT * { ?s ?p "\\u0053ERVICE \\"quoted\\" \\\\" }',
    "PREFIX insert: <a:> SELECT * { ?insert insert:delete ?load }",
    "SELECT * { VALUES (?a ?b) { " + "(1 UNDEF) " * 5_000 + "} }",
    "SELECT * { VALUES (?a ?b) { " + "(1 2) " * 2_000 + "} BIND(?a + ?b AS ?c) }",
    "SELECT * { ?s a <http://a/b> " + "OPTIONAL { ?s ?p ?o " * 20 + "}" * 20 + " }",
    "SELECT * { " + "{ SELECT * { " * 20 + "?s ?p ?o" + " } }" * 20 + " }",
    "SELECT * { ?s ?p ?o FILTER(" + "IF(BOUND(?s), COALESCE(?o, " * 20 + "1" + "), 2)" * 20 + " > 0) }",
    "SELECT * { ?s " + "(" * 20 + "<a:b>" + "/<a:c>)*" * 20 + " ?o FILTER(?o NOT IN (" + "1, " * 800 + "2)) }",
    "SELECT ?s (GROUP_CONCAT(DISTINCT ?l; SEPARATOR='; SERVICE ') AS ?x) { ?s ?p ?l } GROUP BY ?s HAVING(COUNT(*) > 1)",
    "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> SELECT * {?s a sd:Service.?s sd:endpoint ?o}",
)


@pytest.mark.parametrize("query", SERVICES)
def test_every_spelling_of_service_is_refused(query: str) -> None:
    """SERVICE is refused however it is written."""
    with pytest.raises(QueryRefusedError) as caught:
        guard.inspect(query)
    assert "SERVICE" in caught.value.texts["fr"]


@pytest.mark.parametrize("query", HARMLESS)
def test_harmless_queries_pass(query: str) -> None:
    """What only looks like a refused word passes, and is a query for the engine too."""
    assert guard.inspect(query).form == "select"
    ox.Store().query(query)


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("prefix a: <b#> select ?x {}", "select"),
        ("# SELECT\nBASE <http://x/> ASK {}", "ask"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { SELECT * { ?s ?p ?o } }", "construct"),
        ("DESCRIBE <a:b>", "describe"),
        ("", None),
        ("{ SELECT }", None),
    ],
)
def test_form_is_told(query: str, form: str | None) -> None:
    """The query form is the first keyword after the prologue."""
    assert guard.inspect(query).form == form


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <a:b> <a:b> 1 }",
        "PREFIX a: <b:> delete where {}",
        "LOAD <a:b>",
        "CLEAR ALL",
        "DROP ALL",
        "WITH <a:b> INSERT {} WHERE {}",
        "COPY <a:b> TO <a:c>",
    ],
)
def test_updates_are_refused_as_such(query: str) -> None:
    """An update is told apart from a malformed query."""
    with pytest.raises(UpdateRefusedError):
        guard.inspect(query)


@pytest.mark.parametrize("function", ["NOW()", "rand()", "UUID()", "STRUUID()", "BNODE()"])
def test_varying_answers_are_known(function: str) -> None:
    """A query whose answer changes from one moment to the next is marked."""
    assert guard.inspect(f"SELECT ({function} AS ?x) {{}}").varies
    assert not guard.inspect(f'SELECT ("{function}" AS ?x) {{}}').varies


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {" + "{" * 100 + "}" * 100 + "}",
        "SELECT * { FILTER(" + "!" * 500 + "true) }",
        "SELECT * { FILTER(" + "- " * 500 + "1) }",
        "SELECT * { " + " . ".join(f"?s ?p ?o{i}" for i in range(200)) + " }",
        "SELECT * { ?s ?p " + ", ".join(f"?o{i}" for i in range(200)) + " }",
        "SELECT * { ?s " + "/".join(["<a:b>"] * 3_000) + " ?o }",
        "SELECT * { {}" + " UNION {}" * 1_000 + " }",
        "SELECT * { VALUES ?x { " + "1 " * 50_000 + "} }",
        "SELECT * { " + " ".join(f"BIND({i} AS ?v{i})" for i in range(2_000)) + " }",
        "SELECT " + " ".join(f"({i} AS ?v{i})" for i in range(2_000)) + " {}",
        "SELECT (COUNT(*) AS ?n) {} GROUP BY " + " ".join(f"STR(?v{i})" for i in range(2_000)),
        "SELECT * {} ORDER BY " + " ".join(f"<a:b>(?v{i})" for i in range(2_000)),
        "SELECT * { VALUES (?a) { (1) } " + " ".join(f"BIND({i} AS ?v{i})" for i in range(2_000)) + " }",
        "SELECT * {} #" + "a" * 300_000,
    ],
)
def test_outsized_queries_are_refused(query: str) -> None:
    """Nesting, chains and sizes beyond the limits are refused before any evaluation."""
    with pytest.raises(QueryTooComplexError):
        guard.inspect(query)


@pytest.mark.parametrize(("query", "place"), [('SELECT * {\n ?s ?p "a\n }', (2, 8)), ("ASK { ?s ?p '''a }", (1, 13))])
def test_unclosed_string_has_its_place(query: str, place: tuple[int, int]) -> None:
    """A string that is not closed is a mistake with a line and a column."""
    with pytest.raises(QuerySyntaxError) as caught:
        guard.inspect(query)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "part",
    [
        '"""\\"""',
        '"\\"',
        "<a",
        "a.",
        "a-",
        "'''\\'",
        "x:%",
        "\\u0041",
        "{",
        '""',
        '"',
        "?a ",
        "<",
        ":",
        "a",
        "@a-",
        "#",
        "x:a\\",
        "\n'",
    ],
)
def test_time_is_linear(part: str) -> None:
    """No repeated text makes the guard slow: 200,000 characters take well under a second."""
    text = (part * 200_000)[: guard.MAX_LENGTH]
    began = time.process_time()
    try:
        list(tokens(text))
        guard.inspect(text)
    except EvaluationError:
        pass
    assert time.process_time() - began < 2


_SPACES = st.sampled_from(["", " ", "\n", "\t", "#c\n", " # SERVICE\n"])
_OBJECTS = st.sampled_from(
    [
        "?o", "1", "1.", "1.5", "1e3", ".5", "true", "false", '"a"', "'a'", '"""a"b"""', "'''a'''", '"a"@fr',
        '"a"@fr-FR', '"a"^^x:t', '"a"^^<t:t>', "x:a", "x:", ":", ":a", "x:a.b", "x:a.b.c", "x:a%20",
        "x:a\\,", "<i:i>", "_:b", "_:b.c", "x:a.b.c.d", "x:a..b", "_:b.c.d", "x:a.b:c", "x:1.2.3",
        "x:a\\,.b.c", "x:%20.b.c", "x:é.ñ.o", ":a.b", "x:a-b.c", "x:a.b.", "[]", "[ ?p 1 ]", "()", "( 1 )",
        "?o FILTER(1<2)", "?o FILTER(?o>1&&?o<2)", "?o OPTIONAL{}", "?o BIND(1 AS ?z)", '""',
    ]
)  # fmt: skip
_ENDS = st.sampled_from(["", ".", ";", " .", ". ", " ;", ".."])
_WORDS = st.sampled_from(["SERVICE", "service", "SeRvIcE"])
_TARGETS = st.sampled_from([f"<{NOWHERE}>", "x:y", ":y", ":", "x:"])
_PROLOGUE = f"PREFIX x: <{NOWHERE}> PREFIX : <{NOWHERE}> "


def _calls_out(query: str, value: str) -> bool:
    """Return whether the engine tries to call another machine for this query, over data that holds the value."""
    store = ox.Store()
    for known in ("1", value):
        with suppress(SyntaxError):
            store.update(f"{_PROLOGUE} INSERT DATA {{ <s:s> <p:p> {known} }}")
    try:
        list(store.query(query))  # type: ignore[arg-type]
    except SyntaxError:
        return False
    except (OSError, RuntimeError):
        return True
    return False


def test_the_engine_is_seen_calling() -> None:
    """The oracle of the next test works: a plain SERVICE, and the engine's odd ones, are seen to call out."""
    for value, tail in (("?o", " . "), ("1", ""), ("true", "."), (":", ".")):
        assert _calls_out(f"{_PROLOGUE}SELECT * {{ ?s ?p {value}{tail}SERVICE :y {{ ?a ?b ?c }} }}", value)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spaces=st.tuples(_SPACES, _SPACES, _SPACES), value=_OBJECTS, end=_ENDS, word=_WORDS, target=_TARGETS)
def test_no_service_gets_past(spaces: tuple[str, str, str], value: str, end: str, word: str, target: str) -> None:
    """Whatever stands before SERVICE: what makes the engine call another machine, the guard refuses."""
    start = f"{_PROLOGUE}SELECT * {{ ?s ?p {value}{spaces[0]}{end}{spaces[1]}"
    query = f"{start}{word}{spaces[2]}{target}{{ ?a ?b ?c }} }}"
    if _calls_out(query, value):
        with pytest.raises(QueryRefusedError):
            guard.inspect(query)


_TERMS = st.one_of(
    st.text(max_size=20).map(lambda text: str(ox.Literal(text))),
    st.text(alphabet="SERVICEservice .#{}<'", max_size=20).map(lambda text: str(ox.Literal(text))),
    st.text(alphabet="SERVICEservice/.?=&", max_size=20).map(lambda text: f"<http://example.org/{text}>"),
    st.from_regex(r"[?$](SERVICE|service|a)[A-Z0-9_a-z]{0,5}", fullmatch=True),
    st.from_regex(r"service:(SERVICE|service|a)[A-Z0-9a-z]{0,5}", fullmatch=True),
    st.from_regex(r"_:(SERVICE|service|a)[A-Z0-9a-z]{0,5}", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(_TERMS, min_size=1, max_size=5), comment=st.text(alphabet="SERVICE {}<>'\"", max_size=10))
def test_no_false_refusal(values: list[str], comment: str) -> None:
    """SERVICE inside strings, IRIs, prefixed names, variables, blank nodes and comments is never refused."""
    triples = " .\n".join(f"?s <http://example.org/p> {value}" for value in values)
    query = f"PREFIX service: <http://example.org/service/>\nSELECT * {{ {triples} }} #{comment}"
    ox.Store().query(query)
    assert guard.inspect(query).form == "select"


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_told_something(text: str) -> None:
    """Any text at all is either inspected or refused with a typed error."""
    told: set[str] = {"fr", "en"}
    try:
        guard.inspect(text)
    except EvaluationError as error:
        told = set(error.texts)
    assert told == {"fr", "en"}
