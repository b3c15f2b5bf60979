"""What a question says of a thing besides its name, held against what the index says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from endpoints.likeness import best
from endpoints.readings import kept_while_served
from endpoints.searching import name_words
from publisher.names import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoints.searching import Record, SearchIndex

_KIND_OF_VALUE = {
    "commune": "commune",
    "epci": "intercommunalite",
    "departement": "departement",
    "region": "region",
    "domaine": "domaine",
}
IDENTIFIERS = frozenset({"siren", "codeINSEE"})
_COMPANY = "entreprise"
_POSTAL_TAIL = re.compile(r" (?:cedex(?: \d+)?|\d{1,2} ?(?:er|e|eme)?(?: arrondissement)?)$")
_SIREN = re.compile(r"(?:FR[0-9A-Z]{2})?([0-9]{9})|(?:SIRENE?|SIRET|RCS)?:?([0-9]{9})(?:[0-9]{5})?")
_CODE_BESIDE = re.compile(r"[(\[]\s*(\d[\dAB]\d{0,3})\s*[)\]]")


class Evidence(NamedTuple):
    """A property of a question: its name and its values, as texts."""

    name: str
    values: tuple[str, ...]


def agreement(index: SearchIndex, record: Record, evidence: Evidence) -> float | None:
    """Return 1 if the thing has one of the values, 0 if it has others, 0.5 if it has none.

    None: the property is not known here, or no value of it is understood; it then says nothing.
    """
    if evidence.name in IDENTIFIERS:
        asked = {code for value in evidence.values for code in codes_in(value)}
        own = identifiers_of(record, evidence.name)
        return None if not asked else 0.5 if not own else float(bool(asked & own))
    if evidence.name == "annee":
        years = {value.strip()[:4] for value in evidence.values if value.strip()[:4].isdigit()}
        own = {str(year) for year in record.get("years", ())}
    else:
        years = {iri for value in evidence.values for iri in meaning(index, evidence.name, value)}
        own = _references(record, evidence.name)
    return None if not years else 0.5 if not own else float(bool(years & own))


def identifiers_of(record: Record, name: str) -> set[str]:
    """Return the codes that a thing answers to: SIREN of a company or an EPCI, INSEE codes of a territory."""
    code, kind = record["code"], record["kind"]
    if name == "siren":
        return {code} if kind in {_COMPANY, "intercommunalite"} else set()
    return {code, *record.get("otherCodes", ())} if kind in _KIND_OF_VALUE and kind != "domaine" else set()


def codes_in(text: str) -> set[str]:
    """Return the codes that a text may be: SIREN from SIRET, VAT number or spaced digits, INSEE code, slug, IRI's key.

    Whether a SIREN's key is right does not matter here: a wrong number leads nowhere, or against the name.
    """
    plain = text.strip()
    compact = re.sub(r"[\s.\u00a0\u202f_-]", "", plain).upper()
    if number := _SIREN.fullmatch(compact):
        return {number[1] or number[2]}
    if re.fullmatch(r"\d[\dAB]?\d{0,3}", compact):
        return {compact, compact.zfill(5 if len(compact) == 4 else 2)}  # noqa: PLR2004 — a spreadsheet drops a zero
    slug = plain.casefold()
    return {slug} if re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) else set()


@kept_while_served(8192)
def meaning(index: SearchIndex, name: str, value: str) -> frozenset[str]:
    """Return the things that a value of a property names: by IRI, code, exact name, name but for a slip."""
    kind = _KIND_OF_VALUE.get(name)
    text = value.strip()
    if not kind or not text:
        return frozenset()
    if text.startswith(("http://", "https://")):
        return frozenset({text} if index.named_thing(text) else ())
    beside = _CODE_BESIDE.search(text.upper())
    codes = codes_in(text) | (codes_in(beside[1]) if beside else set())
    found = index.coded(codes, [kind]) if codes else []
    asked = name_words(_POSTAL_TAIL.sub("", fold(text))) if kind == "commune" else name_words(text)
    if not found and asked:
        found = index.exactly(asked, [kind], 50) or _near(index, asked, kind)
    return frozenset(record["iri"] for record in found)


def _near(index: SearchIndex, asked: Sequence[str], kind: str) -> list[Record]:
    return [each for each in index.named(asked, [kind], 5) if best(asked, each["names"], index.weight).is_slip]


def _references(record: Record, name: str) -> set[str]:
    if name == "domaine":
        listed: list[dict[str, Any]] = [*record.get("domains", ()), *record.get("ancestors", ())]
        return {each["iri"] for each in listed}
    place = record.get("places", {}).get(name)
    return {place["iri"]} if place else set()
