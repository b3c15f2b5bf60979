"""`annuaire smoke URL`: a deployed instance checked as its clients would, from outside.

The questions that it publishes, through SPARQLWrapper in every result format; all representations of sampled things
compared as graphs, with their redirections and validators; catalog, VoID, dumps against their checksums; pages; what it
must refuse; one and the same release on every answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rdflib import SH, Graph, URIRef
from rdflib.namespace import DCAT, RDF, VOID

from endpoints.smoke_files import check_file
from endpoints.smoke_queries import QUESTION_FORMS, check_question, count_instances, list_instances
from endpoints.smoke_visits import MissError, Visitor, expect, reach
from publisher.identifiers import Minter
from publisher.representations import HTML, PROBLEM_JSON, RESULTS_JSON, TURTLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from publisher.errors import Texts

_COUNTED = 3
"""How many classes, the largest, are counted against the VoID statistics."""

_PAGES = (
    "/",
    "/entreprises",
    "/domaines",
    "/territoires",
    "/donnees",
    "/questions",
    "/sparql",
    "/cite",
    "/catalog",
    "/def",
    "/qualite",
    "/sources",
    "/a-propos",
    "/api",
    "/mentions-legales",
    "/accessibilite",
)
_REFUSED = {
    "mal formée": "SELECT * WHERE {",
    "SERVICE": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "LOAD": "LOAD <http://127.0.0.1:9/>",
    "DELETE": "DELETE WHERE { ?s ?p ?o }",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `trouble` says in both languages what is wrong, or is None."""

    name: str
    trouble: Texts | None
    milliseconds: float


@dataclass(slots=True)
class Verdict:
    """All checks of one run, and the releases that answers named."""

    url: str
    checks: list[Check] = field(default_factory=list)
    releases: set[str] = field(default_factory=set)

    @property
    def misses(self) -> int:
        """How many checks found something wrong."""
        return sum(check.trouble is not None for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        checks = [
            {"name": each.name, "passed": each.trouble is None, "trouble": each.trouble, "ms": round(each.milliseconds)}
            for each in self.checks
        ]
        return {"url": self.url, "passed": not self.misses, "releases": sorted(self.releases), "checks": checks}


def check_instance(url: str, report: Callable[[Check], None]) -> Verdict:
    """Check the instance at `url`; call `report` after each check.

    Raises:
        UnreachableError: nothing answers at that address.
    """
    return _Smoke(url.rstrip("/"), report).run()


class _Smoke:
    def __init__(self, url: str, report: Callable[[Check], None]) -> None:
        self.visitor = Visitor(url)
        self.report = report
        self.verdict = Verdict(url)
        self.found = Graph()
        self.rows = 0

    def run(self) -> Verdict:
        """Check everything; what one check needs of another that failed is left out, and counted there."""
        reach(self.visitor)
        self.look("ready", lambda: self.visitor.get("/health/ready"))
        if self.look("catalog", self.catalog):
            self.check_each("files", self.files)
            self.check_each("things", self.things)
        self.look("void", self.void)
        self.look("service", self.service)
        if self.look("questions", self.questions):
            self.check_each("questions", self.each_question)
            self.look("answers", lambda: expect(self.rows, "aucune question n'a de réponse", "no question is answered"))
        for path in _PAGES:
            self.look(f"page {path}", partial(self.page, path))
        for name, query in _REFUSED.items():
            self.look(f"refus {name}", partial(self.refusal, query))
        self.look("404", self.absence)
        self.look("release", self.one_release)
        self.verdict.releases = self.visitor.releases
        return self.verdict

    def look(self, name: str, action: Callable[[], object]) -> bool:
        """Run one check, record how it went, return whether all is well; a failure is a miss, never a crash."""
        start = time.perf_counter()
        trouble: Texts | None = None
        try:
            action()
        except MissError as miss:
            trouble = miss.texts
        except Exception as error:  # noqa: BLE001 — whatever a client meets is what is to be told
            text = f"{type(error).__name__}: {error}"[:300]
            trouble = {"fr": text, "en": text}
        check = Check(name, trouble, (time.perf_counter() - start) * 1000)
        self.verdict.checks.append(check)
        self.report(check)
        return trouble is None

    def check_each(self, name: str, listing: Callable[[], Iterator[tuple[str, Callable[[], object]]]]) -> None:
        """Run the checks of a list; that it cannot be made, or is empty, is a miss too."""
        listed: list[tuple[str, Callable[[], object]]] = []
        if not self.look(name, lambda: listed.extend(listing())) or not listed:
            return
        for title, action in listed:
            self.look(title, action)

    def catalog(self) -> None:
        self.found = self.visitor.same_graphs("/catalog")
        catalog = self.found.value(None, RDF.type, DCAT.Catalog)
        listed = catalog is not None and list(self.found.objects(catalog, DCAT.dataset))
        expect(listed, "ni catalogue ni jeu de données", "no catalog or dataset")
        self.revalidation("/catalog")

    @property
    def base(self) -> str:
        """The address that the instance's IRIs begin with, as its catalog says."""
        return str(self.found.value(None, RDF.type, DCAT.Catalog)).removesuffix("/catalog")

    def files(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for node in sorted(set(self.found.subjects(DCAT.downloadURL)), key=str):
            path = str(self.found.value(node, DCAT.downloadURL)).removeprefix(self.base)
            if path.startswith("/"):
                yield f"file {path}", partial(check_file, self.visitor, self.found, node, path)

    def things(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield a check of two things of each class; records are looked at with their things."""
        minter = Minter(self.base)
        for iri in list_instances(self.visitor):
            path = minter.path_of(iri)
            if path and path.startswith("/doc/") and not iri.startswith(f"{self.base}/doc/"):
                yield f"document {path}", partial(self.document, iri, path)

    def document(self, iri: str, path: str) -> None:
        graph = self.visitor.same_graphs(path)
        expect((URIRef(iri), None, None) in graph, f"{iri} n'est sujet de rien", f"{iri} is no subject")
        self.page(path)
        self.revalidation(path)
        if iri.startswith(f"{self.base}/id/"):
            thing = self.visitor.visit(iri.removeprefix(self.base), TURTLE.media_type)
            expect(thing.status == HTTPStatus.SEE_OTHER, f"{thing.status} au lieu de 303", f"{thing.status}, not 303")
            place = thing.headers.get("Location", "")
            expect(place.startswith(path), f"Location : {place} ≠ {path}", f"Location: {place} ≠ {path}")

    def void(self) -> None:
        graph = self.visitor.same_graphs("/.well-known/void")
        totals = [int(str(total)) for total in graph.objects(None, VOID.triples)]
        expect(totals and max(totals) > 0, "aucun nombre de triplets", "no number of triples")
        sizes = {
            graph.value(part, VOID["class"]): graph.value(part, VOID.entities)
            for part in graph.objects(None, VOID.classPartition)
        }
        for class_, size in sorted(sizes.items(), key=lambda each: int(str(each[1])))[-_COUNTED:]:
            found = count_instances(self.visitor, str(class_))
            expect(found >= int(str(size)), *[f"{class_} : {found} < {size}"] * 2)

    def service(self) -> None:
        graph = self.visitor.same_graphs("/sparql")
        services = list(graph.subjects(RDF.type, URIRef("http://www.w3.org/ns/sparql-service-description#Service")))
        expect(services, "service non décrit", "service not described")

    def questions(self) -> None:
        self.found += self.visitor.same_graphs("/questions")
        listed = set(self.found.subjects(RDF.type, SH.SPARQLExecutable))
        expect(listed, "aucune question", "no question")

    def each_question(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for node in sorted(set(self.found.subjects(RDF.type, SH.SPARQLExecutable)), key=str):
            form, text = next(
                (form, text)
                for form, property_ in QUESTION_FORMS.items()
                for text in self.found.objects(node, property_)
            )
            name = str(node).rpartition("/")[2]
            yield f"question {name}", partial(self.question, form, str(text))

    def question(self, form: str, text: str) -> None:
        self.rows += check_question(self.visitor, form, text)

    def page(self, path: str) -> None:
        found = self.visitor.get(path, HTML.media_type)
        expect(found.media_type == HTML.media_type, *[f"{path} : {found.media_type} ≠ {HTML.media_type}"] * 2)
        expect(b"</html>" in found.body, f"{path} : page coupée", f"{path}: page cut")

    def revalidation(self, path: str) -> None:
        tag = self.visitor.get(path).headers.get("ETag", "")
        again = self.visitor.visit(path, If_None_Match=tag)
        expect(
            tag and again.status == HTTPStatus.NOT_MODIFIED,
            f"{path} : {again.status} au lieu de 304",
            f"{path}: {again.status}, not 304",
        )

    def refusal(self, query: str) -> None:
        found = self.visitor.visit("/sparql?" + urlencode({"query": query}), RESULTS_JSON.media_type)
        refused = HTTPStatus.BAD_REQUEST <= found.status < HTTPStatus.INTERNAL_SERVER_ERROR
        expect(refused, f"{found.status} au lieu d'un refus", f"{found.status}, not refused")
        expect(found.media_type == PROBLEM_JSON.media_type, *[f"{found.media_type} ≠ {PROBLEM_JSON.media_type}"] * 2)

    def absence(self) -> None:
        found = self.visitor.visit("/doc/entreprise/inconnue", TURTLE.media_type)
        expect(found.status == HTTPStatus.NOT_FOUND, f"{found.status} au lieu de 404", f"{found.status}, not 404")

    def one_release(self) -> None:
        named = sorted(self.visitor.releases)
        expect(len(named) == 1, f"plusieurs versions : {named}", f"several releases: {named}")
