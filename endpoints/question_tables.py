"""A question's result as its page shows it: headed columns, names that lead to pages, figures, a chart or a map."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from flask_babel import format_decimal

from endpoints.charts import Point
from endpoints.presentation import iso_day
from endpoints.wording import address_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoints.examples import Chart, Example
    from endpoints.result_tables import Cell, ResultTable

NUMBERS = frozenset({"integer", "decimal", "double", "float"})
_Row = list["Cell | None"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of the page: its text, where it leads, whether it is a figure."""

    text: str
    link: str | None = None
    figure: bool = False


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """A result with its headings; `figures` says which columns are numbers."""

    headings: tuple[str, ...]
    figures: tuple[bool, ...]
    rows: list[list[Shown]]


def shown_columns(example: Example, variables: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that a page shows: all but those whose IRI is the link of another."""
    hidden = set(example.links.values()) - example.links.keys()
    return tuple(name for name in variables if name not in hidden)


def question_table(example: Example, table: ResultTable, lang: str) -> QuestionTable:
    """Return the table to show; headings are the question's own, else the names of the variables."""
    names = shown_columns(example, table.variables)
    places = {name: place for place, name in enumerate(table.variables)}
    rows = [[_shown(row, places, name, example, lang) for name in names] for row in table.rows]
    headings = example.columns.get(lang, ())
    figures = tuple(any(row[place].figure for row in rows) for place in range(len(names)))
    return QuestionTable(headings if len(headings) == len(names) else names, figures, rows)


def points(chart: Chart, table: ResultTable) -> list[Point]:
    """Return what a chart draws, in the order of the rows; rows without a number are left out."""
    label, value = table.variables.index(chart.label), table.variables.index(chart.value)
    found = []
    for row in table.rows:
        name, number = row[label], _number(row[value])
        if name is not None and number is not None:
            found.append(Point(name.text, number, str(format_decimal(number))))
    return found


def _shown(row: _Row, places: dict[str, int], name: str, example: Example, lang: str) -> Shown:
    cell = row[places[name]]
    if cell is None:
        return Shown("")
    target = row[places[example.links[name]]] if example.links.get(name) in places else None
    link = target.link if target else cell.link
    number = _number(cell)
    if number is not None:
        return Shown(str(format_decimal(number)), link, figure=True)
    if cell.note == "date":
        return Shown(iso_day(cell.text), link)
    return Shown(address_label(cell.text, lang) if cell.link else cell.text, link)


def _number(cell: Cell | None) -> Decimal | None:
    if cell is None or cell.note not in NUMBERS:
        return None
    try:
        return Decimal(cell.text)
    except InvalidOperation:
        return None
