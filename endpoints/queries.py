"""The queries of the pages: .rq files, loaded by name, their parameters bound as RDF terms.

A parameter is written `$name` in the file, every other variable `?name`, so that a file is a SPARQL query of
its own that runs in any client (with the parameter unbound). A file of the same name in the project's
`queries/` is preferred to the one of this package. Only these texts run in the web process; a public query
never does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyoxigraph import Store, Triple

    from publisher.project import Project

Term = NamedNode | BlankNode | Literal
PACKAGED = Path(__file__).parent / "queries"
_PARAMETER = re.compile(r"\$(\w+)")


@lru_cache(maxsize=256)
def load(name: str, project_directory: Path) -> str:
    """Return the text of a query by its file name without extension.

    Raises:
        FileNotFoundError: neither the project nor this package has such a query.
    """
    own = project_directory / "queries" / f"{name}.rq"
    path = own if own.is_file() else PACKAGED / f"{name}.rq"
    return path.read_text(encoding="utf-8")


def bind(text: str, terms: Mapping[str, Term]) -> str:
    """Replace each `$name` that has a term by that term, escaped as N-Triples escapes it."""

    def replacement(match: re.Match[str]) -> str:
        term = terms.get(match[1])
        return match[0] if term is None else str(term)

    return _PARAMETER.sub(replacement, text)


class Queries:
    """The queries of one project over one store."""

    def __init__(self, project: Project, store: Store) -> None:
        self._project = project
        self._store = store

    def solutions(self, name: str, terms: Mapping[str, Term], limit: int | None = None) -> QuerySolutions:
        """Run a SELECT and return its solutions, at most `limit` of them; they can write themselves as CSV."""
        found = self._run(name, terms, "" if limit is None else f"\nLIMIT {limit:d}")
        if not isinstance(found, QuerySolutions):
            raise TypeError(name)
        return found

    def construct(self, name: str, terms: Mapping[str, Term]) -> list[Triple]:
        """Return the triples of a CONSTRUCT."""
        found = self._run(name, terms)
        if not isinstance(found, QueryTriples):
            raise TypeError(name)
        return list(found)

    def _run(
        self, name: str, terms: Mapping[str, Term], slice_: str = ""
    ) -> QuerySolutions | QueryTriples | QueryBoolean:
        text = bind(load(name, self._project.directory), terms) + slice_
        return self._store.query(text, prefixes=self._project.prefixes)
