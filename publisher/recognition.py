"""Which of a project's tables a file is, by its header, and by its name where two headers are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.delimited import WIDEST, UnreadableError
from publisher.table import is_findings_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.mapping import Mapping

_ENOUGH = 0.4
"""The least part of the columns, of the file and of the table together, that must be in both."""

_ENOUGH_OF_REFERENCE = 0.8
"""The same for territories and nomenclatures: a company's SIREN and name are also those of an intercommunality."""


def recognise_table(header: Sequence[str], name: str, mappings: Sequence[Mapping]) -> Mapping:
    """Return the table whose columns a header has, most of them at least.

    `name` is that of the file, without its extension.

    Raises:
        UnreadableError: no header, or no table is clearly meant.
    """
    names = [text for text in header if text.strip() and not is_findings_column(text)]
    if len(names) > WIDEST:
        raise UnreadableError("trop-de-colonnes", 1, found=len(names), limit=WIDEST)
    if not names:
        raise UnreadableError("sans-entete")
    ranked = sorted(
        ((_likeness(names, each), name in {each.name, each.sheet}, each) for each in mappings),
        key=lambda found: found[:2],
    )
    like = [found for found in ranked if found[0] >= _least(found[2])]
    like = like or [found for found in ranked if found[1] and found[0]]  # what is missing from it will be told
    if not like or (len(like) > 1 and like[-1][:2] == like[-2][:2]):
        raise UnreadableError("table-non-reconnue", 1)
    return like[-1][2]


def _least(mapping: Mapping) -> float:
    return _ENOUGH_OF_REFERENCE if "/" in mapping.name else _ENOUGH


def _likeness(names: Sequence[str], mapping: Mapping) -> float:
    """Return the columns in both, divided by those in either (Jaccard's index)."""
    common = {column.name for name in names if (column := mapping.recognise(name))}
    expected = sum(not column.optional or column.name in common for column in mapping.source_columns)
    return len(common) / max(1, len(names) + expected - len(common))
