"""What is like a thing, from the search index: companies and contracts that share domains, near ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tantivy

from publisher.search_documents import CONTRACT, band

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoints.searching import Ask, Record, SearchIndex

SHOWN = 6
_NEAR = {"departement": 0.5, "region": 0.25}
"""What being in the same territory is worth, where sharing a domain is worth 1: less, even both together."""


def similar_companies(index: SearchIndex, record: Record) -> list[Record]:
    """Return the companies that share most domains with one; among equals, those of its département, its région."""
    return _like(index, record, record["kind"], [])


def similar_contracts(index: SearchIndex, record: Record) -> list[Record]:
    """Return the contracts of the same domains, notified by communes of the same size where the buyer is one."""
    size = [band(record["population"])] if "population" in record else []
    return _like(index, record, CONTRACT, index.among("tranche", size))


def contracts_nearby(index: SearchIndex, record: Record, most: int) -> list[Record]:
    """Return contracts of the same département as one, or of its région when it has none, the latest first."""
    places = record.get("places", {})
    field = next((each for each in _NEAR if each in places), None)
    if field is None:
        return []
    asked = [*index.among("kind", [CONTRACT]), *index.among(field, [places[field]["code"]])]
    return index.ask(asked, most, order="recent")


def _like(index: SearchIndex, record: Record, kind: str, conditions: Iterable[Ask]) -> list[Record]:
    domains = [each["code"] for each in record.get("domains", ())]
    if not domains:
        return []
    asked = [*index.among("kind", [kind]), *index.among("domaine", domains), *conditions]
    asked += [_worth(index, "domaine", domain, 1.0) for domain in domains]
    places = record.get("places", {})
    asked += [_worth(index, name, places[name]["code"], worth) for name, worth in _NEAR.items() if name in places]
    asked.append((tantivy.Occur.MustNot, _term(index, "iri", record["iri"])))
    return index.ask(asked, SHOWN)


def _worth(index: SearchIndex, field: str, value: str, worth: float) -> Ask:
    return tantivy.Occur.Should, tantivy.Query.const_score_query(_term(index, field, value), worth)


def _term(index: SearchIndex, field: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(index.schema, field, value, index_option="basic")
