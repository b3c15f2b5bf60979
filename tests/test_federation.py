"""SERVICE reaches the endpoints that the operator lists, those only, and costs no more than allowed."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from endpoints import federation
from endpoints.evaluation.errors import EvaluationError, QueryRefusedError
from endpoints.evaluation.frames import QueryRequest
from endpoints.federation_calls import MOST_ROWS, Errand
from tests.contract.engines import free_port, oxigraph
from tests.edge_fixture import Service, running_service
from tests.misbehaving import Misbehaving, misbehaving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("edge")

DATA = "".join(
    f'<https://example.org/fictif/{i}> <https://example.org/autre> "autre {i}\\"\\\\ }}"@fr .' for i in range(3)
)
TRUSTED = "https://example.org/sparql"
BLOCK = "{ ?s <https://example.org/autre> ?v }"


@dataclass(frozen=True)
class Federated:
    """A service and the endpoints that it trusts."""

    service: Service
    engine: str
    odd: Misbehaving
    nobody: str

    def ask(self, called: str, block: str = "{ ?s ?p ?o }", before: str = "") -> tuple[int, str]:
        """Ask for what an endpoint gives, joined with names of ours; return the status and the text."""
        query = f"SELECT * {{ {before} SERVICE {called} {block} }}"
        answer = self.service.ask(query)
        return answer.status, answer.body.decode()


@contextmanager
def listed(*addresses: str, folder: Path) -> Iterator[Service]:
    """Run a service that trusts these addresses."""
    settings = f"[sparql]\ndelai = 1.5\nfederation = {json.dumps(addresses)}"
    with running_service(folder, settings, things=10) as service:
        yield service


@pytest.fixture(scope="module")
def federated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federated]:
    """Run a real engine, one that answers in every wrong way, and a service that trusts both."""
    folder = tmp_path_factory.mktemp("federation")
    nobody = f"http://127.0.0.1:{free_port()}/sparql"
    with oxigraph(folder) as engine, misbehaving() as other, misbehaving(other.address) as odd:
        odd_ones = [f"{odd.address}/{name}" for name in ODD]
        with listed(f"{engine}/query", nobody, *odd_ones, folder=folder / "service") as service:
            load(f"{engine}/update")
            yield Federated(service, f"{engine}/query", odd, nobody)
        assert other.requests == []


def load(address: str) -> None:
    """Put fictitious data in the engine."""
    import urllib.request  # noqa: PLC0415 - for this only

    request = urllib.request.Request(  # noqa: S310 - loopback
        address, f"INSERT DATA {{ {DATA} }}".encode(), {"Content-Type": "application/sparql-update"}
    )
    urllib.request.urlopen(request).close()  # noqa: S310


ODD = {
    "good": 200,
    "html": 502,
    "empty": 502,
    "cut": 502,
    "chunk_cut": 502,
    "error": 502,
    "forbidden": 502,
    "basic": 502,
    "redirect": 502,
    "garbage": 502,
    "slow": 504,
    "drip": 504,
    "endless": 507,
}
"""How the service answers for each kind of endpoint."""


def test_a_listed_endpoint_is_joined(federated: Federated) -> None:
    """What a listed endpoint knows is joined with our data; its texts arrive unchanged."""
    before = "?s <https://example.org/nom> ?nom FILTER(?nom = 'fictif 2'@fr)"
    status, text = federated.ask(f"<{federated.engine}>", BLOCK, before)
    assert (status, text.splitlines()[1:]) == (200, ['fictif 2,https://example.org/fictif/2,"autre 2""\\ }"'])


def test_an_answer_that_came_from_elsewhere_is_not_kept(federated: Federated) -> None:
    """Another service's data change by themselves: such an answer has no validator, and is asked for each time."""
    query = f"ASK {{ SERVICE <{federated.odd.address}/good> {{ ?s ?p ?o }} }}"
    before = len(federated.odd.requests)
    answers = [federated.service.ask(query) for _ in range(2)]
    assert [(answer.status, "etag" in answer.headers) for answer in answers] == [(200, False)] * 2
    assert len(federated.odd.requests) == before + 2


@pytest.mark.parametrize(("kind", "status"), ODD.items())
def test_a_failing_endpoint_is_told(federated: Federated, kind: str, status: int) -> None:
    """An endpoint that is late, unreadable, redirects or gives too much is a problem that names it; no accounts go."""
    began = time.monotonic()
    found, text = federated.ask(f"<{federated.odd.address}/{kind}>")
    assert (found, kind in text or status == 200) == (status, True)
    assert time.monotonic() - began < 6
    assert all(account is None for _, _, account in federated.odd.requests)


def test_an_absent_endpoint_is_told(federated: Federated) -> None:
    """An endpoint that is down is 502; where SILENT stands, the rest of the query is answered."""
    assert federated.ask(f"<{federated.nobody}>")[0] == 502
    status, text = federated.ask(f"SILENT <{federated.nobody}>", before="BIND('reste' AS ?x)")
    assert (status, text) == (200, "x\r\nreste\r\n")


def test_other_addresses_are_refused(federated: Federated) -> None:
    """An address that is not listed to the letter is refused, and nobody is called."""
    before = len(federated.odd.requests)
    good = f"{federated.odd.address}/good"
    changes = [("good", "good/"), ("good", "good?x"), ("good", "autre"), ("good", "good#"), ("good", "\\u0067ood")]
    changes += [("http", "HTTP"), ("127.0.0.1", "localhost"), ("127.0.0.1", "x@127.0.0.1")]
    spellings = [f"<{good.replace(*change)}>" for change in changes] + ["?x", "SILENT ?x", "<good>", "x:good"]
    assert {federated.ask(spelling)[0] for spelling in spellings} == {403}
    assert len(federated.odd.requests) == before


def test_a_call_inside_a_call_is_refused(federated: Federated) -> None:
    """A trusted endpoint is not made to call others."""
    block = f"{{ ?s ?p ?o SERVICE <{federated.engine}> {{ ?a ?b ?c }} }}"
    assert federated.ask(f"<{federated.engine}>", block)[0] == 403


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <%s> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE <%s> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o } #\nSERVICE <%s> { ?s ?p ?o",
        "SELECT * { \\u0053ERVICE <%s> { ?s ?p ?o } }",
        "SELECT * { SERVICE <%s> { ?s ?p ?o } SERVICE ?x { ?s ?p ?o } }",
        "PREFIX SERVICE: <x:> SELECT * { ?s ?p true.SERVICE <%s> { ?s ?p ?o } }",
        "SERVICE <%s> { ?s ?p ?o }",
        "SELECT * { SERVICE <%s> ?s ?p ?o }",
        "SELECT * { SERVICE <%s> ( ?s ?p ?o ) }",
        "SELECT * { SERVICE SILENT SILENT <%s> { ?s ?p ?o } }",
        'SELECT * { ?s ?p "SERVICE <%s> { }" } SERVICE',
        "SELECT * {" + " SERVICE <%s> { ?s ?p ?o }" * 5 + " }",
    ],
)
def test_no_service_is_left_to_the_engine(text: str) -> None:
    """Whatever surrounds a call, the text that an engine gets holds no SERVICE: it is taken out or refused."""
    query = text.replace("%s", TRUSTED)
    try:
        _, calls = federation.inspect(query, [TRUSTED])
    except QueryRefusedError:
        return
    left = federation.replace(query, calls, ["{ }"] * len(calls))
    assert calls
    assert "SERVICE" not in left


def test_a_call_carries_the_prologue_and_nothing_of_the_rest() -> None:
    """An endpoint is asked for the block alone, with the query's prefixes; braces in texts end nothing."""
    query = f"PREFIX x: <y:> SELECT ?s {{ ?s ?p ?o . service silent<{TRUSTED}>{{ ?s x:p '}}' # }}\n}} ?s ?q ?r }}"
    _, (call,) = federation.inspect(query, [TRUSTED])
    assert call.query == "PREFIX x: <y:> SELECT * WHERE { ?s x:p '}' # }\n}"
    assert (call.endpoint, call.variables, call.silent) == (TRUSTED, frozenset("s"), True)


def test_places_of_mistakes_stay(federated: Federated) -> None:
    """A mistake after a call of several lines is told where it stands in the text that was sent."""
    query = f"SELECT *\n{{ SERVICE <{federated.engine}> {{ \n {BLOCK[1:]} ?s ?p }}"
    answer = federated.service.ask(query, accept="application/json")
    problem = json.loads(answer.body)
    assert (answer.status, problem["line"]) == (400, 3)
    assert problem["column"] >= query.splitlines()[2].index("?s ?p }")


def _answered(body: object, variables: str = "?o", monkey: pytest.MonkeyPatch | None = None) -> str:
    text = f"SELECT * {{ SERVICE <{TRUSTED}> {{ ?s ?p {variables} }} }}"
    _, calls = federation.inspect(text, [TRUSTED])
    errand = Errand(QueryRequest(text, "json", base_iri=TRUSTED), calls, 5)
    assert monkey is not None
    monkey.setattr(errand, "_fetch", lambda _: json.dumps(body).encode(), raising=False)
    return errand.run().query


def _result(names: list[str], *rows: Mapping[str, object]) -> dict[str, object]:
    return {"head": {"vars": names}, "results": {"bindings": list(rows)}}


@pytest.mark.parametrize(
    "body",
    [
        _result(["o", "o) { } } #"]),
        _result(["autre"]),
        _result(["o"], {"o": {"type": "uri", "value": "x:y> . <z"}}),
        _result(["o"], {"o": {"type": "uri", "value": "relative"}}),
        _result(["o"], {"o": {"type": "literal", "value": "a", "xml:lang": "fr . ?x"}}),
        _result(["o"], {"o": {"type": "literal", "value": "a", "datatype": "x:y> <z"}}),
        _result(["o"], {"o": {"type": "literal", "value": 1}}),
        _result(["o"], {"o": {"type": "triple", "value": {}}}),
        _result(["o"], {"o": {"type": "bnode", "value": "b"}}),
        _result(["o"], {"o": "x"}),
        _result(["o"], *[{}] * (MOST_ROWS + 1)),
        _result(["o"], *({"o": {"type": "literal", "value": "x" * 100_000}} for _ in range(20))),
        {"head": {}, "boolean": True},
        [],
        None,
    ],
)
def test_hostile_answers_are_refused(body: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, terms and shapes that are not those of results, and results too large, are typed errors."""
    with pytest.raises(EvaluationError) as refused:
        _answered(body, monkey=monkeypatch)
    assert TRUSTED in refused.value.texts["fr"]


def test_terms_arrive_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes, line ends, backslashes, languages, datatypes, unbound variables reach the engine as they were."""
    texts = ['"', "'", "\\", "a\nb\r\t", "\\u0041 } SERVICE <x:y> { ?a ?b ?c }", "é\U0001f6b2", ""]
    rows: list[Mapping[str, object]] = [{"o": {"type": "literal", "value": text}} for text in texts]
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    rows += [
        {"o": {"type": "literal", "value": "a", "xml:lang": "fr"}},
        {"o": {"type": "typed-literal", "value": "1", "datatype": integer}},
        {"o": {"type": "uri", "value": "https://example.org/é"}},
        {},
    ]
    query = _answered(_result(["o"], *rows), monkey=monkeypatch)
    found = [row["o"] for row in ox.Store().query(query)]  # type: ignore[union-attr]
    expected = [ox.Literal(text) for text in texts]
    expected += [ox.Literal("a", language="fr"), ox.Literal("1", datatype=ox.NamedNode(integer))]
    assert found == [*expected, ox.NamedNode("https://example.org/é"), None]
