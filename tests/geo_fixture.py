"""The small release of `release_fixture` with extracts that place its things, and a client of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from endpoints.app import create_app
from tests.release_fixture import COMPANY, write_again, write_release

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    for name in EXTRACTS if placed else ():
        text = json.dumps({"type": "FeatureCollection", "features": features_of({name: EXTRACTS[name]})})
        (runtime / "served" / "dumps" / f"{name}.geojson").write_text(text, encoding="utf-8")
    if placed:
        lines = [json.dumps(feature, separators=(",", ":")) for feature in features_of(EXTRACTS)]
        (runtime / "served" / "dumps" / "annuaire.geojson").write_text(",\n".join(lines), encoding="utf-8")
        write_again(runtime)
    return project


def features_of(extracts: Mapping[str, list[tuple[str, Any]]]) -> list[dict[str, Any]]:
    """Return the features of extracts."""
    things = [thing for listed in extracts.values() for thing in listed]
    return [{"type": "Feature", "id": iri, "geometry": geometry, "properties": {}} for iri, geometry in things]


@pytest.fixture(scope="session")
def placed(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of the small release whose things are placed."""
    runtime = tmp_path_factory.mktemp("lieux")
    return create_app(write_extracts(runtime), runtime).test_client(use_cookies=False)
