"""The W3C's tests of the SPARQL 1.1 protocol (https://www.w3.org/2009/sparql/docs/tests/), over HTTP.

The suite is not part of this repository; where it is absent these tests are skipped. The service only reads: an update
that is refused with 4xx counts as passed, and what a test then asks of the updated data is not asked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import RdfFormat, parse

from tests.edge_fixture import ROOT, Answered, Service, running_service

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = ROOT.parent / "shared" / "suites" / "sparql11-protocol.json"
TESTS: list[dict[str, Any]] = json.loads(SUITE.read_text(encoding="utf-8")) if SUITE.is_file() else []
_DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
QUADS = "".join(
    f"<{_DATA.format(n)}> <{_TYPE}> <http://xmlns.com/foaf/0.1/Document> <{_DATA.format(n)}> .\n" for n in (1, 2, 3)
)

pytestmark = [
    pytest.mark.xdist_group("protocol"),
    pytest.mark.skipif(not TESTS, reason=f"the suite is not at {Path('..') / 'shared' / 'suites'}"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service whose store, read from its files, holds the suite's graphs."""
    with running_service(tmp_path_factory.mktemp("suite"), "[sparql]\ndisque = 0\n", things=1, quads=QUADS) as found:
        yield found


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test["id"])
def test_protocol(service: Service, test: dict[str, Any]) -> None:
    """Each request is answered as the suite expects; updates are refused."""
    for request in test["requests"]:
        answer = _send(service, request)
        if _is_update(test, request):
            assert 400 <= answer.status < 500
            return
        assert f"{answer.status // 100}xx" in request["status"], answer.body
        for form in request.get("expectedFormat") or []:
            _check_format(form, answer, request.get("expectedBoolean"))


def _send(service: Service, request: dict[str, Any]) -> Answered:
    body = request.get("body")
    sent = None if body is None else body.encode(request.get("enc") or "utf-8")
    return service.request(request["method"], request["path"], sent, **request["headers"])


def _is_update(test: dict[str, Any], request: dict[str, Any]) -> bool:
    return test["id"].startswith("update_") and "sparql-query" not in request["headers"].get("content-type", "")


def _check_format(form: str, answer: Answered, expected: list[bool] | None) -> None:
    kind = answer.headers["content-type"].partition(";")[0]
    if form == "RDF":
        reading = RdfFormat.from_media_type(kind)
        assert reading is not None
        list(parse(answer.body, format=reading))  # or it raises: the graph of a thing that is not there is empty
        return
    assert kind == "application/sparql-results+json"
    content = json.loads(answer.body)
    if form == "boolean":
        assert content["boolean"] in (expected or [True, False])
    else:
        assert "bindings" in content["results"]
