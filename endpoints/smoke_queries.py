"""A question asked of an instance through SPARQLWrapper, in every result format: the answers must agree."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from rdflib import SH, Graph
from rdflib.namespace import VOID
from SPARQLWrapper import CSV, JSON, JSONLD, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

from endpoints.smoke_visits import RELEASE, TIMEOUT, expect

if TYPE_CHECKING:
    from endpoints.smoke_visits import Visitor

QUESTION_FORMS = {"SELECT": SH.select, "ASK": SH.ask, "CONSTRUCT": SH.construct}
_BINDINGS = (JSON, XML, CSV, TSV)
_GRAPHS = {TURTLE: "turtle", RDFXML: "xml", JSONLD: "json-ld"}
_RESULT = "{http://www.w3.org/2005/sparql-results#}result"
_LISTED = 50
_BOOLEAN = "{http://www.w3.org/2005/sparql-results#}boolean"


def check_question(visitor: Visitor, form: str, query: str) -> int:
    """Ask a question in every format of its form; return how many rows or triples it has.

    Raises:
        MissError: not as many in each format.
    """
    if form == "SELECT":
        sizes = {kind: _rows(_ask(visitor, query, kind), kind) for kind in _BINDINGS}
    elif form == "ASK":
        sizes = {kind: _said(_ask(visitor, query, kind), kind) for kind in (JSON, XML)}
    else:
        sizes = {kind: len(Graph().parse(data=_ask(visitor, query, kind), format=_GRAPHS[kind])) for kind in _GRAPHS}
    expect(len(set(sizes.values())) == 1, f"les formats diffèrent : {sizes}", f"formats differ: {sizes}")
    return next(iter(sizes.values()))


def count_instances(visitor: Visitor, class_: str) -> int:
    """Return how many things of a class an instance's SPARQL service finds."""
    answer = _ask(visitor, f"SELECT (COUNT(*) AS ?n) {{ ?thing a <{class_}> }}", JSON)
    return int(json.loads(answer)["results"]["bindings"][0]["n"]["value"])


def list_instances(visitor: Visitor) -> list[str]:
    """Return two things or fewer of each class that the statistics name, of the first that the service finds."""
    classes = _named(visitor, f"SELECT DISTINCT ?named {{ ?part <{VOID['class']}> ?named }}")
    found = (_named(visitor, f"SELECT ?named {{ ?named a <{each}> }} LIMIT {_LISTED}") for each in classes)
    whole = ([iri for iri in listed if "#" not in iri] for listed in found)
    return sorted({iri for listed in whole for iri in (*listed[:1], *listed[-1:])})


def _named(visitor: Visitor, query: str) -> list[str]:
    """Return the IRIs that a query binds to `?named`, in order."""
    rows = json.loads(_ask(visitor, query, JSON))["results"]["bindings"]
    return sorted(row["named"]["value"] for row in rows if row["named"]["type"] == "uri")


def _ask(visitor: Visitor, query: str, kind: str) -> str:
    wrapper = SPARQLWrapper(f"{visitor.url}/sparql", agent="annuaire-smoke")
    wrapper.setTimeout(TIMEOUT)
    wrapper.setQuery(query)
    wrapper.setReturnFormat(kind)
    answer = wrapper.query().response
    visitor.note(answer.headers.get(RELEASE), "/sparql")
    body: bytes = answer.read()
    return body.decode()


def _rows(body: str, kind: str) -> int:
    if kind == JSON:
        return len(json.loads(body)["results"]["bindings"])
    if kind == XML:
        return sum(1 for _ in ET.fromstring(body).iter(_RESULT))  # noqa: S314 — the operator's own instance
    if kind == TSV:
        return body.count("\n") - 1
    return sum(1 for _ in csv.reader(io.StringIO(body, newline=""))) - 1


def _said(body: str, kind: str) -> int:
    if kind == JSON:
        return int(json.loads(body)["boolean"])
    found = ET.fromstring(body).find(_BOOLEAN)  # noqa: S314 — the operator's own instance
    return int(found is not None and found.text == "true")
