"""The guide for programs says what is true: its lines of curl run, its description is OpenAPI."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from endpoints.api_further import FURTHER
from endpoints.api_guide import example_of
from endpoints.api_paths import OPERATIONS
from endpoints.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from flask.testing import FlaskClient

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("small_release")

_EVALUATED = frozenset({"/sparql", "/health", "/health/ready"})
"""What only the whole server answers, with its query processes: the README's lines of curl ask that one."""
_PAGES_ONLY = re.compile(
    r"/(static|editeur|contact|territoires|donnees|cite|api|a-propos|sources|mentions-legales|accessibilite|verifier"
    r"|robots|sitemap|health/live|locator|carte|questions/|reconcile[/.]|ogc|sparql/|changes/|ldes/|history/|releases/.*nt"
    r"|departement|doc/.*svg|villes|comparer).*|/"
)
"""Pages for people, and parts of a protocol that its first address leads to."""


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def client(small_release: Published, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of the application that serves the small release."""
    project, _, release = small_release
    runtime = tmp_path_factory.mktemp("runtime")
    (runtime / "served").symlink_to(release.directory)
    return create_app(project, runtime).test_client(use_cookies=False)


@pytest.fixture(scope="module")
def address(client: FlaskClient) -> Iterator[str]:
    """Serve that application on a free port."""
    server = make_server("127.0.0.1", 0, client.application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_curl_of_the_guide_answers(client: FlaskClient, address: str, tmp_path: Path) -> None:
    """Every line of the guide stands on the page, and gives content of a type that the guide names."""
    curl = shutil.which("curl")
    assert curl, "curl is missing: .ci/run installs it"
    page = client.get("/api").get_data(as_text=True)
    assert page.count("<pre") == len(OPERATIONS)
    for operation in OPERATIONS:
        if operation.path in _EVALUATED:
            continue
        with client.application.test_request_context("/"):
            line = example_of(operation)
        words = shlex.split(line.replace("https://annuaire.example", address))
        command = [curl, "-fsS", "-D", "headers", *words[1:]]
        done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False, timeout=30)
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout or "-O" in words, line
        named = re.findall(r"(?im)^content-type: ([^;\r\n]+)", (tmp_path / "headers").read_text())[-1]
        if operation.answers and operation.status == 200:
            assert named in {each.media_type.partition(";")[0] for each in operation.answers}, line


def test_the_guide_leaves_no_data_out(client: FlaskClient) -> None:
    """Every address of the application is in the table, but pages for people and the inner parts of protocols."""
    listed = {re.sub(r"\{\w+\}", "{}", each.path) for each in OPERATIONS}
    forms = {re.sub(r"\.<[^>]*>$", "", rule.rule) for rule in client.application.url_map.iter_rules()}
    expanded = {form for rule in forms for form in _alternatives(rule)}
    missing = {form for form in expanded if form not in listed and not _PAGES_ONLY.fullmatch(form)}
    assert sorted(missing) == []


def test_the_description_leaves_nothing_out(client: FlaskClient) -> None:
    """Every address and method that the application answers is described, but the files that pages are made of."""
    told = client.get("/openapi.json").get_json()["paths"]
    described = {(re.sub(r"\{\w+\}", "{}", path), method) for path, methods in told.items() for method in methods}
    served = {
        (form.rstrip("/") or "/", method.lower())
        for rule in client.application.url_map.iter_rules()
        for form in _alternatives(rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    missing = {each for each in served - described if not each[0].startswith("/static/")}
    assert sorted(missing) == []


def _alternatives(rule: str) -> list[str]:
    """Return a rule's addresses: one for each name of a choice at its beginning, other variables left open."""
    choice = re.match(r"/<any\(([^)]*)\):\w+>", rule)
    names = [f"/{name.strip()}{rule[choice.end() :]}" for name in choice[1].split(",")] if choice else [rule]
    return [re.sub(r"<[^>]*>", "{}", name) for name in names]


def test_the_description_is_openapi(client: FlaskClient) -> None:
    """Paths, unique operations, declared parameters and references hold together as OpenAPI 3.1 asks."""
    answer = client.get("/openapi.json")
    said: Any = answer.json
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.1"
    assert said["openapi"].startswith("3.1")
    assert {"title", "version"} <= set(said["info"])
    operations = [(path, each) for path, methods in said["paths"].items() for each in methods.values()]
    assert len(operations) == len((*OPERATIONS, *FURTHER))
    names = [each["operationId"] for _, each in operations]
    assert len(names) == len(set(names))
    for path, each in operations:
        declared = {p["name"] for p in each["parameters"] if p["in"] == "path" and p["required"]}
        assert declared == set(re.findall(r"\{(\w+)\}", path))
        assert all(code[0] in "23" or "$ref" in told for code, told in each["responses"].items())
        assert each["tags"][0] in {tag["name"] for tag in said["tags"]}
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', answer.get_data(as_text=True)):
        found = said
        for step in reference.split("/"):
            found = found[step]
        assert found
