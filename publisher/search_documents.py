"""A release's graph → one search document per thing: its names, texts, codes, places, domains, years.

Territories and domains are held in memory, for others refer to them; companies and contracts pass one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from heapq import merge
from typing import TYPE_CHECKING, Any

from publisher.facts import by_language, gather_facts, labels_of, read_few, read_numerous, sort_key
from publisher.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from publisher.facts import Facts

PLACES = ("commune", "epci", "departement", "region")
"""The territories that a thing may be in, smallest first."""

CONTRACT = "marche"
LISTED = frozenset({CONTRACT, "projet", "solution", "pratique"})
"""The kinds of things that are found by their text, never by a name or a code, which would hide their parties."""

BANDS = (2_000, 10_000, 20_000, 50_000, 100_000)
"""Bounds of the population bands of communes: « moins de 2 000 », « 2 000 à 9 999 », …, « 100 000 et plus »."""

_OWN_PLACE = {"intercommunalite": "epci"} | {kind: kind for kind in PLACES}
_LISTS = {"other_codes": "otherCode", "projects": "project", "related": "related", "buyers": "buyer"}
Point = tuple[float, float]


@dataclass(slots=True)
class SearchDocument:
    """One thing as the index holds it; `places` and `domains` are references (see `Reference`).

    `buyers` are the kinds of authorities that contracts bind it to, `towns` the population bands of the communes among
    them, `contracts` how many contracts there are; `related` are objects of contracts, names and numbers of parties.
    `elsewhere` are the codes of territories where it is in use; `first_day` and `last_day` are those of its dates or
    years; `point` is its longitude and latitude in degrees.
    """

    iri: str
    kind: str
    labels: dict[str, str]
    others: list[str] = field(default_factory=list)
    description: dict[str, str] = field(default_factory=dict)
    code: str = ""
    other_codes: list[str] = field(default_factory=list)
    places: dict[str, Reference] = field(default_factory=dict)
    domains: list[Reference] = field(default_factory=list)
    ancestors: list[Reference] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    population: int | None = None
    acv: bool = False
    projects: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    buyers: list[str] = field(default_factory=list)
    towns: list[str] = field(default_factory=list)
    contracts: int = 0
    latest: int | None = None
    elsewhere: dict[str, set[str]] = field(default_factory=dict)
    wave: str = ""
    amount: Decimal | None = None
    first_day: str = ""
    last_day: str = ""
    point: Point | None = None

    @property
    def names(self) -> list[str]:
        """Every name it goes by, the preferred ones first."""
        return list(dict.fromkeys([*self.labels.values(), *self.others]))

    @property
    def sort_key(self) -> tuple[str, str]:
        """What alphabetical order goes by: case and accents do not count."""
        return sort_key(self.iri, self.labels)


@dataclass(frozen=True)
class Reference:
    """A thing that another one names: its IRI, code, labels by language, and other names.

    Thousands may name it: what is written of it each time is made once.
    """

    iri: str
    code: str
    labels: dict[str, str]
    others: tuple[str, ...] = ()

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """What a text search finds it by."""
        return tuple(map(fold, (*self.labels.values(), *self.others)))

    @cached_property
    def record(self) -> dict[str, Any]:
        """What answers show of it."""
        return {"iri": self.iri, "code": self.code, "labels": self.labels}


def read_documents(
    statements: DuckDBPyConnection, points: Mapping[str, Point] | None = None
) -> Iterator[SearchDocument]:
    """Yield the documents of a release in alphabetical order; a thing without a name has none.

    `points` say where things are, by IRI.
    """
    gather_facts(statements)
    known = read_few(statements)
    found = {iri: _document(iri, own) for iri, own in known.items() if _is_named(own)}
    references = {iri: Reference(iri, each.code, each.labels, tuple(each.others)) for iri, each in found.items()}

    classification = _Classification(known, references)

    def completed(document: SearchDocument, own: Facts) -> SearchDocument:
        document.point = points.get(document.iri) if points else None
        _place(document, own, known, references)
        classification.classify(document, own)
        return document

    few = [completed(document, known[document.iri]) for document in found.values()]
    few.sort(key=lambda document: document.sort_key)
    numerous = (completed(_document(iri, own), own) for iri, own in read_numerous(statements))
    yield from merge(few, numerous, key=lambda document: document.sort_key)


def band(population: int | None) -> str:
    """Return the population band as a code: `0-1999`, `2000-9999`, …, `100000-`; empty when unknown."""
    if population is None:
        return ""
    low = max((bound for bound in BANDS if bound <= population), default=0)
    high = min((bound for bound in BANDS if bound > population), default=None)
    return f"{low}-{high - 1}" if high else f"{low}-"


def _is_named(own: Facts) -> bool:
    return "kind" in own and ("label@fr" in own or "label" in own or "label@en" in own)


def _document(iri: str, own: Facts) -> SearchDocument:
    """Return a document with what the thing says of itself; values in order, so that nothing hangs on the store's."""
    labels, codes = labels_of(own), own.get("code")
    document = SearchDocument(iri, own["kind"][0], labels, code=min(codes) if codes else iri.rpartition("/")[2])
    document.description = by_language(own, "description")
    document.acv = "acv" in own
    if "other" in own:
        document.others = sorted(set(own["other"]).difference(labels.values()))
    for name, facts in _LISTS.items():
        if facts in own:
            setattr(document, name, sorted(set(own[facts])))
    if "population" in own:
        document.population = int(own["population"][0])
    if "town" in own:
        document.towns = sorted({band(int(population)) for population in own["town"]})
    if "amount" in own:
        document.amount = max(map(Decimal, own["amount"]))
    document.contracts = len(own.get("contract", ()))
    document.wave = min(own.get("wave", ()), default="")
    _date(document, own)
    return document


def _date(document: SearchDocument, own: Facts) -> None:
    """Say the years and days of a thing."""
    days = own.get("date") or own.get("annee")
    if days:
        years = {*map(int, own.get("annee", ())), *(int(day[:4]) for day in own.get("date", ()))}
        document.years = sorted(years)
        document.first_day, document.last_day = f"{min(days)}-01-01"[:10], f"{max(days)}-12-31"[:10]
    document.latest = max([*document.years, *map(int, own.get("contractYear", ()))], default=None)


def _place(document: SearchDocument, own: Facts, known: dict[str, Facts], references: dict[str, Reference]) -> None:
    """Say where a thing is: what it says itself, what its commune says, and itself if it is a territory."""
    commune = known.get(min(own["commune"]), {}) if "commune" in own else {}
    for place in PLACES:
        stated = own.get(place) or commune.get(place)
        if stated and (found := references.get(min(stated))):
            document.places[place] = found
    for town in own.get("elsewhere", ()):
        around = {"commune": [town], **known.get(town, {})}
        for place in PLACES:
            codes = {references[iri].code for iri in around.get(place, ()) if iri in references}
            document.elsewhere.setdefault(place, set()).update(codes)
    if document.kind in _OWN_PLACE:
        document.places[_OWN_PLACE[document.kind]] = references[document.iri]
    if commune:
        document.population = int(commune["population"][0]) if "population" in commune else None
        document.acv = "acv" in commune


@dataclass(slots=True)
class _Classification:
    """Which domains a set of domains stands for, and which these are part of: few sets come again and again."""

    known: dict[str, Facts]
    references: dict[str, Reference]
    _found: dict[tuple[str, ...], tuple[list[Reference], list[Reference]]] = field(default_factory=dict)

    def classify(self, document: SearchDocument, own: Facts) -> None:
        """Say which domains a thing is in, and which domains these are part of."""
        direct = own.get("domaine", ())
        if not direct and document.kind != "domaine":
            return
        key = tuple(sorted(set(direct))) if direct else (document.iri,)
        if key not in self._found:
            self._found[key] = self._find(key)
        domains, document.ancestors = self._found[key]
        if direct:
            document.domains = domains

    def _find(self, direct: tuple[str, ...]) -> tuple[list[Reference], list[Reference]]:
        above: set[str] = set()
        pending = list(direct)
        while pending:
            broader = set(self.known.get(pending.pop(), {}).get("broader", ())) - above
            above |= broader
            pending += broader
        domains, ancestors = sorted(direct), sorted(above.difference(direct))
        return (
            [self.references[iri] for iri in domains if iri in self.references],
            [self.references[iri] for iri in ancestors if iri in self.references],
        )
