"""Candidates for a reconciliation query: found by code and by name, weighed with the evidence, judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evidence import IDENTIFIERS, Evidence, agreement, codes_in
from endpoints.likeness import Likeness, best
from endpoints.searching import name_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoints.searching import Record, SearchIndex

_POOL = 40
_FLOOR = 30.0
_EVIDENCE = 0.2
"""The part of the score that evidence has when there is some."""

_LIKELY = 0.75
_CLEAR, _CLEARER = 3.0, 8.0
"""How far behind the next candidate must be: of one that bears another name, of any other."""

_SOME_LIKENESS = 0.3
_UNPREFERRED = 0.85
_PLACING = frozenset({"commune", "epci", "departement"})


@dataclass(frozen=True, slots=True)
class Question:
    """A reconciliation query: what is looked for, among which kinds, with which evidence.

    `kinds` empty is any kind; where `preferred` kinds give nothing, others may. `limit` is how many are wanted.
    """

    text: str
    kinds: frozenset[str]
    preferred: frozenset[str]
    limit: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant. `agreements` holds what each property says: 1 for, 0 against, 0.5 unknown."""

    record: Record
    likeness: Likeness | None
    by_code: bool
    agreements: dict[str, float]
    score: float
    match: bool = False


def find_candidates(index: SearchIndex, question: Question) -> list[Candidate]:
    """Return the candidates for a query, best first; at most one is a match, when nothing speaks against it."""
    asked = name_words(question.text)
    coded = _by_code(index, question)
    pool = {record["iri"]: record for record in coded}
    if asked and not (coded and _is_code(question.text)):
        pool |= {record["iri"]: record for record in index.named(asked, question.kinds, _POOL)}
        pool |= {record["iri"]: record for record in index.exactly(asked, question.kinds, _POOL)}
    found_by_code = {record["iri"] for record in coded}
    weighed = [_weigh(index, question, asked, record, record["iri"] in found_by_code) for record in pool.values()]
    likely = [each for each in weighed if each.score >= _FLOOR]
    preferred = [each for each in likely if each.record["kind"] in question.preferred]
    ranked = sorted(preferred or likely, key=_rank)
    return _judged(ranked, question)[: question.limit]


def _is_code(text: str) -> bool:
    return any(letter.isdigit() for letter in text) or text.strip().startswith("http")


def _by_code(index: SearchIndex, question: Question) -> list[Record]:
    """Return what the identifiers lead to that the query gives, as its text or as properties."""
    text = question.text.strip()
    if text.startswith(("http://", "https://")):
        found = index.named_thing(text)
        return [found] if found and (not question.kinds or found["kind"] in question.kinds) else []
    codes = codes_in(text) if text else set()
    for evidence in question.evidence:
        if evidence.name in IDENTIFIERS:
            codes |= {code for value in evidence.values for code in codes_in(value)}
    return index.coded(codes, question.kinds) if codes else []


def _weigh(index: SearchIndex, question: Question, asked: Sequence[str], record: Record, by_code: bool) -> Candidate:  # noqa: FBT001 — internal
    """Return a candidate with its score: the likeness of names, moved by what agrees and what does not."""
    likeness = _likeness(index, asked, record)
    said = {each.name: agreement(index, record, each) for each in question.evidence}
    agreements = {name: value for name, value in said.items() if value is not None}
    contradicted = any(agreements.get(name) == 0 for name in IDENTIFIERS)
    by_text = by_code and (not question.text or _is_code(question.text) or record["code"] == question.text.casefold())
    vouched = any(agreements.get(name) == 1 for name in IDENTIFIERS)
    name_score = 100.0 if by_text or likeness is None else 100 * likeness.value
    if vouched and not contradicted:
        name_score = max(name_score, 90 + name_score / 10)
    score = name_score
    if agreements:
        score = (1 - _EVIDENCE) * name_score + 100 * _EVIDENCE * sum(agreements.values()) / len(agreements)
    if contradicted:
        score /= 2
    if question.preferred and record["kind"] not in question.preferred:
        score *= _UNPREFERRED
    return Candidate(record, likeness, by_text or vouched, agreements, round(score, 1))


def _likeness(index: SearchIndex, asked: Sequence[str], record: Record) -> Likeness | None:
    """Return how alike the names are; the place of a thing, given after its name, is no part of it."""
    if not asked:
        return None
    forms = [asked, *([bare] if (bare := _without_place(asked, record)) != asked else [])]
    found = [best(form, record["names"], index.weight) for form in forms]
    return max(found, key=lambda each: (each.value, -each.slips))


def _without_place(asked: Sequence[str], record: Record) -> Sequence[str]:
    """Return a name without the code, then the name, of the thing's own commune and département at its end."""
    for kind in ("departement", "commune"):
        place = record.get("places", {}).get(kind)
        if place is None or place["iri"] == record["iri"]:
            continue
        for said in ((place["iri"].rpartition("/")[2].casefold(),), name_words(place["labels"]["fr"])):
            if len(asked) > len(said) and tuple(asked[-len(said) :]) == said:
                asked = asked[: -len(said)]
    return asked


def _rank(candidate: Candidate) -> tuple[float, float, int, str]:
    """Order by score, then by the plain likeness of names, then larger places first."""
    value = candidate.likeness.value if candidate.likeness else 0.0
    return -candidate.score, -value, -candidate.record.get("population", 0), candidate.record["iri"]


def _judged(ranked: list[Candidate], question: Question) -> list[Candidate]:
    if not ranked or not _is_certain(ranked[0], ranked[1:], question):
        return ranked
    first = ranked[0]
    certain = Candidate(first.record, first.likeness, first.by_code, first.agreements, first.score, match=True)
    return [certain, *ranked[1:]]


def _is_certain(first: Candidate, others: Sequence[Candidate], question: Question) -> bool:
    """Return whether a candidate is the one that is meant, without anything that speaks against it or for another."""
    if any(value == 0 for value in first.agreements.values()):
        return False
    if question.preferred and first.record["kind"] not in question.preferred:
        return False
    if first.by_code:
        alike = first.likeness is None or _is_code(question.text) or first.likeness.value >= _SOME_LIKENESS
        return alike and not any(other.by_code for other in others)
    if first.likeness is None:
        return False
    placed = any(first.agreements.get(name) == 1 for name in _PLACING)
    same = first.likeness.is_same
    if not (same or first.likeness.is_slip or (placed and first.likeness.words >= _LIKELY)):
        return False
    return all(_is_behind(other, first, same=same) for other in others)


def _is_behind(other: Candidate, first: Candidate, *, same: bool) -> bool:
    bears_it_too = other.likeness is not None and other.likeness.is_same
    margin = _CLEAR if same and not bears_it_too else _CLEARER
    return first.score - other.score >= margin
