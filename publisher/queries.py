"""The queries of `publisher/queries/`, by file name without extension: SPARQL (`.rq`) and SQL (`.sql`)."""

from __future__ import annotations

from importlib.resources import files


def read_query(name: str) -> str:
    """Return the text of a SPARQL query."""
    return files("publisher").joinpath("queries", f"{name}.rq").read_text(encoding="utf-8")


def read_sql(name: str) -> str:
    """Return the text of an SQL query."""
    return files("publisher").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
