"""The small map of France with one département that stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.pages_fixture import client

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("code", "name"), [("69", "Rhône"), ("2A", "Corse-du-Sud"), ("976", "Mayotte")])
def test_a_departement_stands_out(client: FlaskClient, code: str, name: str) -> None:
    """The drawing is named after the département, drawn apart in a darker colour, and weighs little."""
    answer = client.get(f"/cartes/departement/{code}.svg")
    assert answer.mimetype == "image/svg+xml"
    assert len(answer.data) < 50_000
    drawing = ET.fromstring(answer.data)  # noqa: S314 — our own drawing
    land, found = drawing.findall(f"{_SVG}path")
    assert drawing.findtext(f"{_SVG}title") == name
    assert land.get("fill") != found.get("fill")
    assert len(found.get("d") or "") < len(land.get("d") or "") / 20


def test_paris_is_drawn_twice(client: FlaskClient) -> None:
    """Paris, too small to be seen, stands out in the enlarged centre too."""
    drawing = ET.fromstring(client.get("/cartes/departement/75.svg").data)  # noqa: S314 — our own drawing
    assert (drawing.findall(f"{_SVG}path")[1].get("d") or "").count("M") == 2


def test_an_unknown_code_is_not_found(client: FlaskClient) -> None:
    """There is no map of a code that no département has."""
    assert client.get("/cartes/departement/20.svg").status_code == 404
