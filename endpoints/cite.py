"""`/cite`: how to cite the release served, as a sentence, in BibTeX and in CSL-JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from flask_babel import format_date

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.documents import exists, thing_named
from endpoints.languages import language
from endpoints.pages import thing_label
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.representations import BIBTEX, CSL_JSON, HTML

if TYPE_CHECKING:
    from publisher.project import Project
    from publisher.release import Release

blueprint = Blueprint("cite", __name__)

PATH = "/cite"
OFFERED = (HTML, BIBTEX, CSL_JSON)
_ESCAPES = str.maketrans({"{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$"})


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation of a release names."""

    title: str
    publisher: str
    version: str
    day: date | None
    address: str
    licence: str
    record: str = ""

    @property
    def key(self) -> str:
        """A key for bibliographies."""
        return "-".join(filter(None, ("annuaire", self.version, self.record)))


def citation_of(project: Project, release: Release, lang: str) -> Citation:
    """Return what to cite of a release."""
    published = str(release.manifest.get("published", ""))
    return Citation(
        project.title[lang],
        project.publisher_name,
        release.name,
        date.fromisoformat(published[:10]) if published else None,
        f"{project.base_uri}/",
        project.licence,
    )


def citation_of_record(whole: Citation, name: str, iri: str) -> Citation:
    """Return what to cite of one record of a release."""
    return replace(whole, title=f"{name} – {whole.title}", address=iri, record=iri.rpartition("/")[2])


@blueprint.get(PATH)
@blueprint.get(PATH + forms(OFFERED))
def cite(extension: str | None = None) -> Response:
    """Answer with how to cite the release, or a record that `fiche` names; a page unless a bibliography is preferred.

    Raises:
        NotFoundError: there is no such record.
    """
    choice = choose_as(PATH, OFFERED, extension)
    citation = citation_of(serving().project, served_release().release, language())
    record = request.args.get("fiche")
    if record:
        citation = _citation_of_thing(citation, record)

    def build() -> str:
        if choice.representation is BIBTEX:
            return bibtex(citation)
        if choice.representation is CSL_JSON:
            return json.dumps([csl(citation)], ensure_ascii=False, indent=1) + "\n"
        day = format_date(citation.day, "long") if citation.day else ""
        path = serving().minter.path_of(citation.address)
        return render_template(
            "cite.html", citation=citation, path=path, day=day, bibtex=bibtex(citation), record=record
        )

    return answer(choice, build, path=PATH, links=alternates(PATH, OFFERED))


def _citation_of_thing(whole: Citation, record: str) -> Citation:
    store = served_release().store
    thing = thing_named(record, serving().project.base_uri)
    if thing is None or not exists(store, thing):
        raise NotFoundError.at(request.full_path)
    return citation_of_record(whole, thing_label(store, thing, language()), thing.value)


def bibtex(citation: Citation) -> str:
    """Return the citation as a BibTeX entry (biblatex's `dataset` type, which older styles print as `misc`)."""
    fields = {
        "title": f"{{{citation.title.translate(_ESCAPES)}}}",
        "author": f"{{{citation.publisher.translate(_ESCAPES)}}}",
        "publisher": citation.publisher.translate(_ESCAPES),
        "version": citation.version,
        **({"year": str(citation.day.year), "date": citation.day.isoformat()} if citation.day else {}),
        "url": citation.address,
        "note": rf"Licence: \url{{{citation.licence}}}",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@dataset{{{citation.key},\n{lines}}}\n"


def csl(citation: Citation) -> dict[str, Any]:
    """Return the citation as an item of CSL-JSON (https://citeproc-js.readthedocs.io/en/latest/csl-json/)."""
    item: dict[str, Any] = {
        "id": citation.key,
        "type": "dataset",
        "title": citation.title,
        "author": [{"literal": citation.publisher}],
        "publisher": citation.publisher,
        "version": citation.version,
        "URL": citation.address,
        "note": citation.licence,
    }
    if citation.day:
        item["issued"] = {"date-parts": [[citation.day.year, citation.day.month, citation.day.day]]}
    return item
