"""Triples written in each RDF representation: Turtle, RDF/XML, N-Triples (pyoxigraph) and JSON-LD.

JSON-LD is compacted here with the project's `ontology/context.jsonld`; only the terms and prefixes in use are
kept in the inline context, so that a document reads without a second request.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, serialize
from rdflib.namespace import RDF, XSD

from publisher.representations import JSON_LD, RDF_XML, TURTLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import Triple

    from publisher.project import Project
    from publisher.representations import Representation

CONTEXT_FILE = Path("ontology") / "context.jsonld"
_TYPE = str(RDF.type)
_STRING = str(XSD.string)


class Serialiser:
    """Writes graphs with the prefixes and the JSON-LD context of one project."""

    def __init__(self, project: Project) -> None:
        self._prefixes = project.prefixes
        self._context = _Context.read(project.directory / CONTEXT_FILE, project.prefixes)

    def write(self, triples: Iterable[Triple], representation: Representation) -> bytes:
        """Return the triples as bytes, in the order given; no representation loses or adds a triple."""
        listed = list(dict.fromkeys(triples))
        if representation is JSON_LD:
            document = _CompactWriter(self._context).document(listed)
            return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
        form = RdfFormat.from_media_type(representation.media_type)
        prefixes = _in_use(self._prefixes, listed)
        written = serialize(listed, format=form, prefixes=prefixes) or b""
        return _ORDER.get(representation, bytes)(written)

    def write_batches(self, batches: Iterable[Iterable[Triple]], representation: Representation) -> Iterator[bytes]:
        """Yield one document, of any length, a batch at a time; all statements of a subject are in the same batch.

        What it declares at its beginning, it declares whole: what the batches to come use is not known yet.
        """
        if representation is JSON_LD:
            yield from _json_ld_pieces(self._context, batches)
        elif representation is RDF_XML:
            yield from _rdf_xml_pieces(self._prefixes, batches)
        else:
            for triples in batches:  # documents in Turtle or N-Triples after one another are one
                yield self.write(triples, representation)


def _json_ld_pieces(context: _Context, batches: Iterable[Iterable[Triple]]) -> Iterator[bytes]:
    writer, separator = _CompactWriter(context), "\n"
    yield f'{{"@context": {json.dumps(context.whole(), ensure_ascii=False)},\n"@graph": ['.encode()
    for triples in batches:
        for node in writer.document(list(dict.fromkeys(triples)))["@graph"]:
            yield f"{separator}{json.dumps(node, ensure_ascii=False)}".encode()
            separator = ",\n"
    yield b"\n]}\n"


def _rdf_xml_pieces(prefixes: Mapping[str, str], batches: Iterable[Iterable[Triple]]) -> Iterator[bytes]:
    end = b"</rdf:RDF>"
    for number, triples in enumerate(batches):
        written = _order_rdf_xml(serialize(triples, format=RdfFormat.RDF_XML, prefixes=dict(prefixes)) or b"")
        start = written.index(b">", written.index(b"<rdf:RDF")) + 1
        yield written[: written.rindex(end)] if number == 0 else written[start : written.rindex(end)]
    yield end + b"\n"


def _order_turtle(written: bytes) -> bytes:
    """Put the prefixes in order (pyoxigraph's order changes with each process) and air between subjects."""
    lines = written.splitlines()
    prefixes = sorted(line for line in lines if line.startswith(b"@prefix "))
    body = [line if line.startswith(b"\t") else b"\n" + line for line in lines[len(prefixes) :]]
    return b"\n".join([*prefixes, *body, b""])


def _order_rdf_xml(written: bytes) -> bytes:
    """Put the namespaces of the root element in order."""
    start = written.find(b"<rdf:RDF ") + len(b"<rdf:RDF ")
    end = written.find(b">", start)
    return written[:start] + b" ".join(sorted(written[start:end].split())) + written[end:]


_ORDER = {TURTLE: _order_turtle, RDF_XML: _order_rdf_xml}


def _in_use(prefixes: Mapping[str, str], triples: list[Triple]) -> dict[str, str]:
    named = {term.value for triple in triples for term in triple if isinstance(term, NamedNode)}
    named |= {t.object.datatype.value for t in triples if isinstance(t.object, Literal)}
    seen = {_namespace(iri) for iri in named}
    return {name: namespace for name, namespace in prefixes.items() if namespace in seen}


def _namespace(iri: str) -> str:
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


class _Context:
    """A JSON-LD context of the plain kind: prefixes, keyword aliases, terms with an optional coercion."""

    def __init__(self, entries: Mapping[str, Any], prefixes: Mapping[str, str]) -> None:
        plain = {k: v for k, v in entries.items() if isinstance(v, str) and not v.startswith("@")}
        self.prefixes = {**prefixes, **{k: v for k, v in plain.items() if v.endswith(("#", "/"))}}
        self._by_namespace = {namespace: name for name, namespace in self.prefixes.items()}
        self.aliases = {v: k for k, v in entries.items() if v in ("@id", "@type")}
        self.terms: dict[str, tuple[str, str | None, Any]] = {}
        for name, entry in entries.items():
            identified = entry.get("@id") if isinstance(entry, dict) else plain.get(name)
            if isinstance(identified, str) and name not in self.prefixes:
                coercion = entry.get("@type") if isinstance(entry, dict) else None
                self.terms[self.expand(identified)] = (name, coercion and self.expand(coercion), entry)

    @classmethod
    def read(cls, path: Path, prefixes: Mapping[str, str]) -> _Context:
        """Read a context file; without one, the prefixes alone compact."""
        entries = json.loads(path.read_text(encoding="utf-8"))["@context"] if path.is_file() else {}
        return cls(entries, prefixes)

    def whole(self) -> dict[str, Any]:
        """Return the context with all its entries."""
        keywords = {alias: keyword for keyword, alias in self.aliases.items()}
        terms = {name: entry for name, _, entry in self.terms.values()}
        return dict(sorted({**keywords, **self.prefixes, **terms}.items()))

    def expand(self, name: str) -> str:
        """Return the IRI of a prefixed name; keywords and IRIs stay as they are."""
        prefix, colon, rest = name.partition(":")
        return self.prefixes[prefix] + rest if colon and prefix in self.prefixes else name

    def compact(self, iri: str) -> tuple[str, str | None]:
        """Return the prefixed name of an IRI and its prefix (None when it stays whole)."""
        namespace = _namespace(iri)
        prefix = self._by_namespace.get(namespace)
        return (f"{prefix}:{iri[len(namespace) :]}", prefix) if prefix else (iri, None)


class _CompactWriter:
    """Writes one graph; remembers which entries of the context it used."""

    def __init__(self, context: _Context) -> None:
        self._context = context
        self._used: dict[str, Any] = {}
        self._id = self._alias("@id")
        self._type = self._alias("@type")

    def document(self, triples: list[Triple]) -> dict[str, Any]:
        """Return the graph as a compacted, flattened JSON-LD document."""
        nodes: dict[str, dict[str, Any]] = {}
        for subject, predicate, value in triples:
            identifier = self._node_id(subject)
            node = nodes.setdefault(identifier, {self._id: identifier})
            if predicate.value == _TYPE and isinstance(value, NamedNode):
                node.setdefault(self._type, []).append(self._name(value.value))
            else:
                key, coercion = self._key(predicate.value)
                node.setdefault(key, []).append(self._value(value, coercion))
        graph = [{k: v[0] if _lone(v) else v for k, v in node.items()} for node in nodes.values()]
        return {"@context": dict(sorted(self._used.items())), "@graph": graph}

    def _alias(self, keyword: str) -> str:
        alias = self._context.aliases.get(keyword)
        if alias:
            self._used[alias] = keyword
        return alias or keyword

    def _key(self, iri: str) -> tuple[str, str | None]:
        term = self._context.terms.get(iri)
        if term is None:
            return self._name(iri), None
        name, coercion, entry = term
        self._used[name] = entry
        self._name(iri)
        if coercion and not coercion.startswith("@"):
            self._name(coercion)
        return name, coercion

    def _name(self, iri: str) -> str:
        term = self._context.terms.get(iri)
        compact, prefix = self._context.compact(iri)
        if prefix:
            self._used[prefix] = self._context.prefixes[prefix]
        if term and isinstance(term[2], str):
            self._used[term[0]] = term[2]
            return term[0]
        return compact

    def _node_id(self, term: Any) -> str:
        return f"_:{term.value}" if isinstance(term, BlankNode) else term.value

    def _value(self, value: Any, coercion: str | None) -> Any:
        if not isinstance(value, Literal):
            identifier = self._node_id(value)
            return identifier if coercion == "@id" else {self._id: identifier}
        if value.language:
            return {"@value": value.value, "@language": value.language}
        datatype = value.datatype.value
        if datatype == (coercion or _STRING):
            return value.value
        if datatype == _STRING:
            return {"@value": value.value}
        return {"@value": value.value, "@type": self._name(datatype)}


def _lone(values: Any) -> bool:
    return isinstance(values, list) and len(values) == 1
