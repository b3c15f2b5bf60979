"""The small release of `release_fixture` with extracts that place its things, and a client of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from endpoints.app import create_app
from tests.release_fixture import COMPANY, write_release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from publisher.project import Project

BASE = "https://annuaire.example/id"
POINT = [4.83, 45.76]
OUTLINE = {"type": "Polygon", "coordinates": [[[4, 45], [5, 45], [5, 46], [4, 46], [4, 45]]]}
EXTRACTS: dict[str, list[tuple[str, Any]]] = {
    "entreprises": [(f"{BASE}/entreprise/{COMPANY}", {"type": "Point", "coordinates": POINT})],
    "projets": [(f"{BASE}/projet/lanterne-fictive", {"type": "Point", "coordinates": POINT})],
    "conventions": [
        (f"{BASE}/convention/fictive-1", {"type": "Point", "coordinates": [4.8, 45.7]}),
        (f"{BASE}/convention/fictive-1", {"type": "Point", "coordinates": [4.9, 45.7]}),
    ],
    "territoires-departements": [("http://id.insee.fr/geo/departement/69", OUTLINE)],
}


def write_extracts(runtime: Path, *, placed: bool = True) -> Project:
    """Write the small release, with its GeoJSON extracts if `placed`; return the project."""
    project = write_release(runtime)
    counts = runtime / "served" / "counts.json"
    known = {"departements": {"http://id.insee.fr/geo/departement/69": 1}}
    counts.write_text(json.dumps({**json.loads(counts.read_text(encoding="utf-8")), **known}), encoding="utf-8")
    for name, things in EXTRACTS.items() if placed else ():
        features = [{"type": "Feature", "id": iri, "geometry": geometry, "properties": {}} for iri, geometry in things]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (runtime / "served" / "dumps" / f"{name}.geojson").write_text(text, encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def placed(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of the small release whose things are placed."""
    runtime = tmp_path_factory.mktemp("lieux")
    return create_app(write_extracts(runtime), runtime).test_client(use_cookies=False)
