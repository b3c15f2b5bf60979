"""The queries of the pages: .rq files, loaded by name, their parameters bound as RDF terms.

A parameter is written `$name` in the file, every other variable `?name`, so that a file is a SPARQL query of
its own that runs in any client (with the parameter unbound). A file of the same name in the project's
`queries/` is preferred to the one of this package. Only these texts run in the web process; a public query
never does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples

if TYPE_CHECKING:
    from pyoxigraph import Store, Triple

    from publisher.project import Project

Term = NamedNode | BlankNode | Literal
Terms = Mapping[str, Term | Sequence[Term]]
"""What the parameters of a query are bound to: a term, or several (see `bind`)."""

PACKAGED = Path(__file__).parent / "queries"
_PARAMETER = re.compile(r"\$(\w+)")
_ANYTHING = re.compile(r"(VALUES \?(\w+)) \{ UNDEF \}")


@lru_cache(maxsize=256)
def load(name: str, project_directory: Path) -> str:
    """Return the text of a query by its file name without extension.

    Raises:
        FileNotFoundError: neither the project nor this package has such a query.
    """
    own = project_directory / "queries" / f"{name}.rq"
    path = own if own.is_file() else PACKAGED / f"{name}.rq"
    return path.read_text(encoding="utf-8")


def bind(text: str, terms: Terms) -> str:
    """Replace each `$name` that has a term by that term, escaped as N-Triples escapes it.

    Several terms go where the file says `VALUES ?name { UNDEF }`, which on its own restricts nothing.
    """

    def replacement(match: re.Match[str]) -> str:
        term = terms.get(match[1])
        return str(term) if isinstance(term, Term) else match[0]

    def choice(match: re.Match[str]) -> str:
        listed = terms.get(match[2])
        if listed is None or isinstance(listed, Term):
            return match[0]
        return f"{match[1]} {{ {' '.join(map(str, listed))} }}"

    text = _ANYTHING.sub(choice, text)

    return _PARAMETER.sub(replacement, text)


class Queries:
    """The queries of one project over one store."""

    def __init__(self, project: Project, store: Store) -> None:
        self._project = project
        self._store = store

    def solutions(self, name: str, terms: Terms, limit: int | None = None) -> QuerySolutions:
        """Run a SELECT and return its solutions, at most `limit` of them; they can write themselves as CSV."""
        found = self._run(name, terms, "" if limit is None else f"\nLIMIT {limit:d}")
        if not isinstance(found, QuerySolutions):
            raise TypeError(name)
        return found

    def construct(self, name: str, terms: Terms) -> list[Triple]:
        """Return the triples of a CONSTRUCT."""
        found = self._run(name, terms)
        if not isinstance(found, QueryTriples):
            raise TypeError(name)
        return list(found)

    def _run(self, name: str, terms: Terms, slice_: str = "") -> QuerySolutions | QueryTriples | QueryBoolean:
        text = bind(load(name, self._project.directory), terms) + slice_
        return self._store.query(text, prefixes=self._project.prefixes)
