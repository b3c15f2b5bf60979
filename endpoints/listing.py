"""Rows of a page's queries, ready to show: IRIs become local links, literals texts of the page's language."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from endpoints.languages import language
from endpoints.queries import Queries
from endpoints.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import QuerySolution

    from endpoints.queries import Terms
    from endpoints.serving import OpenRelease

Row = dict[str, str]


class Rows:
    """The page queries over one release, in the language of the request."""

    def __init__(self, release: OpenRelease) -> None:
        self._queries = Queries(serving().project, release.store)
        self._minter = serving().minter

    def select(self, name: str, terms: Terms | None = None, limit: int | None = None) -> list[Row]:
        """Return the rows of a query; `thing` and other IRIs are local paths where we have a page."""
        found = self._queries.solutions(name, {"lang": Literal(language()), **(terms or {})}, limit)
        names = [variable.value for variable in found.variables]
        return [self._row(names, solution) for solution in found]

    def _row(self, names: Sequence[str], solution: QuerySolution) -> Row:
        pairs = ((name, solution[name]) for name in names)
        row = {name: self._text(term) for name, term in pairs if term is not None}
        thing = solution["thing"] if "thing" in names else None
        return {**row, "iri": thing.value} if isinstance(thing, NamedNode) else row

    def _text(self, term: object) -> str:
        if isinstance(term, NamedNode):
            return self._minter.path_of(term.value) or term.value
        return str(getattr(term, "value", term))


def with_counts(rows: Iterable[Row], counts: Mapping[str, int]) -> list[Row]:
    """Return rows with the number of companies that the release counted for each thing."""
    return [{**row, "companies": str(counts.get(row["iri"], 0))} for row in rows]


def alphabetical(rows: Iterable[Row], key: str = "name") -> list[Row]:
    """Return rows in the order of a French index: accents and case do not count."""
    return sorted(rows, key=lambda row: plain(row.get(key, "")))


def plain(text: str) -> str:
    """Return a text without accents or case, for ordering."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
