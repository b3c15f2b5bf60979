"""The counts that pages show, computed once a release from `publisher/queries/*.rq`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher.queries import read_query, select

if TYPE_CHECKING:
    from typing import Any

_GROUPS = ("classes", "domaines", "departements", "regions", "communes")


def count(store: ox.Store) -> dict[str, Any]:
    """Return `{"triples": n, "classes": {IRI: n}, "domaines": {IRI: n}, …}`, keys in order."""
    counts: dict[str, Any] = {"triples": len(store)}
    for group in _GROUPS:
        pairs = ((row["key"], row["n"]) for row in select(store, read_query(group)))
        counts[group] = {
            key.value: int(n.value)
            for key, n in sorted(pairs, key=lambda pair: str(pair[0]))
            if isinstance(key, ox.NamedNode) and isinstance(n, ox.Literal)
        }
    return counts
