"""The queries of `publisher/queries/*.rq`, by file name without extension."""

from __future__ import annotations

from importlib.resources import files

import pyoxigraph as ox


def read_query(name: str) -> str:
    """Return the text of a query."""
    return files("publisher").joinpath("queries", f"{name}.rq").read_text(encoding="utf-8")


def select(store: ox.Store, query: str) -> ox.QuerySolutions:
    """Run a SELECT over a store.

    Raises:
        TypeError: the query is of another form.
    """
    found = store.query(query)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError(query)
    return found
