"""The releases: what there was and is, and what each changed.

/releases           the steps of the history, newest first
/releases/{name}    one release: figures, gate, notes, what changed
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, VOID, XSD

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.past import directory_of, history_state, served_history
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from endpoints.structured_data import site_signposts
from publisher.release import list_releases
from publisher.release_notes import describe_step, write_notes
from publisher.representations import GRAPH_DOCUMENTS, HTML, JSON
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.representations import Representation
    from publisher.steps import Step

blueprint = Blueprint("releases", __name__)

PATH = "/releases"
_OFFERED = (*GRAPH_DOCUMENTS, HTML, JSON)
_SHOWN = 200
"""How many steps, or things of a kind, a page lists."""

_KINDS = {
    "entreprises": "http://www.w3.org/ns/legal#LegalEntity",
    "projets": str(ASC.Projet),
    "conventions": str(ASC.ConventionACV),
    "communes": str(IGEO.Commune),
}


@blueprint.get(PATH)
@blueprint.get(PATH + forms(_OFFERED))
def releases(extension: str | None = None) -> Response:
    """Answer with the releases there were, newest first."""
    choice, current = choose_as(PATH, _OFFERED, extension), served_release().name

    def build() -> str | bytes:
        rows = list(islice(_rows(), _SHOWN))
        if choice.representation is HTML:
            return render_template("versions.html", releases=rows, current=current)
        return _write(choice.representation, rows, {"current": current, "releases": rows})

    named = f"{serving().project.base_uri}{PATH}"
    signposts = site_signposts(PATH, "DataCatalog", named) if choice.representation is HTML else []
    return answer(choice, build, path=PATH, links=[*signposts, *alternates(PATH, _OFFERED)], state=_state())


@blueprint.get(f"{PATH}/<name>")
@blueprint.get(f"{PATH}/<name>{forms(_OFFERED)}")
def release(name: str, extension: str | None = None) -> Response:
    """Answer with one release and what it changed."""
    found = next((row for row in _rows() if row["name"] == name), None)
    if found is None:
        raise NotFoundError.at(request.path)
    path = f"{PATH}/{name}"
    choice = choose_as(path, _OFFERED, extension)

    def build() -> str | bytes:
        step = served_history().step_of(name)
        changes = describe_step(served_history(), serving().minter, step, _SHOWN) if step else None
        if choice.representation is HTML:
            return render_template("version.html", release=found, changes=changes, path=path)
        return _write(choice.representation, [found], {**found, "changes": changes})

    return answer(choice, build, path=path, links=alternates(path, _OFFERED), state=_state())


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
        "by": step.signed if step else said.get("by"),
        "reason": step.reason if step else said.get("reason"),
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

    def said(predicate: str, value: NamedNode | BlankNode | Literal) -> Triple:
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
    if row["by"]:
        agent = BlankNode(f"par-{row['name']}")
        yield said(PROV.wasAttributedTo, agent)
        yield Triple(agent, NamedNode(str(RDF.type)), NamedNode(str(PROV.Agent)))
        yield Triple(agent, NamedNode(str(RDFS.label)), Literal(row["by"]))
    if row["reason"]:
        yield said(RDFS.comment, Literal(row["reason"]))
    for note in row["notes"]:
        for lang, text in note.items():
            yield said(DCTERMS.description, Literal(text, language=lang))


def _state() -> str:
    kept = "-".join(str(found.number) for found in list_releases(directory_of(served_release().release))[-20:])
    return f"{history_state()}-{kept}"
