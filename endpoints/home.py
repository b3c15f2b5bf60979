"""The pages that lead to the others: home, data, contact."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from endpoints import content_policy
from endpoints.answers import Choice, answer, page
from endpoints.charts import draw_counts
from endpoints.documents import thing_named
from endpoints.latest import latest_changes
from endpoints.past import history_state
from endpoints.presentation import href
from endpoints.serving import served_release, serving
from endpoints.structured_data import catalog_signposts
from endpoints.territories import places
from endpoints.vocabulary import domain_tree
from endpoints.whereabouts import unplaced
from publisher.changes import CREATE, DELETE
from publisher.extracts import OUTLINES
from publisher.representations import HTML
from publisher.vocabulary import ASC, IGEO

if TYPE_CHECKING:
    from collections.abc import Mapping

blueprint = Blueprint("home", __name__)

_STYLE = Path(__file__).parent / "static" / "annuaire.css"
_KINDS = {
    "entreprises": "http://www.w3.org/ns/legal#LegalEntity",
    "marches": str(ASC.Marche),
    "projets": str(ASC.Projet),
    "conventions": str(ASC.ConventionACV),
    "communes": str(IGEO.Commune),
}


@blueprint.get("/")
def home() -> Response:
    """Answer with the home page: what this is, how much there is, where to go, what changed.

    It holds its style, for a first visit to wait for one answer and not for two.
    """
    links = catalog_signposts()
    response = answer(Choice(HTML, fixed=True), _home, links=links, state=history_state(), repeatable=True)
    response.headers[content_policy.HEADER] = content_policy.policy_with_style(_style())
    return response


def _home() -> str:
    regions = places()
    figures = _figures()
    placed = {each["iri"]: int(each["companies"]) for each, _ in regions}
    counts = {each["iri"].rpartition("/")[2]: int(each["companies"]) for _, below in regions for each in below}
    return render_template(
        "accueil.html",
        style=Markup(_style()),  # noqa: S704 — a file of this package
        figures=figures,
        unplaced=unplaced(figures["entreprises"], placed),
        domains=domain_tree(),
        regions=[region for region, _ in regions],
        map=draw_counts({code: n for code, n in counts.items() if n}, serving().project.directory / OUTLINES),
        map_links={code: href(f"/doc/departement/{code}") for code in counts},
        latest=latest_changes(),
        created=CREATE,
        deleted=DELETE,
    )


@blueprint.get("/donnees")
def data() -> Response:
    """Answer with the ways to use the data."""
    links = catalog_signposts()
    return page(lambda: render_template("donnees.html", release=served_release(), figures=_figures()), links)


@blueprint.get("/contact")
def contact() -> Response:
    """Answer with how to write to the publisher, about a record if the address names one; nothing is stored."""
    named = thing_named(request.args.get("fiche", ""), serving().project.base_uri)
    return page(lambda: render_template("contact.html", record=named.value if named else None))


@lru_cache(maxsize=1)
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")


def _figures() -> dict[str, int]:
    return _kind_counts(served_release().counts.get("classes", {}))


def _kind_counts(classes: Mapping[str, int]) -> dict[str, int]:
    return {name: classes.get(iri, 0) for name, iri in _KINDS.items()}
