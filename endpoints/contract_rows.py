"""Notified contracts as rows to show: their parties and place, day, amount and domains, read from the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode
from rdflib.namespace import SKOS

from endpoints.languages import best_text, language
from endpoints.readings import labels_of
from endpoints.serving import served_release, serving
from endpoints.statements import Statements
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Store

    from endpoints.listing import Row

_NAMED = {"company": ASC.entreprise, "buyer": ASC.acheteur, "place": ASC.commune}
_FACTS = {
    "date": ASC.dateNotification,
    "amount": ASC.montant,
    "doubtful": ASC.montantDouteux,
    "shared": ASC.plusieursTitulaires,
}
_NAME = NamedNode(str(SKOS.prefLabel))


def contract_rows(contracts: Iterable[str]) -> list[Row]:
    """Return contracts as rows, in the order given; what is not known has no key."""
    reader = _Reader(served_release().store, language())
    return [reader.row(contract) for contract in contracts]


@dataclass(frozen=True, slots=True)
class _Reader(Statements):
    store: Store
    lang: str

    def row(self, contract: str) -> Row:
        """Return one contract: paths of what it names, with their names; facts as they are stated."""
        row = {"thing": _path(contract), "iri": contract, "name": self._name(contract)}
        for name, property_ in _NAMED.items():
            for named in self.iris(contract, property_)[:1]:
                row |= {name: _path(named), f"{name}Name": self._name(named)}
        for convention in self.iris(contract, ASC.convention)[:1]:
            row["convention"] = _path(convention)
        for commune in self.iris(contract, ASC.commune)[:1]:
            row["population"] = self.first(commune, ASC.population) or ""
        row |= {name: fact for name, property_ in _FACTS.items() if (fact := self.first(contract, property_))}
        return row | {"domains": ", ".join(sorted(map(self._name, self.iris(contract, ASC.domaine))))}

    def _name(self, iri: str) -> str:
        best = best_text(labels_of(self.store, NamedNode(iri), _NAME), self.lang)
        return best.value if best else iri


def _path(iri: str) -> str:
    return serving().minter.path_of(iri) or iri
