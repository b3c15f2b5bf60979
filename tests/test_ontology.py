"""The vocabulary, the domain scheme, the prefix table and the JSON-LD context agree with each other and the world."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import BNode, Graph, Literal, Node, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import (
    CSVW,
    DCAT,
    DCTERMS,
    FOAF,
    ORG,
    OWL,
    PROV,
    RDF,
    RDFS,
    SDO,
    SH,
    SKOS,
    VANN,
    VOID,
    XSD,
)

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology"
VOCABULARY = ONTOLOGY / "annuaire.ttl"
SCHEME_FILE = ONTOLOGY / "schemes" / "domaines.ttl"
COPIES = ROOT.parent / "shared" / "data" / "vocab"
"""Copies of external vocabularies, beside the project on the machines that have them."""

DEFINITION = URIRef("https://w3id.org/annuaire-territorial/def")
ASC = f"{DEFINITION}#"
SCHEME = URIRef("https://w3id.org/annuaire-territorial/domaine/")
TERM_STATUS = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
DATA_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
CLOSED = {str(n): n for n in (CSVW, DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SH, SKOS, VANN, VOID, XSD)}
FICTITIOUS = "https://exemple.test/id/"
INSTANCES = ("dom", "eut", "nuts", "wd")
"""Prefixes of things rather than terms; data themes are listed with the terms all the same."""


@cache
def parsed(path: Path) -> Graph:
    """Read a Turtle file once."""
    return Graph().parse(path)


@cache
def prefixes() -> dict[str, str]:
    """Read the prefix table."""
    graph = parsed(ONTOLOGY / "prefixes.ttl")
    return {
        str(graph.value(d, SH.prefix)): str(graph.value(d, SH.namespace)) for d in graph.objects(DEFINITION, SH.declare)
    }


@cache
def context() -> dict[str, Any]:
    """Read the JSON-LD context."""
    document: dict[str, dict[str, Any]] = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))
    return document["@context"]


@cache
def reused() -> list[dict[str, str]]:
    """Read the list of the external terms that the project reuses."""
    with (ONTOLOGY / "reused-terms.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def own_terms() -> list[URIRef]:
    """Return the terms that our vocabulary defines."""
    graph = parsed(VOCABULARY)
    return sorted({t for kind in KINDS for t in graph.subjects(RDF.type, kind) if isinstance(t, URIRef)})


def concepts() -> list[Node]:
    """Return the concepts of the domain scheme."""
    return sorted(parsed(SCHEME_FILE).subjects(RDF.type, SKOS.Concept), key=str)


def texts(graph: Graph, subject: Node, predicate: URIRef, language: str) -> list[str]:
    """Return the texts of a property in one language."""
    return [str(o) for o in graph.objects(subject, predicate) if isinstance(o, Literal) and o.language == language]


def expand(name: str) -> str | None:
    """Expand a prefixed name, or return nothing when it is a template, a keyword or no prefixed name."""
    prefix, colon, local = name.partition(":")
    if not colon or "{" in name or prefix not in prefixes():
        return None
    return prefixes()[prefix] + local


def description_names(node: object) -> Iterator[str]:
    """Yield the property, value and annotation names of a CSVW description."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("http"):
                yield key
            if key in {"propertyUrl", "valueUrl"} and (full := expand(value)):
                yield full
            yield from description_names(value)
    elif isinstance(node, list):
        for item in node:
            yield from description_names(item)


def context_names() -> Iterator[str]:
    """Yield the terms and datatypes that the JSON-LD context maps to."""
    for definition in context().values():
        names = definition.values() if isinstance(definition, dict) else [definition]
        yield from (full for name in names if isinstance(name, str) and (full := expand(name)))


def used_terms() -> dict[str, str]:
    """Return the vocabulary terms used by the ontology, the shapes, the context and the mappings, with one user."""
    found: dict[str, str] = dict.fromkeys(context_names(), "context.jsonld")
    for path in [VOCABULARY, SCHEME_FILE, ONTOLOGY / "prefixes.ttl"]:
        for triple in parsed(path):
            found.update((str(t), path.name) for t in triple if isinstance(t, URIRef))
    for path in (ROOT / "shapes").glob("*.ttl"):
        for _, predicate, term in parsed(path):
            if isinstance(term, URIRef) and not str(term).startswith(str(SH)) and predicate != SH.datatype:
                found[str(term)] = path.name
    for path in (ROOT / "data").rglob("*.csv-metadata.json"):
        found.update(dict.fromkeys(description_names(json.loads(path.read_text(encoding="utf-8"))), path.name))
    spaces = tuple(space for prefix, space in prefixes().items() if prefix not in INSTANCES)
    return {
        term: user for term, user in found.items() if term.startswith((*spaces, DATA_THEMES)) and term not in spaces
    }


@pytest.mark.parametrize("term", own_terms(), ids=lambda t: str(t).removeprefix(ASC))
def test_a_term_is_documented(term: URIRef) -> None:
    """Each term of ours has one label and one comment in French and English, a status and a home."""
    graph = parsed(VOCABULARY)
    for predicate in (RDFS.label, RDFS.comment):
        for language in ("fr", "en"):
            assert len(texts(graph, term, predicate, language)) == 1
    assert graph.value(term, TERM_STATUS) in {Literal(s) for s in ("stable", "testing", "unstable", "archaic")}
    assert graph.value(term, RDFS.isDefinedBy) == DEFINITION
    assert len([k for k in KINDS if (term, RDF.type, k) in graph]) == 1


@pytest.mark.parametrize("term", own_terms(), ids=lambda t: str(t).removeprefix(ASC))
def test_a_property_says_its_range(term: URIRef) -> None:
    """An object property ranges over a class, a datatype property over a datatype."""
    graph = parsed(VOCABULARY)
    ranges = list(graph.objects(term, RDFS.range))
    if (term, RDF.type, OWL.ObjectProperty) in graph:
        assert len(ranges) == 1
        assert not str(ranges[0]).startswith(str(XSD))
    elif (term, RDF.type, OWL.DatatypeProperty) in graph:
        assert len(ranges) == 1
        assert str(ranges[0]).startswith(str(XSD)) or ranges[0] == RDF.langString


def test_the_vocabulary_holds_terms_only() -> None:
    """The vocabulary describes itself and its terms, and no other thing; labels are unique per language."""
    graph = parsed(VOCABULARY)
    assert set(graph.subjects()) == {DEFINITION, *own_terms()}
    assert all(str(t).startswith(ASC) for t in own_terms())
    assert graph.value(DEFINITION, OWL.versionInfo) is not None
    names = Counter(
        (kind, label)
        for kind in KINDS
        for term in graph.subjects(RDF.type, kind)
        for label in graph.objects(term, RDFS.label)
        if isinstance(label, Literal) and label.language == "fr"
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_published_files_have_no_blank_node() -> None:
    """The vocabulary and the scheme dump to the same bytes each time, which a blank node would spoil."""
    for path in (VOCABULARY, SCHEME_FILE):
        assert not [t for triple in parsed(path) for t in triple if isinstance(t, BNode)]


def test_properties_used_by_many_classes_have_no_domain() -> None:
    """A property that companies, projects and communes share implies nothing about its subject."""
    graph = parsed(VOCABULARY)
    shared = ("domaine", "commune", "departement", "region", "epci", "annee", "montant", "entreprise", "codePostal")
    assert [name for name in shared if graph.value(URIRef(ASC + name), RDFS.domain)] == []


def code_terms() -> dict[str, str]:
    """Return the terms of ours that the code and the queries name, with one user."""
    found = {}
    for package in ("publisher", "endpoints"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", ".rq"}:
                names = re.findall(r"\b(?:ASC\.|asc:)(\w+)", path.read_text(encoding="utf-8"))
                found.update({ASC + name: path.name for name in names})
    return found


def test_each_of_our_terms_in_use_is_defined() -> None:
    """Shapes, context, mappings, queries and code use no asc: term that is left undefined."""
    defined = {str(t) for t in own_terms()}
    for path in (ROOT / "shapes").glob("*.ttl"):
        defined |= {str(s) for s in parsed(path).subjects(RDF.type, None)}
    used = used_terms() | code_terms()
    assert {t: user for t, user in used.items() if t.startswith(ASC) and t not in defined} == {}


def test_each_external_term_in_use_is_listed() -> None:
    """A term of another vocabulary is used only once it is in the list of checked terms."""
    listed = {row["iri"] for row in reused()}
    missing = {t: user for t, user in used_terms().items() if not t.startswith(ASC) and t not in listed}
    assert missing == {}


def test_the_list_of_external_terms_is_sorted_and_without_repeats() -> None:
    """The list of checked terms reads well and changes by single lines."""
    terms = [row["iri"] for row in reused()]
    assert terms == sorted(set(terms))
    assert all(row["vocabulary"] and row["checked_in"] for row in reused())


def test_a_listed_term_exists_in_the_closed_namespaces() -> None:
    """Terms of the vocabularies that rdflib carries are among the terms that it knows."""
    unknown = []
    for row in reused():
        space = next((n for base, n in CLOSED.items() if row["iri"].startswith(base)), None)
        if row["checked_in"] == "rdflib" and (space is None or URIRef(row["iri"]) not in space):
            unknown.append(row["iri"])
    assert unknown == []


@pytest.mark.parametrize("name", sorted({r["checked_in"] for r in reused()} - {"rdflib", "facts"}))
def test_a_listed_term_is_described_in_its_vocabulary(name: str) -> None:
    """Terms of the vocabularies of which a copy is at hand are described there."""
    copy = COPIES / name
    if not copy.exists():
        pytest.skip(f"no copy of {name} beside the project")
    graph = Graph().parse(copy)
    terms = [URIRef(row["iri"]) for row in reused() if row["checked_in"] == name]
    assert [t for t in terms if (t, None, None) not in graph] == []


def test_the_prefix_table_declares_each_prefix_once() -> None:
    """A prefix has one namespace and a namespace one prefix."""
    graph = parsed(ONTOLOGY / "prefixes.ttl")
    declarations = list(graph.objects(DEFINITION, SH.declare))
    assert len(declarations) == len(prefixes()) == len(set(prefixes().values()))
    assert all(o.datatype == XSD.anyURI for o in graph.objects(None, SH.namespace) if isinstance(o, Literal))


def test_turtle_files_use_the_prefixes_of_the_table() -> None:
    """A prefix means the same thing in every file of ontology/ and shapes/."""
    for path in [*ONTOLOGY.rglob("*.ttl"), *(ROOT / "shapes").rglob("*.ttl")]:
        declared = re.findall(r"^@prefix (\w*): +<([^>]*)>", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert declared, path.name
        for prefix, space in declared:
            if "examples" in path.parts and prefix == "ex":
                assert space in {FICTITIOUS, FICTITIOUS.removesuffix("id/")}, path.name
            else:
                assert prefixes().get(prefix) == space, f"{path.name}: {prefix}"


def test_the_context_carries_the_prefix_table() -> None:
    """The JSON-LD context declares every prefix of the table, with the same namespace."""
    spaces = {k: v for k, v in context().items() if isinstance(v, str) and v.startswith("http")}
    assert spaces == prefixes()


def test_the_context_has_a_key_for_each_term() -> None:
    """Each class and property of ours, annotations apart, has its own name as a key of the context."""
    graph = parsed(VOCABULARY)
    wanted = {t for t in own_terms() if (t, RDF.type, OWL.AnnotationProperty) not in graph}
    named = {}
    for key, definition in context().items():
        name = definition["@id"] if isinstance(definition, dict) else definition
        named[key] = expand(name) if isinstance(name, str) else None
    assert {t for t in wanted if named.get(str(t).removeprefix(ASC)) != str(t)} == set()


def test_the_context_types_follow_the_ranges() -> None:
    """A key is typed @id for an object property, by its datatype for a datatype property other than text."""
    graph = parsed(VOCABULARY)
    typed = [each for each in context().values() if isinstance(each, dict) and each["@id"].startswith("asc:")]
    assert typed
    for definition in typed:
        term = URIRef(ASC + definition["@id"].removeprefix("asc:"))
        expected = "@id" if (term, RDF.type, OWL.ObjectProperty) in graph else str(graph.value(term, RDFS.range))
        plain = expected in {str(XSD.string), str(RDF.langString)}
        kind = definition.get("@type")
        assert (kind if kind in {None, "@id"} else expand(kind)) == (None if plain else expected), term


# rdflib's own JSON-LD parser still builds the graph class that rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_the_context_loses_nothing() -> None:
    """A graph written as JSON-LD with the context and read again is the same graph."""
    graph = Graph().parse(SCHEME_FILE)
    for example in (ROOT / "shapes" / "examples").glob("*/valid.complet*.ttl"):
        graph.parse(example)
    text = graph.serialize(format="json-ld", context=context(), auto_compact=True)
    assert isomorphic(Graph().parse(data=text, format="json-ld"), graph)


@pytest.mark.parametrize("concept", concepts(), ids=lambda c: str(c).removeprefix(str(SCHEME)))
def test_a_domain_is_complete(concept: Node) -> None:
    """Each domain has a label, a definition and several other words in both languages, and its slug as notation."""
    graph = parsed(SCHEME_FILE)
    for language in ("fr", "en"):
        label, others = texts(graph, concept, SKOS.prefLabel, language), texts(graph, concept, SKOS.altLabel, language)
        assert len(label) == 1
        assert len(texts(graph, concept, SKOS.definition, language)) == 1
        assert len(set(others)) >= 4
        assert label[0] not in others
    assert list(graph.objects(concept, SKOS.notation)) == [Literal(str(concept).removeprefix(str(SCHEME)))]
    assert list(graph.objects(concept, SKOS.inScheme)) == [SCHEME]


def test_the_scheme_is_large_enough() -> None:
    """The scheme has at least 13 top domains and 30 in all, and says what it is in both languages."""
    graph = parsed(SCHEME_FILE)
    assert len(list(graph.objects(SCHEME, SKOS.hasTopConcept))) >= 13
    assert len(concepts()) >= 30
    for language in ("fr", "en"):
        assert texts(graph, SCHEME, DCTERMS.title, language)
        assert texts(graph, SCHEME, DCTERMS.description, language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_word_leads_to_one_domain(language: str) -> None:
    """Within a language, no label or other word belongs to two domains, whatever its case."""
    graph = parsed(SCHEME_FILE)
    owners: dict[str, set[Node]] = {}
    for predicate in (SKOS.prefLabel, SKOS.altLabel):
        for concept in concepts():
            for word in texts(graph, concept, predicate, language):
                owners.setdefault(word.casefold(), set()).add(concept)
    assert {word: found for word, found in owners.items() if len(found) > 1} == {}


def test_the_hierarchy_is_written_both_ways() -> None:
    """Each link of the hierarchy has its inverse; related is symmetric and joins no parent and child."""
    graph = parsed(SCHEME_FILE)
    broader = set(graph.subject_objects(SKOS.broader))
    related = set(graph.subject_objects(SKOS.related))
    tops = set(graph.objects(SCHEME, SKOS.hasTopConcept))
    assert {(b, a) for a, b in graph.subject_objects(SKOS.narrower)} == broader
    assert tops == set(graph.subjects(SKOS.topConceptOf, SCHEME))
    assert {(b, a) for a, b in related} == related
    assert related.isdisjoint(broader | {(b, a) for a, b in broader})
    assert {child for child, _ in broader} | tops == set(concepts())
    assert {child for child, _ in broader}.isdisjoint(tops)


def test_each_top_domain_has_a_european_theme() -> None:
    """Portals find each top domain through an EU data theme."""
    graph = parsed(SCHEME_FILE)
    tops = list(graph.objects(SCHEME, SKOS.hasTopConcept))
    assert tops
    for top in tops:
        assert any(str(o).startswith(DATA_THEMES) for o in graph.objects(top, SKOS.broadMatch)), top
