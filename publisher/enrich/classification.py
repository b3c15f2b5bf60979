"""The domains that a contract may fall within, after its CPV code and the words of its object: a proposal to be read.

The rules are a table of the project, `data/derivation/decp_domaines.csv`: a domain, and the beginning of a CPV code or
words of the object without accents (`*` ends a word that may go on).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.enrich.own_tables import read_own
from publisher.names import fold

if TYPE_CHECKING:
    from pathlib import Path

RULES = "derivation/decp_domaines.csv"
MOST = 3
"""Domains that a contract has at most."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The domains proposed for a contract, the most supported first, and what speaks for each."""

    domains: tuple[str, ...]
    reasons: tuple[str, ...]


class Classification:
    """The rules of a project; without its table nothing is proposed."""

    def __init__(self, data: Path) -> None:
        rows = read_own(data / RULES, ["cpv", "domaine", "mots"])
        self._codes = [(row["cpv"], row["domaine"]) for row in rows if row["cpv"]]
        self._words = [(_pattern(row["mots"]), row["domaine"]) for row in rows if row["mots"]]

    def propose(self, cpv: str, subject: str) -> Proposal:
        """Return what the rules say of a contract: the object's words speak before its code."""
        folded = fold(subject)
        found: dict[str, list[str]] = {}
        for pattern, domain in self._words:
            if match := pattern.search(folded):
                found.setdefault(domain, []).append(f"objet « {match[0]} »")
        for code, domain in self._codes:
            if cpv.startswith(code):
                found.setdefault(domain, []).append(f"CPV {code}")
        domains = sorted(found, key=lambda each: -len(found[each]))[:MOST]
        reasons = (f"{domain} : {', '.join(dict.fromkeys(found[domain]))}" for domain in domains)
        return Proposal(tuple(domains), tuple(reasons))


def _pattern(words: str) -> re.Pattern[str]:
    parts = (re.escape(word).replace(r"\*", r"\w*") for word in words.split())
    return re.compile(rf"\b{' '.join(parts)}\b")
