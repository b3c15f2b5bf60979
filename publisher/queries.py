"""The queries of `publisher/queries/`, by file name without extension: SPARQL (`.rq`) and SQL (`.sql`)."""

from __future__ import annotations

from importlib.resources import files

import pyoxigraph as ox


def read_query(name: str) -> str:
    """Return the text of a SPARQL query."""
    return files("publisher").joinpath("queries", f"{name}.rq").read_text(encoding="utf-8")


def read_sql(name: str) -> str:
    """Return the text of an SQL query."""
    return files("publisher").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")


def select(store: ox.Store, query: str) -> ox.QuerySolutions:
    """Run a SELECT over a store.

    Raises:
        TypeError: the query is of another form.
    """
    found = store.query(query)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError(query)
    return found
