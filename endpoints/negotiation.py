"""Choosing the representation that an Accept header asks for (RFC 9110, §12.5.1).

Werkzeug parses the header's syntax; this module owns the choice among what is offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from werkzeug.http import parse_accept_header, parse_options_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.representations import Representation

_LONGEST = 4_096
"""Characters of an Accept header that are read; what lies beyond is ignored (browsers send about a hundred)."""

_SERVED_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


class _Range(NamedTuple):
    """One media range of an Accept header."""

    media_type: str
    quality: float
    parameters: int

    @property
    def specificity(self) -> int:
        """Rank of RFC 9110: `*/*` < `text/*` < `text/turtle` < `text/turtle;charset=utf-8`."""
        if self.media_type == "*/*":
            return 0
        return 1 if self.media_type.endswith("/*") else 2 + self.parameters

    def covers(self, media_type: str) -> bool:
        """Return whether a concrete media type falls in this range."""
        if self.specificity == 0:
            return True
        if self.specificity == 1:
            return media_type.startswith(self.media_type[:-1])
        return media_type == self.media_type


class Weight(NamedTuple):
    """What a header says of a representation: its quality (0: not acceptable), and the range that says so."""

    quality: float
    specificity: int
    range: str | None


def negotiate(accept: str | None, offered: Sequence[Representation]) -> Representation | None:
    """Return the offered representation that the client prefers, or None when none is acceptable.

    An absent or empty header, or one without a single well-formed part, accepts anything: the first offered.
    For each representation the most specific range decides; equal qualities go to the more specific range
    (`text/html, */*` is a wish for HTML), then to what is offered first. Parameters other than `q` never
    exclude, except a charset that is not UTF-8, since nothing else is sent.
    """
    ranges = _parse(accept)
    if not ranges:
        return offered[0] if offered else None
    best: Representation | None = None
    best_rank = (0.0, -1)
    for representation in offered:
        rank = _weigh(representation, ranges)[:2]
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = representation, rank
    return best


def weigh(accept: str | None, representation: Representation) -> Weight:
    """Return what a header says of one representation, as `negotiate` compares them."""
    ranges = _parse(accept)
    return _weigh(representation, ranges) if ranges else Weight(1.0, 0, None)


def _parse(accept: str | None) -> list[_Range]:
    ranges = []
    text = accept or ""
    read = text if len(text) <= _LONGEST else text[:_LONGEST].rpartition(",")[0]
    for value, quality in parse_accept_header(read):
        media_type, parameters = parse_options_header(value)
        media_type = "*/*" if media_type == "*" else media_type.lower()
        kind, _, subtype = media_type.partition("/")
        charset = parameters.get("charset", "utf-8").lower()
        if not kind or not subtype or (kind == "*" and subtype != "*") or charset not in _SERVED_CHARSETS:
            continue
        ranges.append(_Range(media_type, quality, len(parameters)))
    return ranges


def _weigh(representation: Representation, ranges: list[_Range]) -> Weight:
    """Return quality and specificity, and whose they are; an alias counts only when named, never through a wildcard."""
    own = [r for r in ranges if r.covers(representation.media_type)]
    found = [max(own, key=lambda r: (r.specificity, r.quality))] if own else []
    found += [r for r in ranges if r.media_type in representation.aliases]
    weights = (Weight(r.quality, r.specificity, r.media_type) for r in found)
    return max(weights, key=lambda weight: weight[:2], default=Weight(0.0, -1, None))
