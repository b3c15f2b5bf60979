"""Records to be reviewed: those whose state says so, then all that were checked, with the day when they are due again.

Due days are computed from the days of the checks alone, so that the list is the same as long as the release is.
"""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from endpoints.answers import Choice, answer
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.record_states import TO_REVIEW
from publisher.representations import RESULTS_CSV

if TYPE_CHECKING:
    from pyoxigraph import QuerySolution

blueprint = Blueprint("reviews", __name__)

PATH = "/qualite/a-revoir"
_COLUMNS = ("adresse", "nom", "etat", "verifie_le", "verifie_par", "a_revoir_le")
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Review:
    """One record; days are ISO texts, empty where they are not known."""

    address: str
    name: str
    state: str
    day: str
    author: str
    due: str

    @property
    def path(self) -> str | None:
        """The path of its document."""
        return serving().minter.path_of(self.address)

    @property
    def flagged(self) -> bool:
        """Whether its state says that it is to be reviewed."""
        return self.state == TO_REVIEW


@blueprint.get(f"{PATH}.{RESULTS_CSV.extension}")
def reviews() -> Response:
    """Answer with the list as CSV."""
    return answer(Choice(RESULTS_CSV, fixed=True), _table, path=PATH)


def read_reviews(limit: int | None = None) -> list[Review]:
    """Return the records that were checked or are to be reviewed, at most `limit`, the most pressing first."""
    months = serving().project.review.months
    found = Queries(serving().project, served_release().store).solutions("reviews", {}, limit)
    return [_review(each, months) for each in found]


def due_day(day: str, months: int) -> str:
    """Return the ISO day some months after another, the last of the month where it has no such day; else nothing."""
    try:
        start = date.fromisoformat(day)
        year, month = divmod(start.year * _YEAR + start.month - 1 + months, _YEAR)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).isoformat()
    except ValueError:
        return ""


def _review(found: QuerySolution, months: int) -> Review:
    address, name, state, day, author = (found[column].value if found[column] else "" for column in _COLUMNS[:-1])
    return Review(address, name, state, day, author, due_day(day, months))


def _table() -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows((r.address, r.name, r.state, r.day, r.author, r.due) for r in read_reviews())
    return text.getvalue()
