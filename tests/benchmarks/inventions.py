"""Invented companies, projects, contracts and buyers, after the real tables.

Names are drawn letter by letter, sentences word by word; domains, years, themes, procedures and amounts as they come
together in real rows; seven places in ten are those of real companies, the others any commune, by its population.
Of the first thousand companies every one has projects, and as many have contracts as in the real tables, where these
are other companies: so that all have a place, and no row draws a warning. The others are as SIRENE has them, for no
directory of 100,000 is made of laureates of calls for projects: 2 % have projects, 3 % contracts.
"""

# ruff: noqa: S311 - chance here has nothing to hide

from __future__ import annotations

import csv
import itertools
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from stdnum import luhn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
SOURCE = "https://example.org/donnees-fictives"
FLAG = "(fictif)"
_PHRASES, _LONGEST_PHRASE, _WIDEST_PHRASE = 2_048, 9, 80
_WORDS, _LONGEST_WORD = 8_192, 16
_REAL_PLACES = 0.7
_MOST_BUYERS = 10_000
_LAUREATES, _WITH_PROJECTS, _WITH_CONTRACTS = 1_000, 0.02, 0.03

Row = dict[str, str]


def real(table: str) -> list[Row]:
    """Return the rows of one of the repository's tables."""
    with (ROOT / f"data/{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def sirens() -> Iterator[str]:
    """Yield fictitious SIREN numbers, from the last of the numbering down."""
    for number in itertools.count(99_999_999, -1):
        yield f"{number}{luhn.calc_check_digit(str(number))}"


class Chain:
    """Draws sequences like those it was given: what follows depends on the `order` symbols before (A. A. Markov)."""

    def __init__(self, samples: Iterable[Sequence[str]], order: int) -> None:
        self._order = order
        self._next: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for sample in samples:
            padded = [""] * order + list(sample) + [""]
            for place in range(order, len(padded)):
                self._next[tuple(padded[place - order : place])].append(padded[place])

    def draw(self, chance: random.Random, longest: int) -> list[str]:
        """Return a sequence of at most `longest` symbols."""
        drawn = [""] * self._order
        while len(drawn) < longest + self._order:
            symbol = chance.choice(self._next[tuple(drawn[len(drawn) - self._order :])])
            if not symbol:
                break
            drawn.append(symbol)
        return drawn[self._order :]


class Places:
    """Draws communes."""

    def __init__(self, companies: list[Row]) -> None:
        communes = [row for row in real("territoires/communes") if row["departement"]]
        known = {row["code"]: row for row in communes}
        current = {row["code"]: row["commune"] for row in real("territoires/arrondissements_municipaux")}
        codes = (current.get(row["commune"], row["commune"]) for row in companies)
        self._usual = [known[code] for code in codes if code in known]
        self._communes = communes
        self._sums = list(itertools.accumulate(int(row["population"] or 0) for row in communes))

    def draw(self, chance: random.Random) -> Row:
        """Return the row of a commune."""
        if chance.random() < _REAL_PLACES:
            return chance.choice(self._usual)
        return self.draw_by_population(chance)

    def draw_by_population(self, chance: random.Random) -> Row:
        """Return the row of a commune, large ones more often."""
        return chance.choices(self._communes, cum_weights=self._sums)[0]


class World:
    """What is drawn from: the rows of the real tables, invented words, and SIREN numbers yet unused."""

    def __init__(self) -> None:
        self.chance = random.Random(1)
        self.sirens = sirens()
        self.companies, self.holders, self.buyers = (
            real("entreprises"),
            real("entreprises_marches"),
            real("collectivites"),
        )
        self.projects = [row for row in real("projets") if row["thematique"] and row["montant"]]
        contracts = real("marches")
        self.contracts = [row for row in contracts if row["date_notification"]]
        self.held = list(Counter(row["titulaire"] for row in contracts).values())
        self.websites = len(real("sites_web")) / len(self.companies)
        self.conventions = {row["commune"]: row["id_acv"] for row in real("conventions")}
        self.places = Places(self.companies)
        names = [row["nom"].split() for row in self.companies + self.holders]
        known = {word for words in names for word in words}
        letters = Chain(sorted(known), 2)
        self._words = sorted({"".join(letters.draw(self.chance, _LONGEST_WORD)) for _ in range(_WORDS)} - known)
        self._lengths = [len(words) for words in names]
        self._phrases = {
            "fr": self._draw_phrases(row["offre_fr"] for row in self.companies),
            "en": self._draw_phrases(row["offre_en"] for row in self.companies),
            "contract": self._draw_phrases(row["objet"] for row in contracts),
        }

    def _draw_phrases(self, texts: Iterable[str]) -> list[str]:
        words = Chain((text.rstrip(".").split() for text in texts), 1)
        return [" ".join(words.draw(self.chance, _LONGEST_PHRASE))[:_WIDEST_PHRASE].rstrip() for _ in range(_PHRASES)]

    def sentence(self, kind: str) -> str:
        """Return an invented sentence: of an offer in French or in English, or what a contract is about."""
        first, second = self.chance.choice(self._phrases[kind]), self.chance.choice(self._phrases[kind])
        return f"{FLAG} {first} {second.lower()}."

    def name(self) -> str:
        """Return an invented name."""
        words = self.chance.choices(self._words, k=self.chance.choice(self._lengths))
        return f"{' '.join(words)} {FLAG}"


def invent_buyers(world: World, count: int) -> list[Row]:
    """Return invented local authorities, in real communes and under real intercommunal bodies."""
    kinds = [row["type"] for row in world.buyers if row["type"] in {"commune", "intercommunalite"}]
    found: dict[tuple[str, str], Row] = {}
    while len(found) < count:
        place, kind = world.places.draw_by_population(world.chance), world.chance.choice(kinds)
        code = place["code"] if kind == "commune" else place["epci"]
        if not code or (kind, code) in found:
            continue
        found[kind, code] = {
            "siren": next(world.sirens),
            "nom": f"Acheteur de {place['nom']} {FLAG}",
            "type": kind,
            "commune": place["code"] if kind == "commune" else "",
            "epci": place["epci"] if kind == "intercommunalite" else "",
            "departement": place["departement"],
            "region": place["region"],
            "source": SOURCE,
        }
    return list(found.values())


def invent_company(world: World, siren: str, name: str, *, laureate: bool) -> Iterator[tuple[str, Row]]:
    """Yield a company, with its projects if it is a laureate, and for some their website."""
    chance, place, like = world.chance, world.places.draw(world.chance), world.chance.choice(world.companies)
    projects = [chance.choice(world.projects) for _ in like["annees"].split("|")]
    where = {"commune": place["code"], "departement": place["departement"]}
    company = {
        "siren": siren,
        "nom": name,
        "autres_noms": f"Société {name}" if like["autres_noms"] else "",
        "domaines": like["domaines"],
        "annees": "|".join(sorted({project["annee"] for project in projects})),
        "offre_fr": world.sentence("fr"),
        "offre_en": world.sentence("en"),
        "motif": like["motif"],
        "motif_detail": f"motif inventé {FLAG}",
    }
    yield "entreprises", company | where
    for number, project in enumerate(projects if laureate else (), 1):
        key = f"{siren}-v{project['vague']}-fictif-{number}"
        yield "projets", project | where | {"projet": key, "siren": siren, "nom": world.name()}
    if chance.random() < world.websites:
        yield "sites_web", {"siren": siren, "site_web": f"https://entreprise-{siren}.example"}


def invent_contracts(world: World, siren: str, name: str, buyers: list[Row]) -> Iterator[tuple[str, Row]]:
    """Yield a company as a holder of public contracts, and these."""
    chance = world.chance
    yield "entreprises_marches", chance.choice(world.holders) | {"siren": siren, "nom": name, "autres_noms": ""}
    for number in range(1, chance.choice(world.held) + 1):
        like, buyer = chance.choice(world.contracts), chance.choice(buyers)
        identifier = f"{like['date_notification'][:4]}-fictif-{number}"
        invented = {
            "marche": f"{buyer['siren']}-{identifier}-{siren}",
            "acheteur": buyer["siren"],
            "titulaire": siren,
            "identifiant": identifier.upper(),
            "objet": world.sentence("contract"),
            "accents_retablis": "",
            "plusieurs_titulaires": "",
            "commune": buyer["commune"],
            "departement": buyer["departement"],
            "convention": world.conventions.get(buyer["commune"], ""),
            "flux": FLAG,
            "source": SOURCE,
        }
        yield "marches", like | invented


def invent(world: World, count: int) -> Iterator[tuple[str, Row]]:
    """Yield each row with its table."""
    real_count = len(world.companies) + len(world.holders)
    first, others = min(count, _LAUREATES), max(count - _LAUREATES, 0)
    held = int(others * _WITH_CONTRACTS * len(world.buyers) / len(world.holders))
    buyers = invent_buyers(world, min(_MOST_BUYERS, 1 + first * len(world.buyers) // real_count + held))
    yield from (("collectivites", row) for row in buyers)
    for number in range(count):
        siren, name = next(world.sirens), world.name()
        laureate = number < _LAUREATES
        yield from invent_company(world, siren, name, laureate=laureate or world.chance.random() < _WITH_PROJECTS)
        if world.chance.random() < (len(world.holders) / real_count if laureate else _WITH_CONTRACTS):
            yield from invent_contracts(world, siren, name, buyers)
