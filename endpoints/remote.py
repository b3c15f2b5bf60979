"""Queries on a release that a remote engine holds: the same answers and errors as endpoints.evaluation.client.

The engine sees only texts that passed the guard, and the release's graph alone. What it answers is read and written
anew, limited in time and size; what it does not answer becomes 502 or 504, and pages do not depend on it.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from endpoints import remote_guard
from endpoints.evaluation import guard
from endpoints.evaluation.answers import row_mark
from endpoints.evaluation.client import Answer
from endpoints.evaluation.errors import (
    AnswerCutError,
    AnswerTooLargeError,
    EvaluationBusyError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
)
from endpoints.evaluation.limits import Limits
from endpoints.sparql_protocol import results_of
from publisher.errors import StoreError
from publisher.representations import BINDINGS_RESULTS, GRAPH_RESULTS
from publisher.store.errors import QueryMalformedError, StoreAnswerTruncatedError, StoreTimeoutError
from publisher.store.placement import placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.evaluation.frames import QueryRequest
    from publisher.release import Release
    from publisher.store.flow import Flow
    from publisher.store.remote import RemoteStore

CONCURRENT = 8
"""Queries that one web process has under way at the engine."""

_REPRESENTATIONS = {r.name: r for r in (*BINDINGS_RESULTS, *GRAPH_RESULTS)}
_PLACE = re.compile(r"(?:error at (\d+):(\d+)|\bline (\d+))(?:: )?", re.ASCII)
_DETAIL = 300
_slots = threading.BoundedSemaphore(CONCURRENT)


class RemoteAnswer(Answer):
    """An answer of a remote engine, whose first byte is there; its length is never known."""

    def __init__(self, form: str, request: QueryRequest, flow: Flow, limits: Limits) -> None:
        self.form, self.representation, self.length = form, request.representation, None
        self._flow = flow
        self._bytes = min(limits.answer_bytes, request.answer_bytes or limits.answer_bytes)
        self._rows = min(limits.rows, request.rows or limits.rows)
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        """Yield the answer's bytes as they come.

        Raises:
            AnswerCutError: it stopped before its end.
        """
        given = rows = 0
        mark = row_mark(self.representation)
        try:
            for chunk in self._flow:
                given += len(chunk)
                rows += chunk.count(mark)
                if given > self._bytes or rows > self._rows:
                    raise AnswerCutError
                yield chunk
        except StoreError as error:
            raise AnswerCutError from error
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the engine's answer."""
        if self._open:
            self._open = False
            self._flow.close()
            _slots.release()


def is_remote(release: Release) -> bool:
    """Return whether a release's queries are a remote engine's to answer."""
    return placed(release.manifest) is not None


def evaluate_remote(release: Release, request: QueryRequest, limits: Limits | None = None) -> RemoteAnswer:
    """Have a query evaluated by the engine that holds the release; return once the first bytes are there.

    Raises:
        EvaluationError: the query is refused, malformed, too slow or too large, or the engine has enough to do.
        StoreError: the engine is away, or what it answers makes no sense.
    """
    limits = limits or Limits()
    found = placed(release.manifest, transfer=limits.transfer)
    if found is None:
        raise StoreError("cette version n'a pas de magasin distant", "this release has no remote store")
    store, graph = found
    form = _checked_form(request, store)
    if not _slots.acquire(timeout=limits.queue_time):
        raise EvaluationBusyError
    try:
        flow = _ask(store, graph, request, limits)
    except BaseException:
        _slots.release()
        raise
    return RemoteAnswer(form, request, flow, limits)


def _checked_form(request: QueryRequest, store: RemoteStore) -> str:
    form = guard.inspect(request.query).form
    if form is None:
        raise QuerySyntaxError("ni SELECT, ni ASK, ni CONSTRUCT, ni DESCRIBE (no query form)")
    remote_guard.check(request.query, store.capabilities())
    if _REPRESENTATIONS.get(request.representation) not in results_of(form):
        raise QueryRefusedError.unfit(request.representation)
    return form if form in {"select", "ask"} else "graph"


def _ask(store: RemoteStore, graph: str, request: QueryRequest, limits: Limits) -> Flow:
    names_graphs = remote_guard.has_word(request.query, "FROM")
    own = not (request.default_graphs or request.named_graphs or names_graphs)
    # Virtuoso reads one BASE only.
    relative = request.base_iri is not None and not remote_guard.has_word(request.query, "BASE")
    base = f"BASE <{request.base_iri}> " if relative else ""
    accept = _REPRESENTATIONS[request.representation].media_type
    deadline = min(request.deadline or limits.deadline, limits.deadline)
    # The graphs that a client names are none of this release's: as in the embedded store, they are empty.
    dataset = [graph if own else f"{graph}#absent"]
    try:
        return store.query(base + request.query, accept, dataset, deadline)
    except QueryMalformedError as error:
        raise _syntax_error(error.detail, len(base)) from error
    except StoreTimeoutError as error:
        raise QueryTimeoutError from error
    except StoreAnswerTruncatedError as error:
        raise AnswerTooLargeError(error.texts["fr"], error.texts["en"]) from error


def _syntax_error(detail: str, shift: int) -> QuerySyntaxError:
    """Return the error at its place in the client's own text, as far as the engine names one."""
    match = _PLACE.search(detail)
    if match is None:
        return QuerySyntaxError(detail[:_DETAIL])
    words = detail[match.end() :].strip()[:_DETAIL] or detail[:_DETAIL]
    if match[1] is None:
        return QuerySyntaxError(words, int(match[3]), 1)
    line, column = int(match[1]), int(match[2])
    return QuerySyntaxError(words, line, max(1, column - shift) if line == 1 else column)
