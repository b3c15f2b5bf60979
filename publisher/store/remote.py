"""Any SPARQL 1.1 engine behind HTTP: SPARQLWrapper forms queries and updates, the Graph Store Protocol loads.

One graph a release. Queries always pass it as `default-graph-uri`; which graph that is, the engine never learns
otherwise. Graphs are never copied or moved: some engines cannot, the others take long.
"""

from __future__ import annotations

import json
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from SPARQLWrapper import POST, SPARQLWrapper

from publisher.errors import StoreError, UsageError
from publisher.representations import N_TRIPLES, RESULTS_JSON
from publisher.store.base import DEFAULT_TIMEOUT, Capabilities
from publisher.store.conversion import asked_for, check_media_type, convert
from publisher.store.dialects import by_server, dialect, read_address
from publisher.store.errors import (
    QueryMalformedError,
    StoreAnswerError,
    StoreAnswerTruncatedError,
    StoreTimeoutError,
)
from publisher.store.flow import Flow
from publisher.store.lines import batches
from publisher.store.transport import Exchange, authorization, has_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from http.client import HTTPResponse
    from urllib.request import Request

    from publisher.store.dialects import Dialect
    from publisher.store.flow import Sink

LOAD_TIMEOUT = 600.0
_INSERT_BATCH = 1 << 20
_PROBE_TIMEOUT = 10.0
_DETAIL = 2_000
_COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


class RemoteStore:
    """A store behind HTTP.

    Args:
        url: the address of the engine, without final slash.
        engine: what kind of engine it is.
        transfer: seconds that a whole answer may take.
    """

    def __init__(self, url: str, engine: Dialect, *, transfer: float = 60.0) -> None:
        self.url, self.engine = url, engine
        self._transfer = transfer
        self._active: str | None = None

    def load(self, graph_iri: str, chunks: Iterable[bytes]) -> int:
        """Load N-Triples as the whole content of a graph, in requests of a few megabytes; count what is there.

        Raises:
            StoreError: the engine is away or refuses; nothing of the graph stays, if it can still be told so.
        """
        self._update(f"DROP SILENT GRAPH <{graph_iri}>")
        try:
            send = self._insert if self.engine.graphs is None else self._post
            for batch in batches(chunks, _INSERT_BATCH) if self.engine.graphs is None else batches(chunks):
                send(graph_iri, batch)
            return self.count(graph_iri)
        except BaseException:
            self._forget(graph_iri)
            raise

    def activate(self, graph_iri: str) -> None:
        """Make queries see a graph from now on.

        Raises:
            StoreError: the engine holds no triple of it, or cannot be asked.
        """
        if not self.count(graph_iri):
            raise StoreError(f"le magasin n'a pas le graphe {graph_iri}", f"the store does not hold {graph_iri}")
        self._active = graph_iri

    def drop(self, graph_iri: str) -> None:
        """Remove a graph.

        Raises:
            StoreError: the graph is active, or the engine refuses.
        """
        if graph_iri == self._active:
            raise StoreError(f"{graph_iri} est en service", f"{graph_iri} is in use")
        self._update(f"DROP SILENT GRAPH <{graph_iri}>")

    def count(self, graph_iri: str) -> int:
        """Return the number of triples of a graph, 0 when it is absent.

        Raises:
            StoreError: the engine does not say.
        """
        found = json.loads(self.query(_COUNT, RESULTS_JSON.media_type, [graph_iri], LOAD_TIMEOUT).read())
        return int(found["results"]["bindings"][0]["n"]["value"])

    def query(
        self, text: str, accept: str, default_graphs: Sequence[str] = (), timeout: float = DEFAULT_TIMEOUT
    ) -> Flow:
        """Return the answer to a query, converted from what the engine writes; see Store.query."""
        graphs = default_graphs or ([self._active] if self._active else [])
        if not graphs:
            raise StoreError("aucun graphe n'est actif", "no graph is active")
        if not text.strip():
            raise QueryMalformedError("texte vide (empty text)")
        expected, exchange = asked_for(accept, self.engine.bindings), Exchange()
        try:
            request = _Operation(self.url + self.engine.query, text, expected.media_type, graphs).request()
        except UnicodeEncodeError as error:
            raise QueryMalformedError(str(error)) from error

        def produce(sink: Sink) -> None:
            with exchange.open(request, timeout) as response:
                self._check(response)
                check_media_type(response.headers.get("Content-Type", ""), expected)
                convert(response, expected, accept, sink)

        return Flow(accept, produce, exchange.abort, first=timeout, whole=self._transfer)

    def capabilities(self) -> Capabilities:
        """Return what the engine can do."""
        known = self.engine
        return Capabilities(known.kind, known.standard_dataset, known.extension_functions)

    def _check(self, response: HTTPResponse) -> None:
        """Raise unless the engine says that all is well and complete."""
        if response.headers.get("X-SPARQL-MaxRows") or response.headers.get("X-SQL-State"):
            raise StoreAnswerTruncatedError(
                "le magasin a tronqué le résultat (limite de lignes ou de temps du moteur) ; ajouter LIMIT",
                "the store truncated the result (the engine's own limit of rows or time); add a LIMIT",
            )
        if response.status == HTTPStatus.OK:
            return
        words = response.read(_DETAIL)
        if self.engine.late and self.engine.late in words.lower() + words:
            raise StoreTimeoutError("le moteur a interrompu la requête", "the engine stopped the query")
        if response.status == HTTPStatus.BAD_REQUEST:
            raise QueryMalformedError(words.decode(errors="replace").partition("\n\nSPARQL query:")[0].strip())
        raise _refusal(response.status)

    def _update(self, text: str) -> None:
        self._send(lambda: _Operation(self.url + self.engine.update, text, "*/*", update=True).request())

    def _insert(self, graph_iri: str, batch: bytes) -> None:
        self._update(f"INSERT DATA {{ GRAPH <{graph_iri}> {{\n{batch.decode()}}} }}")

    def _post(self, graph_iri: str, batch: bytes) -> None:
        address = f"{self.url}{self.engine.graphs}?graph={quote(graph_iri, safe='')}"
        headers = {"Content-Type": N_TRIPLES.media_type}
        self._send(lambda: urllib.request.Request(address, batch, headers, method="POST"))  # noqa: S310 - http(s) only

    def _send(self, make: Callable[[], Request]) -> None:
        """Send what changes the store. With credentials at hand, an empty request fetches the challenge first."""
        request, exchange = make(), Exchange()
        with exchange.deadline(LOAD_TIMEOUT):
            if has_credentials():
                self._authorise(request, exchange)
            with exchange.open(request, LOAD_TIMEOUT) as response:
                if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise _refusal(response.status)
                response.read()

    def _authorise(self, request: Request, exchange: Exchange) -> None:
        """Answer the challenge before a long body is sent: engines close the connection on one they refuse."""
        probe = urllib.request.Request(request.full_url, b"", dict(request.header_items()), method="POST")  # noqa: S310
        challenge = exchange.challenge(probe, _PROBE_TIMEOUT)
        if challenge:
            request.add_unredirected_header("Authorization", authorization(request, challenge))

    def _forget(self, graph_iri: str) -> None:
        try:
            self._update(f"DROP SILENT GRAPH <{graph_iri}>")
        except StoreError:
            return


def open_remote(address: str, *, transfer: float = 60.0) -> RemoteStore:
    """Return the store at an address such as `http://127.0.0.1:7878` or `virtuoso+http://host:8890`.

    Without a kind, the engine is told by the `Server` header of its answer.

    Raises:
        UsageError: the address is not usable, or the engine not known.
        StoreUnreachableError, StoreTimeoutError: it does not answer.
    """
    kind, url = read_address(address)
    if kind is not None:
        return RemoteStore(url, dialect(kind), transfer=transfer)
    exchange = Exchange()
    with exchange.deadline(_PROBE_TIMEOUT):
        header = exchange.server(urllib.request.Request(url + "/"), _PROBE_TIMEOUT)  # noqa: S310 - http(s) only
    found = by_server(header)
    if found is None:
        raise UsageError(
            f"magasin : moteur inconnu à {url} ; dire lequel, par exemple rdf4j+{url} ou sparql+{url}",
            f"store: unknown engine at {url}; say which, for example rdf4j+{url} or sparql+{url}",
        )
    return RemoteStore(url, found, transfer=transfer)


class _Operation(SPARQLWrapper):
    """SPARQLWrapper as the writer of requests; what is a query and what an update is ours to say, not the text's."""

    def __init__(
        self, address: str, text: str, accept: str, graphs: Sequence[str] = (), *, update: bool = False
    ) -> None:
        self._accept, self._kind = accept, "INSERT" if update else "SELECT"
        super().__init__(address, address, agent="annuaire")
        self.setMethod(POST)
        self.setOnlyConneg(onlyConneg=True)
        for graph in graphs:
            self.addParameter("default-graph-uri", graph)
        self.setQuery(text)

    def request(self) -> Request:
        """Return the HTTP request."""
        return self._createRequest()

    def _parseQueryType(self, query: str) -> str:  # noqa: ARG002, N802 - SPARQLWrapper's own
        return self._kind

    def _getAcceptHeader(self) -> str:  # noqa: N802 - SPARQLWrapper's own
        return self._accept


def _refusal(status: int) -> StoreAnswerError:
    return StoreAnswerError(f"le magasin a refusé (HTTP {status})", f"the store refused (HTTP {status})")
