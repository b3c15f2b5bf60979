"""The counts that pages show, computed once a release from `publisher/queries/*.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.queries import read_sql
from publisher.terms import iri_of
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from duckdb import DuckDBPyConnection

_PLACES = {
    "departements": f"<{ASC.departement}>",
    "regions": f"<{ASC.region}>",
    "communes": f"<{ASC.commune}>",
}


def count(statements: DuckDBPyConnection) -> dict[str, Any]:
    """Return `{"triples": n, "classes": {IRI: n}, "domaines": {IRI: n}, …}`, keys in order."""
    (total,) = statements.execute("SELECT count(*) FROM said").fetchone() or (0,)
    counts: dict[str, Any] = {"triples": total}
    for group in ("classes", "domaines"):
        counts[group] = _in_order(statements.execute(read_sql(group)).fetchall())
    placed = statements.execute(read_sql("companies")).fetchall()
    for group, wanted in _PLACES.items():
        counts[group] = _in_order((key, n) for property_, key, n in placed if property_ == wanted)
    return counts


def _in_order(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {iri_of(key): n for key, n in sorted(pairs)}
