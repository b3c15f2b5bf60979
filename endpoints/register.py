"""What SIRENE says of a company, as a section of its page: facts in reading order, since when, after which source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask_babel import gettext
from pyoxigraph import Literal, NamedNode
from rdflib.namespace import DCTERMS, ORG

from endpoints.serving import serving
from endpoints.views import Register, RegisterFact
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from endpoints.documents import Document
    from endpoints.pages import PageWriter
    from endpoints.views import PageView, Property, Value

TABLE = "sirene"
_CEASED = "/etat/C"
_SITE = "#hasRegisteredSite"
SHOWN = (
    "#legalName", "/alternative", "#companyType", "#companyStatus", "/foundingDate", "/dissolutionDate",
    "#trancheEffectif", "#anneeEffectif", "#companyActivity", _SITE,
)  # fmt: skip
"""The properties of a company that this section shows; the page's other sections leave them out."""

_NOMENCLATURES = (
    (re.compile(r"/codes/nafr2/sousClasse/(.+)$"), "NAF rév. 2"),
    (re.compile(r"/codes/naf2025/sousClasse/(.+)$"), "NAF 2025"),
)


def read_register(writer: PageWriter, view: PageView, document: Document) -> Register | None:
    """Return what the register says of the company, or None when no fact of it was accepted."""
    source = serving().minter.source(TABLE)
    if source not in document.sources:
        return None
    facts = [
        fact
        for fact in (
            _fact(view.find("#legalName")),
            _fact(view.find("/alternative")),
            _fact(view.find("#companyType")),
            _state(view),
            _size(view),
            _activity(view),
            _seat(writer, view, document),
        )
        if fact
    ]
    ended = view.find("/dissolutionDate")
    return Register(
        facts=facts,
        ceased=_is_ceased(view),
        since=ended.values[0].text if ended else None,
        source=writer.source(source),
        day=_day(writer, document),
    )


def _fact(property_: Property | None) -> RegisterFact | None:
    return RegisterFact(property_.label, property_.values) if property_ else None


def _is_ceased(view: PageView) -> bool:
    state = view.find("#companyStatus")
    return state is not None and any((value.href or "").endswith(_CEASED) for value in state.values)


def _state(view: PageView) -> RegisterFact | None:
    """Return whether the company is active, with the days on which it was founded and on which it ceased."""
    state, founded, ended = (view.find(name) for name in ("#companyStatus", "/foundingDate", "/dissolutionDate"))
    notes = []
    if ended:
        notes.append(gettext("depuis le %(day)s", day=ended.values[0].text))
    if founded:
        notes.append(gettext("créée le %(day)s", day=founded.values[0].text))
    if state:
        return RegisterFact(state.label, state.values, ", ".join(notes))
    return _fact(ended or founded)


def _size(view: PageView) -> RegisterFact | None:
    size, year = view.find("#trancheEffectif"), view.find("#anneeEffectif")
    if size is None:
        return None
    return RegisterFact(size.label, size.values, gettext("en %(year)s", year=year.values[0].text) if year else "")


def _activity(view: PageView) -> RegisterFact | None:
    """Return the activities, each with its code and the classification that the code is of."""
    activity = view.find("#companyActivity")
    if activity is None:
        return None
    values = sorted(activity.values, key=lambda value: _nomenclature(value).endswith("2025"))
    return RegisterFact(activity.label, tuple(values), notes=tuple(_nomenclature(value) for value in values))


def _nomenclature(value: Value) -> str:
    for pattern, name in _NOMENCLATURES:
        if found := pattern.search(value.href or ""):
            return f"{found[1]}, {name}"
    return ""


def _seat(writer: PageWriter, view: PageView, document: Document) -> RegisterFact | None:
    """Return where the head office is: a commune and its département, or a country."""
    site = view.find(_SITE)
    if site is None:
        return None
    nodes = document.values(str(ORG.hasRegisteredSite))
    for property_ in (ASC.commune, ASC.paysEtranger):
        stated = [each.object for each in _about(document, nodes) if each.predicate.value == str(property_)]
        terms = [term for term in stated if isinstance(term, NamedNode | Literal)]
        if terms:
            around = [each.object for each in _about(document, nodes) if each.predicate.value == str(ASC.departement)]
            note = ", ".join(writer.label(place.value) for place in around if isinstance(place, NamedNode))
            return RegisterFact(site.label, writer.values(str(property_), terms), note)
    return None


def _about(document: Document, nodes: list[NamedNode]) -> list[Triple]:
    return [triple for triple in document.own if triple.subject in nodes]


def _day(writer: PageWriter, document: Document) -> str | None:
    """Return the day on which SIRENE last processed the company."""
    group = NamedNode(f"{document.address.value}#{TABLE}")
    stated = [t.object for t in document.record if t.subject == group and t.predicate.value == str(DCTERMS.modified)]
    shown = writer.values(str(DCTERMS.modified), [term for term in stated if isinstance(term, Literal)])
    return shown[0].text if shown else None
