"""What the page of a company, a contract, a local authority or a project adds to its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode
from rdflib.namespace import DCTERMS

from endpoints.contracts import ContractReader, read_contracts, sized_rows
from endpoints.languages import language
from endpoints.listing import Rows
from endpoints.locator import SIZE, has_map
from endpoints.origins import origins
from endpoints.pages import thing_label
from endpoints.register import SHOWN, read_register
from endpoints.search_pages import company_row
from endpoints.searching import search_index
from endpoints.serving import served_release, serving
from endpoints.similar import contracts_nearby, similar_companies, similar_contracts
from endpoints.whereabouts import read_alike
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from endpoints.documents import Document
    from endpoints.listing import Row
    from endpoints.pages import PageWriter
    from endpoints.searching import Record, SearchIndex
    from endpoints.views import PageView

Lists = dict[str, list["Row"]]
OTHERS = 5
"""How many other contracts of the same buyer, or of the same company, a contract's page names."""

_NEIGHBOURS = 12
_READ_NEARBY = 100
_LISTED = {"marche": "marches", "projet": "projets", "solution": "solutions", "pratique": "pratiques"}
"""The classes of things that a company's page lists, each with the name of its list."""


def add_details(writer: PageWriter, view: PageView, document: Document, lists: Lists) -> dict[str, Any]:
    """Return what the template of a class shows besides the view and the lists; origins go into the view."""
    describe: Callable[[Document], dict[str, Any]] | None = {
        "entreprise": _company,
        "marche": _contract,
        "collectivite": _authority,
        "convention": _convention,
        "projet": _project,
    }.get(view.kind)
    if describe is None:
        return {}
    found = describe(document)
    if view.kind == "entreprise":
        listed = {**lists, "marches": found["contracts"].rows}
        around = [kind for kind, name in _LISTED.items() if listed.get(name)]
        view.origins = origins(writer, view, document.sources, around)
        found |= {"register": read_register(writer, view, document), "of_register": SHOWN}
    return {**found, "locator": _locator(view)}


def _company(document: Document) -> dict[str, Any]:
    index = search_index(serving(), served_release())
    record = index.thing(document.thing.value)
    similar = similar_companies(index, record) if record else []
    return {
        "contracts": read_contracts(served_release(), language(), document.thing, ASC.entreprise),
        "similar": [company_row(each) for each in similar],
    }


def _contract(document: Document) -> dict[str, Any]:
    """Return the other contracts of the buyer and of the company, those of other holders, and similar ones."""
    reader, (index, record) = _reader(), _indexed(document)
    buyers, companies = (document.values(str(property_)) for property_ in (ASC.acheteur, ASC.entreprise))
    of_buyer = [each for buyer in buyers for each in reader.of(buyer, ASC.acheteur, without=document.thing)]
    of_company = [each for company in companies for each in reader.of(company, ASC.entreprise, without=document.thing)]
    number = reader.first(document.thing.value, DCTERMS.identifier)
    shared = [each for each in of_buyer if reader.first(each, DCTERMS.identifier) == number]
    similar = [each["iri"] for each in similar_contracts(index, record)] if record else []
    return {
        "shared": sized_rows(shared),
        "of_buyer": sized_rows([each for each in of_buyer if each not in shared][:OTHERS]),
        "of_company": sized_rows(of_company[:OTHERS]),
        "similar": sized_rows(similar),
    }


def _authority(document: Document) -> dict[str, Any]:
    """Return a local authority's contracts, its commune's conventions, and its neighbours that notified contracts."""
    contracts = read_contracts(served_release(), language(), document.thing, ASC.acheteur)
    communes = document.values(str(ASC.commune))
    link = {"property": NamedNode(str(ASC.commune))}
    rows = Rows(served_release())
    conventions = [row for commune in communes for row in rows.select("conventions", {**link, "topic": commune})]
    return {"contracts": contracts, "conventions": conventions, "neighbours": _neighbours(document, contracts.rows)}


def _convention(document: Document) -> dict[str, Any]:
    reader = _reader()
    populations = [reader.first(commune.value, ASC.population) for commune in document.values(str(ASC.commune))]
    size = max((int(each) for each in populations if each), default=None)
    return {
        "contracts": read_contracts(served_release(), language(), document.thing, ASC.convention),
        "alike": None if size is None else read_alike(size),
    }


def _project(document: Document) -> dict[str, Any]:
    link = {"property": NamedNode(str(ASC.entreprise))}
    rows = Rows(served_release())
    companies = document.values(str(ASC.entreprise))
    found = [row for company in companies for row in rows.select("projects", {**link, "topic": company})]
    return {"of_company": [row for row in found if row["iri"] != document.thing.value]}


def _neighbours(document: Document, contracts: Iterable[Row]) -> list[Row]:
    """Return the other authorities of the département (or région) that notified contracts, the latest first."""
    index = search_index(serving(), served_release())
    record = next((found for row in contracts if (found := index.thing(row["iri"]))), None)
    reader = _reader()
    near = contracts_nearby(index, record, _READ_NEARBY) if record else []
    buyers = dict.fromkeys(buyer for each in near for buyer in reader.iris(each["iri"], ASC.acheteur))
    others = [NamedNode(buyer) for buyer in buyers if buyer != document.thing.value][:_NEIGHBOURS]
    return [_authority_row(reader, buyer) for buyer in others]


def _authority_row(reader: ContractReader, buyer: NamedNode) -> Row:
    return {
        "thing": serving().minter.path_of(buyer.value) or buyer.value,
        "name": thing_label(reader.store, buyer, reader.lang),
        "companies": str(reader.number(reader.of(buyer, ASC.acheteur))),
    }


def _reader() -> ContractReader:
    return ContractReader(served_release().store, language())


def _indexed(document: Document) -> tuple[SearchIndex, Record | None]:
    index = search_index(serving(), served_release())
    return index, index.thing(document.thing.value)


def _locator(view: PageView) -> dict[str, Any] | None:
    """Return the département to show on the small map, or None."""
    place = view.find("#departement")
    if place is None or place.values[0].href is None:
        return None
    code = place.values[0].href.rpartition("/")[2]
    return {"code": code, "place": place.values[0], "size": SIZE} if has_map(code) else None
