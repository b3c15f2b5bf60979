"""Labels in the release served, kept once read: documents mention the same domains, places and terms over again."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal

if TYPE_CHECKING:
    from pyoxigraph import NamedNode, Store

_KEPT = 16_384
"""Lists of labels that a web process keeps: about 10 MB."""


@lru_cache(maxsize=_KEPT)
def labels_of(store: Store, node: NamedNode, property_: NamedNode) -> tuple[Literal, ...]:
    """Return the texts that a property gives a node."""
    found = (quad.object for quad in store.quads_for_pattern(node, property_, None))
    return tuple(text for text in found if isinstance(text, Literal))


def forget_labels() -> None:
    """Let go of all labels, and of the stores that they come from."""
    labels_of.cache_clear()
