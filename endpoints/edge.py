"""The edge: what Granian calls (RSGI), in front of the Flask application.

It owns what must not hold a thread: request bodies, queries from their text to their last row, and answers repeated
from the cache. Everything else is the application's, through endpoints.edge_bridge.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from endpoints.edge_bodies import read_body
from endpoints.edge_bridge import Bridge
from endpoints.edge_cache import AnswerCache
from endpoints.edge_clients import Clients
from endpoints.edge_codings import choose_coding
from endpoints.edge_flights import ClientGoneError
from endpoints.edge_queries import Asked, Queries, is_listed, send_whole
from endpoints.edge_repeats import Repeats
from endpoints.edge_uploads import Uploads
from endpoints.service_description import PATH
from endpoints.sparql import show_answer
from endpoints.sparql_protocol import Sent, read_operation
from endpoints.table_checks import MOST_BYTES, prepare_checks
from endpoints.table_checks import PATH as TABLE_PATH
from publisher.representations import HTML

if TYPE_CHECKING:
    from flask import Flask, Response
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

    from endpoints.edge_cache import Spelling
    from endpoints.serving import OpenRelease, Serving

_ASKING = frozenset({"GET", "HEAD", "POST"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_OF_CONTENT = frozenset({"content-type", "content-encoding"})
"""Headers that an answer without content, 304, leaves out."""

_UPLOAD_TIME = 60.0
"""Seconds to send a table: a megabit a second suffices."""

_PATHS = frozenset({PATH, PATH + "/"})


class Edge:
    """The RSGI application of one web process."""

    def __init__(self, app: Flask, processes: int = 1) -> None:
        serving: Serving = app.extensions["annuaire"]
        settings = serving.project.service
        self._clients = Clients(settings.proxies)
        self._bridge = Bridge(app)
        self._serving = serving
        self._cache = AnswerCache(settings.cache)
        self._repeats = Repeats(self._cache)
        self._queries = Queries(serving, self._cache, processes)
        self._body, self._body_time = settings.body, settings.body_time
        self._uploads = Uploads()
        self._prepare = partial(prepare_checks, serving.project.directory, serving.runtime)
        self._prepared: asyncio.Future[None] | None = None

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        if scope.path in _PATHS and scope.method in _ASKING:
            release = self._serving.find()
            spelling = _spell(scope, release)
            if not self._recall(scope, protocol, spelling):
                await self._query(scope, protocol, release, spelling)
        elif scope.path == TABLE_PATH and scope.method == "POST":
            await self._table(scope, protocol)
        else:
            if scope.path == TABLE_PATH and self._prepared is None:
                self._prepared = asyncio.get_running_loop().run_in_executor(None, self._prepare)
            await self._page(scope, protocol)

    def _recall(self, scope: Scope, protocol: HTTPProtocol, spelling: Spelling | None) -> bool:
        """Answer at once a request spelled as one whose answer is kept; return whether it was."""
        kept = None if spelling is None else self._cache.recall(spelling)
        if kept is None:
            return False
        held = scope.headers.get("if-none-match")
        if held is not None and is_listed(kept.tag, held):
            protocol.response_empty(304, [header for header in kept.headers if header[0] not in _OF_CONTENT])
        else:
            send_whole(scope, protocol, kept.headers, kept.body)
        return True

    async def _page(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer as before, or have the application answer, once the body is there."""
        spelling = self._repeats.spell(scope, self._serving.find())
        if self._recall(scope, protocol, spelling):
            return
        keep = None if spelling is None else partial(self._repeats.keep, spelling)
        trusted, view, body = self._clients.trusts(scope.client), None, b""
        try:
            if scope.method not in _WITHOUT_BODY:
                body = await read_body(scope, protocol, self._body, self._body_time)
        except Exception as error:  # noqa: BLE001 - the application tells the client, whatever it is
            view = partial(_raise, error)
        await self._bridge.answer(scope, protocol, trusted=trusted, body=body, view=view, keep=keep)

    async def _table(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Have a file checked; it is taken in, and waits for its turn, without a thread."""
        trusted, view, body = self._clients.trusts(scope.client), None, b""
        client = self._clients.identify(scope.client, scope.headers.get("x-forwarded-for"))
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._uploads.room(client))
                body = await read_body(scope, protocol, MOST_BYTES, max(_UPLOAD_TIME, self._body_time))
                await held.enter_async_context(self._uploads.turn())
            except Exception as error:  # noqa: BLE001 - the application tells the client, whatever it is
                view = partial(_raise, error)
            await self._bridge.answer(scope, protocol, trusted=trusted, body=body, view=view)

    async def _query(
        self, scope: Scope, protocol: HTTPProtocol, release: OpenRelease | None, spelling: Spelling | None
    ) -> None:
        trusted, view, body = self._clients.trusts(scope.client), None, b""
        try:
            if scope.method == "POST":
                body = await read_body(scope, protocol, self._body, self._body_time)
            sent = Sent(scope.method, scope.query_string, scope.headers.get("content-type"), body)
            operation = read_operation(sent)
            if operation is not None:
                asked = self._asked(scope, protocol, release or self._serving.release(), spelling)
                plan = await self._queries.plan(operation, asked)
                if plan.representation is not HTML:
                    await self._queries.send(plan, asked)
                    return
                view = partial(show_answer, plan, await self._queries.collect(plan, asked))
        except ClientGoneError:
            protocol.response_empty(499, [])
            return
        except Exception as error:  # noqa: BLE001 - the application tells the client, whatever it is
            view = partial(_raise, error)
        await self._bridge.answer(scope, protocol, trusted=trusted, body=body, view=view)

    def _asked(self, scope: Scope, protocol: HTTPProtocol, release: OpenRelease, spelling: Spelling | None) -> Asked:
        get = scope.headers.get
        client = self._clients.identify(scope.client, get("x-forwarded-for"))
        return Asked(scope, protocol, get("accept"), choose_coding(get("accept-encoding")), client, release, spelling)


def _spell(scope: Scope, release: OpenRelease | None) -> Spelling | None:
    """Return how a query was spelled; None for those that are sent."""
    if scope.method == "POST" or release is None:
        return None
    return release.name, scope.query_string, scope.headers.get("accept"), scope.headers.get("accept-encoding")


def _raise(error: Exception) -> Response:
    raise error
