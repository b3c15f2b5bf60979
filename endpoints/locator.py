"""`/cartes/departement/{code}.svg`: where a département is in France, a small image drawn from our own outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from markupsafe import escape

from endpoints.answers import Choice, answer
from endpoints.outlines import HEIGHT, WIDTH, outline_paths
from endpoints.problems import NotFoundError
from endpoints.serving import serving
from publisher.extracts import OUTLINES
from publisher.representations import SVG

if TYPE_CHECKING:
    from collections.abc import Iterable

blueprint = Blueprint("locator", __name__)

REDUCTION = 5
SIZE = (WIDTH // REDUCTION, HEIGHT // REDUCTION)
_LAND, _BORDER, _HERE = "#8fc1b6", "#ffffff", "#8a3b00"
"""Told apart in black and white, on white paper and on a dark page."""


@blueprint.get("/cartes/departement/<code>.svg")
def departement(code: str) -> Response:
    """Answer with the map of France where a département stands out.

    Raises:
        NotFoundError: no département has this code, or the instance has no outlines.
    """
    places = _places()
    if code not in {place for place, _, _ in places}:
        raise NotFoundError.at(request.path)
    return answer(Choice(SVG, fixed=True), lambda: draw_locator(places, code))


def draw_locator(places: Iterable[tuple[str, str, str]], code: str) -> str:
    """Return the SVG of these outlines (code, name, path), those of one code in another colour."""
    listed = list(places)
    land = "".join(path for place, _, path in listed if place != code)
    found = "".join(path for place, _, path in listed if place == code)
    name = next(name for place, name, _ in listed if place == code)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE[0]} {SIZE[1]}" role="img">'
        f"<title>{escape(name)}</title>"
        f'<path d="{land}" fill="{_LAND}" stroke="{_BORDER}" stroke-width="0.5"/>'
        f'<path d="{found}" fill="{_HERE}" stroke="{_HERE}" stroke-width="2"/></svg>\n'
    )


def has_map(code: str) -> bool:
    """Return whether a département can be shown on the map."""
    return any(place == code for place, _, _ in _places())


def _places() -> tuple[tuple[str, str, str], ...]:
    return outline_paths(serving().project.directory / OUTLINES, REDUCTION)
