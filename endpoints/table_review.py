"""`/verifier`: the findings on a table that someone fills in, row by row, and the table back with a column of them.

Nothing is stored: the annotated table is in the page itself, or is the whole answer when that is asked for.
"""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from endpoints.answers import page
from endpoints.languages import language
from endpoints.negotiation import negotiate
from endpoints.problems import BadRequestError, HttpError, NotAcceptableError, problem_response
from endpoints.serving import serving
from endpoints.table_checks import MOST_BYTES, PATH, Report, Upload, check_upload, too_large
from publisher.annotation import shown_column
from publisher.csvw import load_mappings
from publisher.representations import CSV, HTML, JSON, XLSX
from publisher.table_check import ROWS

if TYPE_CHECKING:
    from publisher.mapping import Mapping
    from publisher.representations import Representation

blueprint = Blueprint("table_review", __name__)
blueprint.add_app_template_filter(shown_column, "column")

_EMBEDDED = 3 << 20
"""Bytes of an annotated table that a page carries; a larger one is asked for by itself."""

_PARTS = 20
_FORMS = {form.extension: form for form in (CSV, XLSX)}
_OFFERED = (HTML, JSON, CSV, XLSX)


@blueprint.get(PATH)
def form() -> Response:
    """Answer with the form."""
    return page(_page)


@blueprint.post(PATH)
def review() -> Response:
    """Check the file sent; answer with the findings, for people or as data, or with the table and its findings."""
    upload, wanted = _read_form()
    report = check_upload(upload, serving().project.directory, serving().runtime)
    annotated = _FORMS.get(report.told["extension"] or "")
    if wanted in _FORMS.values() and annotated is not None:
        response = Response(report.annotated, content_type=annotated.content_type)
        response.headers.set("Content-Disposition", "attachment", filename=_file_name(upload, report))
    elif wanted is JSON:
        response = Response(json.dumps(report.told, ensure_ascii=False), content_type=JSON.content_type)
    else:
        response = Response(_page(upload=upload, report=report.told, **_embed(upload, report)))
        response.content_type = HTML.content_type
        response.headers["Content-Language"] = language()
    return _private(response)


@blueprint.errorhandler(HttpError)
def explain(error: HttpError) -> Response:
    """Tell in the form itself why a file was not checked."""
    response = problem_response(error, request)
    if response.mimetype == HTML.media_type:
        response.set_data(_page(error=error.texts[language()]))
    return _private(response) if request.method == "POST" else response


def _read_form() -> tuple[Upload, Representation]:
    """Return the file, and what is wanted: a page, the findings as data, the table itself."""
    parser = FormDataParser(_keep_in_memory, max_content_length=MOST_BYTES, max_form_parts=_PARTS)
    try:
        _, fields, files = parser.parse_from_environ(request.environ)
    except RequestEntityTooLarge as error:
        raise too_large() from error
    sent = files.get("fichier")
    if sent is None or not sent.filename:
        raise BadRequestError("aucun fichier reçu ; en choisir un", "no file received; choose one")
    content = sent.read()
    if not content:
        raise BadRequestError("le fichier est vide", "the file is empty")
    wanted = negotiate(request.headers.get("Accept"), _OFFERED)
    if wanted is None:
        raise NotAcceptableError.among([(PATH, each) for each in _OFFERED])
    whole = CSV if fields.get("rendu") == "tableau" else wanted
    return Upload(content, sent.filename, _named(fields.get("table", "").strip()), language()), whole


def _named(table: str) -> str:
    """Return the name of a table, or nothing when it is left to be recognised.

    Raises:
        BadRequestError: the directory has no such table.
    """
    known = [each.name for each in load_mappings(serving().project)]
    if table and table not in known:
        raise BadRequestError.of_value("table", table, sorted(known))
    return table


def _keep_in_memory(*_: object, **__: object) -> BytesIO:
    """Return where a part of the form goes: never on a disk."""
    return BytesIO()


def _page(**shown: Any) -> str:
    tables = sorted(load_mappings(serving().project), key=lambda each: ("/" in each.name, each.name))
    return render_template(
        "verifier.html",
        tables=[(each.name, _title(each), [column.name for column in each.source_columns]) for each in tables],
        most_bytes=MOST_BYTES >> 20,
        most_rows=ROWS,
        **shown,
    )


def _title(mapping: Mapping) -> str:
    titles = {each["@language"]: each["@value"] for each in mapping.notes.get("dc:title", [])}
    return titles.get(language()) or titles.get("fr") or mapping.name


def _embed(upload: Upload, report: Report) -> dict[str, str]:
    """Return the annotated table as an address that holds it, unless there is none or it is too large."""
    if not report.annotated or len(report.annotated) > _EMBEDDED:
        return {}
    media_type = _FORMS[report.told["extension"]].media_type
    encoded = base64.b64encode(report.annotated).decode("ascii")
    return {"address": f"data:{media_type};base64,{encoded}", "file_name": _file_name(upload, report)}


def _file_name(upload: Upload, report: Report) -> str:
    stem = upload.name.rpartition(".")[0] or upload.name
    ending = {"fr": "constats", "en": "findings"}[language()]
    return f"{stem}-{ending}.{report.told['extension']}"


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
