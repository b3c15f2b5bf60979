"""`annuaire smoke URL`: silent on an instance in good order, and finds what is wrong with another."""

from __future__ import annotations

import json
import re
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from werkzeug.wrappers import Response

from endpoints.cli import main
from endpoints.smoke import check_instance
from tests.questions_fixture import answering
from tests.service_fixture import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.conftest import Published

pytestmark = pytest.mark.xdist_group("small_release")

CONVENTION = "/doc/convention/"


@pytest.fixture(scope="module")
def address(small_release: Published) -> Iterator[str]:
    """Serve the small project as an operator does."""
    project, var, _ = small_release
    with served(project, var) as found:
        yield found


def test_instance_in_good_order_passes(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An instance in good order has nothing missing: one line a check, the verdict last, exit code 0."""
    code = main(["smoke", address])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines[:-1] if not line.startswith("ok ")] == []
    assert lines[-1].startswith(f"conforme : {len(lines) - 1} contrôles")
    assert code == 0
    names = " ".join(lines)
    for looked_at in ("catalog", "file /dumps/", "document /doc/", "void", "question ", "page /cite", "refus SERVICE"):
        assert looked_at in names


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://127.0.0.1/", "http://127.0.0.1/?x=1"])
def test_wrong_address_is_wrong_use(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no address of an instance is wrong use."""
    assert main(["smoke", url]) == 2
    assert "http(s)" in capsys.readouterr().err


def test_nothing_there(capsys: pytest.CaptureFixture[str]) -> None:
    """When nothing answers, the environment fails: code 3, in either language, and no traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert main(["smoke", url, "--lang", "en"]) == 3
    assert "does not answer" in capsys.readouterr().err


def _without_a_line(response: Response) -> None:
    response.set_data(b"".join(response.get_data().splitlines(keepends=True)[:-1]))


def _with_another_byte(response: Response) -> None:
    data = bytearray(response.get_data())
    data[len(data) // 2] ^= 1
    response.set_data(bytes(data))


def _cut(response: Response) -> None:
    response.set_data(response.get_data()[:200])


def _followed(response: Response) -> None:
    response.status_code = 302


def _of_another_release(response: Response) -> None:
    response.headers["Annuaire-Release"] = "une-autre-1"


def _never_unchanged(response: Response) -> None:
    response.headers.pop("ETag", None)


def _closed(response: Response) -> None:
    response.headers.pop("Access-Control-Allow-Origin", None)


FAULTS: list[tuple[str, str, Callable[[Response], None]]] = [
    (r"/sparql\?(?=.*format=csv).*DESC%28%3Faide%29", "*", _without_a_line),
    (r"/dumps/annuaire\.nt\.gz", "*", _with_another_byte),
    (rf"{CONVENTION}.*", "application/n-triples", _without_a_line),
    (r"/id/projet/.*", "*", _followed),
    (r"/cite", "text/html", _cut),
    (r"/territoires", "text/html", _of_another_release),
    (r"/doc/domaine/.*", "*", _never_unchanged),
    (r"/\.well-known/void", "text/turtle", _closed),
]
EXPECTED = {
    r"file /dumps/annuaire\.nt\.gz": "empreinte",
    rf"document {CONVENTION}.*": "ntriples et turtle",
    r"document /doc/projet/.*": "303",
    r"page /cite": "coupée",
    r"document /doc/domaine/.*": "304",
    r"void": "CORS",
    r"question projets-les-plus-aides": "formats diffèrent",
    r"release": "une-autre-1",
}


def broken(app: WSGIApplication) -> WSGIApplication:
    """Return the application with faults in some of its answers."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        response = Response.from_app(app, environ)
        asked = environ["PATH_INFO"] + "?" + environ.get("QUERY_STRING", "")
        for pattern, accept, spoil in FAULTS:
            if re.match(pattern, asked) and accept in {"*", environ.get("HTTP_ACCEPT")}:
                spoil(response)
        return response(environ, start)

    return answer


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name that http.server gives
        """Keep the requests out of the tests' output."""


@contextmanager
def answers_of(app: WSGIApplication) -> Iterator[str]:
    """Serve an application on a free port."""
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_each_fault_is_found(small_release: Published, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault of a broken instance is found and told, in the JSON verdict too; nothing else is."""
    project, _, release = small_release
    with answering(project, release, tmp_path) as client, answers_of(broken(client.application.wsgi_app)) as url:
        code = main(["smoke", url, "--json"])
        verdict = json.loads(capsys.readouterr().out)
    missed = {check["name"]: check["trouble"]["fr"] for check in verdict["checks"] if not check["passed"]}
    for name, trouble in EXPECTED.items():
        assert any(re.fullmatch(name, found) and trouble in text for found, text in missed.items()), (name, missed)
    assert [name for name in missed if not any(re.fullmatch(pattern, name) for pattern in EXPECTED)] == []
    assert (code, verdict["passed"], len(verdict["releases"])) == (1, False, 2)


def test_checks_are_told_as_they_go(address: str) -> None:
    """Each check is reported when it is done, in order."""
    told: list[str] = []
    verdict = check_instance(address, lambda check: told.append(check.name))
    assert told == [check.name for check in verdict.checks]
    assert told[0] == "ready"
    assert told[-1] == "release"
