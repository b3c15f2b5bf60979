"""Records to be reviewed: those whose state says so, then all that were checked, with the day when they are due again.

Due days are computed from the days of the checks alone, so that the list is the same as long as the release is.
"""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from endpoints.answers import Choice, flow
from endpoints.serving import served_release, serving
from publisher.record_states import TO_REVIEW
from publisher.representations import RESULTS_CSV
from publisher.review_list import list_reviews

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

blueprint = Blueprint("reviews", __name__)

PATH = "/qualite/a-revoir"
_COLUMNS = ("adresse", "nom", "etat", "verifie_le", "verifie_par", "a_revoir_le")
_YEAR = 12
_BATCH = 1000


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
    return flow(Choice(RESULTS_CSV, fixed=True), _table, PATH)


def read_reviews(limit: int) -> list[Review]:
    """Return the records that were checked or are to be reviewed, at most `limit`, the most pressing first."""
    return list(islice(_reviews(), limit))


def due_day(day: str, months: int) -> str:
    """Return the ISO day some months after another, the last of the month where it has no such day; else nothing."""
    try:
        start = date.fromisoformat(day)
        year, month = divmod(start.year * _YEAR + start.month - 1 + months, _YEAR)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).isoformat()
    except ValueError:
        return ""


def _reviews() -> Iterator[Review]:
    months = serving().project.review.months
    for each in list_reviews(served_release().release.directory):
        yield Review(*each, due=due_day(each.day, months))


def _table() -> Iterator[bytes]:
    found = _reviews()
    yield _lines([_COLUMNS])
    while listed := list(islice(found, _BATCH)):
        yield _lines((r.address, r.name, r.state, r.day, r.author, r.due) for r in listed)


def _lines(rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
