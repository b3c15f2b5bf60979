"""What a list shows, read from its address: filters that combine, order, page, view; the same for pages and data.

The address is the list: every representation of `/projets?region=84&annee=2020` holds the same things.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from endpoints.documents import exists
from endpoints.problems import BadRequestError, NotFoundError
from endpoints.serving import served_release, serving
from publisher.representations import GEOJSON, GRAPH_DOCUMENTS, HTML, RESULTS_CSV, Representation
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

TABLE, MAP, TIMELINE = "tableau", "carte", "chronologie"
PLACES = ("region", "departement", "commune")
THINGS = frozenset({"domaine", *PLACES})
"""Filters whose values are keys of things that must be published; those of the others are numbers."""

_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Collection:
    """A list: its class, filters, orders and views (default first), its queries and the variable that names a row.

    `kind` is that of its rows in the search index; without one, `index` reads what they are narrowed and ordered by.
    `rows` reads a page of them, `table` its CSV, whose column `table_key` tells its rows apart.
    """

    name: str
    class_: str
    filters: tuple[str, ...]
    orders: tuple[str, ...]
    rows: str
    table: str
    kind: str = ""
    index: str = ""
    row: str = "thing"
    table_row: str = "adresse"
    table_key: str = "adresse"
    views: tuple[str, ...] = (TABLE,)
    offered: tuple[Representation, ...] = (HTML, RESULTS_CSV, *GRAPH_DOCUMENTS)

    @property
    def path(self) -> str:
        """The address of the list."""
        return f"/{self.name}"


_PLACED = (HTML, RESULTS_CSV, GEOJSON, *GRAPH_DOCUMENTS)
COLLECTIONS = {
    each.name: each
    for each in (
        Collection(
            "projets",
            str(ASC.Projet),
            ("domaine", "annee", "vague", *PLACES),
            ("annee", "montant", "nom"),
            rows="projects",
            table="projects_csv",
            kind="projet",
            offered=_PLACED,
        ),
        Collection(
            "conventions",
            str(ASC.ConventionACV),
            ("annee", *PLACES),
            ("nom", "date", "population"),
            rows="conventions",
            table="conventions_csv",
            index="list_towns",
            row="place",
            table_row="town",
            table_key="code_commune",
            views=(TABLE, MAP, TIMELINE),
            offered=_PLACED,
        ),
        Collection(
            "solutions",
            str(ASC.Solution),
            ("domaine", *PLACES),
            ("nom",),
            rows="things",
            table="things_csv",
            kind="solution",
        ),
        Collection(
            "pratiques",
            str(ASC.BonnePratique),
            ("domaine", "annee", *PLACES),
            ("date", "nom"),
            rows="things",
            table="things_csv",
            kind="pratique",
        ),
    )
}
"""The lists by name. The rows of the towns of the plan are communes: an agreement may be of several."""

Chosen = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list as asked for: `chosen` holds each filter with its value, in the order of the collection's filters."""

    collection: Collection
    chosen: Chosen
    order: str
    view: str
    page: int = 1

    @property
    def parameters(self) -> dict[str, str]:
        """The request as the parameters of its address, the defaults left out."""
        found = dict(self.chosen)
        if self.order != self.collection.orders[0]:
            found["tri"] = self.order
        if self.view != self.collection.views[0]:
            found["vue"] = self.view
        return found if self.page == 1 else {**found, "page": str(self.page)}

    def at(self, page: int) -> ListRequest:
        """Return another page of the same list."""
        return replace(self, page=page)

    def seen_as(self, view: str) -> ListRequest:
        """Return the same list in another view."""
        return replace(self, view=view, page=1)

    def narrowed(self, name: str, value: str | None) -> ListRequest:
        """Return the list with another value of a filter, or without it, from its first page."""
        values = {**dict(self.chosen), name: value}
        kept = ((each, values.get(each)) for each in self.collection.filters)
        return replace(self, chosen=tuple((each, chosen) for each, chosen in kept if chosen), page=1)


def read_list_request(collection: Collection, arguments: MultiDict[str, str]) -> ListRequest:
    """Return the list that an address asks for; parameters of no filter are ignored.

    Raises:
        BadRequestError: there is no such order or view.
        NotFoundError: a value names nothing that is published, or there is no such page number.
    """
    given = ((name, arguments.get(name, "").strip()) for name in collection.filters)
    chosen = tuple((name, _published(name, value)) for name, value in given if value)
    order = _one_of("tri", arguments.get("tri", ""), collection.orders)
    view = _one_of("vue", arguments.get("vue", ""), collection.views)
    page = arguments.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", page):
        raise NotFoundError(f"pas de page « {page[:20]} »", f"no page '{page[:20]}'")
    return ListRequest(collection, chosen, order, view, int(page))


def _published(name: str, value: str) -> str:
    known = (
        _KEY.fullmatch(value) and exists(served_release().store, NamedNode(serving().minter.thing(name, value)))
        if name in THINGS
        else _NUMBER.fullmatch(value)
    )
    if not known:
        raise NotFoundError.of_filter(name, value)
    return value


def _one_of(name: str, value: str, admitted: tuple[str, ...]) -> str:
    if value and value not in admitted:
        raise BadRequestError.of_value(name, value, admitted)
    return value or admitted[0]
