"""The difference between any two releases, page after page.

/releases/{a}/diff/{b}               page or JSON
/releases/{a}/diff/{b}/added.nt      the statements that b has and a has not, as a patch; /removed.nt, the others

A page holds so many things, whatever the size of the difference; `Link: rel="next"` leads to the page after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request

from endpoints.answers import Choice, Link, alternates, answer, choose_as, forms
from endpoints.past import history_state, served_history
from endpoints.problems import NotFoundError
from endpoints.serving import serving
from publisher.changes import CREATE, DELETE, UPDATE
from publisher.differences import compare_releases
from publisher.errors import UsageError
from publisher.representations import HTML, JSON, N_TRIPLES

if TYPE_CHECKING:
    from publisher.differences import Difference

blueprint = Blueprint("comparisons", __name__)

PATH = "/releases/<before>/diff/<after>"
THINGS = 200
"""How many things a page holds."""

STATEMENTS = 10_000
"""How many statements about anything else a page of a patch holds."""

_COMPARED = (HTML, JSON)
_DIGITS = 6
_NAMES = {CREATE: "added", UPDATE: "changed", DELETE: "removed"}


@blueprint.get(PATH)
@blueprint.get(PATH + forms(_COMPARED))
def difference(before: str, after: str, extension: str | None = None) -> Response:
    """Answer with the difference between two releases, page after page."""
    found = _compare(before, after)
    path = f"/releases/{found.before.release}/diff/{found.after.release}"
    choice, part = choose_as(path, _COMPARED, extension), _part(found)

    def build() -> str:
        told = _told(found, part)
        if choice.representation is JSON:
            return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
        return render_template("difference.html", told=told, path=path)

    links = [*alternates(path, _COMPARED), *part.links()]
    return answer(choice, build, path=path, links=links, state=history_state())


@blueprint.get(f"{PATH}/<any(added, removed):sense>.nt")
def patch(before: str, after: str, sense: str) -> Response:
    """Answer with the statements that one release has over the other, page after page."""
    found = _compare(before, after)
    part = _part(found)

    def build() -> str:
        things = found.things(THINGS, part.first(THINGS))
        lines = [line for each in things for line in (each.added if sense == "added" else each.removed)]
        others = found.others()[sense == "removed"] if part.others[sense] else []
        lines += others[part.first(STATEMENTS) :][:STATEMENTS]
        return "".join(f"{line}\n" for line in lines)

    return answer(Choice(N_TRIPLES, fixed=True), build, links=part.links(), state=history_state())


@dataclass(frozen=True, slots=True)
class _Part:
    """One page of a difference: so many things, and so many of the other statements that came and went."""

    number: int
    things: dict[str, int]
    others: dict[str, int]

    @property
    def last(self) -> int:
        """The number of the last page."""
        sizes = ((sum(self.things.values()), THINGS), *((number, STATEMENTS) for number in self.others.values()))
        return max(1, *(-(-total // size) for total, size in sizes))

    def first(self, size: int) -> int:
        """Return how many come before this page, of which each holds `size`."""
        return (self.number - 1) * size

    def links(self) -> list[Link]:
        """Return the links to the pages around."""
        around = (("prev", self.number - 1), ("next", self.number + 1))
        return [Link(f"{request.path}?page={n}", relation) for relation, n in around if 1 <= n <= self.last]


def _part(found: Difference) -> _Part:
    """Return the page that the request asks for.

    Raises:
        NotFoundError: there is no such page.
    """
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) <= _DIGITS else 0
    key = ("difference", history_state(), found.before.number, found.after.number)
    part = _Part(number, **json.loads(serving().cache.get(key, lambda: json.dumps(_sizes(found)))))
    if not 1 <= number <= part.last:
        raise NotFoundError.at(request.full_path)
    return part


def _sizes(found: Difference) -> dict[str, dict[str, int]]:
    """Return how much a whole difference holds: things by what became of them, other statements by sense."""
    counts = found.count()
    things = {name: counts.get(action, 0) for action, name in _NAMES.items()}
    return {"things": things, "others": dict(zip(("added", "removed"), map(len, found.others()), strict=True))}


def _told(found: Difference, part: _Part) -> dict[str, Any]:
    """Return a page of a difference as JSON says it: the counts are those of the whole."""
    things: dict[str, list[dict[str, Any]]] = {name: [] for name in _NAMES.values()}
    for each in found.things(THINGS, part.first(THINGS)):
        path = serving().minter.path_of(each.change.thing)
        things[_NAMES[each.action]].append(
            {
                "iri": each.change.thing,
                "class": each.change.kind,
                "label": each.change.labels,
                "document": path,
                "history": path.replace("/doc/", "/history/", 1) if path else None,
                "added": list(each.added),
                "removed": list(each.removed),
            }
        )
    return {
        "before": found.before.release,
        "after": found.after.release,
        "page": part.number,
        "pages": part.last,
        "counts": part.things,
        "others": part.others,
        "things": things,
    }


def _compare(before: str, after: str) -> Difference:
    try:
        return compare_releases(served_history(), before, after)
    except UsageError as error:
        raise NotFoundError(error.texts["fr"], error.texts["en"]) from error
