"""What a search asks for, read from its address: words, values of facets, order, page, view.

A facet takes several values, any of which will do (`region=84&region=93`); different facets must all be met. The
address is the search: the same values in another order are the same search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from endpoints.problems import BadRequestError, NotFoundError
from publisher.search_documents import BANDS, band

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.datastructures import MultiDict

TEXT, ORDER, PAGE, VIEW = "q", "tri", "page", "vue"
RELEVANCE, NAME, RECENT = "pertinence", "nom", "recent"
YEAR, DATE, AMOUNT = "annee", "date", "montant"
ORDERS = (RELEVANCE, NAME, RECENT)
VIEWS = ("liste", "carte")
MAX_TEXT = 200
MAX_VALUES = 20
"""Values of one facet beyond this are more than anyone picks."""

_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")
BUYERS = ("commune", "ville-acv", "intercommunalite", "groupement", "departement", "region")
"""Kinds of authorities that notify contracts, as asc:typeCollectivite says; and the towns of Action Cœur de Ville."""

_BANDS = tuple(band(low) for low in (0, *BANDS))


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet: its parameter in the address, its field in the index, the class of things its values name.

    `values` are all that there can be, when they are few and known; `counted` facets are listed with their numbers.
    """

    name: str
    field: str
    kind: str | None = None
    values: tuple[str, ...] = ()
    counted: bool = True


FACETS = {
    facet.name: facet
    for facet in (
        Facet("domaine", "domaine", "domaine"),
        Facet("region", "region", "region"),
        Facet("departement", "departement", "departement"),
        Facet("epci", "epci", "intercommunalite"),
        Facet("commune", "commune", "commune", counted=False),
        Facet("population", "tranche", values=_BANDS),
        Facet("acv", "acv", values=("oui", "non")),
        Facet("annee", "annee"),
        Facet("acheteur", "acheteur", values=BUYERS),
        Facet("ville", "ville", values=_BANDS),
        Facet("vague", "vague"),
    )
}

COMPANY_FACETS = tuple(name for name in FACETS if name != "vague")
CONTRACT_FACETS = tuple(name for name in COMPANY_FACETS if name != "ville")
"""The facets of each kind of thing that is searched; a contract is where its buyer is, and has one buyer."""

Chosen = tuple[tuple[str, tuple[str, ...]], ...]


def facet_of(kind: str) -> str:
    """Return the facet whose values are territories or domains of a class, by that class."""
    return next(facet.name for facet in FACETS.values() if facet.kind == kind)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search: `chosen` holds each facet with its values, in the order of `FACETS`.

    `plain_orders` are those of a search without words, the default first.
    """

    text: str = ""
    chosen: Chosen = ()
    order: str = NAME
    page: int = 1
    view: str = VIEWS[0]
    plain_orders: tuple[str, ...] = ORDERS[1:]

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The search as the parameters of its address, the defaults left out."""
        found = {TEXT: [self.text]} if self.text else {}
        found |= {name: list(values) for name, values in self.chosen}
        if self.order != self._default_order:
            found[ORDER] = [self.order]
        if self.view != VIEWS[0]:
            found[VIEW] = [self.view]
        return found if self.page == 1 else {**found, PAGE: [str(self.page)]}

    @property
    def orders(self) -> tuple[str, ...]:
        """The orders there are: without words nothing is more relevant than the rest."""
        return (RELEVANCE, *self.plain_orders) if self.text else self.plain_orders

    @property
    def _default_order(self) -> str:
        return self.orders[0]

    def values(self, facet: str) -> tuple[str, ...]:
        """Return the chosen values of a facet."""
        return dict(self.chosen).get(facet, ())

    def at(self, page: int) -> SearchRequest:
        """Return another page of the same search."""
        return replace(self, page=page)

    def seen_as(self, view: str) -> SearchRequest:
        """Return the same search in another view."""
        return replace(self, view=view, page=1)

    def choosing(self, facet: str, values: tuple[str, ...]) -> SearchRequest:
        """Return the search with other values of a facet, from its first page."""
        found = dict(self.chosen) | {facet: values}
        return replace(self, chosen=_in_order(found), page=1)

    def without_text(self) -> SearchRequest:
        """Return the search without its words."""
        order = self.plain_orders[0] if self.order == RELEVANCE else self.order
        return replace(self, text="", order=order, page=1)


def read_request(
    arguments: MultiDict[str, str],
    facets: Iterable[str] = COMPANY_FACETS,
    plain_orders: tuple[str, ...] = ORDERS[1:],
) -> SearchRequest:
    """Return the search that an address asks for, by these facets; other parameters are ignored.

    Raises:
        BadRequestError: a value is not of its kind.
        NotFoundError: there is no such page number.
    """
    text = " ".join(arguments.get(TEXT, "").split())
    if len(text) > MAX_TEXT:
        raise BadRequestError(
            f"recherche de plus de {MAX_TEXT} caractères ; quelques mots suffisent",
            f"a search of more than {MAX_TEXT} characters; a few words will do",
        )
    chosen = _in_order({name: _values(FACETS[name], arguments.getlist(name)) for name in facets})
    asked = SearchRequest(text, chosen, plain_orders=plain_orders)
    order = _one_of(ORDER, arguments.get(ORDER) or asked.orders[0], ORDERS)
    view = _one_of(VIEW, arguments.get(VIEW) or VIEWS[0], VIEWS)
    order = order if order in asked.orders else plain_orders[0]
    return replace(asked, order=order, view=view, page=_page(arguments.get(PAGE, "1")))


def _values(facet: Facet, given: list[str]) -> tuple[str, ...]:
    values = tuple(sorted({value.strip() for value in given if value.strip()}))
    if len(values) > MAX_VALUES:
        raise BadRequestError(
            f"« {facet.name} » : {MAX_VALUES} valeurs au plus", f"'{facet.name}': at most {MAX_VALUES} values"
        )
    for value in values:
        if facet.values:
            _one_of(facet.name, value, facet.values)
        elif not _KEY.fullmatch(value) or (facet.kind is None and not re.fullmatch("[0-9]{4}", value)):
            raise NotFoundError.of_filter(facet.name, value)
    return values


def _one_of(name: str, value: str, admitted: tuple[str, ...]) -> str:
    if value not in admitted:
        raise BadRequestError.of_value(name, value, admitted)
    return value


def _page(asked: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", asked):
        raise NotFoundError(f"pas de page « {asked[:20]} »", f"no page '{asked[:20]}'")
    return int(asked)


def _in_order(values: Mapping[str, tuple[str, ...]]) -> Chosen:
    return tuple((name, values[name]) for name in FACETS if values.get(name))
