"""How to cite a release: the page, the bibliographies' formats, and the software's CITATION.cff."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from endpoints.cite import Citation, bibtex, citation_of, csl
from tests.pages_fixture import client
from tests.release_fixture import COMPANY

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.conftest import Published

__all__ = ["client"]

ROOT = Path(__file__).parents[1]
CITATION = Citation(
    "Annuaire 100 % {fictif} & co", "Éditeur_imaginaire", "essai-1", date(2025, 11, 3), "https://example.org/", "x:l"
)


def test_citation_names_the_release(small_release: Published) -> None:
    """A citation names the title in its language, the publisher, the release, its day and the address."""
    project, _, release = small_release
    found = citation_of(project, release, "en")
    assert (found.title, found.version) == (project.title["en"], release.name)
    assert found.day == date.fromisoformat(release.manifest["published"][:10])
    assert found.address == f"{project.base_uri}/"


def test_bibtex_escapes_what_tex_reads() -> None:
    """Signs that TeX reads are escaped; braces stay balanced."""
    written = bibtex(CITATION)
    assert written.startswith("@dataset{annuaire-essai-1,\n")
    assert r"100 \% \{fictif\} \& co" in written
    assert "date = {2025-11-03}" in written
    plain = re.sub(r"\\[{}]", "", written)
    assert plain.count("{") == plain.count("}")


def test_csl_is_a_dataset() -> None:
    """CSL-JSON says the same, as a data set with its date in parts."""
    item = csl(CITATION)
    assert (item["type"], item["version"], item["issued"]) == ("dataset", "essai-1", {"date-parts": [[2025, 11, 3]]})


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_page_tells_how_to_cite(client: FlaskClient, lang: str) -> None:
    """The page names the release served and leads to the formats."""
    response = client.get("/cite", headers={"Accept": "text/html", "Accept-Language": lang})
    assert response.status_code == 200
    assert response.headers["Annuaire-Release"] in response.text
    assert "/cite.bib" in response.text


def test_a_record_is_cited_by_its_address(client: FlaskClient) -> None:
    """A record named in the address is cited with its own name and permanent address, and the release's version."""
    iri = f"https://annuaire.example/id/entreprise/{COMPANY}"
    query = {"fiche": iri}
    item = client.get("/cite.json", query_string=query).get_json(force=True)[0]
    assert item["title"].startswith("Lampadaires Imaginaires – ")
    assert (item["URL"], item["version"]) == (iri, "essai-1")
    assert item["id"] == f"annuaire-essai-1-{COMPANY}"
    text = client.get("/cite", query_string=query, headers={"Accept": "text/html"}).text
    assert f'href="/doc/entreprise/{COMPANY}"' in text
    assert "/cite.bib?fiche=https" in text
    for unknown in (f"{iri}0", "https://example.org/x", "nothing"):
        assert client.get("/cite", query_string={"fiche": unknown}).status_code == 404


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/cite.bib", "*/*", "application/x-bibtex"),
        ("/cite.json", "*/*", "application/vnd.citationstyles.csl+json"),
        ("/cite", "application/x-bibtex", "application/x-bibtex"),
        ("/cite", "application/json", "application/vnd.citationstyles.csl+json"),
    ],
)
def test_formats_are_negotiated(client: FlaskClient, path: str, accept: str, media_type: str) -> None:
    """BibTeX and CSL-JSON are had by extension and by Accept, and parse."""
    response = client.get(path, headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, media_type)
    if "json" in media_type:
        assert json.loads(response.data)[0]["version"] == response.headers["Annuaire-Release"]


def test_citation_file_follows_the_project() -> None:
    """CITATION.cff names the version and the licence of pyproject.toml."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    said = dict(re.findall(r"(?m)^([a-z-]+): (\S.*)$", text))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (said["cff-version"], said["version"], said["license"]) == ("1.2.0", project["version"], project["license"])
    assert {"title", "message", "authors"} <= set(re.findall(r"(?m)^([a-z-]+):", text))
