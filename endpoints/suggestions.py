"""What a page that is not there may have meant: addresses spelled alike, things that the last words name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import Blueprint, current_app

from endpoints.api_paths import OPERATIONS
from endpoints.languages import language
from endpoints.searching import name_words, search_index
from endpoints.serving import served_release, serving
from endpoints.views import Value
from publisher.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.searching import Record

blueprint = Blueprint("suggestions", __name__)
"""It has no address: it gives the error page its suggestions."""

_MOST = 5
_LONGEST = 80
"""Characters of an address's end that are looked up; longer ones are no name that anyone mistyped."""

_ALIKE = 0.7
_CODES = (2, 5)
"""Characters of the codes of départements and communes, whose zeros spreadsheets drop."""


@blueprint.app_template_global("suggestions")
def suggest(path: str) -> list[Value]:
    """Return at most a few links: pages at a near address, then things by code or by name."""
    found = dict.fromkeys([*_near(path), *_things(path)])
    return list(found)[:_MOST]


def _near(path: str) -> Iterator[Value]:
    rules = (rule.rule for rule in current_app.url_map.iter_rules() if not rule.arguments)
    fixed = {rule for rule in (*rules, *(each.path for each in OPERATIONS)) if "{" not in rule and rule[-1] != "/"}
    for each in get_close_matches(path.rstrip("/").casefold()[:_LONGEST], sorted(fixed), n=2, cutoff=_ALIKE):
        yield Value(each, each)


def _things(path: str) -> Iterator[Value]:
    """Yield the things that the last segment names, the code before the name, those of the address's class first."""
    last = unquote(path.rstrip("/").rpartition("/")[2])[:_LONGEST].partition(".")[0]
    words = name_words(last.replace("-", " ").replace("_", " "))
    if not words:
        return
    try:
        index = search_index(serving(), served_release())
    except ReleaseError:
        return
    kind = _kind(path)
    alike = index.named(words, [kind], 3) if kind else []
    for record in (*index.coded(code_spellings(last), (), 3), *alike, *index.named(words, (), 3)):
        shown = _shown(record)
        if shown:
            yield shown


def _kind(path: str) -> str:
    """Return the class of things that an address is of: `domaine` of /doc/domaine/eclairag."""
    _, place, kind, *rest = [*path.split("/"), "", ""]
    return kind if place in {"doc", "id"} and any(rest) else ""


def code_spellings(text: str) -> set[str]:
    """Return the codes that a text may be meant for: `2a` for 2A, 1001 for 01001."""
    return {text, text.upper(), *(text.zfill(length) for length in _CODES)}


def _shown(record: Record) -> Value | None:
    path = serving().minter.path_of(record["iri"])
    labels = record["labels"]
    text = labels.get(language()) or labels.get("fr") or next(iter(labels.values()), "")
    return Value(text, path) if path and text else None
