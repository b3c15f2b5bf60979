"""What an outside SPARQL endpoint says of the territories: asked with SPARQLWrapper, in bounded time.

Credentials of a store of ours are never sent there.
"""

from __future__ import annotations

import json
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from SPARQLWrapper import JSON, POST, SPARQLWrapper

from publisher.fingerprint import software_version
from publisher.queries import read_query
from publisher.refusals import refusal_reason
from publisher.store.errors import StoreAnswerError, StoreTimeoutError, StoreUnreachableError

if TYPE_CHECKING:
    from http.client import HTTPResponse

INSEE_ENDPOINT = "https://rdf.insee.fr/sparql"
WIKIDATA_ENDPOINT = "https://query.wikidata.org/sparql"
TIMEOUT = 120.0
"""Seconds that a whole answer may take."""

_HTTP_ERROR = 400
_MOST = 256 << 20
_SHOWN = 200

Row = dict[str, str]


def ask(endpoint: str, query: str, timeout: float = TIMEOUT) -> list[Row]:
    """Return the rows of a query of `publisher/queries/`, as texts by variable.

    Raises:
        StoreUnreachableError, StoreTimeoutError, StoreAnswerError: name the endpoint.
    """
    wrapper = SPARQLWrapper(endpoint, agent=f"annuaire-territorial/{software_version()} (SPARQLWrapper)")
    wrapper.setQuery(read_query(query))
    wrapper.setMethod(POST)
    wrapper.setReturnFormat(JSON)
    wrapper.setTimeout(max(1, int(timeout)))
    return _rows(endpoint, _within(timeout, wrapper, endpoint))


def _within(timeout: float, wrapper: SPARQLWrapper, endpoint: str) -> Any:
    """Ask in a thread of its own: an endpoint that sends one byte a second would outlast any socket's timeout."""
    found: dict[str, Any] = {}

    def run() -> None:
        try:
            with closing(wrapper.query().response) as response:
                found["answer"] = json.loads(_whole(response))
        except Exception as error:  # noqa: BLE001 — whatever an endpoint provokes is told as one of ours, below
            found["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise _late(endpoint, timeout)
    if "error" in found:
        raise _told(endpoint, found["error"], timeout) from found["error"]
    return found["answer"]


def _whole(response: HTTPResponse) -> bytes:
    content: bytes = response.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError(f"> {_MOST >> 20} MiB")
    return content


def _rows(endpoint: str, answer: Any) -> list[Row]:
    try:
        bindings = answer["results"]["bindings"]
        return [{name: str(term["value"]) for name, term in row.items()} for row in bindings]
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_answer(endpoint, "JSON") from error


def _told(endpoint: str, error: Exception, timeout: float) -> Exception:
    reason = getattr(error, "reason", None)
    if isinstance(error, TimeoutError) or isinstance(reason, TimeoutError):
        return _late(endpoint, timeout)
    if getattr(error, "code", 0) >= _HTTP_ERROR or not isinstance(error, OSError):
        words = " ".join(str(error).split())[:_SHOWN]
        return _no_answer(endpoint, words)
    cause = reason if isinstance(reason, OSError) else error
    why = refusal_reason(cause)
    return StoreUnreachableError(
        f"{endpoint} ne répond pas ({why['fr']}) ; réessayer plus tard, ou donner une autre adresse",
        f"{endpoint} does not answer ({why['en']}); try again later, or give another address",
    )


def _late(endpoint: str, timeout: float) -> StoreTimeoutError:
    return StoreTimeoutError(
        f"{endpoint} n'a pas répondu en {timeout:g} s ; réessayer plus tard, ou allonger --timeout",
        f"{endpoint} did not answer within {timeout:g} s; try again later, or give a longer --timeout",
    )


def _no_answer(endpoint: str, words: str) -> StoreAnswerError:
    return StoreAnswerError(
        f"{endpoint} ne répond pas en résultats SPARQL ({words})",
        f"{endpoint} does not answer with SPARQL results ({words})",
    )
