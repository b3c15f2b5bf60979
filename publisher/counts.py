"""The counts that pages show, computed once a release from `publisher/queries/*.rq`."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from typing import Any

_GROUPS = ("classes", "domaines", "departements", "regions", "communes")


def count(store: ox.Store) -> dict[str, Any]:
    """Return `{"triples": n, "classes": {IRI: n}, "domaines": {IRI: n}, …}`, keys in order."""
    counts: dict[str, Any] = {"triples": len(store)}
    for group in _GROUPS:
        query = files("publisher").joinpath("queries", f"{group}.rq").read_text(encoding="utf-8")
        rows = store.query(query)
        if not isinstance(rows, ox.QuerySolutions):
            raise TypeError(group)
        pairs = ((row["key"], row["n"]) for row in rows)
        counts[group] = {
            key.value: int(n.value)
            for key, n in sorted(pairs, key=lambda pair: str(pair[0]))
            if isinstance(key, ox.NamedNode) and isinstance(n, ox.Literal)
        }
    return counts
