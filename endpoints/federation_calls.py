"""Calling trusted endpoints for the blocks of endpoints.federation: one address each, bounded in time and in bytes.

Addresses are those of the settings, redirects are not followed, no credentials are sent. What comes back is read term
by term and written anew: nothing of an answer's own text reaches the query.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request

import pyoxigraph as ox

from endpoints.evaluation.errors import AnswerTooLargeError, FederationError, FederationTimeoutError
from endpoints.federation import NO_SOLUTION_NEEDED, replace
from endpoints.remote_guard import has_word
from publisher.errors import StoreError
from publisher.representations import RESULTS_JSON
from publisher.store.errors import StoreTimeoutError
from publisher.store.transport import Exchange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoints.evaluation.errors import EvaluationError
    from endpoints.evaluation.frames import QueryRequest
    from endpoints.federation import Call

CONCURRENT = 8
"""Calls that one web process has under way."""

MOST_ROWS = 10_000
MOST_BYTES = 4 << 20
MOST_TEXT = 1 << 20
"""The most of one answer: rows, bytes, and characters of all solutions as VALUES, which the query processes parse."""

_VARIABLE = re.compile(r"\w+")
_pool = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="federation")


async def fill(request: QueryRequest, calls: Sequence[Call], seconds: float) -> QueryRequest:
    """Return the request with the solutions of its calls, without holding the loop; a client that leaves ends them.

    Raises:
        EvaluationError: as `Errand.run`.
    """
    errand = Errand(request, calls, seconds)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(_pool, errand.run)
    except TimeoutError as error:  # all threads are taken, or a name is not resolved
        raise FederationTimeoutError.late(calls[0].endpoint) from error
    finally:
        errand.abort()


class Errand:
    """The calls of one query, in their order, within so many seconds in all."""

    def __init__(self, request: QueryRequest, calls: Sequence[Call], seconds: float) -> None:
        self._request, self._calls, self._until = request, calls, time.monotonic() + seconds
        self._exchange = Exchange()
        self._aborted = False

    def run(self) -> QueryRequest:
        """Return the request with the solutions in place of its calls.

        Raises:
            FederationError, FederationTimeoutError: an endpoint is away or makes no sense, or is late.
            AnswerTooLargeError: it gives more than is taken.
        """
        groups: list[str] = []
        for call in self._calls:
            try:
                groups.append(self._group(call))
            except (FederationError, AnswerTooLargeError):
                if not call.silent:
                    raise
                groups.append(NO_SOLUTION_NEEDED)
        if sum(map(len, groups)) > MOST_TEXT:
            raise _too_large(self._calls[0])
        return self._request._replace(query=replace(self._request.query, self._calls, groups))

    def abort(self) -> None:
        """Break off the call under way, and make no further one."""
        self._aborted = True
        self._exchange.abort()

    def _group(self, call: Call) -> str:
        try:
            return _values(call, json.loads(self._fetch(call)))
        except StoreTimeoutError as error:
            raise FederationTimeoutError.late(call.endpoint) from error
        except StoreError as error:
            raise FederationError.of(call.endpoint, "ne répond pas", "does not answer") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _nonsense(call) from error

    def _fetch(self, call: Call) -> bytes:
        left = self._until - time.monotonic()
        self._exchange = Exchange()  # before `_aborted` is read: `abort` sets that first
        if left <= 0 or self._aborted:
            raise FederationTimeoutError.late(call.endpoint)
        base = self._request.base_iri
        text = call.query if has_word(call.query, "BASE") else f"BASE <{base}> {call.query}"
        asked = Request(call.endpoint, urlencode({"query": text}).encode(), _headers(base))  # noqa: S310 - http(s) only
        with self._exchange.deadline(left), self._exchange.send(asked, left) as response:
            if response.status != HTTPStatus.OK:
                status = int(response.status)
                raise FederationError.of(call.endpoint, f"répond {status}", f"answers {status}")
            body = response.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise _too_large(call)
        return body


def _headers(base: str | None) -> dict[str, str]:
    return {"Accept": RESULTS_JSON.media_type, "User-Agent": f"annuaire-territorial ({base})"}


def _values(call: Call, answer: dict[str, Any]) -> str:
    """Return solutions (SPARQL 1.1 Query Results JSON Format) as a group of VALUES.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: they are none, or name what the call does not.
        AnswerTooLargeError: there are too many.
    """
    names: list[str] = answer["head"].get("vars", [])
    rows: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
    if not call.variables.issuperset(names) or not all(map(_VARIABLE.fullmatch, names)):
        raise ValueError(names)
    if len(rows) > MOST_ROWS:
        raise _too_large(call)
    written = (f"({' '.join(_term(call, row.get(name)) for name in names)})" for row in rows)
    return f"{{ VALUES ({' '.join(f'?{name}' for name in names)}) {{ {' '.join(written)} }} }}"


def _term(call: Call, value: dict[str, str] | None) -> str:
    if value is None:
        return "UNDEF"
    kind, text = value["type"], value["value"]
    if not isinstance(text, str):
        raise TypeError(text)
    if kind == "uri":
        return str(ox.NamedNode(text))
    if kind == "bnode":
        raise FederationError.of(
            call.endpoint,
            "rend des nœuds anonymes ; choisir les variables par une sous-requête SELECT dans le bloc SERVICE",
            "gives blank nodes; choose variables with a SELECT subquery in the SERVICE block",
        )
    if kind not in {"literal", "typed-literal"}:  # the second is Virtuoso's
        raise ValueError(kind)
    datatype = value.get("datatype")
    named = ox.NamedNode(datatype) if datatype and "xml:lang" not in value else None
    return str(ox.Literal(text, language=value.get("xml:lang"), datatype=named))


def _nonsense(call: Call) -> EvaluationError:
    return FederationError.of(call.endpoint, "répond de façon illisible", "gives an unreadable answer")


def _too_large(call: Call) -> AnswerTooLargeError:
    return AnswerTooLargeError(
        f"<{call.endpoint}> rend trop de solutions ; restreindre le bloc SERVICE (VALUES, LIMIT dans une sous-requête)",
        f"<{call.endpoint}> gives too many solutions; narrow the SERVICE block (VALUES, LIMIT in a subquery)",
    )
