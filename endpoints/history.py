"""The past of things: what became of each, what was said of it at any step, and the tombstone of what is gone.

/history/{class}/{key}       what happened to a thing, newest first
/history/{class}/{key}/{n}   the thing as step n left it
/history/{n}                 → the release that step n made current; /history/{n}.nq.gz is the step itself
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request, send_file
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD

from endpoints.answers import IMMUTABLE, Link, alternates, answer, choose, extension_of
from endpoints.field_changes import list_fields
from endpoints.languages import language
from endpoints.members import describe_version, write_version
from endpoints.pages import PageWriter
from endpoints.past import history_state, served_history
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.changes import CREATE, DELETE
from publisher.representations import DOCUMENTS, HTML
from publisher.steps import step_file
from publisher.vocabulary import AS

if TYPE_CHECKING:
    from publisher.representations import Representation
    from publisher.steps import Change

blueprint = Blueprint("history", __name__)

SHOWN = 200
"""How many versions of a thing its history lists."""


@blueprint.get("/history/<int:number>")
def step(number: int) -> Response:
    """Send the client to the release that a step made current (303)."""
    found = served_history().step(number)
    if found is None:
        raise NotFoundError.at(request.path)
    path = f"/releases/{found.release}"
    return Response(f"{path}\n", status=303, content_type="text/plain; charset=utf-8", headers={"Location": path})


@blueprint.get("/history/<int:number>.nq.gz")
def step_as_file(number: int) -> Response:
    """Send what a step changed, whole, as the history keeps it."""
    history = served_history()
    if history.step(number) is None:
        raise NotFoundError.at(request.path)
    path = step_file(history.directory, number)
    response = send_file(path, mimetype="application/gzip", conditional=True, download_name=path.name)
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@blueprint.get("/history/<kind>/<name>")
def past(kind: str, name: str) -> Response:
    """Answer with what happened to a thing."""
    key, fixed = extension_of(name)
    listed = served_history().versions(serving().minter.thing(kind, key), SHOWN)
    if fixed not in DOCUMENTS or not listed:
        key, fixed = name, None
        listed = served_history().versions(serving().minter.thing(kind, key), SHOWN)
    if not listed:
        raise NotFoundError.at(request.path)
    path = history_path(kind, key)
    choice = choose(path, DOCUMENTS, fixed)

    def build() -> str | bytes:
        if choice.representation is HTML:
            return render_template("histoire.html", versions=listed, thing=listed[0], path=path, **_terms())
        return _write(chain.from_iterable(_about(each) for each in listed), choice.representation)

    links = [Link(listed[0].thing, "describes"), *alternates(path, DOCUMENTS)]
    return answer(choice, build, path=path, links=links, state=history_state())


@blueprint.get("/history/<kind>/<key>/<int:number>")
def version(kind: str, key: str, number: int) -> Response:
    """Answer with a thing as a step left it."""
    history = served_history()
    found = history.latest(serving().minter.thing(kind, key), number)
    if found is None or found.number != number:
        raise NotFoundError.at(request.path)
    path = f"{history_path(kind, key)}/{number}"
    choice = choose(path, DOCUMENTS)

    def build() -> str | bytes:
        if choice.representation is HTML:
            return _version_page(found, path)
        return _write(chain(_about(found), write_version(found, history.state(found))), choice.representation)

    return answer(choice, build, links=[Link(path.rpartition("/")[0], "version-history")], state=history_state())


def _version_page(found: Change, path: str) -> str:
    history = served_history()
    former = history.latest(found.thing, found.number - 1)
    old, new = history.state(former) if former else [], history.state(found)
    added, removed = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    store = served_release().store
    return render_template(
        "histoire_version.html",
        version=found,
        step=history.step(found.number),
        fields=list_fields(store, language(), added, removed) if old and new else [],
        nodes=PageWriter(store, serving().minter, language()).nodes(_parse(new)),
        path=path,
        added=added,
        removed=removed,
        **_terms(),
    )


def history_path(kind: str, key: str) -> str:
    """Return the address of what happened to a thing."""
    return f"/history/{kind}/{quote(key, safe='')}"


def describe_latest(thing: str) -> list[Triple]:
    """Return what the document about a thing says of its past: its last version, and the one before that."""
    found = served_history().latest(thing)
    if found is None:
        return []
    return _parse([f"<{thing}> <{DCTERMS.hasVersion}> <{found.version}> .", *_about(found)])


def find_tombstone(kind: str, key: str, fixed: Representation | None) -> Response | None:
    """Return the answer for a thing that was withdrawn (410 Gone), or None if none was."""
    found = served_history().latest(serving().minter.thing(kind, key))
    if found is None or found.action != DELETE:
        return None
    choice = choose(f"/doc/{kind}/{quote(key, safe='')}", DOCUMENTS, fixed)
    path = history_path(kind, key)
    last = served_history().latest(found.thing, found.number - 1)
    release = served_history().step(found.number)

    def build() -> str | bytes:
        if choice.representation is HTML:
            shown = release.previous if release else None
            return render_template("retrait.html", tombstone=found, last=last, release=shown, path=path)
        return _write(_buried(found, release.previous if release else None), choice.representation)

    response = answer(choice, build, links=[Link(path, "version-history")], state=history_state())
    if response.status_code == 200:  # noqa: PLR2004 — a client that holds it gets its 304
        response.status_code = 410
    return response


def _buried(change: Change, release: str | None) -> list[str]:
    """Return what a tombstone says: what it was, when it went, the last release that held it (as:Tombstone)."""
    lines = list(_about(change))
    lines.append(f"<{change.thing}> <{RDF.type}> <{AS.Tombstone}> .")
    lines.append(f'<{change.thing}> <{AS.deleted}> "{change.instant}"^^<{XSD.dateTime}> .')
    lines.append(f"<{change.thing}> <{DCTERMS.hasVersion}> <{change.version}> .")
    if release:
        lines.append(f"<{change.version}> <{AS.origin}> <{serving().minter.release(release)}> .")
    return lines


def _about(change: Change) -> list[str]:
    subject, predicate = NamedNode(change.version), NamedNode(str(RDFS.label))
    labels = [Literal(text, language=lang) if lang else Literal(text) for lang, text in change.labels.items()]
    lines = [*describe_version(serving().minter, change), *(f"{Triple(subject, predicate, each)} ." for each in labels)]
    if earlier := served_history().latest(change.thing, change.number - 1):
        lines.append(f"<{change.version}> <{PROV.wasRevisionOf}> <{earlier.version}> .")
    return lines


def _write(lines: chain[str] | list[str], representation: Representation) -> bytes:
    return serving().serialiser.write(_parse(lines), representation)


def _parse(lines: chain[str] | list[str]) -> list[Triple]:
    return [quad.triple for quad in parse(input="\n".join(lines), format=RdfFormat.N_TRIPLES)]


def _terms() -> dict[str, str]:
    return {"created": CREATE, "deleted": DELETE}
