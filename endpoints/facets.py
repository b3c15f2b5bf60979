"""The facets of a search as a page shows them: values with their names and numbers, and the search each leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from flask_babel import format_decimal, gettext
from pyoxigraph import NamedNode

from endpoints.languages import language
from endpoints.listing import plain
from endpoints.pages import thing_label
from endpoints.search_request import FACETS
from endpoints.serving import served_release, serving
from endpoints.vocabulary import domain_tree
from publisher.search_documents import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from endpoints.faceted_search import Counts
    from endpoints.search_request import Facet, SearchRequest

SHOWN = 8
"""How many values of a facet are seen at once; the others unfold."""

_BY_SIZE = {"epci"}
"""Facets of too many values to look one up by its name: the most frequent first."""

_UNFOLDED = 60


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value: its name, how many things have it, whether it is chosen, the search that (un)choosing it leads to."""

    value: str
    name: str
    count: int
    chosen: bool
    leads_to: SearchRequest
    narrower: tuple[FacetValue, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet with its values: those seen at once, and those that unfold."""

    name: str
    title: str
    first: list[FacetValue]
    others: list[FacetValue]


def view_facets(request: SearchRequest, counts: Counts, kind: str) -> list[FacetView]:
    """Return the facets that tell things apart, in the order of the page; one without a value is left out."""
    views = (_view(facet, request, counts[name], kind) for name, facet in FACETS.items() if name in counts)
    return [view for view in views if len(view.first) > 1 or any(value.chosen for value in view.first)]


def chosen_filters(request: SearchRequest, kind: str) -> list[tuple[str, str, SearchRequest]]:
    """Return each chosen value: the facet's title, the value's name, and the search without it."""
    return [
        (facet_title(name, kind), value_name(FACETS[name], value), _without(request, name, value))
        for name, values in request.chosen
        for value in values
    ]


def facet_title(name: str, kind: str) -> str:
    """Return what a facet of things of a kind is called in the page's language: a contract has one buyer."""
    titles: dict[str, str] = {
        "domaine": gettext("Domaine"),
        "region": gettext("Région"),
        "departement": gettext("Département"),
        "epci": gettext("Intercommunalité"),
        "commune": gettext("Commune"),
        "population": gettext("Population de la commune"),
        "acv": gettext("Commune du plan Action cœur de ville"),
        "annee": gettext("Année"),
        "acheteur": gettext("Acheteur") if kind == CONTRACT else gettext("A déjà eu un marché avec"),
        "ville": gettext("A déjà eu un marché avec une commune de"),
    }
    return titles[name]


def value_name(facet: Facet, value: str) -> str:
    """Return what a value is called in the page's language."""
    if facet.kind is not None:
        return _thing_name(served_release().name, serving().minter.thing(facet.kind, value), language())
    if facet.name in {"population", "ville"}:
        return _band_name(value)
    names: dict[str, str] = {
        "oui": gettext("oui"),
        "non": gettext("non"),
        "commune": gettext("une commune"),
        "ville-acv": gettext("une ville du plan Action cœur de ville"),
        "intercommunalite": gettext("une intercommunalité"),
        "groupement": gettext("un syndicat ou un autre groupement"),
        "departement": gettext("un département"),
        "region": gettext("une région"),
    }
    return names.get(value, value)


@lru_cache(maxsize=8192)
def _thing_name(_release: str, iri: str, lang: str) -> str:
    """Return the name of a thing in the release served, whose name keeps what is remembered apart."""
    return thing_label(served_release().store, NamedNode(iri), lang)


def _band_name(value: str) -> str:
    low, _, high = value.partition("-")
    if low == "0":
        return str(gettext("moins de %(bound)s habitants", bound=format_decimal(int(high) + 1)))
    if not high:
        return str(gettext("%(bound)s habitants et plus", bound=format_decimal(int(low))))
    return str(gettext("%(low)s à %(high)s habitants", low=format_decimal(int(low)), high=format_decimal(int(high))))


def _view(facet: Facet, request: SearchRequest, counts: Mapping[str, int], kind: str) -> FacetView:
    known = {**dict.fromkeys(request.values(facet.name), 0), **counts}
    values = list(_domains(request, known) if facet.name == "domaine" else facet_values(facet, request, known))
    first = [value for place, value in enumerate(values) if place < SHOWN or value.chosen]
    others = [value for value in values if value not in first]
    return FacetView(facet.name, facet_title(facet.name, kind), first, others[:_UNFOLDED])


def facet_values(facet: Facet, request: SearchRequest, counts: Mapping[str, int]) -> list[FacetValue]:
    """Return the values of a facet in their order: by size, by rank, the latest first, or by name."""
    if facet.name in _BY_SIZE:
        counts = dict(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[: SHOWN + _UNFOLDED])
    found = [_value(facet, request, value, count) for value, count in counts.items()]
    if facet.values:
        return sorted(found, key=lambda each: facet.values.index(each.value))
    if facet.kind is None:
        return sorted(found, key=lambda each: each.value, reverse=True)
    if facet.name in _BY_SIZE:
        return sorted(found, key=lambda each: (-each.count, plain(each.name)))
    return sorted(found, key=lambda each: plain(each.name))


def _value(facet: Facet, request: SearchRequest, value: str, count: int) -> FacetValue:
    chosen = value in request.values(facet.name)
    leads_to = _without(request, facet.name, value) if chosen else _with(request, facet.name, value)
    return FacetValue(value, value_name(facet, value), count, chosen, leads_to)


def _domains(request: SearchRequest, counts: Mapping[str, int]) -> Iterator[FacetValue]:
    """Yield the top domains; those that are chosen, or hold a chosen one, with their narrower ones.

    A domain stands for its narrower ones too: choosing one drops those above and below it.
    """
    picked = set(request.values("domaine"))
    for row, below in domain_tree():
        slug, slugs = _slug(row["thing"]), [(_slug(each["thing"]), each["name"]) for each in below]
        if slug not in counts:
            continue
        family = {slug, *(each for each, _ in slugs)}
        narrower = tuple(
            _domain(request, each, name, counts[each], {slug}) for each, name in slugs if each in counts
        ) if picked & family else ()  # fmt: skip
        yield _domain(request, slug, row["name"], counts[slug], family - {slug}, narrower)


def _domain(
    request: SearchRequest, slug: str, name: str, count: int, kin: set[str], narrower: tuple[FacetValue, ...] = ()
) -> FacetValue:
    picked = request.values("domaine")
    chosen = slug in picked
    kept = {value for value in picked if value not in kin}
    leads_to = request.choosing("domaine", tuple(sorted(kept ^ {slug} if chosen else kept | {slug})))
    return FacetValue(slug, name, count, chosen, leads_to, narrower)


def _slug(path: str) -> str:
    return path.rpartition("/")[2]


def _with(request: SearchRequest, name: str, value: str) -> SearchRequest:
    return request.choosing(name, tuple(sorted({*request.values(name), value})))


def _without(request: SearchRequest, name: str, value: str) -> SearchRequest:
    return request.choosing(name, tuple(each for each in request.values(name) if each != value))
