"""The pages that lead to the others: home, territories, data; and the health of the service."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from endpoints.answers import page
from endpoints.charts import draw_counts
from endpoints.listing import Row, Rows, alphabetical, with_counts
from endpoints.presentation import href
from endpoints.remote import is_remote
from endpoints.serving import served_release, serving
from endpoints.vocabulary import domain_tree
from publisher.errors import ReleaseError
from publisher.extracts import OUTLINES
from publisher.identifiers import is_iri
from publisher.representations import JSON
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Mapping

blueprint = Blueprint("home", __name__)

_KINDS = {
    "entreprises": "http://www.w3.org/ns/legal#LegalEntity",
    "projets": str(ASC.Projet),
    "conventions": str(ASC.ConventionACV),
    "communes": str(IGEO.Commune),
}


@blueprint.get("/")
def home() -> Response:
    """Answer with the home page: what this is, how much there is, where to go."""
    return page(_home)


def _home() -> str:
    places = _places()
    departements = [each for _, below in places["places"] for each in below]
    counts = {each["iri"].rpartition("/")[2]: int(each["companies"]) for each in departements}
    return render_template(
        "accueil.html",
        figures=_figures(),
        domains=domain_tree(),
        map=draw_counts({code: n for code, n in counts.items() if n}, serving().project.directory / OUTLINES),
        map_links={code: href(f"/doc/departement/{code}") for code in counts},
        **places,
    )


@blueprint.get("/territoires")
def territories() -> Response:
    """Answer with the régions and their départements, with counts."""
    return page(lambda: render_template("territoires.html", **_places()))


@blueprint.get("/donnees")
def data() -> Response:
    """Answer with the ways to use the data."""
    return page(lambda: render_template("donnees.html", release=served_release(), figures=_figures()))


@blueprint.get("/contact")
def contact() -> Response:
    """Answer with how to write to the publisher, about a record if the address names one; nothing is stored."""
    named = request.args.get("fiche", "")
    record = named if is_iri(named) and named.startswith(f"{serving().project.base_uri}/id/") else None
    return page(lambda: render_template("contact.html", record=record))


@blueprint.get("/health/live")
def live() -> Response:
    """Say that the process answers."""
    return _health({"status": "ok"})


@blueprint.get("/health/ready")
def ready() -> Response:
    """Say whether a release is open and its evaluation server is there, if it needs one (503 otherwise)."""
    try:
        release = served_release()
    except ReleaseError as error:
        return _health({"status": "unavailable", "detail": error.texts}, 503)
    evaluation = is_remote(release.release) or serving().socket(release).exists()
    state = {"status": "ok" if evaluation else "unavailable", "release": release.name, "evaluation": evaluation}
    return _health(state, 200 if evaluation else 503)


def _figures() -> dict[str, int]:
    return _kind_counts(served_release().counts.get("classes", {}))


def _kind_counts(classes: Mapping[str, int]) -> dict[str, int]:
    return {name: classes.get(iri, 0) for name, iri in _KINDS.items()}


def _places() -> dict[str, Any]:
    """Return the régions by name, and the départements of each, with their number of companies."""
    release = served_release()
    rows = Rows(release)
    regions = rows.select("territories", {"class": NamedNode(str(IGEO.Region))})
    departements = rows.select("territories", {"class": NamedNode(str(IGEO.Departement))})
    below: dict[str | None, list[Row]] = defaultdict(list)
    for row in with_counts(departements, release.counts.get("departements", {})):
        below[row.get("above")].append(row)
    counted = alphabetical(with_counts(regions, release.counts.get("regions", {})))
    return {"places": [(region, alphabetical(below[region["thing"]])) for region in counted]}


def _health(state: dict[str, Any], status: int = 200) -> Response:
    response = Response(json.dumps(state) + "\n", status=status, content_type=JSON.content_type)
    response.headers["Cache-Control"] = "no-store"
    return response
