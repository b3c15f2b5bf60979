"""A release's graph → one search document per thing: its names, texts, codes, places, domains, years.

Territories and domains are held in memory, for others refer to them; companies and contracts pass one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from heapq import merge
from typing import TYPE_CHECKING

from publisher.facts import by_language, gather_facts, labels_of, read_few, read_numerous, sort_key

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


@dataclass(frozen=True, slots=True)
class Reference:
    """A thing that another one names: its IRI, code, labels by language, and other names."""

    iri: str
    code: str
    labels: dict[str, str]
    others: tuple[str, ...] = ()


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

    def completed(document: SearchDocument, own: Facts) -> SearchDocument:
        document.point = points.get(document.iri) if points else None
        _place(document, own, known, references)
        _classify(document, own, known, references)
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
    years = sorted({*map(int, own.get("annee", ())), *(int(day[:4]) for day in own.get("date", ()))})
    days = own.get("date") or own.get("annee") or [""]
    return SearchDocument(
        iri,
        own["kind"][0],
        labels,
        others=sorted(set(own.get("other", ())) - set(labels.values())),
        description=by_language(own, "description"),
        code=min(codes) if codes else iri.rpartition("/")[2],
        other_codes=sorted(set(own.get("otherCode", ()))),
        years=years,
        population=int(own["population"][0]) if "population" in own else None,
        acv="acv" in own,
        projects=sorted(set(own.get("project", ()))),
        related=sorted(set(own.get("related", ()))),
        buyers=sorted(set(own.get("buyer", ()))),
        towns=sorted({band(int(population)) for population in own.get("town", ())}),
        contracts=len(own.get("contract", ())),
        latest=max([*years, *map(int, own.get("contractYear", ()))], default=None),
        wave=min(own.get("wave", ()), default=""),
        amount=max(map(Decimal, own.get("amount", ())), default=None),
        first_day=f"{min(days)}-01-01"[:10] if days[0] else "",
        last_day=f"{max(days)}-12-31"[:10] if days[0] else "",
    )


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


def _classify(document: SearchDocument, own: Facts, known: dict[str, Facts], references: dict[str, Reference]) -> None:
    """Say which domains a thing is in, and which domains these are part of."""
    direct = set(own.get("domaine", ()))
    above: set[str] = set()
    pending = list(direct) if direct else [document.iri] if document.kind == "domaine" else []
    while pending:
        broader = set(known.get(pending.pop(), {}).get("broader", ())) - above
        above |= broader
        pending += broader
    document.domains = [references[iri] for iri in sorted(direct) if iri in references]
    document.ancestors = [references[iri] for iri in sorted(above - direct) if iri in references]
