"""How alike two names are, from 0 to 1: word by word, the telling words counting most, and as a whole.

Distances are optimal string alignments: a letter added, dropped, changed, or swapped with its neighbour is one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA

from publisher.names import WEAK_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FIXED, _ONE_SLIP = 4, 8
"""Shorter than the first, a word has no typing error; shorter than the second, one; else two."""

_WHOLE_FLOOR, _SEVERITY = 0.7, 1.5
_CUT_SHORT = 0.65
_DIGIT, _MISREAD = re.compile(r"\d"), re.compile(r"(?<=[a-z])[01](?=[a-z])")


class Likeness(NamedTuple):
    """What comparing two names gives: the weight of words shared, on both sides; spelling; slips between them."""

    asked: float
    borne: float
    whole: float
    slips: int
    length: int

    @property
    def value(self) -> float:
        """The likeness itself: a name cut short is nearer than one of other words."""
        return max(_CUT_SHORT * self.asked + (1 - _CUT_SHORT) * self.borne, self.whole)

    @property
    def words(self) -> float:
        """How much of both names is shared (harmonic mean)."""
        return 2 * self.asked * self.borne / (self.asked + self.borne) if self.asked and self.borne else 0.0

    @property
    def is_same(self) -> bool:
        """Whether the names are the same but for order, spaces and words that hardly tell."""
        return self.slips == 0

    @property
    def is_slip(self) -> bool:
        """Whether a slip of the keyboard explains all that differs: one in eight letters, two in sixteen."""
        return self.slips <= min(2, self.length // 8)


def compare(asked: Sequence[str], borne: Sequence[str], weight: Callable[[str], float]) -> Likeness:
    """Return how alike the words asked for and the words of a name that a thing bears are."""
    whole, slips = _whole(asked, borne)
    telling = _telling(asked), _telling(borne)
    if all(telling) and telling != (asked, borne):
        slips = min(slips, _whole(*telling)[1])
    length = min(len("".join(asked)), len("".join(borne)))
    if slips and _is_another_word(asked, borne):
        slips = max(slips, length, 1)
    return Likeness(*_shared(asked, borne, weight), whole, slips, length)


def best(asked: Sequence[str], names: Sequence[Sequence[str]], weight: Callable[[str], float]) -> Likeness:
    """Return the closest likeness among the names that a thing goes by."""
    return max((compare(asked, name, weight) for name in names), key=lambda found: (found.value, -found.slips))


def slip_distance(one: str, other: str) -> int | None:
    """Return how many slips make one word of the other, or None when they are different words."""
    if one == other:
        return 0
    shorter = min(len(one), len(other))
    allowed = 0 if shorter < _FIXED else 1 if shorter < _ONE_SLIP else 2
    if not allowed or _digits((one,)) != _digits((other,)):
        return None
    found = OSA.distance(one, other, score_cutoff=allowed)
    return found if found <= allowed else None


def _whole(asked: Sequence[str], borne: Sequence[str]) -> tuple[float, int]:
    """Compare the spellings without spaces, in the order given and in alphabetical order."""
    pairs = (("".join(asked), "".join(borne)), ("".join(sorted(asked)), "".join(sorted(borne))))
    if pairs[0][0] != pairs[0][1] and _digits(sorted(asked)) != _digits(sorted(borne)):
        return 0.0, max(len(pairs[0][0]), 1)
    slips = min(OSA.distance(one, other) for one, other in pairs)
    longest = max(len(text) for text in pairs[0])
    value = max(1 - slips / longest, 0.0) if longest else 0.0
    return (value**_SEVERITY if value >= _WHOLE_FLOOR else 0.0), slips


def _is_another_word(asked: Sequence[str], borne: Sequence[str]) -> bool:
    """Return whether all that differs is one word for another, such as two short names before the same trade."""
    left, right = Counter(asked) - Counter(borne), Counter(borne) - Counter(asked)
    return left.total() == right.total() == 1 and slip_distance(*left, *right) is None


def _telling(name: Sequence[str]) -> list[str]:
    return [word for word in name if word not in WEAK_WORDS]


def _shared(asked: Sequence[str], borne: Sequence[str], weight: Callable[[str], float]) -> tuple[float, float]:
    """Return the part of each name's weight that is shared; a word is paired once, with its nearest."""
    pairs = sorted(
        (slips, i, j)
        for i, one in enumerate(asked)
        for j, other in enumerate(borne)
        if (slips := slip_distance(one, other)) is not None
    )
    left, right = [weight(word) for word in asked], [weight(word) for word in borne]
    paired: dict[int, int] = {}
    shared = 0.0
    for slips, i, j in pairs:
        if i in paired or j in paired.values():
            continue
        paired[i] = j
        left[i] = right[j]  # a mistyped word is as telling as the one that was meant
        shared += right[j] * (1 - slips / max(len(asked[i]), len(borne[j]))) ** _SEVERITY
    return shared / (sum(left) or 1.0), shared / (sum(right) or 1.0)


def _digits(name: Sequence[str]) -> str:
    """Return the digits of a name, but for a zero or a one that stands for a letter within a word."""
    return "".join(digit for word in name for digit in _DIGIT.findall(_MISREAD.sub("", word)))
