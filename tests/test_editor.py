"""The SPARQL editor: what it is given, the page without it, and the page in a real browser when there is one."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from endpoints.editor import by_use
from tests.installs import find_chromium, missing
from tests.questions_fixture import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("small_release")

STATIC = Path(__file__).parents[1] / "endpoints" / "static"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LARGEST_STYLES, LARGEST_SCRIPTS = 30 * 1024, 60 * 1024


@pytest.fixture(scope="module")
def client(small_release: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the application over the small project."""
    project, _, release = small_release
    with answering(project, release, tmp_path_factory.mktemp("run")) as found:
        yield found


def test_terms_come_by_use() -> None:
    """The terms of VoID's partitions are listed from the most to the least used."""
    void = "http://rdfs.org/ns/void#"
    integer = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    triples = [
        Triple(NamedNode(f"x:{name}"), NamedNode(void + predicate), value)
        for name, count in (("rare", "2"), ("courant", "10"))
        for predicate, value in (
            ("property", NamedNode(f"y:{name}")),
            ("triples", Literal(count, datatype=integer)),
        )
    ]
    assert by_use(triples, void + "property", void + "triples") == ["y:courant", "y:rare"]


def test_editor_knows_our_terms(client: FlaskClient) -> None:
    """The editor is given our prefixes, and only classes and properties that the release uses."""
    response = client.get("/editeur.json")
    settings = json.loads(response.data)
    assert response.mimetype == "application/json"
    assert settings["prefixes"]["asc"] == "https://w3id.org/annuaire-territorial/def#"
    assert "https://w3id.org/annuaire-territorial/def#commune" in settings["properties"]
    assert "http://www.w3.org/ns/legal#LegalEntity" in settings["classes"]
    assert len(settings["properties"]) == len(set(settings["properties"]))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_page_is_a_form_first(client: FlaskClient, lang: str) -> None:
    """Without any script the page is a form: a labelled field, a query to start from, the questions at hand."""
    text = client.get("/sparql", headers={"Accept": BROWSER, "Accept-Language": lang}).text
    assert re.search(r'<form method="get" action="/sparql" id="requete">', text)
    assert '<label for="query">' in text
    assert "SELECT ?territoire" in text
    assert text.count("<a data-question") > 24
    assert " style=" not in text
    assert not re.search(r"<script>|<script[^>]+src=\"(?:https?:)?//", text)


def test_page_without_the_editor_asks_for_no_script(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where npm has not run, the page does not mention what is missing."""
    app: Flask = client.application
    monkeypatch.setattr(app, "static_folder", str(STATIC / "absent"))
    text = client.get("/sparql?lang=en", headers={"Accept": BROWSER}).text  # an address that no other test has cached
    assert "editeur.js" not in text
    assert 'id="editeur"' not in text
    assert "<textarea" in text


def test_styles_and_scripts_stay_small() -> None:
    """Our own style sheets and scripts stay within their budget."""
    assert sum(path.stat().st_size for path in STATIC.glob("*.css")) <= LARGEST_STYLES
    assert sum(path.stat().st_size for path in STATIC.glob("*.js")) <= LARGEST_SCRIPTS


def test_editor_leads_to_no_other_host() -> None:
    """Our script names no other host, and takes the editor's own look-ups elsewhere away."""
    script = (STATIC / "editeur.js").read_text(encoding="utf-8")
    assert not re.search(r"https?://", script)
    for name in ("class", "property", "prefixes"):
        assert f'"{name}"' in script or f"Autocompleters.{name}" in script


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name that http.server gives
        """Keep the requests out of the tests' output."""


def test_editor_runs_under_the_policy(client: FlaskClient, tmp_path: Path) -> None:
    """In a browser the editor takes the form's place, with the query of the address, and nothing else is asked for.

    The one thing that the policy refuses is a style of the column handles; our own style sheet has it.
    """
    if not (STATIC / "vendor" / "yasgui.min.js").is_file():
        missing("the editor is missing: make assets")
    with make_server("127.0.0.1", 0, client.application, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/sparql?lang=fr&query=SELECT%20%3Fessai%20%7B%7D%20LIMIT%201"
        command = [find_chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        command += ["--disable-component-update", "--no-first-run", f"--user-data-dir={tmp_path}"]
        command += ["--enable-logging=stderr", "--virtual-time-budget=8000", "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        server.shutdown()
    assert 'class="yasgui"' in done.stdout
    assert "CodeMirror-line" in done.stdout
    assert re.search(r'<form[^>]*id="requete"[^>]*hidden', done.stdout)
    assert re.search(r"cm-atom[^>]*>\?essai<", done.stdout)
    assert re.search(r'title="Exécuter la requête" aria-label="Exécuter la requête"', done.stdout)
    assert not re.search(r">(Response|Table|Default Graphs)<|Run query|Download Results", done.stdout)
    blocked = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert [line for line in blocked if "inline style" not in line] == []
