"""The changes as an Atom feed (RFC 4287), older ones in archives (RFC 5005, section 4).

An entry is a change of a thing of ours by a step of the history; a table's new date is a change of its source only.
`/changes.atom` holds the latest; `/changes/{n}.atom` are archives that never change once they are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, request

from endpoints.answers import IMMUTABLE, Choice, answer
from endpoints.languages import explicit_language
from endpoints.past import served_history
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.changes import CREATE, DELETE, UPDATE
from publisher.release_notes import class_name
from publisher.representations import ATOM, HTML

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.steps import Change

blueprint = Blueprint("feeds", __name__)

PATH = "/changes.atom"
ENTRIES = 100
"""How many entries an archive holds; the feed itself holds up to twice as many."""

_EPOCH = "1970-01-01T00:00:00+00:00"
_VERBS = {
    CREATE: {"fr": "ajout", "en": "added"},
    UPDATE: {"fr": "modification", "en": "changed"},
    DELETE: {"fr": "retrait", "en": "withdrawn"},
}
_HEAD = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="{lang}">'
)


@blueprint.get(PATH)
def changes() -> Response:
    """Answer with the latest changes."""
    history = served_history()
    full = history.total // ENTRIES
    first = max(full - 1, 0) * ENTRIES + 1

    def build() -> str:
        links = [("self", _address(PATH)), ("alternate", _address("/releases"))]
        if full:
            links.append(("prev-archive", _archive(full)))
        return _feed(links, history.changes(first, history.total))

    return answer(Choice(ATOM, fixed=True), build, state=f"atom-{served_release().name}-{history.number}")


@blueprint.get("/changes/<int:number>.atom")
def archive(number: int) -> Response:
    """Answer with an archive of the feed."""
    history = served_history()
    full = history.total // ENTRIES
    if not 1 <= number <= full:
        raise NotFoundError.at(request.path)

    def build() -> str:
        links = [("self", _archive(number)), ("current", _address(PATH))]
        if number > 1:
            links.append(("prev-archive", _archive(number - 1)))
        listed = history.changes((number - 1) * ENTRIES + 1, number * ENTRIES)
        return _feed(links, listed, archived=True)

    response = answer(Choice(ATOM, fixed=True), build, state=f"atom-archive-{number}")
    response.headers["Cache-Control"] = IMMUTABLE
    return response


def _feed(links: Iterable[tuple[str, str]], listed: list[Change], *, archived: bool = False) -> str:
    """Return one document of the feed; its archives have its identifier, as they are parts of it (RFC 5005)."""
    project, lang = serving().project, _lang()
    title = {"fr": "Changements", "en": "Changes"}[lang]
    updated = listed[-1].instant if listed else served_release().release.manifest.get("published", _EPOCH)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        _HEAD.format(lang=lang),
        f"<id>{escape(_address(PATH))}</id>",
        f"<title>{_text(title)} – {_text(project.title[lang])}</title>",
        f"<updated>{escape(updated)}</updated>",
        f"<author><name>{_text(project.publisher_name)}</name><uri>{escape(project.publisher_url)}</uri></author>",
        f"<rights>{escape(project.licence)}</rights>",
        *(["<fh:archive/>"] if archived else []),
        *(f"<link rel={quoteattr(rel)} href={quoteattr(href)}{_type_of(rel)}/>" for rel, href in links),
        *(line for change in reversed(listed) for line in _entry(change, lang)),
        "</feed>\n",
    ]
    return "\n".join(parts)


def _type_of(relation: str) -> str:
    form = HTML if relation == "alternate" else ATOM
    return f' type="{form.media_type}"'


def _entry(change: Change, lang: str) -> Iterator[str]:
    verb = _VERBS[change.action][lang]
    colon = {"fr": " : ", "en": ": "}[lang]
    path = serving().minter.path_of(change.thing) or ""
    address = _address(path.replace("/doc/", "/history/", 1) if change.action == DELETE else path)
    summary = {
        "fr": f"+{change.added} −{change.removed} énoncés ; version {change.release}.",
        "en": f"+{change.added} −{change.removed} statements; release {change.release}.",
    }[lang]
    yield "<entry>"
    yield f"<id>{escape(change.version)}</id>"
    yield f"<title>{_text(change.label(lang))}{colon}{verb}</title>"
    yield f"<updated>{escape(change.instant)}</updated>"
    yield f'<link rel="alternate" href={quoteattr(address)}/>'
    yield f'<link rel="related" href={quoteattr(change.thing)}/>'
    yield f"<category term={quoteattr(change.action)} label={quoteattr(verb)}/>"
    yield f"<category term={quoteattr(change.kind)} label={quoteattr(class_name(change.kind, lang))}/>"
    yield f"<summary>{_text(summary)}</summary>"
    yield "</entry>"


def _text(text: str) -> str:
    """Return a text fit for XML 1.0: characters that it cannot hold are left out."""
    return escape(
        "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c not in "\ufffe\uffff")
    )


def _lang() -> str:
    return explicit_language() or "fr"


def _address(path: str) -> str:
    asked = explicit_language()
    atom = path.endswith(".atom") and asked
    return f"{serving().project.base_uri}{path}" + (f"?lang={asked}" if atom else "")


def _archive(number: int) -> str:
    return _address(f"/changes/{number}.atom")
