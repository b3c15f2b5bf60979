"""What `deploy/` gives to operators works: the unit, the image's recipe, nginx before the service."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from endpoints.cli import _parser
from tests.edge_fixture import running_service
from tests.evaluation_fixture import eventually
from tests.nginx_fixture import nginx_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.edge_fixture import Service

pytestmark = pytest.mark.xdist_group("deploy")

DEPLOY = Path(__file__).parents[1] / "deploy"
SETTINGS = """
[serveur]
proxys = ["127.0.0.1"]
hotes = ["annuaire.example"]
metriques = ""
"""


def test_the_unit_is_one_and_starts_our_command() -> None:
    """The unit's lines are systemd's own; its command is one of ours, and only the supervisor is told to stop."""
    path = DEPLOY / "annuaire.service"
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(path, encoding="utf-8")
    words = shlex.split(unit["Service"]["ExecStart"])
    assert _parser().parse_args(words[1:]).run is _parser().parse_args(["serve"]).run
    assert unit["Service"]["KillMode"] == "mixed"
    assert "-HUP $MAINPID" in unit["Service"]["ExecReload"]
    verify = shutil.which("systemd-analyze")
    if verify:
        done = subprocess.run([verify, "verify", str(path)], capture_output=True, text=True, check=False, timeout=30)
        told = [line for line in done.stderr.splitlines() if path.name in line and "not executable" not in line]
        assert told == []


def test_the_image_is_made_of_what_is_here() -> None:
    """What the recipe copies exists, and what the container starts is one of our commands."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    copied = [words[:-1] for line in re.findall(r"(?m)^COPY (?!--from)(.*)", text) if (words := line.split())]
    assert all((DEPLOY.parent / name).exists() for names in copied for name in names)
    started = [json.loads(line) for line in re.findall(r"(?m)^(?:ENTRYPOINT|CMD) (.*)", text)]
    assert started[0] == ["annuaire"]
    options = _parser().parse_args(started[1])
    assert options.run is _parser().parse_args(["serve"]).run
    assert (options.host, options.var) == ("0.0.0.0", Path("/var/lib/annuaire"))  # noqa: S104 - in a container


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, int]]:
    """Run the service with our nginx configuration before it; give nginx's port."""
    directory = tmp_path_factory.mktemp("deploy")
    with running_service(directory, SETTINGS, things=200) as service, nginx_before(directory, [service.port]) as port:
        yield service, port


def _ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except ConnectionError:
        return 0, {}, b""
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/sparql", "/id/entreprise/000000000", "/rien", "/openapi.json", "/robots.txt"])
def test_what_a_client_claims_stops_at_the_proxy(behind: tuple[Service, int], path: str) -> None:
    """Whatever a client claims of its host, path and address, it gets the same answer, byte for byte."""
    names = ("Host", "X_Forwarded_Host", "X_Forwarded_Server", "X_Forwarded_Prefix", "X_Host", "X_Request_Id")
    forged = {**dict.fromkeys(names, "evil.example"), "Forwarded": "host=evil.example", "X_Forwarded_Proto": "https"}
    for accept in ("text/html", "text/turtle"):
        status, headers, body = _ask(behind[1], path, Accept=accept)
        again = _ask(behind[1], path, Accept=accept, **forged)
        assert (again[0], again[2], again[1].get("location")) == (status, body, headers.get("location"))
        assert "strict-transport-security" not in again[1]
        assert not any("evil" in value for value in again[1].values())


def test_the_proxy_numbers_requests(behind: tuple[Service, int]) -> None:
    """The number that nginx gives a request is the one of the answer and of the log."""
    number = _ask(behind[1], "/doc/entreprise/rien")[1]["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert eventually(lambda: number in behind[0].log.read_text(encoding="utf-8"))


def test_a_long_answer_flows_through_the_proxy(behind: tuple[Service, int]) -> None:
    """A streamed answer comes whole, a long query passes in the address, a wrong one is told as elsewhere."""
    query = "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 20000" + "#" * 20_000
    status, _, body = _ask(behind[1], f"/sparql?query={quote(query)}", Accept="text/csv")
    assert (status, body.count(b"\n")) == (200, 20_001)
    assert _ask(behind[1], "/sparql?query=SELECT", Accept="text/csv")[0] == 400
