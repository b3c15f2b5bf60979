"""The files of a release: the latest under a stable address, those of each release under one that never changes.

Conditional, resumable (RFC 9110 §13 and §14), with the sums of all (`SHA512SUMS`). A table's Link header leads to
the CSVW description of its columns (« Model for Tabular Data », W3C 17/12/2015, §5.2).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, send_file

from endpoints.answers import REVALIDATE, Link
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from publisher.errors import ReleaseError
from publisher.release import DUMPS, Release, open_release
from publisher.representations import CSV, CSVW, GEOJSON, JSON, TEXT, TURTLE

if TYPE_CHECKING:
    from pathlib import Path

blueprint = Blueprint("dumps", __name__)

_NAME = re.compile(r"[\w-][\w.-]{0,127}", re.ASCII)
"""What a release and its files may be called; no other name is looked for on the disk."""

FOREVER = "public, max-age=31536000, immutable"
_TYPES = (
    (".csv-metadata.json", CSVW.content_type),
    (".csv", f"{CSV.content_type}; header=present"),
    (".geojson", GEOJSON.content_type),
    (".json", JSON.content_type),
    (".ttl", TURTLE.content_type),
    (".gz", "application/gzip"),
    ("", TEXT.content_type),
)


@blueprint.get("/dumps/<name>")
def latest(name: str) -> Response:
    """Send a file of the release served."""
    return _send(served_release().release, name, REVALIDATE)


@blueprint.get("/dumps/<release>/<name>")
def of_release(release: str, name: str) -> Response:
    """Send a file of one release, served or not, as long as it is kept: it never changes."""
    return _send(_find(release), name, FOREVER)


def _find(name: str) -> Release:
    served = served_release().release
    if name == served.name:
        return served
    if not _NAME.fullmatch(name):
        raise NotFoundError.at(request.path)
    try:
        return open_release(served.directory.parent / name)
    except ReleaseError as error:
        raise NotFoundError.at(request.path) from error


def _send(release: Release, name: str, keep: str) -> Response:
    path = release.directory / DUMPS / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFoundError.at(request.path)
    content_type = next(type_ for suffix, type_ in _TYPES if name.endswith(suffix))
    response = send_file(
        path,
        mimetype=content_type,
        conditional="," not in request.headers.get("Range", ""),  # several ranges may be ignored (RFC 9110 §14.2)
        etag=_tag(release, name),
        download_name=name,
        as_attachment=name.endswith((".gz", ".csv")),
        last_modified=_changed(release, path),
    )
    response.headers["Content-Type"] = content_type  # werkzeug adds a charset of its own
    response.headers["Cache-Control"] = keep
    for link in _links(release, path, name):
        response.headers.add("Link", str(link))
    return response


def _tag(release: Release, name: str) -> str:
    """Return a validator that stays the same as long as the bytes do, from one release to the next."""
    files = release.manifest.get("files", {})
    return str(files.get(f"{DUMPS}/{name}", {}).get("sha512", ""))[:40] or f"{release.name}-{name}"


def _changed(release: Release, path: Path) -> datetime | float:
    published = release.manifest.get("published")
    return datetime.fromisoformat(published) if isinstance(published, str) else path.stat().st_mtime


def _links(release: Release, path: Path, name: str) -> list[Link]:
    links = [Link(f"{serving().project.base_uri}/dumps/{release.name}/{name}", "cite-as")]
    here = request.path.removesuffix(name)
    description = name.removesuffix(".csv") + ".csv-metadata.json"
    if name.endswith(".csv") and (path.parent / description).is_file():
        links.append(Link(here + description, "describedby", CSVW.media_type))
    return links
