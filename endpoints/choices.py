"""What a question's parameters can be in the release served: pickers, and proposals for a value that is not there."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from flask import request
from pyoxigraph import NamedNode

from endpoints.documents import exists
from endpoints.languages import explicit_language, language
from endpoints.listing import Row, Rows, alphabetical, plain
from endpoints.parameters import LANGUAGE, THINGS, Parameter
from endpoints.problems import BadRequestError
from endpoints.serving import served_release
from publisher.vocabulary import IGEO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoints.examples import Example
    from endpoints.queries import Term

PROPOSED = 8
_CLASSES = {
    "region": NamedNode(str(IGEO.Region)),
    "departement": NamedNode(str(IGEO.Departement)),
    "commune": NamedNode(str(IGEO.Commune)),
}
_COMPANIES = {
    "class": NamedNode("http://www.w3.org/ns/legal#LegalEntity"),
    "property": NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
    "topic": NamedNode("http://www.w3.org/ns/legal#LegalEntity"),
}
_MOST_LISTED = 500
_communes: dict[str, list[Choice]] = {}
"""The communes of the release served last: they are many, and needed only to make proposals."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a parameter, what it is called, and the head of its group in a picker, if it has one."""

    value: str
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The values of a question's parameters, as text and as terms; `picked` are those that an address names."""

    values: dict[str, str]
    terms: dict[str, Term]
    picked: dict[str, str]


class UnknownValueError(BadRequestError):
    """A parameter's value is not of its kind, or nothing of that name is in the release."""

    def __init__(self, parameter: Parameter, value: str, proposals: Iterable[Choice]) -> None:
        self.parameter, self.value, self.proposals = parameter, value, tuple(proposals)
        fr, en = f"« {value} » ne convient pas pour « {parameter.name} »", f"'{value}' does not suit '{parameter.name}'"
        if self.proposals:
            listed = ", ".join(f"{choice.value} ({choice.name})" for choice in self.proposals)
            fr, en = f"{fr} ; proches : {listed}", f"{en}; near: {listed}"
        super().__init__(fr, en)


def read_values(example: Example, *, page: bool) -> Asked:
    """Return the values that this request's address gives to a question's parameters, or their defaults.

    A page asks in its own language; data are in French unless the address says otherwise.

    Raises:
        UnknownValueError: a value is not of its parameter's kind, or names nothing.
    """
    values, terms, picked = {}, {}, {}
    for parameter in example.parameters:
        value = request.args.get(parameter.name, "").strip()
        if parameter.kind == LANGUAGE:
            value = language() if page else explicit_language() or parameter.default
        values[parameter.name] = value or parameter.default
        if parameter.kind != LANGUAGE:
            picked[parameter.name] = values[parameter.name]
        terms[parameter.name] = _term(parameter, values[parameter.name])
    return Asked(values, terms, picked)


def _term(parameter: Parameter, value: str) -> Term:
    try:
        term = parameter.term(value)
    except ValueError:
        raise UnknownValueError(parameter, value, proposals(parameter, value)) from None
    if parameter.kind in THINGS and not (isinstance(term, NamedNode) and exists(served_release().store, term)):
        raise UnknownValueError(parameter, value, proposals(parameter, value))
    return term


def pickers(example: Example) -> dict[str, list[tuple[str, list[Choice]]]]:
    """Return what can be picked for each parameter, by group; a text is typed for those with too many values."""
    found = {parameter.name: choices(parameter.kind) for parameter in example.parameters if parameter.kind != "commune"}
    return {
        name: [(group, list(within)) for group, within in groupby(listed, key=lambda choice: choice.group)]
        for name, listed in found.items()
        if 0 < len(listed) <= _MOST_LISTED
    }


def choices(kind: str) -> list[Choice]:
    """Return the values that the release has for a kind of parameter, in the order of a picker."""
    if kind == "domaine":
        return _domains()
    if kind == "siren":
        rows = alphabetical(Rows(served_release()).select("companies", _COMPANIES, _MOST_LISTED + 1))
        keys = {row["thing"].rpartition("/")[2]: row["name"] for row in rows}
        return [Choice(key, name) for key, name in keys.items() if key.isdigit()]
    if kind == "commune":
        return _all_communes()
    return _territories(kind) if kind in _CLASSES else []


def proposals(parameter: Parameter, value: str) -> list[Choice]:
    """Return the values that somebody who wrote this one may have meant."""
    wanted = plain(value)
    listed = choices(parameter.kind)
    names = [(plain(choice.name), choice) for choice in listed]
    near = [choice for name, choice in names if name == wanted]
    near += [choice for name, choice in names if wanted and name.startswith(wanted)]
    near += [choice for choice in listed if wanted and choice.value.lower() == wanted.lstrip("0").rjust(2, "0")]
    if len(listed) <= _MOST_LISTED:
        by_name = dict(names)
        near += [by_name[name] for name in difflib.get_close_matches(wanted, by_name, PROPOSED)]
    else:
        near += [choice for choice in listed if choice.value.startswith(value[:4])] if value.isdigit() else []
    return list(dict.fromkeys(near))[:PROPOSED]


def _territories(kind: str) -> list[Choice]:
    rows = Rows(served_release()).select("territories", {"class": _CLASSES[kind]})
    listed = [Choice(row["code"], row["name"]) for row in rows]
    return sorted(listed, key=lambda choice: plain(choice.name)) if kind == "region" else listed


def _all_communes() -> list[Choice]:
    release = served_release().name
    if release not in _communes:
        _communes.clear()
        _communes[release] = _territories("commune")
    return _communes[release]


def _domains() -> list[Choice]:
    rows = alphabetical(Rows(served_release()).select("domains"))
    names = {row["thing"]: row["name"] for row in rows}
    above = {row["thing"]: row.get("broader") for row in rows}

    def choice(row: Row, group: str) -> Choice:
        return Choice(row["thing"].rpartition("/")[2], row["name"], group)

    tops = [row for row in rows if not above[row["thing"]]]
    return [
        each
        for top in tops
        for each in (
            choice(top, names[top["thing"]]),
            *(choice(row, names[top["thing"]]) for row in rows if above[row["thing"]] == top["thing"]),
        )
    ]
