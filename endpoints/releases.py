"""The releases: what there was and is, what each changed, and the difference between any two.

/releases                          the steps of the history, newest first
/releases/{name}                   one release: figures, gate, notes, what changed
/releases/{a}/diff/{b}             page or JSON; /added.nt and /removed.nt are the patch
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from pyoxigraph import Literal, NamedNode, Triple
from rdflib.namespace import DCTERMS, PROV, RDF, VOID, XSD

from endpoints.answers import Choice, alternates, answer, choose
from endpoints.past import directory_of, history_state, served_history
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.changes import CREATE, DELETE, UPDATE
from publisher.differences import compare_releases
from publisher.errors import UsageError
from publisher.release import list_releases
from publisher.release_notes import describe_step, write_notes
from publisher.representations import GRAPH_DOCUMENTS, HTML, JSON, N_TRIPLES
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.differences import Difference
    from publisher.history import Step
    from publisher.representations import Representation

blueprint = Blueprint("releases", __name__)

PATH = "/releases"
_OFFERED = (*GRAPH_DOCUMENTS, HTML, JSON)
_BY_EXTENSION = {representation.extension: representation for representation in _OFFERED}
_SHOWN = 200
"""How many steps, or things of a kind, a page lists."""

_KINDS = {
    "entreprises": "http://www.w3.org/ns/legal#LegalEntity",
    "projets": str(ASC.Projet),
    "conventions": str(ASC.ConventionACV),
    "communes": str(IGEO.Commune),
}


@blueprint.get(PATH)
def releases() -> Response:
    """Answer with the releases there were, newest first."""
    return _releases(choose(PATH, _OFFERED))


@blueprint.get(f"{PATH}.<any(html, json, ttl, jsonld, rdf, nt):extension>")
def releases_as(extension: str) -> Response:
    """Answer with the releases in the representation that the extension names."""
    return _releases(Choice(_BY_EXTENSION[extension], fixed=True))


@blueprint.get(f"{PATH}/<name>")
def release(name: str) -> Response:
    """Answer with one release and what it changed."""
    stem, dot, extension = name.rpartition(".")
    fixed = _BY_EXTENSION.get(extension) if dot else None
    found = next((row for row in _rows() if row["name"] == (stem or name)), None)
    if found is None:
        raise NotFoundError.at(request.path)
    path = f"{PATH}/{found['name']}"
    choice = choose(path, _OFFERED, fixed)

    def build() -> str | bytes:
        step = served_history().step_of(found["name"])
        changes = describe_step(served_history(), serving().minter, step, _SHOWN) if step else None
        if choice.representation is HTML:
            return render_template("version.html", release=found, changes=changes, path=path)
        return _write(choice.representation, [found], {**found, "changes": changes})

    return answer(choice, build, path=path, links=alternates(path, _OFFERED), state=_state())


@blueprint.get(f"{PATH}/<before>/diff/<after>")
def difference(before: str, after: str) -> Response:
    """Answer with the difference between two releases."""
    stem, dot, extension = after.rpartition(".")
    fixed = _BY_EXTENSION.get(extension) if dot and extension in {"html", "json"} else None
    found = _compare(before, stem if fixed else after)
    path = f"{PATH}/{found.before.release}/diff/{found.after.release}"
    choice = choose(path, (HTML, JSON), fixed)

    def build() -> str:
        told = _told(found)
        if choice.representation is JSON:
            return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
        return render_template("difference.html", told=told, path=path)

    return answer(choice, build, path=path, links=alternates(path, (HTML, JSON)), state=history_state())


@blueprint.get(f"{PATH}/<before>/diff/<after>/<any(added, removed):sense>.nt")
def patch(before: str, after: str, sense: str) -> Response:
    """Answer with the statements that one release has over the other."""
    found = _compare(before, after)

    def lines() -> Iterator[str]:
        for came, line in found.patch():
            if came == (sense == "added"):
                yield f"{line}\n"

    return answer(Choice(N_TRIPLES, fixed=True), lambda: "".join(lines()), state=history_state())


def _releases(choice: Choice) -> Response:
    current = served_release().name

    def build() -> str | bytes:
        rows = list(islice(_rows(), _SHOWN))
        if choice.representation is HTML:
            return render_template("versions.html", releases=rows, current=current)
        return _write(choice.representation, rows, {"current": current, "releases": rows})

    return answer(choice, build, path=PATH, links=alternates(PATH, _OFFERED), state=_state())


def _rows() -> Iterator[dict[str, Any]]:
    """Yield what is known of each release, newest first: from the history, and from its manifest while it is there."""
    manifests = {found.name: found.manifest for found in list_releases(directory_of(served_release().release))}
    manifests.setdefault(served_release().name, served_release().release.manifest)
    steps = served_history().steps()
    known = {step.release for step in steps}
    for step in steps:
        yield _row(step.release, manifests.get(step.release), step)
    for name, manifest in reversed(manifests.items()):
        is_later = served_history().number and manifest.get("step")
        if name not in known and not is_later:  # published before there was a history
            yield _row(name, manifest, None)


def _row(name: str, manifest: Mapping[str, Any] | None, step: Step | None) -> dict[str, Any]:
    said = manifest or {}
    return {
        "name": name,
        "iri": serving().minter.release(name),
        "published": step.instant if step else said.get("published"),
        "previous": step.previous if step else said.get("previous"),
        "rollback": bool(step and step.undone),
        "kept": manifest is not None,
        "software": said.get("software"),
        "gate": said.get("gate"),
        "cog_year": said.get("cog_year"),
        "triples": said.get("triples"),
        "counts": {kind: said.get("counts", {}).get(iri, 0) for kind, iri in _KINDS.items()} if manifest else None,
        "notes": list(write_notes(served_history(), step)) if step else [],
    }


def _write(representation: Representation, rows: list[dict[str, Any]], content: dict[str, Any]) -> str | bytes:
    if representation is JSON:
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return serving().serialiser.write((triple for row in rows for triple in _triples(row)), representation)


def _triples(row: Mapping[str, Any]) -> Iterator[Triple]:
    subject = NamedNode(row["iri"])

    def said(predicate: str, value: NamedNode | Literal) -> Triple:
        return Triple(subject, NamedNode(str(predicate)), value)

    yield said(RDF.type, NamedNode(str(PROV.Entity)))
    yield said(DCTERMS.identifier, Literal(row["name"]))
    yield said(DCTERMS.license, NamedNode(serving().project.licence))
    if row["published"]:
        yield said(DCTERMS.issued, Literal(row["published"], datatype=NamedNode(str(XSD.dateTime))))
    if row["previous"]:
        yield said(PROV.wasRevisionOf, NamedNode(serving().minter.release(row["previous"])))
    if row["triples"]:
        yield said(VOID.triples, Literal(row["triples"]))
    for note in row["notes"]:
        for lang, text in note.items():
            yield said(DCTERMS.description, Literal(text, language=lang))


def _told(found: Difference) -> dict[str, Any]:
    """Return a difference as JSON says it: all counts, and of each list a bounded part."""
    names = {CREATE: "added", UPDATE: "changed", DELETE: "removed"}
    counts = dict.fromkeys(names.values(), 0)
    things: dict[str, list[dict[str, Any]]] = {name: [] for name in names.values()}
    for each in found.things():
        name = names[each.action]
        counts[name] += 1
        if len(things[name]) < _SHOWN:
            path = serving().minter.path_of(each.change.thing)
            things[name].append(
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
    came, went = found.others()
    return {
        "before": found.before.release,
        "after": found.after.release,
        "counts": counts,
        "others": {"added": len(came), "removed": len(went)},
        "things": things,
        "complete": all(counts[name] == len(listed) for name, listed in things.items()),
    }


def _compare(before: str, after: str) -> Difference:
    try:
        return compare_releases(served_history(), before, after)
    except UsageError as error:
        raise NotFoundError(error.texts["fr"], error.texts["en"]) from error


def _state() -> str:
    kept = "-".join(str(found.number) for found in list_releases(directory_of(served_release().release))[-20:])
    return f"{history_state()}-{kept}"
