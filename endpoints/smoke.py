"""`annuaire smoke URL`: a deployed instance checked as its clients would, from outside.

Example queries through SPARQLWrapper in every result format, all representations of sampled things compared as
graphs, the catalog, the dumps against their checksums, one and the same release on every answer.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, RDF
from SPARQLWrapper import CSV, JSON, JSONLD, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

from endpoints.examples import load_examples
from publisher.errors import StoreError
from publisher.identifiers import Minter
from publisher.representations import DOCUMENTS, GRAPH_DOCUMENTS, HTML
from publisher.vocabulary import SPDX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPMessage
    from typing import IO

    from endpoints.examples import Example

_TIMEOUT = 30
_BINDINGS = {"json": JSON, "xml": XML, "csv": CSV, "tsv": TSV}
_GRAPHS = {"turtle": TURTLE, "rdfxml": RDFXML, "jsonld": JSONLD}
_PARSERS = {TURTLE: "turtle", RDFXML: "xml", JSONLD: "json-ld"}
_THINGS = """
SELECT ?class (MIN(?thing) AS ?first) (MAX(?thing) AS ?last) WHERE {
  ?thing a ?class . FILTER(isIRI(?thing) && !CONTAINS(STR(?thing), "#"))
} GROUP BY ?class ORDER BY ?class
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `trouble` is empty when all is well."""

    name: str
    trouble: str
    milliseconds: float


@dataclass(slots=True)
class Verdict:
    """All checks of one run, and the releases that answers named."""

    checks: list[Check] = field(default_factory=list)
    releases: set[str] = field(default_factory=set)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not any(check.trouble for check in self.checks)


class _Miss(Exception):  # noqa: N818 — never leaves this module
    """What a check found wrong."""


class _SameHost(HTTPRedirectHandler):
    """Follows redirections on the instance's own host only."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            raise _Miss(f"{req.full_url} → {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_instance(url: str, report: Callable[[Check], None]) -> Verdict:
    """Check the instance at `url`; call `report` after each check.

    Raises:
        StoreError: nothing answers at that address.
    """
    return _Smoke(url.rstrip("/"), report).run()


class _Smoke:
    def __init__(self, url: str, report: Callable[[Check], None]) -> None:
        self.url, self.report = url, report
        self.opener = build_opener(_SameHost())
        self.verdict = Verdict()
        self.base = ""

    def run(self) -> Verdict:
        try:
            self.get("/health/live", "application/json")
        except (_Miss, OSError) as error:
            raise StoreError(f"{self.url} ne répond pas : {error}", f"{self.url} does not answer: {error}") from error
        self.look("catalogue", self.catalog)
        for example in load_examples():
            self.look(f"question {example.key}", partial(self.example, example))
        for iri, path in self.things():
            self.look(f"document {path}", partial(self.document, iri, path))
        self.look("dumps", self.dumps)
        self.look("version", self.one_release)
        return self.verdict

    def look(self, name: str, action: Callable[[], None]) -> None:
        """Run one check and record how it went; any failure of the instance is a miss, not a crash."""
        start = time.perf_counter()
        try:
            action()
            trouble = ""
        except Exception as error:  # noqa: BLE001 — whatever a client meets is what is to be told
            trouble = f"{type(error).__name__}: {error}"[:300]
        check = Check(name, trouble, (time.perf_counter() - start) * 1000)
        self.verdict.checks.append(check)
        self.report(check)

    def get(self, path: str, accept: str) -> tuple[str, bytes]:
        """Return the media type and body of a page; remember the release it names."""
        request = Request(self.url + path, headers={"Accept": accept})  # noqa: S310 — the operator's own address
        try:
            with self.opener.open(request, timeout=_TIMEOUT) as answer:
                if not path.startswith("/health/"):
                    self.verdict.releases.add(answer.headers.get("Annuaire-Release", ""))
                return answer.headers.get_content_type(), answer.read()
        except HTTPError as error:
            raise _Miss(f"{path}: {error.code}") from error
        except URLError as error:
            raise _Miss(f"{path}: {error.reason}") from error

    def graph(self, path: str, media_type: str) -> Graph:
        found, body = self.get(path, media_type)
        if found != media_type:
            raise _Miss(f"{path}: {found} ≠ {media_type}")
        return Graph().parse(data=body, format=media_type)

    def catalog(self) -> None:
        graphs = [self.graph("/catalog", each.media_type) for each in GRAPH_DOCUMENTS]
        if not all(isomorphic(graphs[0], other) for other in graphs[1:]):
            raise _Miss("/catalog: les représentations diffèrent / representations differ")
        catalog = next(graphs[0].subjects(RDF.type, DCAT.Catalog), None)
        if catalog is None or not list(graphs[0].objects(catalog, DCAT.dataset)):
            raise _Miss("/catalog: ni catalogue ni jeu / no catalog or dataset")
        self.base = str(catalog).removesuffix("/catalog")

    def example(self, example: Example) -> None:
        form = _form(example.query)
        if form in {"SELECT", "ASK"}:
            formats = _BINDINGS if form == "SELECT" else {"json": JSON, "xml": XML}
            sizes = {name: self.rows(example.query, kind) for name, kind in formats.items()}
        else:
            sizes = {name: self.size(example.query, kind) for name, kind in _GRAPHS.items()}
        if len(set(sizes.values())) != 1 or 0 in sizes.values():
            raise _Miss(str(sizes))

    def rows(self, query: str, kind: str) -> int:
        body = self.wrapper(query, kind).query().response.read().decode()
        if kind == JSON:
            content = json.loads(body)
            return len(content["results"]["bindings"]) if "results" in content else 1
        if kind == XML:
            return body.count("<result>") or body.count("<boolean>")
        return _records(body, kind) - 1

    def size(self, query: str, kind: str) -> int:
        body = self.wrapper(query, kind).query().response.read()
        return len(Graph().parse(data=body, format=_PARSERS[kind]))

    def wrapper(self, query: str, kind: str) -> SPARQLWrapper:
        wrapper = SPARQLWrapper(f"{self.url}/sparql", agent="annuaire-smoke")
        wrapper.setTimeout(_TIMEOUT)
        wrapper.setQuery(query)
        wrapper.setReturnFormat(kind)
        return wrapper

    def things(self) -> Iterator[tuple[str, str]]:
        """Yield the IRI and the path of the document of two things of each class."""
        _, body = self.get("/sparql?" + urlencode({"query": _THINGS}), "application/sparql-results+json")
        rows = json.loads(body)["results"]["bindings"]
        minter = Minter(self.base)
        for iri in sorted({row[name]["value"] for row in rows for name in ("first", "last")}):
            path = minter.path_of(iri)
            if path and path.startswith("/doc/"):
                yield iri, path

    def document(self, iri: str, path: str) -> None:
        graphs = [self.graph(path, each.media_type) for each in GRAPH_DOCUMENTS]
        if (URIRef(iri), None, None) not in graphs[0]:
            raise _Miss(f"{iri} n'est sujet de rien / is no subject")
        if not all(isomorphic(graphs[0], other) for other in graphs[1:]):
            raise _Miss("les représentations diffèrent / representations differ")
        found, _ = self.get(path, HTML.media_type)
        if found != HTML.media_type:
            raise _Miss(f"HTML: {found}")

    def dumps(self) -> None:
        graph = self.graph("/catalog", DOCUMENTS[0].media_type)
        for node in graph.subjects(RDF.type, DCAT.Distribution):
            address = str(graph.value(node, DCAT.downloadURL))
            _, body = self.get(address.removeprefix(self.base), "*/*")
            expected = str(graph.value(graph.value(node, SPDX.checksum), SPDX.checksumValue))
            if hashlib.sha512(body).hexdigest() != expected.lower():
                raise _Miss(f"{address}: sha512")
            if str(len(body)) != str(graph.value(node, DCAT.byteSize)):
                raise _Miss(f"{address}: {len(body)}")
            gzip.decompress(body)

    def one_release(self) -> None:
        if len(self.verdict.releases) != 1 or "" in self.verdict.releases:
            raise _Miss(f"Annuaire-Release: {sorted(self.verdict.releases)}")


def _form(query: str) -> str:
    words = (word for line in query.splitlines() if not line.lstrip().startswith("#") for word in line.split())
    return next((word.upper() for word in words if word.upper() in {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}), "")


def _records(body: str, kind: str) -> int:
    """Count the records of a CSV or TSV result; a quoted CSV cell may hold line breaks."""
    if kind == TSV:
        return body.count("\n")
    quoted, records = False, 0
    for character in body:
        if character == '"':
            quoted = not quoted
        elif character == "\n" and not quoted:
            records += 1
    return records
