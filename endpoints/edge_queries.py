"""Queries at the edge: planned, found in the cache, under way or evaluated, and sent; no thread is held meanwhile."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from endpoints.answers import REVALIDATE
from endpoints.app import HEADERS
from endpoints.edge_codings import LEAST, encode, encoder_of
from endpoints.edge_evaluation import WholeAnswer
from endpoints.edge_flights import Flights
from endpoints.edge_gates import GatedAnswer, Gates
from endpoints.edge_lanes import Lanes
from endpoints.edge_pages import CollectedAnswer, collect
from endpoints.edge_remote import ask_remote
from endpoints.edge_streams import Outflow, stream_answer
from endpoints.evaluation.errors import EvaluationError
from endpoints.evaluation.limits import Limits
from endpoints.federation_calls import fill
from endpoints.remote import is_remote
from endpoints.sparql_plans import Plan, plan_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

    from endpoints.edge_cache import AnswerCache, Headers, Spelling
    from endpoints.edge_evaluation import LiveAnswer
    from endpoints.serving import OpenRelease, Serving
    from endpoints.sparql_protocol import Operation

_COMMON = [(name.lower(), value) for name, value in HEADERS.items()]
_LONG_TEXT = 8_192
_LONG_BODY = 65_536
"""Texts and bodies longer than these are worked on in a thread: the loop has other clients."""


@dataclass(slots=True)
class Found:
    """What an evaluation gave: the whole body, or an answer that flows, for the first who takes it."""

    body: bytes | None
    live: LiveAnswer | None

    def take(self) -> LiveAnswer | None:
        """Return the answer that flows, once."""
        live, self.live = self.live, None
        return live

    def discard(self) -> None:
        """Let go of an answer that nobody takes."""
        live = self.take()
        if live is not None:
            live.close()


class Asked(NamedTuple):
    """A request for an answer: what came with it, who sent it, the release it is about, how it was spelled."""

    scope: Scope
    protocol: HTTPProtocol
    accept: str | None
    coding: str | None
    client: str
    release: OpenRelease
    spelling: Spelling | None


class Queries:
    """Answers query operations."""

    def __init__(self, serving: Serving, cache: AnswerCache, processes: int, tell: Callable[[str], None]) -> None:
        settings = serving.project.service
        self._tell = tell
        self._base_uri, self._socket, self._cache = serving.project.base_uri, serving.socket, cache
        self._longest, self._trusted, self._limits = settings.query_length, settings.federation, Limits.of(settings)
        at_once = max(1, settings.per_client // processes)
        self._gates = Gates(at_once, settings.queue, settings.queue_time)
        self._lanes: dict[str, Lanes] = {}
        self._quick_lanes = max(1, (os.cpu_count() or 1) // processes)
        self._idle_lanes = max(1, settings.workers // (2 * processes))
        self._flights: Flights[Found] = Flights(Found.discard)

    async def plan(self, operation: Operation, asked: Asked) -> Plan:
        """Return what an operation will be answered with; raises as endpoints.sparql_plans.plan_answer does."""
        planning = operation, asked.accept, asked.release.name, self._longest, self._trusted
        if len(operation.query) > _LONG_TEXT:
            return await asyncio.to_thread(plan_answer, *planning)
        return plan_answer(*planning)

    async def collect(self, plan: Plan, asked: Asked) -> CollectedAnswer:
        """Return as much of an answer as a page shows.

        Raises:
            AnnuaireError: why there is no answer.
            ClientGoneError: nobody waits for one.
        """
        found = await self._flights.join(object(), asked.protocol, lambda: self._evaluate(plan, asked, whole=False))
        live = found.take()
        return await collect(live) if live else CollectedAnswer("select", plan.evaluated.name, [])

    async def send(self, plan: Plan, asked: Asked) -> None:
        """Send the answer; raises as `collect` does as long as nothing is sent."""
        if plan.tag is not None and self._is_known(plan.tag, plan, asked):
            return
        body = None if plan.tag is None else self._cache.get((plan.tag, None))
        key: object = plan.tag or object()
        while body is None:
            found = await self._flights.join(key, asked.protocol, lambda: self._evaluate(plan, asked))
            body = found.body
            live = found.take()
            if live is not None:
                await self._flow(plan, asked, live)
                return
            key = object()  # another has taken the answer that flows: this one needs its own
        await self._deliver(plan, asked, body)

    async def _evaluate(self, plan: Plan, asked: Asked, *, whole: bool = True) -> Found:
        """Have a query evaluated, and tell how it went; what is whole at once is read and kept, if asked for whole."""
        outcome = "left"
        try:
            await self._gates.enter(asked.client)
            try:
                found = await self._found(plan, asked, whole=whole)
            except BaseException:
                self._gates.leave(asked.client)
                raise
            outcome = "answered"
        except Exception as error:
            outcome = error.reason if isinstance(error, EvaluationError) else "failed"
            raise
        finally:
            self._tell(outcome)
        if found.live is None:
            self._gates.leave(asked.client)
        else:
            found.live = GatedAnswer(found.live, self._gates, asked.client)
        return found

    async def _found(self, plan: Plan, asked: Asked, *, whole: bool) -> Found:
        answer: LiveAnswer
        remote = is_remote(asked.release.release)
        request = plan.request(self._base_uri, keep=not remote)
        if plan.calls:
            request = await fill(request, plan.calls, self._limits.deadline)
        if remote:
            answer = await ask_remote(asked.release.release, request, self._limits)
        else:
            answer = await self._lanes_of(asked.release).evaluate(request)
        if not whole or not isinstance(answer, WholeAnswer):
            return Found(None, answer)
        if plan.tag is not None:
            self._cache.keep((plan.tag, None), answer.body)
        return Found(answer.body, None)

    def _lanes_of(self, release: OpenRelease) -> Lanes:
        found = self._lanes.get(release.name)
        if found is None:
            for former in self._lanes.values():
                former.close()
            found = Lanes(self._socket(release), self._quick_lanes, self._idle_lanes)
            self._lanes = {release.name: found}
        return found

    def _is_known(self, tag: str, plan: Plan, asked: Asked) -> bool:
        """Answer 304 to a client that holds the answer, in whichever coding; return whether it does."""
        held = asked.scope.headers.get("if-none-match")
        if held is None or asked.scope.method == "POST":
            return False
        for candidate in (tag, f"{tag}-{asked.coding}"):
            if is_listed(candidate, held):
                asked.protocol.response_empty(304, _headers(plan, asked, candidate, None))
                return True
        return False

    async def _deliver(self, plan: Plan, asked: Asked, body: bytes) -> None:
        coding = asked.coding if len(body) >= LEAST else None
        if coding is not None:
            body = await self._encoded(plan.tag, coding, body)
        tag = _tag(plan, asked, coding)
        headers = _headers(plan, asked, tag, coding)
        if tag is not None and asked.spelling is not None:
            self._cache.remember(asked.spelling, (plan.tag, coding), headers, tag)
        send_whole(asked.scope, asked.protocol, headers, body)

    async def _encoded(self, tag: str | None, coding: str, body: bytes) -> bytes:
        found = None if tag is None else self._cache.get((tag, coding))
        if found is not None:
            return found
        found = await asyncio.to_thread(encode, coding, body) if len(body) > _LONG_BODY else encode(coding, body)
        if tag is not None:
            self._cache.keep((tag, coding), found)
        return found

    async def _flow(self, plan: Plan, asked: Asked, live: LiveAnswer) -> None:
        headers = _headers(plan, asked, _tag(plan, asked, asked.coding), asked.coding)
        if asked.scope.method == "HEAD":
            live.close()
            asked.protocol.response_empty(200, headers)
            return
        largest = self._cache.largest if plan.tag is not None else 0
        outflow = Outflow(asked.scope, asked.protocol, headers)
        await stream_answer(
            live, outflow, encoder_of(asked.coding), largest, lambda body: self._cache.keep((plan.tag, None), body)
        )


def send_whole(scope: Scope, protocol: HTTPProtocol, headers: Headers, body: bytes) -> None:
    """Send an answer that is whole; to HEAD, only what it would be."""
    if scope.method == "HEAD":
        protocol.response_empty(200, [*headers, ("content-length", str(len(body)))])
    else:
        protocol.response_bytes(200, headers, body)


def is_listed(tag: str, held: str) -> bool:
    """Return whether an If-None-Match header lists a validator (weak comparison, RFC 9110, §8.8.3.2)."""
    return held.strip() == "*" or any(part.strip().removeprefix("W/") == f'"{tag}"' for part in held.split(","))


def _tag(plan: Plan, asked: Asked, coding: str | None) -> str | None:
    if plan.tag is None or asked.scope.method == "POST":
        return None
    return f"{plan.tag}-{coding}" if coding else plan.tag


def _headers(plan: Plan, asked: Asked, tag: str | None, coding: str | None) -> Headers:
    headers = [
        *_COMMON,
        ("content-type", plan.representation.content_type),
        ("cache-control", REVALIDATE),
        ("vary", "Accept-Encoding" if plan.fixed else "Accept, Accept-Encoding"),
        ("annuaire-release", asked.release.name),
    ]
    if tag is not None:
        headers.append(("etag", f'"{tag}"'))
    if coding is not None:
        headers.append(("content-encoding", coding))
    return headers
