"""The plain lists: projects, agreements, solutions, good practices; pages, CSV and RDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode
from rdflib.namespace import RDF

from endpoints.answers import Choice, alternates, answer, choose
from endpoints.documents import exists
from endpoints.languages import language
from endpoints.list_tables import BOM_PARAMETER, describe_table, description_link, write_table
from endpoints.listing import Rows, alphabetical
from endpoints.pages import thing_label
from endpoints.problems import NotFoundError
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.representations import CSVW, GRAPH_DOCUMENTS, HTML, RESULTS_CSV
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from endpoints.queries import Term

blueprint = Blueprint("lists", __name__)

OFFERED = (HTML, RESULTS_CSV, *GRAPH_DOCUMENTS)
PAGE_SIZE = 50
FILTERS = ("domaine", "region", "departement", "commune")
"""What a list can be narrowed to, one at a time: the class of thing, and the property of ours of that name."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A list: its class and the queries for its page and its table."""

    class_: str
    query: str
    table: str


COLLECTIONS = {
    "projets": Collection(str(ASC.Projet), "projects", "projects_csv"),
    "conventions": Collection(str(ASC.ConventionACV), "conventions", "conventions_csv"),
    "solutions": Collection(str(ASC.Solution), "things", "things_csv"),
    "pratiques": Collection(str(ASC.BonnePratique), "things", "things_csv"),
}
_NAMES = f"<any({', '.join(COLLECTIONS)}):name>"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a request lists: the property and the value that things of the class must have."""

    collection: Collection
    link: NamedNode
    topic: NamedNode
    narrowed_by: str | None = None

    @property
    def filters(self) -> dict[str, str]:
        """The parameter that narrows the list, as the address has it."""
        return {self.narrowed_by: request.args[self.narrowed_by]} if self.narrowed_by else {}

    @property
    def terms(self) -> dict[str, Term]:
        """What the list's queries bind."""
        return {"class": NamedNode(self.collection.class_), "property": self.link, "topic": self.topic}


@blueprint.get(f"/{_NAMES}")
def collection(name: str) -> Response:
    """Answer with a list in the representation asked for; a page unless the client prefers data."""
    return _answer(name, choose(f"/{name}", OFFERED))


@blueprint.get(f"/{_NAMES}.<extension>")
def collection_as(name: str, extension: str) -> Response:
    """Answer with a list, or the description of its table, in the representation that the extension names."""
    found = next((r for r in (*OFFERED, CSVW) if r.extension == extension), None)
    if found is None:
        raise NotFoundError.at(request.path)
    return _answer(name, Choice(found, fixed=True))


def _answer(name: str, choice: Choice) -> Response:
    selection = _selection(COLLECTIONS[name])
    number = _page_number()

    def build() -> str | bytes:
        if choice.representation is HTML:
            return _page(name, selection, number)
        return _data(name, selection, choice)

    links = alternates(f"/{name}", OFFERED)
    if choice.representation is RESULTS_CSV:
        links.append(description_link(name, selection.filters))
    return answer(choice, build, path=f"/{name}", links=links)


def _data(name: str, selection: Selection, choice: Choice) -> str | bytes:
    table = selection.collection.table
    if choice.representation is CSVW:
        return describe_table(name, table, selection.terms, selection.filters)
    if choice.representation is RESULTS_CSV:
        return write_table(table, selection.terms, marked=request.args.get(BOM_PARAMETER) == "1")
    return _graph(selection, choice)


def _selection(wanted: Collection) -> Selection:
    for name in FILTERS:
        key = request.args.get(name)
        if not key:
            continue
        topic = NamedNode(serving().minter.thing(name, key))
        if not exists(served_release().store, topic):
            raise NotFoundError(f"{name} inconnu : {key}", f"unknown {name}: {key}")
        return Selection(wanted, NamedNode(str(ASC[name])), topic, name)
    return Selection(wanted, NamedNode(str(RDF.type)), NamedNode(wanted.class_))


def _page_number() -> int:
    asked = request.args.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", asked):
        raise NotFoundError.at(request.path)
    return int(asked)


def _page(name: str, selection: Selection, number: int) -> str:
    release = served_release()
    found = Rows(release).select(selection.collection.query, selection.terms)
    rows = found if name == "projets" else alphabetical(found)
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    if number > pages:
        raise NotFoundError.at(request.full_path)
    narrowed = selection.narrowed_by and thing_label(release.store, selection.topic, language())
    return render_template(
        "liste.html",
        name=name,
        rows=rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        total=len(rows),
        number=number,
        pages=pages,
        narrowed=narrowed,
        filters=selection.filters,
        on_map=name in {"projets", "conventions"},
        narrowed_path=serving().minter.path_of(selection.topic.value),
    )


def _graph(selection: Selection, choice: Choice) -> bytes:
    queries = Queries(serving().project, served_release().store)
    triples = sorted(queries.construct("list_graph", selection.terms), key=str)
    return serving().serialiser.write(triples, choice.representation)
