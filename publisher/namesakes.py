"""The codes and names of a table that others refer to, as people may write them, and what each stands for today."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.names import fold
from publisher.spelling import forms, postal_area, readings, spelt, without_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_POSTAL_CODE = 5


@dataclass(frozen=True, slots=True)
class Former:
    """A code or a name that is another's today: `kind` numbers the table it is from, `since` is a date or empty."""

    code: str
    label: str
    kind: int
    since: str


@dataclass(frozen=True, slots=True)
class Named:
    """A current code with its names, and the marks that tell it from its namesakes, by column: both already spelt.

    `former` is what it was when the names are not today's.
    """

    code: str
    names: tuple[str, ...]
    marks: dict[str, frozenset[str]] = field(hash=False)
    former: Former | None = None

    def agrees(self, mark: str, column: str | None = None) -> bool:
        """Return whether a mark, already spelt, is this one's, in a column or in any."""
        if column is not None:
            return mark in self.marks.get(column, frozenset())
        own = mark == self.code.casefold() or mark in self.names
        return own or any(mark in each for each in self.marks.values())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a text stands for: one, several among which nothing tells, or none.

    `mended`: a code lacked its zeros; `alone`: a name that nothing confirms, where others could have the same;
    `certain` is False when a postal code is all that is known.
    """

    found: tuple[Named, ...]
    mended: bool = False
    alone: bool = False
    certain: bool = True

    @property
    def one(self) -> Named | None:
        """The only one that it can be."""
        return self.found[0] if self.certain and len(self.found) == 1 else None


class Register:
    """The codes and names of one table, current and former."""

    def __init__(
        self,
        old_codes: dict[str, tuple[Named, ...]],
        load: Callable[[], tuple[Sequence[Named], Sequence[Named]]],
        postal: str | None = None,
    ) -> None:
        """`load` gives the names, current and former: asked once, and only for a text that is no code.

        `postal` names the marks that are postal codes: one of the same area tells too, for lack of a better.
        """
        self.old_codes, self.load, self.postal = old_codes, load, postal

    def find(self, text: str, hints: Iterable[tuple[str, str]] = ()) -> Answer:
        """Return what a cell stands for; `hints` are other cells of its row, each with the column it is told by."""
        told = [(column, spelt(value)) for column, value in hints]
        if answer := self._find_code(text, told):
            return answer
        for name, marks in readings(text):
            if found := self._named(name, marks, told):
                confirmed = (
                    marks or not self._namesakes or any(self._narrow([found[0]], column, hint) for column, hint in told)
                )
                return Answer(found if confirmed else self._with_former(name, found), alone=not confirmed)
        return Answer(tuple(self._by_mark(spelt(text))), certain=False)

    def _find_code(self, text: str, hints: Sequence[tuple[str, str]]) -> Answer | None:
        code = text.strip().upper()
        if found := self.old_codes.get(code):
            return self._old_or_postal(code, found, hints)
        if code in self._codes:
            return Answer((self._codes[code],))
        if one := self._folded.get(fold(text)):
            return Answer((one,))
        if code.isdigit() and (unpadded := self._unpadded.get(code.lstrip("0"))):
            return Answer(tuple(unpadded), mended=True)
        return None

    def _old_or_postal(self, code: str, old: tuple[Named, ...], hints: Sequence[tuple[str, str]]) -> Answer:
        """Return what a former code stands for: where it is a postal code too, that may be what was meant."""
        if self.postal is None or code not in self._postal_codes:
            return Answer(old)
        own = [replace(each, marks=self._codes[each.code].marks) for each in old]
        found = [*distinct([*own, *self._by_mark(spelt(code))])]
        for column, hint in hints:
            found = self._narrow(found, column, hint) or found
        return Answer(tuple(found), certain=all(each.former for each in found))

    def _with_former(self, name: str, found: tuple[Named, ...]) -> tuple[Named, ...]:
        """Return the one that has a name, and those that had it: nothing tells which is meant."""
        if len(found) > 1:
            return found
        return distinct([*found, *next((self._old_names[form] for form in forms(name) if form in self._old_names), [])])

    def _named(self, name: str, marks: Sequence[str], hints: Sequence[tuple[str, str]]) -> tuple[Named, ...]:
        """Return those of a name that agree with all marks, and with the hints unless none does; current ones first."""
        agreeing: list[list[Named]] = []
        for index in (self._names, self._old_names):
            found = next((index[form] for form in forms(name) if form in index), [])
            if not found and marks and index is self._names and (coded := self._codes.get(name.upper())):
                found = [coded]
            for mark in marks:
                found = self._narrow(found, None, mark)
            agreeing.append(found)
        for found in agreeing:
            kept = found
            for column, hint in hints:
                kept = self._narrow(kept, column, hint)
            if kept:
                return distinct(kept)
        return distinct(agreeing[0] or agreeing[1])

    def _narrow(self, found: list[Named], column: str | None, mark: str) -> list[Named]:
        wanted = forms(mark)
        kept = [each for each in found if any(each.agrees(form, column) for form in wanted)]
        number = wanted[0]
        if kept or not self.postal or column not in {None, self.postal}:
            return kept
        if len(number) != _POSTAL_CODE or not number.isdigit() or number in self._postal_codes:
            return kept
        area = postal_area(number)
        return [each for each in found if any(postal_area(code) == area for code in each.marks[self.postal])]

    def _by_mark(self, mark: str) -> list[Named]:
        """Return those that a postal code alone may mean."""
        if self.postal is None or mark not in self._postal_codes:
            return []
        return [each for each in self.current if each.agrees(mark, self.postal)]

    @cached_property
    def _loaded(self) -> tuple[Sequence[Named], Sequence[Named]]:
        return self.load()

    @property
    def current(self) -> Sequence[Named]:
        """The current codes."""
        return self._loaded[0]

    @property
    def former(self) -> Sequence[Named]:
        """Those whose names are no longer current."""
        return self._loaded[1]

    @cached_property
    def _codes(self) -> dict[str, Named]:
        return {each.code.upper(): each for each in self.current}

    @cached_property
    def _folded(self) -> dict[str, Named]:
        """The codes that are words, such as those of domains, as they are without accents."""
        return {fold(each.code): each for each in self.current if not any(map(str.isdigit, each.code))}

    @cached_property
    def _namesakes(self) -> bool:
        """Whether two may have the same name: then there are marks to tell them apart."""
        return any(each.marks for each in self.current)

    @cached_property
    def _unpadded(self) -> dict[str, list[Named]]:
        index: dict[str, list[Named]] = defaultdict(list)
        for each in self.current:
            if each.code.isdigit():
                index[each.code.lstrip("0")].append(each)
        return dict(index)

    @cached_property
    def _names(self) -> dict[str, list[Named]]:
        return _index(self.current)

    @cached_property
    def _old_names(self) -> dict[str, list[Named]]:
        return _index(self.former)

    @cached_property
    def _postal_codes(self) -> frozenset[str]:
        postal = self.postal or ""
        return frozenset(code for each in self.current for code in each.marks.get(postal, ()))


def _index(named: Iterable[Named]) -> dict[str, list[Named]]:
    """Return an index by spelling: one with its article comes under both, unless another has the bare name whole."""
    whole: dict[str, list[Named]] = defaultdict(list)
    short: dict[str, list[Named]] = defaultdict(list)
    for each in named:
        for name in dict.fromkeys(each.names):
            whole[name].append(each)
            if (article_less := without_article(name)) != name:
                short[article_less].append(each)
    return {**short, **whole}


def distinct(found: Iterable[Named]) -> tuple[Named, ...]:
    """Return one for each code, the first met, by code."""
    kept: dict[str, Named] = {}
    for each in found:
        kept.setdefault(each.code, each)
    return tuple(sorted(kept.values(), key=lambda each: each.code))
